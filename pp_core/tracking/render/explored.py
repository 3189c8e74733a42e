"""The page of somebody's explored tiles: each that they passed through, the largest cluster darker, the largest square framed."""

from collections.abc import Sequence
from typing import Any

import folium
import numpy as np
from folium.template import Template

from pp_core.kernel.locale import text
from pp_core.tracking.operations import Linking
from pp_core.tracking.render.frame import Page, empty_map, framed, map_of, scripted
from pp_core.tracking.render.tiles import Provider
from pp_core.tracking.rules.tiles import ACROSS, Square, columns_and_rows, corner, unrolled
from pp_core.tracking.rules.track import Ints

AROUND = 24
"""The map opens on what lies within so many tiles of the largest square: a journey once would make all of home a dot."""
COLOURS = ("#1f6fb4", "#f0a02c")
"""Of a tile and of one in the cluster; the style sheet has the same."""
_TILES = Template(
    """{% macro script(this, kwargs) %}
    (function (map) {
        var canvas = L.canvas({padding: 0.5}), colours = {{ this.given.colours|tojson }}, shades = [0.3, 0.55];
        var across = {{ this.given.across }};
        function at(x, y) {
            return [Math.atan(Math.sinh(Math.PI * (1 - 2 * y / across))) * 180 / Math.PI, x / across * 360 - 180];
        }
        {{ this.given.runs|tojson }}.forEach(function (runs, kind) {
            for (var i = 0; i < runs.length; i += 3) {
                for (var x = {{ this.given.west }} + runs[i + 1], end = x + runs[i + 2]; x < end; x++) {
                    var y = {{ this.given.north }} + runs[i];
                    L.rectangle([at(x, y), at(x + 1, y + 1)], {
                        renderer: canvas, color: colours[kind], weight: 1, opacity: 0.7, fillOpacity: shades[kind],
                        interactive: false
                    }).addTo(map);
                }
            }
        });
        var square = {{ this.given.square|tojson }};
        L.rectangle([at(square[0], square[1]), at(square[0] + square[2], square[1] + square[2])], {
            className: "square", weight: 4, fill: false, interactive: false
        }).addTo(map);
    })({{ this._parent.get_name() }});
    {% endmacro %}"""
)
"""The tiles of each kind as runs (row, column, how many eastward), counted from the north-western corner of all."""


def explored(
    codes: Ints,
    *,
    square: Square | None,
    cluster: Ints,
    new: int,
    sport: str | None,
    gym: str,
    language: str,
    tiles: Provider,
    linking: Linking = Linking.SERVED,
) -> Page:
    """The page of tiles (codes, see `rules/tiles.py`); of none, a map of Kenya that says so.

    `sport` is what it is called, where the tiles are of one alone.
    """
    drawn = empty_map(tiles) if square is None else _painted(codes, square, cluster, tiles)
    return framed(
        "explored.html",
        language,
        map_of(drawn),
        linking,
        tiles,
        title=text("tracking.map.tiles", language),
        gym=gym,
        said=sport or text("tracking.map.tiles_all", language),
        figures=list(_figures(len(codes), new, square, len(cluster), language).items()),
        legend=_legend(language) if len(codes) else [],
    )


def _painted(codes: Ints, square: Square, cluster: Ints, tiles: Provider) -> folium.Map:
    x, y = columns_and_rows(codes)
    x = unrolled(x)
    west, north = int(x.min()), int(y.min())
    framed_x = square.x if square.x >= west else square.x + ACROSS
    kinds = np.isin(codes, cluster).astype(np.int64)
    runs = [_runs(y[kinds == kind] - north, x[kinds == kind] - west) for kind in range(len(COLOURS))]
    drawn = empty_map(tiles, _bounds(x, y, framed_x + square.size / 2, square.y + square.size / 2))
    scripted(
        _TILES,
        runs=runs,
        colours=COLOURS,
        across=ACROSS,
        west=west,
        north=north,
        square=[framed_x, square.y, square.size],
    ).add_to(drawn)
    return drawn


def _runs(rows: Ints, columns: Ints) -> list[int]:
    """Tiles as runs: row, first column, how many."""
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    begins = np.flatnonzero((np.diff(rows, prepend=-1) != 0) | (np.diff(columns, prepend=-2) != 1))
    lengths = np.diff(np.append(begins, len(rows)))
    found: list[int] = np.column_stack([rows[begins], columns[begins], lengths]).ravel().tolist()
    return found


def _bounds(x: Ints, y: Ints, middle_x: float, middle_y: float) -> Sequence[Sequence[float]]:
    """The south-western and the north-eastern corner of what lies around a place on the map."""
    near = (np.abs(x + 0.5 - middle_x) <= AROUND) & (np.abs(y + 0.5 - middle_y) <= AROUND)
    ends = np.array([x[near].min(), x[near].max() + 1.0]), np.array([y[near].max() + 1.0, y[near].min()])
    lat, lon = corner(*ends)
    return [[round(float(lat[end]), 5), round(float(lon[end]), 5)] for end in (0, 1)]


def _figures(count: int, new: int, square: Square | None, cluster: int, language: str) -> dict[str, str]:
    size = 0 if square is None else square.size
    return {
        text("tracking.map.tiles_count", language): f"{count:,}",
        text("tracking.map.tiles_new", language): f"{new:,}",
        text("tracking.map.tiles_square", language): f"{size} × {size}",
        text("tracking.map.tiles_cluster", language): f"{cluster:,}",
    }


def _legend(language: str) -> list[dict[str, Any]]:
    return [{"kind": kind, "text": text(f"tracking.map.tiles_{kind}", language)} for kind in ("one", "inner", "framed")]
