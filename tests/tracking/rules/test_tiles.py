"""Explorer tiles: which a way passes through, the largest square and the largest cluster, by hand and against naive versions."""

from itertools import product

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.summary import shaped
from pp_core.tracking.rules.tiles import (
    ACROSS,
    LONGEST_GAP_S,
    MAP_ENDS,
    ZOOM,
    Square,
    columns_and_rows,
    corner,
    largest_cluster,
    largest_square,
    on_map,
    passed,
    tiles_of,
    unrolled,
)
from pp_core.tracking.rules.track import Ints, Track

from ..ways import METRE, NAIROBI

Tile = tuple[int, int]


def codes(tiles: "list[Tile] | set[Tile]") -> Ints:
    return np.array(sorted(x % ACROSS << ZOOM | y for x, y in tiles), np.int64)


def tiles(found: Ints) -> set[Tile]:
    return set(zip(*(column.tolist() for column in columns_and_rows(found)), strict=True))


def drawn(*rows: str, x: int = 100, y: int = 200) -> Ints:
    """Tiles from a drawing: `#` was passed through."""
    return codes(
        [(x + column, y + row) for row, line in enumerate(rows) for column, one in enumerate(line) if one == "#"]
    )


def at(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Degrees of places on the map, told in tiles."""
    x, y = np.array(places, np.float64).T
    return corner(x, y)


def along(*places: tuple[float, float]) -> set[Tile]:
    return tiles(passed(*at(*places), np.ones(len(places), bool), np.ones(len(places) - 1, bool)))


def track(*points: tuple[float, float, float]) -> Track:
    """Points of (seconds, column, row)."""
    seconds, x, y = np.array(points, np.float64).T
    lat, lon = corner(x, y)
    return Track.of((seconds * 1000).astype(np.int64), lat, lon)


# Where places lie


@pytest.mark.parametrize(
    ("lat", "lon", "tile"),
    [
        # By the formula of the wiki with pen and paper: x = (lon + 180) / 360 * 2^14, and at the equator y is half the map.
        (0.0, 0.0, (8192, 8192)),
        (1e-9, -1e-9, (8191, 8191)),
        (NAIROBI[0], NAIROBI[1], (9867, 8250)),
        # Greenwich: ln(tan 51.4779 + sec 51.4779) = 1.0514, and (1 - 1.0514 / pi) / 2 of 16384 is 5450.3.
        (51.4779, 0.0, (8192, 5450)),
        (MAP_ENDS, -180.0, (0, 0)),
        (-MAP_ENDS, 179.999, (ACROSS - 1, ACROSS - 1)),
        (0.0, 180.0, (0, 8192)),
        (0.0, -180.0, (0, 8192)),
    ],
)
def test_the_tile_of_a_place(lat: float, lon: float, tile: Tile) -> None:
    assert tiles(passed(np.array([lat]), np.array([lon]), np.ones(1, bool), np.zeros(0, bool))) == {tile}


@given(st.floats(-MAP_ENDS, MAP_ENDS), st.floats(-180, 180))
def test_a_place_on_the_map_leads_back(lat: float, lon: float) -> None:
    x, y, mapped = on_map(np.array([lat]), np.array([lon]))
    back = corner(x, y)
    assert mapped.all()
    assert (back[0][0], back[1][0]) == (pytest.approx(lat, abs=1e-9), pytest.approx(lon, abs=1e-9))


def test_what_lies_beyond_the_end_of_the_map_is_on_no_tile() -> None:
    lat, lon = np.array([85.06, 90.0, -85.06, -90.0]), np.zeros(4)
    assert passed(lat, lon, np.ones(4, bool), np.ones(3, bool)).tolist() == []
    # Nor is a way that leads there; where it was on the map it counts. A row is 360 cos(lat) / 2^14 degrees high: 0.0111 are 5.9.
    assert tiles(passed(np.array([85.04, 85.06]), np.zeros(2), np.ones(2, bool), np.ones(1, bool))) == {(8192, 5)}


# What a way passes through


def test_a_way_straight_along_and_across() -> None:
    assert along((10.5, 20.5), (13.5, 20.5)) == {(10, 20), (11, 20), (12, 20), (13, 20)}
    assert along((10.5, 22.5), (10.5, 20.5)) == {(10, 22), (10, 21), (10, 20)}
    # Over column 11 at row 20.75, over row 21 at column 11.5, over column 12 at row 21.25.
    assert along((10.5, 20.5), (12.5, 21.5)) == {(10, 20), (11, 20), (11, 21), (12, 21)}
    assert along((12.5, 21.5), (10.5, 20.5)) == {(10, 20), (11, 20), (11, 21), (12, 21)}


def test_only_the_legs_that_were_gone_count_between_their_ends() -> None:
    places = at((10.5, 20.5), (13.5, 20.5), (13.5, 24.5))
    seen, gone, not_gone = np.ones(3, bool), np.array([False, True]), np.zeros(2, bool)
    assert tiles(passed(*places, seen, gone)) == {(10, 20), *((13, row) for row in range(20, 25))}
    assert tiles(passed(*places, seen, not_gone)) == {(10, 20), (13, 20), (13, 24)}
    assert tiles(passed(*places, np.array([True, False, True]), not_gone)) == {(10, 20), (13, 24)}
    assert passed(np.zeros(0), np.zeros(0), np.zeros(0, bool), np.zeros(0, bool)).tolist() == []


def test_over_the_date_line_and_not_around_the_world() -> None:
    assert along((ACROSS - 1.5, 20.5), (1.5, 20.5)) == {(ACROSS - 2, 20), (ACROSS - 1, 20), (0, 20), (1, 20)}
    assert along((0.5, 20.5), (ACROSS - 0.5, 20.5)) == {(0, 20), (ACROSS - 1, 20)}


EDGE = 1e-6
"""Tiles from its edge (2 mm) up to which a way may be told to lie on either side of it."""
PLACES = st.tuples(st.floats(99, 105), st.floats(199, 205))


@given(PLACES, PLACES)
@example((100.0, 200.0), (103.0, 203.0))
@example((100.0, 200.5), (103.0, 200.5))
def test_a_leg_passes_through_what_its_line_lies_in(begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Against the geometry of a library: every tile that the line enters, and none that it keeps clear of."""
    found = along(begin, end)
    line = shapely.linestrings([begin, end])
    for x, y in product(range(97, 108), range(197, 208)):
        if shapely.intersects(line, shapely.box(x + EDGE, y + EDGE, x + 1 - EDGE, y + 1 - EDGE)):
            assert (x, y) in found
        if shapely.distance(line, shapely.box(x, y, x + 1, y + 1)) > EDGE:
            assert (x, y) not in found


def test_a_run_through_two_tiles() -> None:
    way = track(*((5.0 * one, 100.9 + 0.006 * one, 8192.5) for one in range(40)))
    assert tiles(tiles_of(shaped(way, Sport.RUN))) == {(100, 8192), (101, 8192)}
    assert tiles_of(shaped(Track.empty(), Sport.RUN)).tolist() == []


RIDE = 1500.0 / (2446 * 60)
"""Tiles a second at 1.5 km a minute, near the equator where a tile is 2446 m wide."""


def gap(seconds: float) -> Track:
    """Two minutes of a ride due east along row 8192, none seen for some seconds, two minutes more."""
    begin = [(float(one), 9000.0 + RIDE * one, 8192.5) for one in range(0, 121, 5)]
    after = [(120 + seconds + one, 9000.0 + RIDE * (120 + seconds + one), 8192.5) for one in range(0, 121, 5)]
    return track(*begin, *after)


def test_what_lies_in_a_gap_counts_where_the_way_is_plain() -> None:
    ride = gap(400)
    assert tiles(tiles_of(shaped(ride, Sport.RIDE))) == {(9000 + one, 8192) for one in range(7)}
    # Nobody runs so fast: it counts no distance either.
    assert tiles_of(shaped(ride, Sport.RUN)).tolist() == []


def test_a_jump_is_not_gone_along() -> None:
    """A run at 3 m/s that goes on five tiles further east after ten seconds."""
    step = 15 / 2446
    before = [(5.0 * one, 9000.5 + step * one, 8192.5) for one in range(60)]
    after = [(305.0 + 5 * one, 9005.5 + step * one, 8192.5) for one in range(60)]
    assert {x for x, _ in tiles(tiles_of(shaped(track(*before, *after), Sport.RUN)))} == {9000, 9005}


@pytest.mark.parametrize("recording", [True, False])
def test_what_lies_in_a_pause_does_not_count(recording: bool) -> None:
    """On a bus home, whether the watch went on recording or not."""
    ride, pause = gap(400), (125_000, 500_000)
    if recording:
        ride = track(*((float(one), 9000.0 + RIDE * one, 8192.5) for one in range(0, 641, 5)))
    paused = tiles(tiles_of(shaped(ride, Sport.RIDE, [pause]), [pause]))
    assert {x for x, _ in paused} == {9000, 9001, 9005, 9006}


def test_who_stands_still_explores_nothing() -> None:
    way = track(*((5.0 * one, 9000.5, 8192.5) for one in range(60)))
    assert tiles_of(shaped(way, Sport.WALK)).tolist() == []


def test_who_was_not_seen_for_long_may_have_gone_any_way() -> None:
    long = tiles(tiles_of(shaped(gap(LONGEST_GAP_S + 60), Sport.RIDE)))
    assert {x for x, _ in long} == {9000, 9001, 9007, 9008, 9009}
    assert len({x for x, _ in tiles(tiles_of(shaped(gap(LONGEST_GAP_S), Sport.RIDE)))}) == 9


def test_a_stray_point_leads_nowhere() -> None:
    lat = NAIROBI[0] + METRE * 3 * np.arange(60.0)
    lat[30] += METRE * 30_000
    way = Track.of(np.arange(60) * 1000, lat, np.full(60, NAIROBI[1]))
    assert tiles(tiles_of(shaped(way, Sport.RUN))) == {(9867, 8250)}


# The largest square


def test_the_largest_square_by_hand() -> None:
    assert largest_square(codes([])) is None
    assert largest_square(drawn("#")) == Square(100, 200, 1)
    assert largest_square(drawn("##", "#.")) == Square(100, 200, 1)
    assert largest_square(
        drawn(
            "##....",
            "##.###",
            "...###",
            ".#####",
            ".#....",
        )
    ) == Square(103, 201, 3)
    # Of two the westernmost, of those the northernmost.
    assert largest_square(drawn("##.##", "##.##", ".....", "##...", "##...")) == Square(100, 200, 2)


def test_a_square_over_the_date_line() -> None:
    over = codes([(x, y) for x in (-2, -1, 0) for y in (5, 6, 7)] + [(8000, 5)])
    assert largest_square(over) == Square(ACROSS - 2, 5, 3)
    assert unrolled(np.array([ACROSS - 1, 0, 3])).tolist() == [ACROSS - 1, ACROSS, ACROSS + 3]
    assert unrolled(np.array([0, 3])).tolist() == [0, 3]
    whole = np.arange(ACROSS)
    assert unrolled(whole).tolist() == whole.tolist()


def test_a_square_at_the_end_of_the_map() -> None:
    assert largest_square(codes([(3, 0), (4, 0), (3, ACROSS - 1), (4, ACROSS - 1)])) == Square(3, 0, 1)


SOME = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=64)


