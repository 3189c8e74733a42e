"""FIT, Garmin's binary format (developer.garmin.com/fit/protocol): decoded by Garmin's own SDK, once `records` found it sound.

Each session is a recording: a triathlon has five. Timer events are pauses.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from math import nan
from typing import Any

from . import records
from .found import Found, Pause, Unreadable, word
from .sports import of_fit

EPOCH_S = 631_065_600
"""The end of 1989, from which FIT counts seconds."""
_CLOCK_SET = 0x10000000
"""Smaller times are seconds since the device was switched on."""
_DEGREES = 180 / 2**31
_ACTIVITY, _COURSE = 4, 6
_TIMER = 0
_STARTS, _STOPS = frozenset({0}), frozenset({1, 4, 8, 9})
_AS_WRITTEN: Mapping[str, Any] = {
    "apply_scale_and_offset": False,
    "convert_datetimes_to_dates": False,
    "convert_types_to_strings": False,
    "enable_crc_check": False,
    "expand_sub_fields": False,
    "expand_components": False,
    "merge_heart_rates": False,
}
Message = dict[Any, Any]


def read(content: bytes) -> list[Found]:
    """The recordings of a file, or of several behind one another; `Unreadable` for a damaged one and for one of another kind."""
    from garmin_fit_sdk import Decoder, Stream

    gathered = _Gathered()
    for plain in records.plain_files(content):
        _, errors = Decoder(Stream.from_byte_array(plain)).read(**_AS_WRITTEN, mesg_listener=gathered.take)
        if any(isinstance(error, MemoryError) for error in errors):
            raise MemoryError
        if errors:
            raise Unreadable("damaged", "content")
    return gathered.recordings()


class _Gathered:
    """Messages of one file, each looked at once and emptied: the SDK keeps them all."""

    def __init__(self) -> None:
        self._points: list[tuple[Any, ...]] = []
        self._sessions: list[tuple[int, Any]] = []
        self._timer: list[tuple[int, bool]] = []
        self._laps: list[int] = []
        self._kind: Any = None
        self._key: str | None = None
        self._creator: str | None = None
        self._title: str | None = None
        self._takers = {
            records.FILE_ID: self._file_id,
            records.SESSION: self._session,
            records.LAP: self._lap,
            records.RECORD: self._record,
            records.EVENT: self._event,
            records.SPORT: self._sport,
        }

    def take(self, number: int, message: Message) -> None:
        """Keep what is wanted of one message."""
        if (taker := self._takers.get(number)) is not None:
            taker(message)
        message.clear()

    def recordings(self) -> list[Found]:
        """The sessions with their points; one recording where the file knows of no sessions."""
        if self._kind not in (None, _ACTIVITY):
            raise Unreadable("without_times", "route") if self._kind == _COURSE else Unreadable("not_track", "fit_kind")
        sessions = sorted(self._sessions) or [(0, None)]
        begins = [start for start, _ in sessions]
        found = [
            Found(
                sport=of_fit(sport),
                title=self._title,
                creator=self._creator,
                source_key=self._key and f"{self._key}:{place}",
            )
            for place, (_, sport) in enumerate(sessions)
        ]

        def of(at: int) -> Found:
            return found[max(0, bisect_right(begins, at) - 1)]

        for at, *values in self._points:
            of(at).add(at, *values)
        for pause in _pauses(sorted(self._timer)):
            if of(pause[0]) is of(pause[1]):  # what lies between two sessions is no pause of either
                of(pause[0]).pauses.append(pause)
        for at in sorted(self._laps):
            of(at).laps.append(at)
        return found

    def _file_id(self, message: Message) -> None:
        self._kind = message.get("type", self._kind)
        serial, created = _whole(message.get("serial_number")), _whole(message.get("time_created"))
        if serial and created:
            self._key = f"fit:{serial}:{created}"
        name = message.get("product_name")
        self._creator = word(name) if isinstance(name, str) else _maker(message.get("manufacturer"))

    def _session(self, message: Message) -> None:
        if start := _moment(message.get("start_time")):
            self._sessions.append((start, message.get("sport")))

    def _lap(self, message: Message) -> None:
        if start := _moment(message.get("start_time")):
            self._laps.append(start)

    def _event(self, message: Message) -> None:
        at, what = _moment(message.get("timestamp")), message.get("event_type")
        if at and message.get("event") == _TIMER and what in _STARTS | _STOPS:
            self._timer.append((at, what in _STARTS))

    def _sport(self, message: Message) -> None:
        if isinstance(name := message.get("name"), str):
            self._title = word(name)

    def _record(self, message: Message) -> None:
        get = message.get
        lat, lon = _whole(get("position_lat")), _whole(get("position_long"))
        height = _whole(get("enhanced_altitude", get("altitude")))
        speed = _whole(get("enhanced_speed", get("speed")))
        self._points.append(
            (
                _moment(get("timestamp")),
                nan if lat is None else lat * _DEGREES,
                nan if lon is None else lon * _DEGREES,
                nan if height is None else height / 5 - 500,
                nan if speed is None else speed / 1000,
                _number(get("gps_accuracy")),
                _number(get("heart_rate")),
            )
        )


def _whole(value: Any) -> int | None:
    """The value of a field that is one number; a file may say that it is several, or text."""
    return value if isinstance(value, int) else None


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int) else nan


def _moment(value: Any) -> int:
    return (value + EPOCH_S) * 1000 if isinstance(value, int) and value >= _CLOCK_SET else 0


def _pauses(timer: Iterable[tuple[int, bool]]) -> list[Pause]:
    found: list[Pause] = []
    stopped: int | None = None
    for at, starts in timer:
        if not starts:
            stopped = at if stopped is None else stopped
        elif stopped is not None:
            if at > stopped:
                found.append((stopped, at))
            stopped = None
    return found


def _maker(number: Any) -> str | None:
    from garmin_fit_sdk import Profile

    name = Profile["types"]["manufacturer"].get(number) if isinstance(number, int) else None
    return word(str(name).replace("_", " ").title()) if name else None
