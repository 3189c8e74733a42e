"""Explorer tiles: the squares of the world's map that somebody passed through, the largest square and cluster of them.

A tile is one of the 2^14 by 2^14 squares that web maps cut the world into at zoom 14, numbered from the north-west
(https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames); at the equator it is 2.4 km wide. What counts is VeloViewer's
(https://blog.veloviewer.com/veloviewer-explorer-score-and-max-square/): a tile that any part of a way lies in, the largest
square of n by n tiles, and the largest cluster: tiles whose four neighbours were passed through as well, and that are joined
to each other by their sides (described in https://martin-ueding.github.io/geo-activity-playground/explorer-tiles).
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from pp_core.tracking.rules.filtering import Mask
from pp_core.tracking.rules.summary import Shaped
from pp_core.tracking.rules.track import Floats, Ints

ZOOM: Final = 14
ACROSS: Final = 1 << ZOOM
"""Tiles from the date line once around to it, and from the northern end of the map to the southern."""
MAP_ENDS: Final = float(np.degrees(np.arctan(np.sinh(np.pi))))
"""Degrees north and south at which the map ends (85.0511): what lies nearer to a pole is on no tile."""
LONGEST_GAP_S: Final = 600.0
"""Who was not seen for longer than this may have gone any way."""
SAME_S: Final = 1e-6
"""Sums of seconds differ by less."""

Code = int
"""A tile as one number: its column times 2^14, and its row."""


class Square(NamedTuple):
    """`size` times `size` tiles; `x` and `y` are the column and the row of the one in the north-west."""

    x: int
    y: int
    size: int


def tiles_of(shape: Shaped, pauses: Sequence[tuple[int, int]] = ()) -> Ints:
    """The tiles (codes, rising) that a track passes through. `pauses` are those that it was shaped with.

    A point counts where somebody was in motion before it or after it, and not while they had paused: then they may have been
    carried. Between two points a straight line counts, unless there was a pause, a standstill or a jump, or nobody was seen
    for too long.
    """
    line = shape.track
    if len(line) < 2:
        return np.zeros(0, np.int64)
    seconds, moving = np.diff(shape.seconds), np.diff(shape.moving)
    seen = np.append(moving > 0, False) | np.append(False, moving > 0)
    for begin, until in pauses:
        seen &= (line.ts <= begin) | (line.ts >= until)
    gone = (moving > 0) & (moving >= seconds - SAME_S) & (seconds <= LONGEST_GAP_S)
    return passed(line.lat, line.lon, seen, gone)


def passed(lat: Floats, lon: Floats, seen: Mask, gone: Mask) -> Ints:
    """The tiles (codes, rising) of the points that were `seen`, and of the legs between neighbours that were `gone` along."""
    x, y, mapped = on_map(lat, lon)
    seen = seen & mapped
    found = [_codes(x[seen], y[seen])]
    if len(x) > 1:
        # Whoever steps over the date line does not go around the world.
        east = np.diff(x)
        east -= ACROSS * np.round(east / ACROSS)
        elsewhere = (np.floor(x[:-1]) != np.floor(x[:-1] + east)) | (np.floor(y[:-1]) != np.floor(y[1:]))
        for leg in np.flatnonzero(gone & mapped[:-1] & mapped[1:] & elsewhere).tolist():
            found.append(_crossed(x[leg], y[leg], x[leg] + east[leg], y[leg + 1]))
    return np.unique(np.concatenate(found))


def on_map(lat: Floats, lon: Floats) -> tuple[Floats, Floats, Mask]:
    """Where places lie on the map in tiles from its north-western corner (column, row), and which of them are on it."""
    mapped = np.abs(lat) <= MAP_ENDS
    held = np.radians(np.clip(lat, -MAP_ENDS, MAP_ENDS))
    return (lon / 360 + 0.5) * ACROSS, (0.5 - np.arcsinh(np.tan(held)) / (2 * np.pi)) * ACROSS, mapped


def corner(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Degrees north and east of places on the map; what `on_map` gave."""
    return np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y / ACROSS)))), x / ACROSS * 360 - 180


def columns_and_rows(codes: Ints) -> tuple[Ints, Ints]:
    """The columns and the rows of tiles."""
    return codes >> ZOOM, codes & (ACROSS - 1)


def unrolled(x: Ints) -> Ints:
    """Columns counted on over the date line, if that keeps them closer together than counting from it does."""
    present = np.unique(x)
    if not len(present):
        return x
    gaps = np.diff(np.append(present, present[0] + ACROSS))
    widest = int(np.argmax(gaps))
    if widest == len(present) - 1 or gaps[widest] == gaps[-1]:
        return x
    return np.where(x <= present[widest], x + ACROSS, x)


def largest_square(codes: Ints) -> Square | None:
    """The largest square of tiles; of several the westernmost, of those the northernmost. None where there are no tiles.

    By dynamic programming: a tile is the south-eastern corner of a square one larger than the smallest of those that end
    west, north and north-west of it.
    """
    x, y = columns_and_rows(codes)
    sizes: dict[tuple[int, int], int] = {}
    best: Square | None = None
    for column, row in sorted(zip(unrolled(x).tolist(), y.tolist(), strict=True)):
        around = ((column - 1, row), (column, row - 1), (column - 1, row - 1))
        size = sizes[column, row] = 1 + min(sizes.get(one, 0) for one in around)
        if best is None or size > best.size:
            best = Square(column - size + 1, row - size + 1, size)
    return best and best._replace(x=best.x % ACROSS)


def largest_cluster(codes: Ints) -> Ints:
    """The tiles (codes, rising) of the largest cluster; of several the one with the lowest code. None: empty."""
    visited = set(codes.tolist())
    inner = {code for code in visited if visited.issuperset(around := list(_beside(code))) and len(around) == 4}
    best: list[Code] = []
    for code in sorted(inner):
        if code not in inner:
            continue
        inner.remove(code)
        cluster = [code]
        for one in cluster:  # which grows meanwhile
            joined = inner.intersection(_beside(one))
            inner -= joined
            cluster += joined
        if len(cluster) > len(best):
            best = cluster
    return np.array(sorted(best), np.int64)


def _beside(code: Code) -> Iterable[Code]:
    """The tiles north, south, west and east of one; at the ends of the map one fewer."""
    x, y = code >> ZOOM, code & (ACROSS - 1)
    yield from (x << ZOOM | row for row in (y - 1, y + 1) if 0 <= row < ACROSS)
    yield from (column % ACROSS << ZOOM | y for column in (x - 1, x + 1))


def _codes(x: Floats, y: Floats) -> Ints:
    """The tiles of places on the map; the southern end belongs to the last row, the date line to the first column."""
    rows = np.minimum(np.floor(y).astype(np.int64), ACROSS - 1)
    return (np.floor(x).astype(np.int64) % ACROSS << ZOOM) | np.maximum(rows, 0)


def _crossed(x: float, y: float, to_x: float, to_y: float) -> Ints:
    """The tiles of a straight line on the map: between where it crosses one line of the grid and the next it is within one."""
    at = np.sort(np.concatenate([[0.0, 1.0], _crossings(x, to_x), _crossings(y, to_y)]))
    within = ((at[1:] + at[:-1]) / 2)[np.diff(at) > 0]
    return _codes(x + within * (to_x - x), y + within * (to_y - y))


def _crossings(begin: float, end: float) -> Floats:
    """At which shares of the way from `begin` to `end` a whole number lies."""
    low, high = sorted((begin, end))
    whole = np.arange(np.ceil(low), np.floor(high) + 1)
    return np.clip((whole - begin) / (end - begin), 0, 1) if low < high else np.zeros(0)
