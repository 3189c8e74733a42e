"""A line of fewer points stays near all of them, and lines as text are what everybody else reads."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pp_core.tracking.rules.simplify import polyline_decoded, polyline_encoded, simplified
from pp_core.tracking.rules.smoothing import on_plane
from tests.tracking import outdoors


@given(st.integers(0, 300), st.floats(0.5, 50), st.integers(0, 9999))
def test_nothing_left_out_is_far_from_the_line(count: int, metres: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    plane = np.cumsum(rng.normal(0, 15, (count, 2)), axis=0)
    track = outdoors.placed(plane, np.arange(count) * 1.0)
    places = simplified(track.lat, track.lon, metres)
    assert (np.diff(places) > 0).all()
    if count < 2:
        assert len(places) == count
        return
    assert (places[0], places[-1]) == (0, count - 1)
    flat = on_plane(track)
    line = shapely.linestrings(flat[places])
    assert shapely.distance(shapely.points(flat), line).max() <= metres * 1.001


def test_a_straight_line_is_two_points_and_a_corner_three() -> None:
    straight = outdoors.placed(np.column_stack([np.arange(100.0), np.zeros(100)]), np.arange(100.0))
    assert simplified(straight.lat, straight.lon, 1).tolist() == [0, 99]
    corner = outdoors.placed(np.array([[0, 0], [50, 0], [100, 0], [100, 50], [100, 100]]), np.arange(5.0))
    assert simplified(corner.lat, corner.lon, 1).tolist() == [0, 2, 4]


def test_a_way_there_and_back_over_the_same_points() -> None:
    east = np.array([0.0, 100, 200, 300, 200, 100, 0, 100])
    track = outdoors.placed(np.column_stack([east, np.zeros(8)]), np.arange(8.0))
    assert simplified(track.lat, track.lon, 1).tolist() == [0, 3, 6, 7]


def test_a_run_keeps_a_small_part_of_its_points() -> None:
    track = outdoors.nairobi_run(1).clean
    assert 10 < len(simplified(track.lat, track.lon, 3)) < len(track) / 20


def test_the_example_of_the_format() -> None:
    """As its documentation writes it."""
    lat, lon = [38.5, 40.7, 43.252], [-120.2, -120.95, -126.453]
    assert polyline_encoded(lat, lon) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
    back = polyline_decoded("_p~iF~ps|U_ulLnnqC_mqNvxq`@")
    assert (back[0].tolist(), back[1].tolist()) == (lat, lon)


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=30))
def test_a_line_comes_back(points: list[tuple[float, float]]) -> None:
    lat, lon = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    back = polyline_decoded(polyline_encoded(lat, lon))
    assert back[0] == pytest.approx(lat, abs=5.1e-6)
    assert back[1] == pytest.approx(lon, abs=5.1e-6)


@pytest.mark.parametrize("text", ["_p~iF", "_", "\x1f", "_p~iF~ps|U~~~~~~~~~", "é"])
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        polyline_decoded(text)


def test_a_corner_passed_before_is_the_one_that_is_meant() -> None:
    """The second time at 100 m the way turns off; the first time it went straight on."""
    plane = np.array([[0.0, 0], [100, 0], [200, 0], [300, 0], [200, 0], [100, 0], [100, 50]])
    track = outdoors.placed(plane, np.arange(7.0))
    assert simplified(track.lat, track.lon, 1).tolist() == [0, 3, 5, 6]
