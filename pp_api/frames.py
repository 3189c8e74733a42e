"""What is said over `/ws/tracking`: frames that come in, and the answers to them. See docs/tracking-stream.md."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from pp_core.runtime.streams import CUT_OFF, Point

MOST_POINTS: Final = 1000
"""Points of one message."""
MALFORMED: Final = "malformed"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_WATERSHED: Final = 20_000_000_000
"""Numbers above it are milliseconds, those below seconds since 1970, as REST reads them."""

Time = int | float | datetime


class _Point(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    ts: Time
    lat: float
    lon: float
    altitude: float | None = None
    speed: float | None = None
    accuracy: float | None = None
    hr: int | None = None


class _Single(_Point, kw_only=True, gc=False, forbid_unknown_fields=True):
    seq: int
    activityId: UUID | None = None  # noqa: N815 - the name that clients know


class _Batch(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    seq: int
    points: list[_Point]
    activityId: UUID | None = None  # noqa: N815


class _Token(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    token: str
    activityId: UUID | None = None  # noqa: N815


class Points(msgspec.Struct, frozen=True, gc=False):
    """A message with points. `places` are theirs in the message, where some of it could not be read: those are `rejected`."""

    seq: int
    single: bool
    activity_id: UUID | None
    points: list[Point]
    places: Sequence[int] | None = None
    rejected: tuple[tuple[int, str], ...] = ()
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """Who sends: an access token, at the beginning or when the last one ends."""

    token: str
    activity_id: UUID | None


class UnreadableError(ValueError):
    """The frame is none; the message says what about it, `seq` which it was if that can be told."""

    def __init__(self, sentence: str, seq: int | None = None) -> None:
        super().__init__(sentence)
        self.seq = seq


_single = msgspec.json.Decoder(_Single)
_batch = msgspec.json.Decoder(_Batch)
_token = msgspec.json.Decoder(_Token)


def read(text: str) -> Points | Token:
    """A frame as a client sent it; `UnreadableError` when nothing of it can be used."""
    try:
        if '"points"' in text:
            batch = _batch.decode(text)
            if len(batch.points) > MOST_POINTS:
                raise UnreadableError(f"at most {MOST_POINTS} points a message", batch.seq)
            return Points(batch.seq, False, batch.activityId, [_position(one) for one in batch.points])
        if '"token"' in text:
            token = _token.decode(text)
            return Token(token.token, token.activityId)
        single = _single.decode(text)
        return Points(single.seq, True, single.activityId, [_position(single)])
    except UnreadableError:
        raise
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        return _read_loosely(text, error)


def _read_loosely(text: str, error: Exception) -> Points:
    """What can be saved of a frame that is not as it should be: the good points of a batch, or at least its number."""
    try:
        given = json.loads(text)  # reads NaN too, which is judged like any other number
    except (ValueError, RecursionError):
        raise UnreadableError(str(error)) from error
    seq = given.get("seq") if isinstance(given, dict) else None
    if not isinstance(seq, int) or isinstance(seq, bool):
        raise UnreadableError("`seq` is missing: a whole number that the answer repeats") from error
    many = given.get("points")
    if many is None:
        shown = {name: value for name, value in given.items() if name not in ("seq", "activityId")}
        many, single = [shown], True
    elif isinstance(many, list) and len(many) <= MOST_POINTS and set(given) <= {"seq", "points", "activityId"}:
        single = False
    else:
        raise UnreadableError(str(error), seq) from error
    try:
        activity_id = msgspec.convert(given.get("activityId"), UUID | None)
    except msgspec.ValidationError as wrong:
        raise UnreadableError(f"{wrong} - at `$.activityId`", seq) from wrong
    good: list[Point] = []
    places: list[int] = []
    rejected: list[tuple[int, str]] = []
    detail: str | None = None
    for place, one in enumerate(many):
        try:
            good.append(_position(msgspec.convert(one, _Point)))
            places.append(place)
        except (msgspec.ValidationError, ValueError, OverflowError) as wrong:
            rejected.append((place, MALFORMED))
            detail = detail or str(wrong)
    return Points(seq, single, activity_id, good, places, tuple(rejected), detail)


def _position(one: _Point) -> Point:
    ts = one.ts
    if isinstance(ts, datetime):
        if ts.tzinfo is None:
            raise msgspec.ValidationError("Expected a time with its offset, such as 2026-11-21T07:00:00Z - at `$.ts`")
        moment = (ts - _EPOCH) // _MILLISECOND
    else:
        moment = int(ts if abs(ts) > _WATERSHED else ts * 1000)
    return Point(moment, one.lat, one.lon, one.altitude, one.speed, one.accuracy, one.hr)


def acknowledged(
    message: Points, rejected: Sequence[tuple[int, str]], duplicates: Sequence[int], cut_off: Sequence[int] = ()
) -> str:
    """The answer to a message of which everything that was taken is committed.

    `cut_off` are places among the points taken; those of `rejected` are places in the message.
    """
    seq = message.seq
    if cut_off:
        refused_before = {place for place, _ in rejected}
        count = len(message.points) + len(message.rejected)
        taken = [place for place in range(count) if place not in refused_before]
        rejected = [*rejected, *((taken[place], CUT_OFF) for place in cut_off)]
    if message.single:
        if rejected:
            return refused(seq, rejected[0][1], message.detail)
        if duplicates:
            return f'{{"seq":{seq},"accepted":true,"reason":"duplicate"}}'
        return f'{{"seq":{seq},"accepted":true}}'
    stored = len(message.points) + len(message.rejected) - len(rejected) - len(duplicates)
    if not rejected and not duplicates:
        return f'{{"seq":{seq},"accepted":{stored}}}'
    answer: dict[str, Any] = {"seq": seq, "accepted": stored}
    if duplicates:
        answer["duplicates"] = len(duplicates)
    if rejected:
        answer["rejected"] = sorted(rejected)
    if message.detail:
        answer["detail"] = message.detail
    return _written(answer)


def refused(seq: int, reason: str, detail: str | None = None) -> str:
    """The answer to a message of which nothing was taken."""
    answer: dict[str, Any] = {"seq": seq, "accepted": False, "reason": reason}
    return _written({**answer, "detail": detail} if detail else answer)


def told(kind: str, what: Any) -> str:
    """Anything that is no answer to a message: `opened`, `live`, `hint`, `error`."""
    return _written({kind: what})


def _written(what: Any) -> str:
    return msgspec.json.encode(what, enc_hook=str).decode()
