"""Lines on the ground: ways as columns of degrees, with points as close as wanted, cut to what others may see."""

from collections.abc import Sequence

import numpy as np

from pp_core.tracking.rules.privacy import Circle, visible
from pp_core.tracking.rules.simplify import simplified
from pp_core.tracking.rules.track import EARTH_METRES, Floats, Track, metres_between

CUT_STEP = 10.0
"""Metres between the points of a line before it is cut: so near to a zone's edge it ends."""
DRAWN_METRES = 5.0
"""How far a drawn line may be off."""

Zones = Sequence[Circle]


def densified(lat: Floats, lon: Floats, step: float) -> tuple[Floats, Floats]:
    """The same line with a point at least each `step` metres; its own points stay."""
    if len(lat) < 2:
        return lat, lon
    parts = np.maximum(np.ceil(metres_between(lat, lon) / step), 1).astype(int)
    ends = np.concatenate([[0], np.cumsum(parts)])
    places = np.arange(ends[-1] + 1)
    return np.interp(places, ends, lat), np.interp(places, ends, lon)


def seen_line(lat: Floats, lon: Floats, zones: Zones) -> tuple[Floats, Floats]:
    """What others may see of a line with few points: it ends at the edges of the zones. Without zones, the line itself."""
    if not zones or not len(lat):
        return lat, lon
    lat, lon = densified(lat, lon, CUT_STEP)
    seen = visible(Track.of(np.arange(len(lat)), lat, lon), zones)
    lat, lon = lat[seen], lon[seen]
    kept = simplified(lat, lon, DRAWN_METRES)
    return lat[kept], lon[kept]


def hidden_anywhere(lat: Floats, lon: Floats, zones: Zones) -> bool:
    """Whether any part of the line lies within a zone."""
    if not zones or not len(lat):
        return False
    lat, lon = densified(lat, lon, CUT_STEP)
    return not bool(visible(Track.of(np.arange(len(lat)), lat, lon), zones).all())


def on_plane(lat: Floats, lon: Floats, middle: tuple[float, float]) -> Floats:
    """Metres east and north of `middle` (degrees), a row a point; true near it, as long as ways are of kilometres."""
    east = np.radians(lon - middle[1]) * np.cos(np.radians(middle[0]))
    return np.column_stack([east, np.radians(lat - middle[0])]) * EARTH_METRES
