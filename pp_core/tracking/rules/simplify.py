"""Fewer points for the same line, and lines as text."""

from collections.abc import Sequence

import numpy as np
import shapely

from pp_core.tracking.rules.track import EARTH_METRES, Floats, Ints

_POLYLINE_STEPS = 1e5


def simplified(lat: Floats, lon: Floats, metres: float) -> Ints:
    """The places of the points that are enough to draw the line: none left out lies further than `metres` from it.

    Douglas-Peucker (1973) as GEOS does it, on a plane that touches the Earth at the middle of the line. First and last
    point stay always.
    """
    if len(lat) <= 2:
        return np.arange(len(lat))
    middle = np.radians((lat.min() + lat.max()) / 2)
    plane = np.column_stack([np.radians(lon) * np.cos(middle), np.radians(lat)]) * EARTH_METRES
    # Lines are simplified in two dimensions and keep the third as it was: it carries the places through.
    numbered = np.column_stack([plane, np.arange(len(lat))])
    line = shapely.simplify(shapely.linestrings(numbered), metres, preserve_topology=False)
    return shapely.get_coordinates(line, include_z=True)[:, 2].astype(np.int64)


def polyline_encoded(lat: Sequence[float] | Floats, lon: Sequence[float] | Floats) -> str:
    """The line as text to five decimals (developers.google.com/maps/documentation/utilities/polylinealgorithm)."""
    text: list[str] = []
    before = (0, 0)
    for point in zip(
        np.rint(np.asarray(lat, np.float64) * _POLYLINE_STEPS).astype(int).tolist(),
        np.rint(np.asarray(lon, np.float64) * _POLYLINE_STEPS).astype(int).tolist(),
        strict=True,
    ):
        for now, then in zip(point, before, strict=True):
            change = now - then
            bits = ~(change << 1) if change < 0 else change << 1
            while bits >= 0x20:
                text.append(chr((0x20 | bits & 0x1F) + 63))
                bits >>= 5
            text.append(chr(bits + 63))
        before = point
    return "".join(text)


def polyline_decoded(text: str, precision: int = 5) -> tuple[Floats, Floats]:
    """Latitudes and longitudes of such a text, of so many decimals. Raises ValueError where it is none."""
    numbers: list[int] = []
    bits = shift = 0
    for letter in text:
        group = ord(letter) - 63
        if not 0 <= group < 64 or shift > 30:
            raise ValueError("not a polyline")
        bits |= (group & 0x1F) << shift
        shift += 5
        if group < 0x20:
            numbers.append(~(bits >> 1) if bits & 1 else bits >> 1)
            bits = shift = 0
    if shift or len(numbers) % 2:
        raise ValueError("the polyline is cut")
    steps = np.cumsum(np.array(numbers, np.int64).reshape(-1, 2), axis=0) / 10**precision
    return steps[:, 0], steps[:, 1]
