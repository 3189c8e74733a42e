"""A track: the points of one activity as columns, which all arithmetic on it works on."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EARTH_METRES = 6_371_008.8
"""Mean radius of the Earth (IUGG 1980, R1)."""
NO_HEART_RATE = 0


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Points in the order of their time, one of a kind in each column; all columns are of the same length.

    `ts` are milliseconds since 1970 (UTC) by the clock that took them, strictly rising. `lat` and `lon` are degrees (WGS 84),
    `altitude` metres above the sea, `speed` metres a second as the receiver measured it, `accuracy` the radius in metres within
    which the position is likely to be (68 %); each NaN where unknown. `heart_rate` are beats a minute, 0 where unknown.
    """

    ts: Ints
    lat: Floats
    lon: Floats
    altitude: Floats
    speed: Floats
    accuracy: Floats
    heart_rate: Ints

    def __len__(self) -> int:
        return len(self.ts)

    def __getitem__(self, which: slice | npt.NDArray[Any]) -> "Track":
        """The points of a slice, a mask or places."""
        return Track(*(getattr(self, one.name)[which] for one in fields(self)))

    @classmethod
    def of(
        cls,
        ts: Sequence[int] | Ints,
        lat: Sequence[float] | Floats,
        lon: Sequence[float] | Floats,
        altitude: Sequence[float] | Floats | None = None,
        speed: Sequence[float] | Floats | None = None,
        accuracy: Sequence[float] | Floats | None = None,
        heart_rate: Sequence[int] | Ints | None = None,
    ) -> Self:
        """A track of points in any order: sorted, and of points of one moment the first kept."""
        moments, first = np.unique(np.asarray(ts, np.int64), return_index=True)

        def column(values: Sequence[float] | Floats | None) -> Floats:
            if values is None:
                return np.full(len(moments), np.nan)
            return np.asarray(values, np.float64)[first]

        beats = np.zeros(len(moments), np.int64) if heart_rate is None else np.asarray(heart_rate, np.int64)[first]
        return cls(moments, column(lat), column(lon), column(altitude), column(speed), column(accuracy), beats)

    @classmethod
    def empty(cls) -> Self:
        """A track without points."""
        return cls.of([], [], [])

    def merged(self, other: "Track") -> "Track":
        """The points of both; of a moment that both have, this track's."""
        return Track.of(*(np.concatenate([getattr(self, one.name), getattr(other, one.name)]) for one in fields(self)))


def metres_between(lat: Floats, lon: Floats) -> Floats:
    """The great-circle distance of each point from the one before it (haversine), one fewer than there are points."""
    phi, lam = np.radians(lat), np.radians(lon)
    half = np.sin(np.diff(phi) / 2) ** 2 + np.cos(phi[:-1]) * np.cos(phi[1:]) * np.sin(np.diff(lam) / 2) ** 2
    return np.asarray(2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(half, 0, 1))), np.float64)
