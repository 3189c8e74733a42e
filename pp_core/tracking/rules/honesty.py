"""What in a track does not look like somebody moving by their own strength. Nothing here punishes: a person judges."""

from hashlib import sha256
from typing import Final

import numpy as np

from pp_core.tracking.operations import Oddity, Sport
from pp_core.tracking.rules.filtering import Mask
from pp_core.tracking.rules.motion import around_corners
from pp_core.tracking.rules.smoothing import on_plane
from pp_core.tracking.rules.sports import LIMITS
from pp_core.tracking.rules.summary import Shaped, shaped
from pp_core.tracking.rules.track import Floats, Ints, Track, metres_between

JUMP_M: Final = 100.0
TELEPORT_M: Final = 1000.0
MOST_JUMPS: Final = 20
"""The farthest are told; more of them say nothing more."""
VEHICLE_SPEED: Final = 50.0
"""Metres a second (180 km/h): faster than this is no vehicle either, but a place somebody set."""
RECORD_MARGIN: Final = 1.05
"""A receiver overstates a distance by less than this."""

EVEN_LEGS: Final = 10
EVEN_STRETCHES: Final = 12
EVEN_SPREAD: Final = 0.005
"""Median deviation over median of the speeds of stretches of ten legs: people and receivers vary by 2 % and more."""
LEAST_SPEED: Final = 0.5

SAME_LEGS: Final = 60
SAME_WAY_M: Final = 100.0
SAME_PLACE_M: Final = 1.0
SAME_STEP_M: Final = 0.2
LEAST_VARIETY_M: Final = 0.3
LEAST_LAG: Final = 20
_LAGS_TRIED: Final = 5

_PLACES: Final = 12
_PLACE_STEP: Final = 1e-4


def oddities(track: Track, sport: Sport, *, shape: Shaped | None = None) -> tuple[Oddity, ...]:
    """What is odd about a track as it was taken, in the order of time; none for an honest one. `shape` if it was at hand.

    `jump` and `teleport` (a kilometre or more): from one place to another faster than any vehicle; seen `metres`, `seconds`.
    `impossible_speed`: faster, for as long, than the world's best; seen `speed`, `limit`, `seconds`. `too_even`: speed
    without the least change; seen `spread`, `limit`, `speed`. `replayed`: the same places again, point by point; seen
    `points`, `metres` and `apart` (their mean distance). `repeated`: the same steps again elsewhere; seen likewise.
    """
    shape = shape or shaped(track, sport)
    line = shape.track
    if len(line) < 3:
        return ()
    taken = track[np.isin(track.ts, line.ts, assume_unique=True)]
    found = [*_jumps(taken), *_impossible(line, sport), *_even(taken)]
    replayed = _again(taken, on_plane(taken), SAME_PLACE_M, "replayed")
    found += replayed or _again(taken, np.diff(on_plane(taken), axis=0), SAME_STEP_M, "repeated")
    return tuple(sorted(found, key=lambda one: (one.from_s, one.kind)))


