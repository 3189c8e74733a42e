"""Raw columns from a reader, made a track: what cannot be a position or a time is left out and counted."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..rules.track import Floats, Ints, Track
from .found import Pause, Unreadable

EARLIEST_MS = 631_152_000_000
"""1990: before it no receiver took the time from satellites, so a clock that says so was never set."""
LATEST_MS = 4_102_444_800_000  # 2100
SHORTEST_PAUSE_MS = 5_000
"""Many devices begin a new segment at each lap without stopping: a shorter gap between segments is no pause."""
_LOWEST, _HIGHEST = -1_000.0, 20_000.0
_FASTEST = 400.0
_FARTHEST_OFF = 100_000.0
_MOST_BEATS = 250
_FEWEST_POINTS = 2


def made(told: Mapping[str, Any], buffers: Sequence[bytes]) -> tuple[Track, dict[str, int], tuple[Pause, ...]]:
    """The track of one recording as `reading.work` tells it, points left out by reason, and its pauses.

    Reasons: `no_time`, `no_position`, `out_of_range`, `repeated`. `Unreadable` when fewer than two points are left.
    """
    ts = np.frombuffer(buffers[0], np.int64)
    lat, lon, altitude, speed, accuracy, beats = (np.frombuffer(one, np.float64) for one in buffers[1:])
    unknown = np.isnan(lat) | np.isnan(lon) | ((lat == 0) & (lon == 0))  # zeros: before a receiver knows where it is
    outside = ~unknown & ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180))
    timeless = ~unknown & ~outside & ~((ts >= EARLIEST_MS) & (ts <= LATEST_MS))
    good = ~(unknown | outside | timeless)
    track = Track.of(
        ts[good],
        lat[good],
        lon[good],
        _within(altitude[good], _LOWEST, _HIGHEST),
        _within(speed[good], 0, _FASTEST),
        _within(accuracy[good], 0, _FARTHEST_OFF),
        np.nan_to_num(_within(beats[good], 1, _MOST_BEATS), nan=0).astype(np.int64),
    )
    skipped = {
        "no_time": int(timeless.sum()),
        "no_position": int(unknown.sum()),
        "out_of_range": int(outside.sum()),
        "repeated": int(good.sum()) - len(track),
    }
    if len(track) < _FEWEST_POINTS:
        raise _too_few(skipped)
    pauses = [(start, end) for start, end in told["pauses"] if start < end]
    return (
        track,
        {reason: count for reason, count in skipped.items() if count},
        (*pauses, *_gaps(ts, good, told["segments"])),
    )


def _within(values: Floats, least: float, most: float) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.where((values >= least) & (values <= most), values, np.nan)


def _too_few(skipped: Mapping[str, int]) -> Unreadable:
    if skipped["no_time"] > skipped["no_position"] + skipped["out_of_range"]:
        return Unreadable("without_times")
    if skipped["out_of_range"] > skipped["no_position"]:
        return Unreadable("damaged", "out_of_range")
    return Unreadable("without_positions")


def _gaps(ts: Ints, good: Any, segments: Sequence[int]) -> list[Pause]:
    """The pauses between segments, which may come in any order and overlap."""
    spans = []
    for begin, end in pairwise([*segments, len(ts)]):
        moments = ts[begin:end][good[begin:end]]
        if len(moments):
            spans.append((int(moments.min()), int(moments.max())))
    found: list[Pause] = []
    reached: int | None = None
    for first, last in sorted(spans):
        if reached is not None and first - reached >= SHORTEST_PAUSE_MS:
            found.append((reached, first))
        reached = last if reached is None else max(reached, last)
    return found
