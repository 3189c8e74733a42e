"""Areas on the ground, in degrees: the boxes that an index is asked for, what passes through them, and cells of a grid."""

from collections.abc import Sequence
from math import cos, degrees, radians
from typing import Any

import numpy as np
import shapely

from pp_core.tracking.rules.lines import Zones, densified, on_plane
from pp_core.tracking.rules.track import EARTH_METRES, Floats, Ints

Box = tuple[float, float, float, float]
"""South, west, north, east."""


def box_around(lat: float, lon: float, metres: float) -> Box:
    """A box that holds every place within so many metres; at the poles and the date line it ends there."""
    height = degrees(metres / EARTH_METRES)
    # Where a circle reaches furthest east it is a little nearer to the pole than its middle.
    widest = max(cos(radians(min(90.0, abs(lat) + height))), 1e-6)
    width = min(360.0, height / widest)
    return (max(-90.0, lat - height), max(-180.0, lon - width), min(90.0, lat + height), min(180.0, lon + width))


def passes_near(lat: Floats, lon: Floats, place: tuple[float, float], metres: float) -> bool:
    """Whether a line comes within so many metres of a place."""
    if not len(lat):
        return False
    return bool(shapely.distance(_line(on_plane(lat, lon, place)), shapely.points(0, 0)) <= metres)


def passes_through(lat: Floats, lon: Floats, box: Box) -> bool:
    """Whether a line touches a box."""
    if not len(lat):
        return False
    south, west, north, east = box
    return bool(shapely.intersects(_line(np.column_stack([lon, lat])), shapely.box(west, south, east, north)))


def cells_of(lat: Floats, lon: Floats, size: float) -> Ints:
    """The cells of a grid of `size` degrees that a line goes through, (n, 2): rows from the equator, columns from Greenwich."""
    if not len(lat):
        return np.zeros((0, 2), np.int64)
    lat, lon = densified(lat, lon, radians(size) * EARTH_METRES / 4)
    return np.unique(np.floor(np.column_stack([lat, lon]) / size).astype(np.int64), axis=0)


def clear_of(cells: Ints, size: float, zones: Zones) -> Ints:
    """The cells of which no part lies within a zone."""
    clear = np.ones(len(cells), bool)
    for lat, lon, radius, _ in zones:
        middle = (cells.astype(np.float64) + 0.5) * size
        away = np.hypot(*on_plane(middle[:, 0], middle[:, 1], (lat, lon)).T)
        clear &= away > radius + radians(size) * EARTH_METRES * 2**-0.5
    return cells[clear]


def counted(cells: Sequence[Ints]) -> tuple[Ints, Ints]:
    """All cells of many people, and in how many people's each is."""
    if not cells:
        return np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    found, counts = np.unique(np.concatenate(cells), axis=0, return_counts=True)
    return found, counts


def _line(places: Floats) -> Any:
    return shapely.linestrings(places) if len(places) > 1 else shapely.points(places[0])
