"""How height, speed and heart rate went along a way, and the speed of points as they came."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pp_core.tracking.rules.summary import LONGEST_BEAT_S, Shaped
from pp_core.tracking.rules.track import NO_HEART_RATE, Floats, Ints, Track, metres_between


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """Columns at even distances from the start to the end; NaN, and a heart rate of 0, where nothing is known.

    `before` is the point of the track at or before each; the one after it follows.
    """

    metres: Floats
    seconds: Floats
    altitude: Floats
    speed: Floats
    heart_rate: Ints
    lat: Floats
    lon: Floats
    before: Ints

    @property
    def track(self) -> Track:
        """Where the samples are."""
        return Track.of(np.arange(len(self.metres)), self.lat, self.lon)


def along(shape: Shaped, count: int) -> Along | None:
    """`count` samples (at least 2), the first at the start and the last at the end; None where nobody moved."""
    if len(shape.metres) < 2 or shape.metres[-1] <= 0:
        return None
    line, clock = shape.track, shape.seconds
    metres = np.linspace(0, shape.metres[-1], count)
    # Where somebody stood, the sample is of the moment they came there.
    reached = np.concatenate([[True], np.diff(shape.metres) > 0])
    seconds = np.interp(metres, shape.metres[reached], clock[reached])
    legs = np.diff(np.interp(seconds, clock, shape.moving))
    speed = np.divide(np.diff(metres), legs, out=np.full(count - 1, np.nan), where=legs > 0)
    known = np.isfinite(line.altitude)
    beats = np.flatnonzero(line.heart_rate != NO_HEART_RATE)
    return Along(
        metres=metres,
        seconds=seconds,
        altitude=np.interp(seconds, clock[known], line.altitude[known]) if known.any() else np.full(count, np.nan),
        speed=np.concatenate([speed[:1], speed]),
        heart_rate=_held(seconds, clock[beats], line.heart_rate[beats]),
        lat=np.interp(seconds, clock, line.lat),
        lon=np.interp(seconds, clock, line.lon),
        before=np.clip(np.searchsorted(clock, seconds, side="right") - 1, 0, len(clock) - 2),
    )


def _held(seconds: Floats, clock: Floats, rate: Ints) -> Ints:
    """The heart rate at each moment: one holds until the next, but no longer than `LONGEST_BEAT_S`."""
    if not len(clock):
        return np.zeros(len(seconds), np.int64)
    last = np.searchsorted(clock, seconds, side="right") - 1
    fresh = (last >= 0) & (seconds - clock[np.maximum(last, 0)] <= LONGEST_BEAT_S)
    return np.where(fresh, rate[np.maximum(last, 0)], NO_HEART_RATE)


def seen_whole(
    sampled: Along, of_points: npt.NDArray[np.bool_], of_samples: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Samples that may be shown: they, and the points on both sides that they are made of, are visible."""
    return of_samples & of_points[sampled.before] & of_points[sampled.before + 1]


def peaks(track: Track, from_s: float, to_s: float, count: int) -> tuple[Floats, Floats]:
    """Seconds and speeds (metres a second) by the points as they came, between two moments of the track.

    The highest speed of each of `count` equal spans; a span at whose end no point lies is left out.
    """
    if len(track) < 2 or to_s <= from_s:
        return np.empty(0), np.empty(0)
    at = (track.ts[1:] - track.ts[0]) / 1000
    speed = metres_between(track.lat, track.lon) / (np.diff(track.ts) / 1000)
    within = (at >= from_s) & (at <= to_s)
    span = np.minimum(((at[within] - from_s) / (to_s - from_s) * count).astype(np.int64), count - 1)
    highest = np.full(count, -np.inf)
    np.maximum.at(highest, span, speed[within])
    filled = np.isfinite(highest)
    middles = from_s + (np.arange(count) + 0.5) * (to_s - from_s) / count
    return middles[filled], highest[filled]