def fingerprint(track: Track) -> str | None:
    """The same for two activities that are one: the same places at the same times since the start; None below two points.

    The day, heights, heart rates, other rounding and points left out do not matter; a second run of the same route differs.
    Made of where somebody was at twelve moments, to some 10 metres, and how long it took.
    """
    if len(track) < 2:
        return None
    seconds = (track.ts - track.ts[0]) / 1000
    at = np.linspace(0, seconds[-1], _PLACES)
    places = [np.floor(np.interp(at, seconds, axis) / _PLACE_STEP).astype(np.int64) for axis in (track.lat, track.lon)]
    return sha256(np.array([[len(at), int(seconds[-1]) // 10], *np.transpose(places)]).tobytes()).hexdigest()[:32]


def _oddity(kind: str, track: Track, begin: int, end: int, **seen: float) -> Oddity:
    from_s, to_s = ((int(track.ts[place]) - int(track.ts[0])) // 1000 for place in (begin, end))
    return Oddity(
        kind=kind, from_s=from_s, to_s=to_s, seen={name: round(float(value), 4) for name, value in seen.items()}
    )


def _jumps(track: Track) -> list[Oddity]:
    metres, seconds = metres_between(track.lat, track.lon), np.diff(track.ts) / 1000
    doubt = np.nan_to_num(track.accuracy, nan=5.0)
    far = np.flatnonzero(metres - doubt[1:] - doubt[:-1] > np.maximum(JUMP_M, VEHICLE_SPEED * seconds))
    far = far[np.argsort(metres[far])[::-1][:MOST_JUMPS]]
    return [
        _oddity(
            "teleport" if metres[leg] >= TELEPORT_M else "jump",
            track,
            leg,
            leg + 1,
            metres=metres[leg],
            seconds=seconds[leg],
        )
        for leg in far.tolist()
    ]


def _impossible(line: Track, sport: Sport) -> list[Oddity]:
    """The stretch that is furthest above the world's best of its duration."""
    seconds, legs = (line.ts - line.ts[0]) / 1000, metres_between(line.lat, line.lon)
    legs[legs > np.maximum(JUMP_M, VEHICLE_SPEED * np.diff(seconds))] = 0  # a jump, and told as one
    metres = np.concatenate([[0.0], np.cumsum(legs)])
    worst: tuple[float, Oddity] | None = None
    for duration, best in LIMITS[sport].records:
        starts = np.flatnonzero(seconds + duration <= seconds[-1])
        if not len(starts):
            break
        speeds = (np.interp(seconds[starts] + duration, seconds, metres) - metres[starts]) / duration
        top = int(np.argmax(speeds))
        excess = float(speeds[top]) / best
        if excess > RECORD_MARGIN and (worst is None or excess > worst[0]):
            begin = int(starts[top])
            end = int(np.searchsorted(seconds, seconds[begin] + duration))
            worst = (
                excess,
                _oddity("impossible_speed", line, begin, end, speed=speeds[top], limit=best, seconds=duration),
            )
    return [worst[1]] if worst else []


def _even(track: Track) -> list[Oddity]:
    """The longest part in which every stretch of ten legs is as fast as the others."""
    count = (len(track) - 1) // EVEN_LEGS
    if count < EVEN_STRETCHES:
        return []
    legs = metres_between(track.lat, track.lon) + around_corners(on_plane(track))
    seconds = np.diff(track.ts[: count * EVEN_LEGS + 1 : EVEN_LEGS]) / 1000
    speed = legs[: count * EVEN_LEGS].reshape(count, EVEN_LEGS).sum(axis=1) / seconds
    windows = np.lib.stride_tricks.sliding_window_view(speed, EVEN_STRETCHES)
    mean = np.median(windows, axis=1)
    spread = np.median(np.abs(windows - mean[:, None]), axis=1)
    even = (mean > LEAST_SPEED) & (spread < EVEN_SPREAD * mean)
    if not even.any():
        return []
    begin, length = _longest(even)
    last = begin + length - 1 + EVEN_STRETCHES
    part = speed[begin:last]
    shares = {"spread": spread[begin : begin + length].max() / part.mean(), "limit": EVEN_SPREAD, "speed": part.mean()}
    return [_oddity("too_even", track, begin * EVEN_LEGS, last * EVEN_LEGS, **shares)]


def _again(track: Track, rows: Floats, near: float, kind: str) -> list[Oddity]:
    """Rows (places or steps, in metres) that come again in the same order.

    Which lag to try is read from rows that fall into the same cell as one before; it counts where many rows in sequence
    agree with those a lag earlier, on a way that leads somewhere and is not the same step over and over.
    """
    best: Oddity | None = None
    longest = SAME_LEGS - 1
    travelled = np.concatenate([[0.0], np.cumsum(metres_between(track.lat, track.lon))])
    for lag in _likely_lags(rows, near):
        apart = np.hypot(*(rows[lag:] - rows[:-lag]).T)
        begin, length = _longest(apart < near)
        if length <= longest:
            continue
        end = begin + lag + length - 1
        way = float(travelled[end] - travelled[begin + lag])
        steps = np.diff(on_plane(track[begin + lag : end + 1]), axis=0)
        if way < SAME_WAY_M or float(np.hypot(*steps.std(axis=0))) < LEAST_VARIETY_M:
            continue
        longest = length
        mean = float(apart[begin : begin + length].mean())
        best = _oddity(kind, track, begin + lag, end, points=length, metres=way, apart=mean)
    return [best] if best else []


def _likely_lags(rows: Floats, near: float) -> list[int]:
    cells = np.floor(rows / near).astype(np.int64)
    keys: Ints = (cells[:, 0] << 32) + cells[:, 1]
    order = np.argsort(keys, kind="stable")
    lags = np.diff(order)[np.diff(keys[order]) == 0]
    lags = lags[lags >= LEAST_LAG]
    if len(lags) < SAME_LEGS // 10:
        return []
    often = np.bincount(lags)
    tried = np.argsort(often)[::-1][:_LAGS_TRIED]
    return [int(lag) for lag in tried if often[lag] >= SAME_LEGS // 10]


def _longest(mask: Mask) -> tuple[int, int]:
    """Where the longest run of True begins, and its length; length 0 where there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    top = int(np.argmax(lengths))
    return int(edges[2 * top]), int(lengths[top])
