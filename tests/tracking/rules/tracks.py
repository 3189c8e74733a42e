"""Tracks that a reader can check by hand: straight north from the middle of Nairobi, so that metres are degrees."""

from collections.abc import Sequence

import numpy as np

from pp_core.tracking.rules.track import EARTH_METRES, Floats, Track

BEGIN_MS = 1_790_000_000_000
METRES_A_DEGREE = np.radians(1) * EARTH_METRES


def northward(
    seconds: Sequence[float] | Floats, metres: Sequence[float] | Floats, **columns: Sequence[float] | Floats
) -> Track:
    """A track that is so many metres from its start at such times."""
    ts = BEGIN_MS + np.rint(np.asarray(seconds) * 1000).astype(np.int64)
    lat = -1.28 + np.asarray(metres) / METRES_A_DEGREE
    return Track.of(ts, lat, np.full(len(ts), 36.82), **columns)


def legs(*each: tuple[float, float], every_s: float = 1) -> tuple[Floats, Floats]:
    """Seconds and metres of legs of (duration in seconds, metres a second), a point every so often."""
    ends = np.cumsum([0.0, *(duration for duration, _ in each)])
    at = np.cumsum([0.0, *(duration * speed for duration, speed in each)])
    seconds = np.arange(0, ends[-1] + every_s / 2, every_s)
    return seconds, np.interp(seconds, ends, at)
