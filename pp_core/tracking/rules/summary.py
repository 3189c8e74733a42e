"""What a track comes to: distance, time in motion, splits, heights, heart and energy."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from pp_core.tracking.operations import Split, Sport, Summary, Zone
from pp_core.tracking.rules import energy
from pp_core.tracking.rules.climbing import gain_and_loss
from pp_core.tracking.rules.efforts import efforts
from pp_core.tracking.rules.filtering import kept, too_fast
from pp_core.tracking.rules.motion import around_corners, paused_seconds, standing
from pp_core.tracking.rules.smoothing import on_plane, smoothed
from pp_core.tracking.rules.sports import LIMITS
from pp_core.tracking.rules.track import NO_HEART_RATE, Floats, Ints, Track, metres_between

SPLIT_METRES: Final = 1000.0
SHORTEST_SPLIT_M: Final = 1.0
"""What is left after the last kilometre is a split of its own from this length, else part of that kilometre."""
LONGEST_BEAT_S: Final = 30.0
"""A heart rate is taken to hold until the next one, but no longer than this."""
TOP_SPEED_S: Final = 5.0
"""The highest speed is the mean over this long: shorter peaks are the receiver's."""
ZONE_SHARES: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Of the maximum heart rate, where each of the five zones begins (Edwards 1993, The Heart Rate Monitor Book)."""


@dataclass(frozen=True, slots=True, eq=False)
class Shaped:
    """A track as it is shown and counted.

    `track` holds the points kept, steadied. `metres` and `moving` (seconds) are cumulative, one a point, beginning with 0:
    metres neither grow while somebody stands still or has paused, nor at a jump. `dropped` points were left out.
    """

    track: Track
    metres: Floats
    moving: Floats
    dropped: int

    @property
    def seconds(self) -> Floats:
        """Seconds since the first point."""
        return (self.track.ts - self.track.ts[:1]) / 1000


def shaped(track: Track, sport: Sport, pauses: Sequence[tuple[int, int]] = ()) -> Shaped:
    """Filters, steadies and measures a track. `pauses` are (from, to) in the track's own milliseconds."""
    good = track[kept(track, sport)]
    line = smoothed(good, sport)
    if len(line) < 2:
        return Shaped(line, np.zeros(len(line)), np.zeros(len(line)), len(track) - len(good))
    legs = np.diff(line.ts) / 1000
    jumps = too_fast(good, LIMITS[sport].fastest)
    plane = on_plane(line)
    still = standing((line.ts - line.ts[0]) / 1000, plane, sport)
    moving = np.where(still | jumps, 0.0, np.maximum(legs - paused_seconds(line.ts, pauses), 0))
    metres = (metres_between(line.lat, line.lon) + around_corners(plane)) * moving / legs
    return Shaped(line, _cumulative(metres), _cumulative(moving), len(track) - len(good))


def summarise(
    track: Track,
    sport: Sport,
    *,
    pauses: Sequence[tuple[int, int]] = (),
    weight_kg: float | None = None,
    max_heart_rate: int | None = None,
    age: float | None = None,
    female: bool | None = None,
    shape: Shaped | None = None,
) -> Summary:
    """The summary of a track as it was taken: it is filtered and steadied here, unless `shape` was at hand.

    `age` (years) and `female` with a heart rate allow calories by heart rate. Without weight no calories, without the
    maximum heart rate no zones.
    """
    shape = shape or shaped(track, sport, pauses)
    line, seconds = shape.track, shape.seconds
    distance = float(shape.metres[-1]) if len(line) else 0.0
    moving = float(shape.moving[-1]) if len(line) else 0.0
    heights = gain_and_loss(line.altitude, LIMITS[sport].hysteresis)
    beats = Beats.of(line)
    spent = energy.kcal(
        sport,
        seconds=np.diff(shape.moving),
        metres=np.diff(shape.metres),
        climb=climbs(shape, heights[0] if heights else 0.0),
        heart_rate=line.heart_rate[:-1].astype(np.float64),
        weight_kg=weight_kg,
        age=age,
        female=female,
    )
    return Summary(
        points=len(line),
        dropped=shape.dropped,
        elapsed_s=round(float(seconds[-1])) if len(line) else 0,
        moving_s=round(moving),
        distance_m=round(distance, 1),
        average_speed=round(distance / moving, 3) if moving else None,
        max_speed=top_speed(shape),
        elevation_gain_m=round(heights[0], 1) if heights else None,
        elevation_loss_m=round(heights[1], 1) if heights else None,
        heart_rate_avg=beats.mean(),
        heart_rate_max=int(line.heart_rate.max(initial=NO_HEART_RATE)) or None,
        kcal=spent[0] if spent else None,
        kcal_method=spent[1] if spent else None,
        splits=splits(shape, beats),
        efforts=efforts(shape.metres, seconds),
        zones=zones(beats, max_heart_rate) if max_heart_rate else (),
    )


