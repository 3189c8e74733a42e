"""The course of an activity as pictures draw it: few enough points, stretches of like pace, a mark at every kilometre."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt

from pp_core.tracking.operations import Sport
from pp_core.tracking.render import figures
from pp_core.tracking.rules.simplify import simplified
from pp_core.tracking.rules.summary import Shaped
from pp_core.tracking.rules.track import EARTH_METRES, Floats, Ints

CLASSES = 5
"""Kinds of pace that a picture tells apart, from the slowest (0) to the fastest."""
_MOST_BINS, _BIN_METRES = 150, 50.0
_EVEN = 0.04
"""Below this share of the median, paces differ by no more than a receiver's noise, and are drawn as one."""
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What a picture is drawn from; columns of one length.

    `lat` and `lon` are degrees, `metres` the way so far and `seconds` the time in motion so far (neither ever falls), `altitude`
    metres above the sea, NaN where unknown. `breaks` are the places of points that are not joined to the one before them,
    because what lay between is not for the looker's eyes.
    """

    lat: Floats
    lon: Floats
    metres: Floats
    seconds: Floats
    altitude: Floats
    breaks: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    @classmethod
    def of(cls, shaped: Shaped, seen: npt.NDArray[np.bool_] | None = None) -> Self:
        """The course of a track, or of those of its points that may be `seen`."""
        track = shaped.track
        places = np.arange(len(track)) if seen is None else np.flatnonzero(seen)
        return cls(
            lat=track.lat[places],
            lon=track.lon[places],
            metres=shaped.metres[places],
            seconds=shaped.moving[places],
            altitude=track.altitude[places],
            breaks=np.flatnonzero(np.diff(places) > 1) + 1,
        )

    def __len__(self) -> int:
        return len(self.lat)

    @property
    def length(self) -> float:
        """Metres from the first point to the last."""
        return float(self.metres[-1] - self.metres[0]) if len(self) else 0.0

    def stretches(self) -> Iterator[tuple[int, int]]:
        """The first place and the one past the last of each run of points that are joined."""
        inner = [int(one) for one in np.unique(self.breaks) if 0 < one < len(self)]
        if len(self):
            yield from zip([0, *inner], [*inner, len(self)], strict=True)

    def flat(self) -> Floats:
        """Metres east and north of the first point: a plane that touches the Earth there, true to 0.1 % over 50 km."""
        if not len(self):
            return np.empty((0, 2))
        east = np.unwrap(np.radians(self.lon))  # a way over the date line goes on instead of around the world
        north = np.radians(self.lat)
        scale = np.cos(np.mean(north))
        return EARTH_METRES * np.column_stack([(east - east[0]) * scale, north - north[0]])

    def drawn(self, most: int, tolerance: float = 2.0) -> Ints:
        """The places of the points that are enough to draw it within `tolerance` metres; twice that while they are over `most`.

        The ends of every stretch are kept.
        """
        while True:
            parts = [
                start + simplified(self.lat[start:end], self.lon[start:end], tolerance)
                for start, end in self.stretches()
            ]
            kept = np.concatenate([np.empty(0, np.int64), *parts])
            if len(kept) <= most or tolerance > 1e5:
                return kept
            tolerance *= 2


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the course gone at about one pace: points `places` of it, and which of the classes."""

    kind: int
    places: Ints


@dataclass(frozen=True, slots=True)
class Painted:
    """A course in stretches of like pace. `limits` are the paces between the classes in seconds a metre, slowest first."""

    stretches: tuple[Stretch, ...]
    limits: tuple[float, ...]


def painted(course: Course, sport: Sport, *, most: int = 700, by_pace: bool = True) -> Painted:
    """The course with each part in the class of its pace; one class where paces hardly differ or are not to be shown.

    Pace is taken over 50 m, or a 150th of a long way, and smoothed over three of them. Classes are equally
    wide, from the pace that a tenth of the way is faster than to the one that a tenth is slower than; their limits are round
    figures of the sport.
    """
    kept = course.drawn(most)
    edges, kinds, limits = _classes(course, sport) if by_pace else (np.empty(0), np.zeros(1, np.int64), ())
    changes = edges[1:-1][np.diff(kinds) != 0] if len(kinds) > 1 else np.empty(0)
    turns = np.searchsorted(course.metres, changes)
    stretches = []
    for start, end in course.stretches():
        places = np.unique(np.concatenate([kept, turns]))
        places = places[(places >= start) & (places < end)].astype(np.int64)
        if len(places) < 2:
            continue
        middles = (course.metres[places[:-1]] + course.metres[places[1:]]) / 2
        of = kinds[np.clip(np.searchsorted(edges, middles, side="right") - 1, 0, len(kinds) - 1)]
        cuts = [0, *(np.flatnonzero(np.diff(of)) + 1), len(of)]
        stretches += [Stretch(int(of[a]), places[a : b + 1]) for a, b in pairwise(cuts)]
    return Painted(tuple(stretches), limits)


def _classes(course: Course, sport: Sport) -> tuple[Floats, Ints, tuple[float, ...]]:
    """Metres at which parts begin and end, the class of each, and the limits."""
    bins = int(np.clip(course.length / _BIN_METRES, 1, _MOST_BINS))
    if course.length <= 0:
        return np.zeros(2), np.zeros(1, np.int64), ()
    edges = np.linspace(course.metres[0], course.metres[-1], bins + 1)
    pace = np.diff(np.interp(edges, course.metres, course.seconds)) / np.diff(edges)
    around = np.pad(pace, 1, mode="edge")
    pace = (around[:-2] + 2 * pace + around[2:]) / 4
    low, middle, high = np.quantile(pace, (0.1, 0.5, 0.9))
    if middle <= 0 or high - low < _EVEN * middle:
        return edges, np.zeros(bins, np.int64), ()
    rounded = {figures.rounded(float(limit), sport) for limit in np.linspace(low, high, CLASSES + 1)[1:-1]}
    limits = tuple(sorted((one for one in rounded if pace.min() < one < pace.max()), reverse=True))
    kinds = np.zeros(bins, np.int64)
    for limit in limits:
        kinds += pace < limit
    return edges, kinds, limits


@dataclass(frozen=True, slots=True)
class Mark:
    """Where `kilometre` was full; `pace` of the part since the mark before in seconds a metre, where all of it is seen."""

    kilometre: int
    lat: float
    lon: float
    pace: float | None


def marks(course: Course, most: int = 12) -> tuple[Mark, ...]:
    """A mark at every kilometre, or at every second, fifth ... of a way that would need more than `most`."""
    if not len(course):
        return ()
    last = int(course.metres[-1] // 1000)
    step = next((one for one in _STEPS if last // one <= most), _STEPS[-1])
    found = []
    for kilometre in range(step, last + 1, step):
        at = kilometre * 1000.0
        place = int(np.searchsorted(course.metres, at))
        if at < course.metres[0] or _cut(course, place, place):
            continue
        lat, lon = (float(np.interp(at, course.metres, column)) for column in (course.lat, course.lon))
        since = at - step * 1000.0
        whole = since >= course.metres[0] - 1e-6 and not _cut(course, int(np.searchsorted(course.metres, since)), place)
        took = np.diff(np.interp((since, at), course.metres, course.seconds))[0]
        found.append(Mark(kilometre, lat, lon, float(took) / (step * 1000.0) if whole and took > 0 else None))
    return tuple(found)


def _cut(course: Course, first: int, last: int) -> bool:
    """Whether a break lies between the point before place `first` and place `last`."""
    return bool(np.any((course.breaks >= first) & (course.breaks <= last) & (course.breaks > 0)))
