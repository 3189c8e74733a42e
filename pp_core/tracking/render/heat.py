"""The club's heat map: how many activities passed through each cell of a grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from folium import Map
from folium.template import Template

from pp_core.kernel.locale import text
from pp_core.tracking.operations import Linking
from pp_core.tracking.render.course import CLASSES
from pp_core.tracking.render.frame import Page, empty_map, framed, map_of, scripted
from pp_core.tracking.render.tiles import Provider

COLOURS = ("#f2d93b", "#f0a02c", "#e0662b", "#b8322a", "#6d1533")
"""Few to many, each darker than the one before. The style sheet has the same."""
_CELLS = Template(
    """{% macro script(this, kwargs) %}
    {{ this.given.cells|tojson }}.forEach(function (cells, kind) {
        var colours = {{ this.given.colours|tojson }}, canvas = L.canvas();
        for (var i = 0; i < cells.length; i += 2) {
            var south = {{ this.given.south }} + cells[i] * {{ this.given.height }};
            var west = {{ this.given.west }} + cells[i + 1] * {{ this.given.width }};
            L.rectangle([[south, west], [south + {{ this.given.height }}, west + {{ this.given.width }}]], {
                renderer: canvas, stroke: false, fillColor: colours[kind], fillOpacity: 0.45 + 0.1 * kind, interactive: false
            }).addTo({{ this._parent.get_name() }});
        }
    });
    {% endmacro %}"""
)
"""The cells of each class as one list of rows and columns, counted from the south-western corner."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its south-western corner in degrees, and how many activities passed through it."""

    lat: float
    lon: float
    count: int


def heat(
    cells: Sequence[Cell],
    *,
    height: float,
    width: float,
    title: str,
    gym: str,
    language: str,
    tiles: Provider,
    brand: str | None = None,
    linking: Linking = Linking.SERVED,
) -> Page:
    """The page of cells that are `height` and `width` degrees large; of none, a map of Kenya that says so."""
    drawn, legend, said = (
        _painted(cells, height, width, language, tiles)
        if cells
        else (empty_map(tiles), [], text("tracking.map.heat_empty", language))
    )
    return framed(
        "heat.html",
        language,
        map_of(drawn),
        linking,
        tiles,
        brand=brand,
        title=title,
        gym=gym,
        said=said,
        legend=legend,
    )


def _painted(
    cells: Sequence[Cell], height: float, width: float, language: str, tiles: Provider
) -> tuple[Map, list[dict[str, Any]], str]:
    """The map, its legend, and how busy the busiest cell is."""
    lat, lon, counts = (np.array([getattr(cell, name) for cell in cells]) for name in ("lat", "lon", "count"))
    south, west, most = float(lat.min()), float(lon.min()), int(counts.max())
    rows, columns = (np.rint((lat - south) / height).astype(int), np.rint((lon - west) / width).astype(int))
    limits = limits_of(int(counts.min()), most)
    kinds = np.searchsorted(limits, counts, side="right") - 1
    flat = [np.column_stack([rows, columns])[kinds == kind].ravel().tolist() for kind in range(len(limits))]
    drawn = empty_map(tiles, ((south, west), (float(lat.max()) + height, float(lon.max()) + width)))
    scripted(_CELLS, cells=flat, colours=COLOURS, south=south, west=west, height=height, width=width).add_to(drawn)
    ends = [*(limit - 1 for limit in limits[1:]), most]
    legend = [
        {"kind": kind, "text": f"{low}–{high}" if high > low else str(low)}
        for kind, (low, high) in enumerate(zip(limits, ends, strict=True))
    ]
    return drawn, legend, text("tracking.map.heat_most", language, count=most)


def limits_of(least: int, most: int) -> list[int]:
    """The least count of each class: at most five, each about so many times the one before."""
    least, most = max(least, 1), max(least, most, 1)
    steps = np.geomspace(least, most + 1, CLASSES + 1)[:-1]
    return sorted({one for one in (int(np.ceil(step - 1e-9)) for step in steps) if one <= most})
