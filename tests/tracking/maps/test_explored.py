"""The page of explored tiles as it is written: small, whole, on the right spot, and asking nobody but us."""

import json
import re

import numpy as np
import pytest

from pp_core.tracking.operations import Linking
from pp_core.tracking.render.explored import explored
from pp_core.tracking.render.frame import Page
from pp_core.tracking.render.tiles import provider
from pp_core.tracking.rules.tiles import ACROSS, ZOOM, columns_and_rows, corner, largest_cluster, largest_square
from pp_core.tracking.rules.track import Ints

from .test_page import Read, directives, hash_of

NONE, OSM = provider("none"), provider("osm")
HERE = (9867, 8250)


def block(x: int, y: int, wide: int, high: int) -> Ints:
    return np.sort(((x + np.arange(wide)) % ACROSS << ZOOM)[:, None] | (y + np.arange(high))[None, :], axis=None)


def drawn(codes: Ints, **more: object) -> Page:
    values = {"new": 3, "sport": None, "gym": "Kilimani", "language": "en", "tiles": NONE, **more}
    return explored(codes, square=largest_square(codes), cluster=largest_cluster(codes), **values)  # type: ignore[arg-type]


def written(page: Page) -> list[set[tuple[int, int]]]:
    """The tiles of each kind that the script draws, and the square as the only one of a third."""
    found = re.search(r"(\[\[.*?\]\])\.forEach\(function \(runs", page.html)
    assert found is not None
    west, north = (int(re.search(rf"{name} = (\d+) \+ runs", page.html)[1]) for name in ("x", "y"))  # type: ignore[index]
    kinds = []
    for runs in json.loads(found[1]):
        parts = np.array(runs).reshape(-1, 3)
        kinds.append({(west + x + one, north + y) for y, x, many in parts.tolist() for one in range(many)})
    return kinds


def test_each_tile_is_drawn_once_and_as_what_it_is() -> None:
    codes = np.union1d(block(*HERE, 4, 3), block(HERE[0] + 6, HERE[1], 1, 5))
    plain, inner = written(drawn(codes))
    x, y = HERE
    assert inner == {(x + 1, y + 1), (x + 2, y + 1)}
    assert plain | inner == set(zip(*(one.tolist() for one in columns_and_rows(codes)), strict=True))
    assert not plain & inner


def test_it_says_what_it_comes_to() -> None:
    said = Read(drawn(block(*HERE, 40, 40), sport="Ride").html)
    assert said.said("dd") == "1,6003" + "40 × 40" + "1,444"
    assert said.said("h1") == "Your explored map"
    assert "Ride" in said.said("p")
    assert "Ramani uliyopita" in drawn(block(*HERE, 2, 2), language="sw").html


def test_of_nothing_there_is_an_empty_map() -> None:
    page = drawn(np.zeros(0, np.int64), new=0)
    assert "There is nothing to show yet." in page.html
    assert "0 × 0" in page.html
    assert "runs" not in page.html


def test_it_opens_on_the_square_and_not_on_the_whole_world() -> None:
    """Three tiles in London do not make those around Nairobi a dot."""
    page = drawn(np.union1d(block(*HERE, 3, 3), block(8185, 5448, 1, 2)))
    (box,) = re.findall(r"fitBounds\(\n?(\[\[.*?\]\])", page.html)
    north, west = corner(*(np.array([float(one)]) for one in HERE))
    south, east = corner(*(np.array([one + 3.0]) for one in HERE))
    wanted = [[south[0], west[0]], [north[0], east[0]]]
    assert np.array(json.loads(box)) == pytest.approx(np.array(wanted), abs=1e-4)


def test_over_the_date_line_it_goes_on() -> None:
    page = drawn(block(ACROSS - 2, 8000, 4, 3))
    plain, inner = written(page)
    assert {x for x, _ in plain | inner} == {ACROSS - 2, ACROSS - 1, ACROSS, ACROSS + 1}
    assert f"square = [{ACROSS - 2},8000,3]" in page.html


@pytest.mark.parametrize("linking", list(Linking))
def test_it_asks_nobody_but_us(linking: Linking) -> None:
    page = drawn(block(*HERE, 3, 3), linking=linking)
    read, rules = Read(page.html), directives(page)
    assert all("//" not in each or each.startswith("data:") for each in read.loads())
    assert rules["default-src"] == ["'none'"]
    assert rules["img-src"] == ["data:"]
    scripts = re.findall(r"<script>(.*?)</script>", page.html, re.DOTALL)
    assert hash_of(scripts[-1]) in rules["script-src"]
    assert "tile.openstreetmap.org" in drawn(block(*HERE, 3, 3), tiles=OSM).policy


def test_thousands_of_tiles_are_a_small_page() -> None:
    """Ways that wander from home, as rides do: what lies together is told together."""
    rng = np.random.default_rng(5)
    ways = [np.cumsum(rng.choice([-1, 0, 1], (400, 2)), axis=0) + HERE for _ in range(400)]
    x, y = np.unique(np.concatenate(ways), axis=0).T
    codes = np.sort(x << ZOOM | y)
    assert len(codes) > 4000
    assert len(drawn(codes).html.encode()) < 30_000