def naive_square(some: set[Tile]) -> int:
    return max(
        (
            size
            for size in range(1, 9)
            for x, y in some
            if all((x + dx, y + dy) in some for dx in range(size) for dy in range(size))
        ),
        default=0,
    )


@given(SOME, st.sampled_from([0, 500, ACROSS - 4]), st.sampled_from([0, 300, ACROSS - 8]))
@example({(x, y) for x in range(8) for y in range(8)}, ACROSS - 4, 0)
def test_the_largest_square_is_as_large_as_any(some: set[Tile], x: int, y: int) -> None:
    found = largest_square(codes({(x + one, y + two) for one, two in some}))
    assert (0 if found is None else found.size) == naive_square(some)
    if found is not None:
        within = {
            ((found.x + dx - x) % ACROSS, found.y + dy - y) for dx in range(found.size) for dy in range(found.size)
        }
        assert within <= some


# The largest cluster


def test_the_largest_cluster_by_hand() -> None:
    assert largest_cluster(codes([])).tolist() == []
    assert largest_cluster(drawn("###", "#.#", "###")).tolist() == []
    assert tiles(largest_cluster(drawn(".#.", "###", ".#."))) == {(101, 201)}
    # Inner are (101, 201), and four in a staircase that it touches at a corner only.
    assert tiles(
        largest_cluster(
            drawn(
                ".#....",
                "####..",
                ".#####",
                "..####",
                "...##.",
            )
        )
    ) == {(102, 202), (103, 202), (103, 203), (104, 203)}


