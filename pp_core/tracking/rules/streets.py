"""Map matching: which points of a way are asked about, which answers are believed, and the line that comes of it.

Only the line that is drawn: what an activity comes to is counted on its points and never here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import numpy as np
import shapely

from pp_core.kernel.ports import Matching
from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.filtering import Mask
from pp_core.tracking.rules.lines import CUT_STEP, Zones, densified, on_plane
from pp_core.tracking.rules.privacy import visible
from pp_core.tracking.rules.simplify import polyline_decoded
from pp_core.tracking.rules.summary import Shaped
from pp_core.tracking.rules.track import Floats, Ints, Track, metres_between

MEANS: Mapping[Sport, str] = MappingProxyType({Sport.RUN: "foot", Sport.WALK: "foot", Sport.RIDE: "bike"})
"""The sports that keep to streets, and OSRM's name for how they go. Who hikes, swims or rows is off them."""
STEP_M: Final = 25.0
"""Metres between the points that are asked about: enough to tell one street from the next."""
MOST_ASKED: Final = 3000
"""Points of one activity that are asked about; a longer way has them further apart."""
OVERLAP: Final = 10
"""Points that two questions share, so that the first of the second is not matched without what was before it."""
FEWEST: Final = 4
"""Fewer points say little about a street."""
BREAK_S: Final = 60.0
BREAK_M: Final = 500.0
"""Nobody knows the way between two points that are further apart than this."""
SURE: Final = 0.5
OFF_M: Final = 50.0
"""An answer that is less sure than this, or leaves the points by more, is none."""
PRECISION: Final = 6
"""Decimals of the lines in answers."""
LONGEST: Final = 3.0
MOST_CORNERS: Final = 5000
"""A believable line is no longer than so many times the way, and has no more points."""
_MOST_LEGS: Final = 2000
_RADIUS: Final = (5.0, 10.0, 30.0)
"""How far off a point may be, in metres: the least that is said, what is said where it is unknown, and the most."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A stretch to be matched; columns of one length.

    `places` are those of its points in the track, `lat` and `lon` degrees, `seconds` whole ones in motion since the activity
    began (when that was is nobody's business), `radius` the metres that each point may be off.
    """

    places: Ints
    lat: Floats
    lon: Floats
    seconds: Ints
    radius: Floats


def questions(shape: Shaped, zones: Zones, most: int) -> tuple[Question, ...]:
    """What to ask about a track, at most `most` points at a time; nothing about what lies within a zone.

    A stretch ends at a zone and at a gap, so that no answer bridges one.
    """
    line = shape.track
    if len(line) < 2 or shape.metres[-1] <= 0:
        return ()
    seen = visible(line, zones)
    step = max(STEP_M, float(shape.metres[-1]) / MOST_ASKED)
    places = np.searchsorted(shape.metres, np.arange(0, shape.metres[-1], step))
    places = np.unique(np.append(places, len(line) - 1))
    cut = (np.diff(line.ts) > BREAK_S * 1000) | (metres_between(line.lat, line.lon) > BREAK_M)
    # Which unbroken stretch each point is of: a hidden one begins another, as a leg does that is a gap.
    stretch = np.cumsum(~seen) + np.concatenate([[0], np.cumsum(cut)])
    places = places[seen[places]]
    runs = np.split(places, np.flatnonzero(np.diff(stretch[places])) + 1)
    return tuple(_question(shape, part) for run in runs for part in _parts(_apart(shape, run), most))


def laid(shape: Shaped, asked: Question, found: Sequence[Matching]) -> tuple[Track, ...]:
    """What of an answer is believed: lines with a point each `CUT_STEP` metres, and when somebody was there."""
    made, after = [], 0
    for one in found:
        if after <= one.first < one.last < len(asked.places) and one.confidence >= SURE:
            line = _line(shape, asked.places[one.first : one.last + 1], one.line)
            if line is not None:
                made.append(line)
                after = one.last
    return tuple(made)