def splits(shape: Shaped, beats: "Beats") -> tuple[Split, ...]:
    """One for each kilometre and one for what is left; times and heights between points are interpolated."""
    metres = shape.metres
    if len(metres) < 2 or metres[-1] <= SHORTEST_SPLIT_M:
        return ()
    bounds = np.append(np.arange(0, metres[-1] - SHORTEST_SPLIT_M, SPLIT_METRES), metres[-1])
    # Where somebody stood at a bound, what came after it belongs to the next split.
    reached = np.concatenate([[True], np.diff(metres) > 0])
    reached_seconds = np.interp(bounds, metres[reached], shape.seconds[reached])
    reached_seconds[-1] = shape.seconds[-1]
    moving = np.interp(reached_seconds, shape.seconds, shape.moving)
    known = np.isfinite(shape.track.altitude)
    heights = np.interp(reached_seconds, shape.seconds[known], shape.track.altitude[known]) if known.any() else None
    return tuple(
        Split(
            number=place + 1,
            distance_m=round(float(bounds[place + 1] - bounds[place]), 1),
            moving_s=round(float(moving[place + 1] - moving[place]), 1),
            elevation_m=None if heights is None else round(float(heights[place + 1] - heights[place]), 1),
            heart_rate=beats.mean(reached_seconds[place], reached_seconds[place + 1]),
        )
        for place in range(len(bounds) - 1)
    )


def zones(beats: "Beats", max_heart_rate: int) -> tuple[Zone, ...]:
    """Seconds in each of five zones by share of the maximum; below half of it counts nowhere."""
    bounds = [ceil(share * max_heart_rate) for share in ZONE_SHARES]
    within = np.digitize(beats.rate, bounds)
    return tuple(
        Zone(
            number=number,
            from_bpm=bounds[number - 1],
            to_bpm=bounds[number] if number < len(bounds) else None,
            seconds=round(float(beats.lasted[within == number].sum())),
        )
        for number in range(1, len(bounds) + 1)
    )


def climbs(shape: Shaped, gain: float) -> Floats:
    """Metres up a leg, so that they sum to the gain that is told."""
    known = np.isfinite(shape.track.altitude)
    if not gain:
        return np.zeros(max(len(known) - 1, 0))
    up = np.maximum(np.diff(np.interp(shape.seconds, shape.seconds[known], shape.track.altitude[known])), 0)
    return np.asarray(up * gain / up.sum())


def top_speed(shape: Shaped) -> float | None:
    """The highest speed held for `TOP_SPEED_S`; for a shorter track its mean. Metres a second."""
    if len(shape.metres) < 2 or shape.metres[-1] <= 0:
        return None
    seconds = shape.seconds
    window = min(TOP_SPEED_S, float(seconds[-1]))
    ahead = np.interp(np.minimum(seconds + window, seconds[-1]), seconds, shape.metres)
    starts = seconds <= seconds[-1] - window
    return round(float((ahead - shape.metres)[starts].max()) / window, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """Heart rates known: `begins` (seconds into the track), the `rate` and how many seconds it `lasted`."""

    begins: Floats
    rate: Ints
    lasted: Floats

    @classmethod
    def of(cls, track: Track) -> "Beats":
        """Each rate holds until the next point, but for a pause of the sensor."""
        known = (track.heart_rate != NO_HEART_RATE)[:-1]
        seconds = (track.ts - track.ts[:1]) / 1000
        return cls(
            seconds[:-1][known], track.heart_rate[:-1][known], np.minimum(np.diff(seconds)[known], LONGEST_BEAT_S)
        )

    def mean(self, begin: float = 0.0, end: float = np.inf) -> int | None:
        """The mean of what begins within, weighted by time."""
        within = slice(*np.searchsorted(self.begins, [begin, end]))
        rates, lasted = self.rate[within], self.lasted[within]
        return round(float(np.average(rates, weights=lasted))) if len(rates) else None


def _cumulative(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])