def test_a_cluster_over_the_date_line_and_none_at_the_end_of_the_map() -> None:
    over = codes([(x, y) for x in (-2, -1, 0, 1) for y in (5, 6, 7)])
    assert tiles(largest_cluster(over)) == {(ACROSS - 1, 6), (0, 6)}
    ends = codes([(x, y) for x in range(3) for y in (0, 1, ACROSS - 2, ACROSS - 1)])
    assert largest_cluster(ends).tolist() == []


def naive_clusters(some: set[Tile]) -> list[set[Tile]]:
    """Sets of inner tiles that are merged as long as any two of them touch."""

    def beside(tile: Tile) -> set[Tile]:
        x, y = tile
        return {((x + 1) % ACROSS, y), ((x - 1) % ACROSS, y), (x, y + 1), (x, y - 1)}

    groups = [{tile} for tile in some if beside(tile) <= some]
    while True:
        for one, two in product(range(len(groups)), repeat=2):
            if one < two and any(beside(tile) & groups[two] for tile in groups[one]):
                groups[one] |= groups.pop(two)
                break
        else:
            return groups


@given(SOME, st.sampled_from([0, 500, ACROSS - 4]), st.sampled_from([0, 300, ACROSS - 8]))
@example({(x, y) for x in range(8) for y in range(8)}, ACROSS - 4, 0)
def test_the_largest_cluster_is_one_and_as_large_as_any(some: set[Tile], x: int, y: int) -> None:
    moved = {((x + one) % ACROSS, y + two) for one, two in some}
    found, clusters = tiles(largest_cluster(codes(moved))), naive_clusters(moved)
    assert len(found) == max(map(len, clusters), default=0)
    assert found in clusters or not clusters
