"""Areas: a box holds its circle, a line passes where it passes, and a grid's cells are those that a line goes through."""

from math import cos, degrees, hypot, radians

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.tracking.rules.areas import box_around, cells_of, clear_of, counted, passes_near, passes_through
from pp_core.tracking.rules.lines import densified, hidden_anywhere, seen_line
from pp_core.tracking.rules.privacy import Circle
from pp_core.tracking.rules.track import EARTH_METRES, metres_between
from tests.tracking.ways import METRE, NAIROBI


@given(st.floats(-80, 80), st.floats(-170, 170), st.floats(10, 50_000), st.floats(0, 360))
def test_a_box_holds_every_place_of_its_circle(lat: float, lon: float, metres: float, bearing: float) -> None:
    """Along a great circle from the middle (destination point, Williams' aviation formulary)."""
    phi, angle, turn = radians(lat), metres / EARTH_METRES, radians(bearing)
    to_lat = np.arcsin(np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(turn))
    to_lon = lon + degrees(
        np.arctan2(np.sin(turn) * np.sin(angle) * np.cos(phi), np.cos(angle) - np.sin(phi) * np.sin(to_lat))
    )
    south, west, north, east = box_around(lat, lon, metres)
    assert south - 1e-9 <= degrees(to_lat) <= north + 1e-9
    assert west - 1e-9 <= to_lon <= east + 1e-9
    assert metres_between(np.array([south, north]), np.array([lon, lon]))[0] <= 2 * metres + 1


def test_a_box_ends_at_the_pole_and_the_date_line() -> None:
    assert box_around(89.999, 0, 1000) == (pytest.approx(89.99, abs=0.001), -180.0, 90.0, 180.0)
    assert box_around(0, 179.999, 1000)[3] == 180.0


EAST = (np.array([0.0, 0.0]), np.array([0.0, 0.1]))


@pytest.mark.parametrize(("metres", "passes"), [(200, True), (112, True), (110, False)])
def test_a_line_is_near_between_its_points(metres: float, passes: bool) -> None:
    assert passes_near(*EAST, (0.001, 0.05), metres) is passes
    assert passes_near(EAST[0][:1], EAST[1][:1], (0.001, 0.0), metres) is passes
    assert not passes_near(EAST[0][:0], EAST[1][:0], (0.0, 0.0), metres)


def test_a_line_passes_through_a_box_without_a_point_in_it() -> None:
    assert passes_through(*EAST, (-0.01, 0.04, 0.01, 0.06))
    assert not passes_through(*EAST, (0.001, 0.04, 0.01, 0.06))
    # A box around the way touches it, the way does not.
    corner = (np.array([0.0, 0.1, 0.1]), np.array([0.0, 0.0, 0.1]))
    assert not passes_through(*corner, (0.01, 0.05, 0.05, 0.09))
    assert not passes_through(EAST[0][:0], EAST[1][:0], (-1, -1, 1, 1))


def test_the_cells_of_a_line() -> None:
    assert cells_of(*EAST, 0.025).tolist() == [[0, 0], [0, 1], [0, 2], [0, 3], [0, 4]]
    assert cells_of(-EAST[0] - 0.001, EAST[1], 0.05).tolist() == [[-1, 0], [-1, 1], [-1, 2]]
    assert cells_of(EAST[0][:0], EAST[1][:0], 0.01).tolist() == []
    found, counts = counted([cells_of(*EAST, 0.05), cells_of(EAST[0], EAST[1] - 0.05, 0.05)])
    assert dict(zip(map(tuple, found.tolist()), counts.tolist(), strict=True)) == {
        (0, -1): 1, (0, 0): 2, (0, 1): 2, (0, 2): 1,
    }  # fmt: skip
    assert len(counted([])[0]) == 0


def test_a_cell_that_touches_a_zone_is_not_clear_of_it() -> None:
    cells = np.array([[0, column] for column in range(20)])
    size, middle = 0.001, (0.0005, 0.0005)  # 111 m, and the middle of the first cell
    clear = clear_of(cells, size, [Circle(*middle, 500.0)])
    assert clear[:, 1].tolist() == list(range(6, 20))
    assert clear_of(cells, size, []).tolist() == cells.tolist()


def test_a_denser_line_is_the_same_line() -> None:
    lat, lon = densified(np.array([0.0, 0.01, 0.01]), np.array([0.0, 0.0, 0.0]), 100)
    assert len(lat) == 14
    assert metres_between(lat, lon)[:-1] == pytest.approx([1111.95 / 12] * 12, abs=0.1)
    assert densified(lat[:1], lon[:1], 10) == (lat[:1], lon[:1])


@given(st.floats(-600, 2600), st.floats(-400, 400), st.floats(100, 500))
def test_what_is_seen_of_a_line_is_outside_the_zone(north: float, east: float, radius: float) -> None:
    """A line two kilometres due north with a point at each end, and a zone anywhere about it."""
    lat = np.array([NAIROBI[0], NAIROBI[0] + 2000 * METRE])
    lon = np.array([NAIROBI[1]] * 2)
    zone = Circle(NAIROBI[0] + north * METRE, NAIROBI[1] + east * METRE / cos(radians(NAIROBI[0])), radius)
    seen_lat, _ = seen_line(lat, lon, [zone])
    away = [hypot((one - zone[0]) / METRE, east) for one in seen_lat]
    assert all(one >= radius - 0.5 for one in away)
    half = (max(radius**2 - east**2, 0)) ** 0.5
    for end, shown in ((0.0, min), (2000.0, max)):
        if hypot(north - end, east) > 1.2 * radius + 20:  # zones are cut up to a fifth wider
            assert shown((seen_lat - NAIROBI[0]) / METRE) == pytest.approx(end, abs=0.1)
    if half > 15 and north + half > 15 and north - half < 1985:
        assert hidden_anywhere(lat, lon, [zone])
    assert seen_line(lat, lon, []) == (lat, lon)
    assert not hidden_anywhere(lat, lon, [])
