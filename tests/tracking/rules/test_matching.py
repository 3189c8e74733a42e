"""Segments and routes: a time over a stretch is right to a tenth of a second, and only who went that way has one."""

from math import cos, radians

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.matching import passages, same_way, stretch
from pp_core.tracking.rules.summary import Shaped, shaped
from pp_core.tracking.rules.track import Floats, Track, metres_between
from tests.tracking.ways import METRE, NAIROBI

T0 = 1_795_000_000_000


def degrees(corners: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    """Places so many metres east and north of the middle of Nairobi."""
    east, north = np.array(corners, float).T
    return NAIROBI[0] + north * METRE, NAIROBI[1] + east * METRE / cos(radians(NAIROBI[0]))


def gone(corners: list[tuple[float, float]], speed: float = 3.0, every: float = 1.0, noise: float = 0.0) -> Shaped:
    """A track along corners at an even speed."""
    points = np.array(corners, float)
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    seconds = np.arange(0, along[-1] / speed + every / 2, every)
    at = np.column_stack([np.interp(seconds * speed, along, points[:, axis]) for axis in (0, 1)])
    at += np.random.default_rng(7).normal(0, noise, at.shape)
    lat, lon = degrees([tuple(one) for one in at.tolist()])
    return shaped(Track.of((T0 + seconds * 1000).astype(int), lat, lon, accuracy=np.full(len(lat), 4.0)), Sport.RUN)


KILOMETRE = degrees([(0, 200), (0, 1200)])


@pytest.mark.parametrize("every", [1.0, 3.0, 7.0])
def test_the_time_over_a_straight_kilometre(every: float) -> None:
    (found,) = passages(gone([(0, 0), (0, 2000)], speed=4.0, every=every), *KILOMETRE)
    assert found.seconds == pytest.approx(250.0, abs=0.1)
    assert found.began_ms == pytest.approx(T0 + 50_000, abs=100)


def test_on_a_noisy_track_it_is_near() -> None:
    (found,) = passages(gone([(3, 0), (3, 2000)], speed=4.0, noise=4.0), *KILOMETRE)
    assert found.seconds == pytest.approx(250.0, abs=3.0)


@pytest.mark.parametrize(
    ("way", "times"),
    [
        ([(0, 1500), (0, 0)], 0),  # the other way
        ([(0, 300), (0, 2000)], 0),  # begun after its start
        ([(0, 0), (0, 1100)], 0),  # ended before its end
        ([(40, 0), (40, 2000)], 0),  # the street beside it
        ([(15, 0), (15, 2000)], 1),  # its other pavement
        ([(0, 0), (0, 500), (80, 500), (80, 900), (0, 900), (0, 2000)], 0),  # around a block on the way
        ([(0, 0), (0, 700), (300, 700), (0, 700), (0, 2000)], 0),  # with a detour there and back
        ([(0, 0), (0, 400), (0, 0), (0, 2000)], 1),  # who turned back and began again
        ([(0, 0), (0, 1300), (0, 0), (0, 1300)], 2),  # twice
        ([(0, -30), (0, 1230)], 1),
    ],
)
def test_who_went_over_it(way: list[tuple[float, float]], times: int) -> None:
    found = passages(gone(way), *KILOMETRE)
    assert len(found) == times
    for one in found:
        assert one.seconds == pytest.approx(1000 / 3, abs=1.5)


def test_laps_of_a_round_each_have_a_time() -> None:
    square = [(0, 0), (0, 100), (100, 100), (100, 0)]
    found = passages(gone([*square * 3, (0, 0), (0, 60)], speed=4.0), *degrees([*square, (0, 0)]))
    assert [one.seconds for one in found] == pytest.approx([100.0] * 3, abs=1.5)
    assert [one.began_ms for one in found] == pytest.approx([T0, T0 + 100_000, T0 + 200_000], abs=1500)


def test_nothing_goes_over_nothing() -> None:
    assert passages(shaped(Track.empty(), Sport.RUN), *KILOMETRE) == ()
    assert passages(gone([(0, 0), (0, 2000)]), *degrees([(0, 0)])) == ()


LOOP = [(0, 0), (0, 800), (600, 800), (600, 0), (0, 0)]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (LOOP, True),
        ([(east + 20, north - 20) for east, north in LOOP], True),
        (LOOP[::-1], False),
        ([(0, 0), (0, 800), (600, 800), (600, 120), (0, 120)], False),
        ([(east + 80, north) for east, north in LOOP], False),
        ([*LOOP, *LOOP[1:]], False),
    ],
)
def test_the_same_way(other: list[tuple[float, float]], same: bool) -> None:
    assert same_way(*degrees(LOOP), *degrees(other)) is same
    assert same_way(*degrees(other), *degrees(LOOP)) is same


def test_a_stretch_is_as_long_as_asked() -> None:
    shape = gone([(0, 0), (0, 500), (500, 500)])
    lat, lon = stretch(shape, 300.0, 800.0)
    assert float(metres_between(lat, lon).sum()) == pytest.approx(500, abs=6)
    assert (lat[0], lon[0]) == pytest.approx([one[0] for one in degrees([(0, 300)])], abs=4 * METRE)
    assert (lat[-1], lon[-1]) == pytest.approx([one[0] for one in degrees([(300, 500)])], abs=4 * METRE)
    assert len(passages(shape, lat, lon)) == 1


@given(st.floats(2, 6), st.sampled_from([1.0, 2.0, 5.0]), st.floats(0, 300), st.floats(400, 3000))
@settings(max_examples=40, deadline=None)
def test_a_stretch_of_a_track_is_found_on_it_at_its_time(
    speed: float, every: float, before: float, long: float
) -> None:
    shape = gone([(0, 0), (0, before + long + 200)], speed=speed, every=every)
    lat, lon = stretch(shape, before, before + long)
    (found,) = passages(shape, lat, lon)
    assert found.seconds == pytest.approx(long / speed, abs=0.5)
