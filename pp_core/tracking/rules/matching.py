"""Whether a track went over a segment, in what time, and whether two ways are the same."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from pp_core.tracking.rules.lines import on_plane
from pp_core.tracking.rules.summary import Shaped
from pp_core.tracking.rules.track import Floats, metres_between

NEAR_METRES: Final = 25.0
"""Who passes the start and the end of a segment as near as this went over them."""
SEGMENT_METRES: Final = 30.0
ROUTE_METRES: Final = 50.0
"""How far apart two ways may be where they are furthest apart (Frechet), on a segment and on a whole route."""
SHORTEST, LONGEST = 0.9, 1.1
"""How long a way may be, as a share of the way it is held against."""
_STEP: Final = 10.0
_FEWEST, _MOST = 20, 800


@dataclass(frozen=True, slots=True)
class Passage:
    """Once over a segment: when it began, in the track's own milliseconds, and in how many seconds, to a tenth."""

    began_ms: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Crossing:
    """Where a track comes nearest to a place: between two points, a share of the leg past the first."""

    leg: int
    share: float
    ms: float
    metres: float


def passages(shape: Shaped, lat: Floats, lon: Floats) -> tuple[Passage, ...]:
    """Each time the track went over the segment (degrees) from its start to its end, in the order of time.

    Start and end must be passed in order, the way between followed. Between points times are interpolated at the place nearest to
    the segment's start and end.
    """
    line = shape.track
    if len(line) < 2 or len(lat) < 2:
        return ()
    middle = (float(lat[0]), float(lon[0]))
    segment, way = on_plane(lat, lon, middle), on_plane(line.lat, line.lon, middle)
    length = float(metres_between(lat, lon).sum())
    starts, ends = _crossings(shape, way, segment[0]), _crossings(shape, way, segment[-1])
    found: list[Passage] = []
    free = -np.inf
    for start in starts:
        if start.ms < free:
            continue
        for end in ends:
            if end.ms <= start.ms or end.metres - start.metres < SHORTEST * length:
                continue
            if end.metres - start.metres > LONGEST * length:
                break
            if _apart(_between(way, start, end), segment) <= SEGMENT_METRES:
                found.append(Passage(round(start.ms), round((end.ms - start.ms) / 1000, 1)))
                free = end.ms
                break
    return tuple(found)


def same_way(lat: Floats, lon: Floats, other_lat: Floats, other_lon: Floats) -> bool:
    """Whether two lines (degrees) go the same way in the same direction, from door to door."""
    lengths = [float(metres_between(*one).sum()) for one in ((lat, lon), (other_lat, other_lon))]
    if not lengths[0] or not SHORTEST <= lengths[1] / lengths[0] <= LONGEST:
        return False
    middle = (float(lat[0]), float(lon[0]))
    return _apart(on_plane(other_lat, other_lon, middle), on_plane(lat, lon, middle)) <= ROUTE_METRES


def stretch(shape: Shaped, from_m: float, to_m: float) -> tuple[Floats, Floats]:
    """The line of a track from one distance to another."""
    line, moved = shape.track, np.concatenate([[True], np.diff(shape.metres) > 0])
    within = moved & (shape.metres > from_m) & (shape.metres < to_m)
    ends = np.interp([from_m, to_m], shape.metres[moved], np.flatnonzero(moved))
    places = np.concatenate([ends[:1], np.flatnonzero(within), ends[1:]])
    every = np.arange(len(line))
    return np.interp(places, every, line.lat), np.interp(places, every, line.lon)


def _crossings(shape: Shaped, way: Floats, place: Floats) -> list[_Crossing]:
    """Where the way comes near the place: of each time that it does, its nearest point."""
    legs = np.diff(way, axis=0)
    squares = (legs**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.clip(np.nan_to_num(((place - way[:-1]) * legs).sum(axis=1) / squares), 0, 1)
    away = np.hypot(*(way[:-1] + shares[:, None] * legs - place).T)
    near = np.flatnonzero(away <= NEAR_METRES)
    ms = shape.track.ts
    crossings = []
    for run in np.split(near, np.flatnonzero(np.diff(near) > 1) + 1) if len(near) else []:
        leg = int(run[np.argmin(away[run])])
        share = float(shares[leg])
        crossings.append(
            _Crossing(
                leg,
                share,
                float(ms[leg] + share * (ms[leg + 1] - ms[leg])),
                float(shape.metres[leg] + share * (shape.metres[leg + 1] - shape.metres[leg])),
            )
        )
    return crossings


def _between(way: Floats, start: _Crossing, end: _Crossing) -> Floats:
    ends = [way[one.leg] + one.share * (way[one.leg + 1] - way[one.leg]) for one in (start, end)]
    return np.vstack([ends[0], way[start.leg + 1 : end.leg + 1], ends[1]])


def _apart(way: Floats, other: Floats) -> float:
    """The Frechet distance of two lines (Eiter and Mannila 1994), less what it is too large because only points are compared."""
    lengths = [float(np.hypot(*np.diff(one, axis=0).T).sum()) for one in (way, other)]
    count = int(np.clip(np.ceil(max(lengths) / _STEP), _FEWEST, _MOST))
    lines: list[Any] = [shapely.linestrings(_sampled(one, count)) for one in (way, other)]
    return float(shapely.frechet_distance(*lines)) - max(lengths) / count / 2


def _sampled(line: Floats, count: int) -> Floats:
    """So many points of a line at even distances."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    wanted = np.linspace(0, along[-1], count + 1)
    return np.column_stack([np.interp(wanted, along, line[:, axis]) for axis in (0, 1)])