def joined(line: Track, parts: Sequence[Track]) -> Track | None:
    """The whole way: on streets where there are parts, else as the points of `line` tell it. None without a part.

    Where two parts overlap each gives half of it.
    """
    if not parts:
        return None
    parts = sorted(parts, key=lambda one: int(one.ts[0]))
    seams = [(int(before.ts[-1]) + int(after.ts[0])) // 2 for before, after in pairwise(parts)]
    kept = [
        part[(part.ts > since) & (part.ts <= until)]
        for part, since, until in zip(parts, [-np.inf, *seams], [*seams, np.inf], strict=True)
    ]
    bare = np.ones(len(line), bool)
    for part in parts:
        bare &= (line.ts < part.ts[0]) | (line.ts > part.ts[-1])
    rest = line[bare]
    whole = Track.of(*(np.concatenate([getattr(one, name) for one in (*kept, rest)]) for name in ("ts", "lat", "lon")))
    return _spread(whole.ts.astype(np.float64), whole.lat, whole.lon, gap=BREAK_M)


def on_streets(shape: Shaped, matched: Track) -> Shaped:
    """The same activity with its line on the streets: metres, time in motion and heights are those of its own points."""
    line, ts = shape.track, matched.ts
    if len(line) < 2:
        return shape
    known = np.isfinite(line.altitude)
    altitude = np.interp(ts, line.ts[known], line.altitude[known]) if known.any() else None
    moved = Track.of(ts, matched.lat, matched.lon, altitude)
    metres, moving = (np.interp(moved.ts, line.ts, column) for column in (shape.metres, shape.moving))
    return Shaped(moved, metres, moving, shape.dropped)


def seen_on_streets(matched: Track, line: Track, zones: Zones) -> Mask:
    """Which points of a matched way others may see: outside the zones, and of moments at which the points were."""
    seen = visible(matched, zones)
    if seen.all() and not zones:
        return seen
    if len(line) < 2:
        return np.zeros(len(matched), bool)
    of_points = visible(line, zones)
    before = np.clip(np.searchsorted(line.ts, matched.ts, side="right") - 1, 0, len(line) - 2)
    return np.asarray(seen & of_points[before] & of_points[before + 1])


def along(lat: Floats, lon: Floats, line_lat: Floats, line_lon: Floats) -> tuple[Floats, Floats]:
    """Where on a line each of some points was passed, in metres from its start, and how far off it they are.

    In their order, never backwards, the first at its start and the last at its end, with the least squares of what they are
    off: so each time around a block, or there and back, is told from the other. That is Viterbi's (1967) way through the legs,
    which are cut so short that going back on one of them is no more than noise.
    """
    middle = (float(line_lat[0]), float(line_lon[0]))
    step = max(CUT_STEP, float(metres_between(line_lat, line_lon).sum()) / _MOST_LEGS)
    line_lat, line_lon = densified(line_lat, line_lon, step)
    points, corners = on_plane(lat, lon, middle), on_plane(line_lat, line_lon, middle)
    legs = np.diff(corners, axis=0)
    lengths = np.hypot(*legs.T)
    begins = np.concatenate([[0.0], np.cumsum(lengths)])
    shares = ((points[:, None] - corners[:-1]) * legs).sum(axis=2) / np.maximum(lengths, 1e-9) ** 2
    shares = np.clip(shares, 0, 1)
    off = np.hypot(*np.moveaxis(corners[:-1] + shares[:, :, None] * legs - points[:, None], 2, 0))
    count, every = len(points), np.arange(len(legs))
    best = np.where(every == 0, off[0] ** 2, np.inf)
    came = np.zeros((count, len(legs)), np.int64)
    for place in range(1, count):
        least = np.minimum.accumulate(best)
        came[place] = np.maximum.accumulate(np.where(best <= least, every, 0))
        best = least + off[place] ** 2
    at = np.zeros(count, np.int64)
    at[-1] = len(legs) - 1
    for place in range(count - 1, 0, -1):
        at[place - 1] = came[place, at[place]]
    where = begins[at] + shares[np.arange(count), at] * lengths[at]
    where[0], where[-1] = 0.0, begins[-1]
    away = off[np.arange(count), at]
    away[0], away[-1] = np.hypot(*(points[0] - corners[0])), np.hypot(*(points[-1] - corners[-1]))
    return np.maximum.accumulate(where), away


def _apart(shape: Shaped, places: Ints) -> Ints:
    """Those that lie a second or more after one another, as whole seconds tell it."""
    return places[np.unique(np.floor(shape.moving[places]), return_index=True)[1]]


def _parts(places: Ints, most: int) -> list[Ints]:
    """Parts of at most `most` places that overlap."""
    if len(places) < FEWEST:
        return []
    if len(places) <= most:
        return [places]
    overlap = min(OVERLAP, most // 4)
    return [places[first : first + most] for first in range(0, len(places) - overlap, most - overlap)]


def _question(shape: Shaped, places: Ints) -> Question:
    line = shape.track
    least, unknown, largest = _RADIUS
    radius = np.where(np.isfinite(line.accuracy[places]), line.accuracy[places], unknown)
    return Question(
        places=places,
        lat=line.lat[places],
        lon=line.lon[places],
        seconds=np.floor(shape.moving[places]).astype(np.int64),
        radius=np.clip(radius, least, largest),
    )


def _line(shape: Shaped, places: Ints, text: str) -> Track | None:
    """The line of one part with the moments of its points; None where it cannot be believed."""
    track = shape.track
    way = track[int(places[0]) : int(places[-1]) + 1]
    try:
        lat, lon = polyline_decoded(text, PRECISION)
    except (ValueError, OverflowError):
        return None
    if not 2 <= len(lat) <= MOST_CORNERS or not (np.abs(lat) <= 90).all() or not (np.abs(lon) <= 180).all():
        return None
    differs = np.concatenate([[True], (np.diff(lat) != 0) | (np.diff(lon) != 0)])
    lat, lon = lat[differs], lon[differs]
    metres = float(shape.metres[places[-1]] - shape.metres[places[0]])
    if len(lat) < 2 or metres_between(lat, lon).sum() > LONGEST * metres + 2 * OFF_M:
        return None
    where, away = along(track.lat[places], track.lon[places], lat, lon)
    if away.max() > OFF_M or _furthest(lat, lon, way) > OFF_M:
        return None
    # When somebody was at a corner: between the points on both sides, by the metres that they had gone.
    legs = on_plane(lat, lon, (float(lat[0]), float(lon[0])))
    corners = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(legs, axis=0).T))])
    fixed = np.concatenate([[True], np.diff(where) > 0])
    gone = np.interp(corners, where[fixed], shape.metres[places][fixed])
    gone[-1] = shape.metres[places[-1]]
    inside = shape.metres[places[0] : places[-1] + 1]
    reached = np.concatenate([[True], np.diff(inside) > 0])
    ts = np.interp(gone, inside[reached], way.ts[reached].astype(np.float64))
    ts[0], ts[-1] = way.ts[0], way.ts[-1]
    return _spread(ts, lat, lon)


def _furthest(lat: Floats, lon: Floats, way: Track) -> float:
    """How far a line leaves the points at most."""
    spread = _spread(np.arange(0.0, len(lat) * 1e6, 1e6), lat, lon)
    middle = (float(lat[0]), float(lon[0]))
    points = shapely.linestrings(on_plane(way.lat, way.lon, middle))
    return float(np.max(shapely.distance(shapely.points(on_plane(spread.lat, spread.lon, middle)), points)))


def _spread(ts: Floats, lat: Floats, lon: Floats, gap: float = np.inf) -> Track:
    """The line with a point each `CUT_STEP` metres, but for legs longer than `gap`; points of one millisecond are one."""
    metres = metres_between(lat, lon)
    parts = np.where(metres > gap, 1, np.maximum(np.ceil(metres / CUT_STEP), 1)).astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(parts)])
    places = np.arange(ends[-1] + 1)
    moments, lat, lon = (np.interp(places, ends, column) for column in (ts, lat, lon))
    return Track.of(np.rint(moments).astype(np.int64), lat, lon)
