"""The course that pictures draw: few points, stretches of like pace, marks, and nothing drawn over what was cut out."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pp_core.tracking.operations import Sport
from pp_core.tracking.render.course import CLASSES, Course, marks, painted
from pp_core.tracking.rules.summary import shaped
from pp_core.tracking.rules.track import Track

from .courses import loop, north, on_plane

EMPTY = on_plane(np.empty(0), np.empty(0), np.empty(0))


def cut(course: Course, first: int, last: int) -> Course:
    """Without the points from place `first` up to `last`."""
    kept = np.r_[0:first, last : len(course)]
    columns = {name: getattr(course, name)[kept] for name in ("lat", "lon", "metres", "seconds", "altitude")}
    return Course(**columns, breaks=np.array([first]))


def test_a_straight_line_is_drawn_by_its_ends() -> None:
    assert north(1000).drawn(100).tolist() == [0, 200]


def test_a_corner_is_kept_and_what_lies_within_the_tolerance_is_not() -> None:
    course = on_plane(np.array([0.0, 50, 100, 100, 100]), np.array([0.0, 1.5, 0, 60, 120]))
    assert course.drawn(100).tolist() == [0, 2, 4]


def test_too_many_points_are_made_fewer() -> None:
    course = loop()
    assert 100 < len(course.drawn(200)) <= 200
    assert len(course.drawn(1000)) > 200


def test_the_plane_is_true_and_passes_the_date_line() -> None:
    east, up = north(5000).flat().T
    assert up[-1] == pytest.approx(5000, rel=1e-6)
    assert np.abs(east).max() < 1e-6
    fiji = Course(*(np.array(each) for each in ([-17.0, -17.0], [179.999, -179.999], [0, 212.0], [0, 60.0], [0, 0.0])))
    assert fiji.flat()[-1][0] == pytest.approx(212.7, abs=0.5)


def test_a_fast_and_a_slow_half_are_two_classes_with_a_round_limit() -> None:
    way = np.r_[np.full(400, 0.30), np.full(400, 0.42)]
    route = painted(north(4000, pace=way), Sport.RUN)
    kinds = [part.kind for part in route.stretches]
    assert kinds[0] == max(kinds)
    assert kinds[-1] == min(kinds) == 0
    assert all(limit * 1000 % 5 == pytest.approx(0, abs=1e-6) for limit in route.limits)
    assert list(route.limits) == sorted(route.limits, reverse=True)
    assert all(0.30 < limit < 0.42 for limit in route.limits)
    # The change is where it was, to within the smoothing.
    turns = [north(4000).metres[part.places[-1]] for part in route.stretches[:-1]]
    assert min(turns) > 1850
    assert max(turns) < 2150


def test_paces_that_hardly_differ_or_are_hidden_are_one_class() -> None:
    even = painted(north(4000), Sport.RUN)
    assert (len(even.stretches), even.limits) == (1, ())
    hidden = painted(loop(2000), Sport.RUN, by_pace=False)
    assert ({part.kind for part in hidden.stretches}, hidden.limits) == ({0}, ())


def test_all_of_a_course_is_drawn_in_one_line() -> None:
    course = loop(3000)
    route = painted(course, Sport.RUN)
    assert {part.kind for part in route.stretches} == set(range(CLASSES))
    assert route.stretches[0].places[0] == 0
    assert route.stretches[-1].places[-1] == len(course) - 1
    assert all(before.places[-1] == after.places[0] for before, after in pairwise(route.stretches))
    assert sum(len(part.places) for part in route.stretches) < 1000


def test_nothing_is_drawn_over_what_was_cut_out() -> None:
    course = cut(north(3000), 200, 400)
    route = painted(course, Sport.RUN)
    steps = [abs(a - b) for part in route.stretches for a, b in pairwise(course.metres[part.places])]
    assert len(route.stretches) == 2
    assert sum(steps) == pytest.approx(3000 - 1005, abs=1)
    assert [(int(part.places[0]), int(part.places[-1])) for part in route.stretches] == [(0, 199), (200, 400)]


def test_marks_stand_at_full_kilometres_with_the_pace_of_each() -> None:
    found = marks(north(3500, pace=np.r_[np.full(200, 0.30), np.full(500, 0.36)]))
    assert [one.kilometre for one in found] == [1, 2, 3]
    assert [one.pace for one in found] == pytest.approx([0.30, 0.36, 0.36], abs=1e-3)
    assert [(one.lat + 1.2921) * 111_195 for one in found] == pytest.approx([1000, 2000, 3000], abs=1)


def test_marks_of_a_long_way_are_fewer() -> None:
    found = marks(north(42_195, every=25))
    assert [one.kilometre for one in found] == [5, 10, 15, 20, 25, 30, 35, 40]
    assert [one.pace for one in found] == pytest.approx([0.36] * 8, abs=1e-3)


def test_no_mark_stands_in_what_was_cut_out_nor_tells_a_pace_over_it() -> None:
    course = cut(north(4500), 300, 420)  # from 1,500 m to 2,100 m
    assert [(one.kilometre, one.pace is None) for one in marks(course)] == [(1, False), (3, True), (4, False)]
    started_later = cut(north(4500), 0, 100)
    late = replace(started_later, breaks=np.array([0]))
    assert [(one.kilometre, one.pace is None) for one in marks(late)] == [(1, True), (2, False), (3, False), (4, False)]


def test_a_course_without_points_or_way_is_drawn_as_such() -> None:
    assert painted(EMPTY, Sport.RUN).stretches == ()
    assert marks(EMPTY) == ()
    assert EMPTY.length == 0.0
    still = on_plane(np.zeros(4), np.zeros(4))
    assert [part.places.tolist() for part in painted(still, Sport.RUN).stretches] == [[0, 3]]


def test_a_course_of_what_may_be_seen_is_broken_where_points_are_missing() -> None:
    ts = np.arange(0, 400_000, 5000)
    track = Track.of(ts, -1.29 + np.arange(80) * 1.35e-4, np.full(80, 36.82), np.full(80, 1700.0))
    shape = shaped(track, Sport.RUN)
    seen = np.ones(len(shape.track), np.bool_)
    seen[:10] = seen[30:40] = False
    course = Course.of(shape, seen)
    assert len(course) == len(shape.track) - 20
    assert course.breaks.tolist() == [20]
    assert course.metres[0] == shape.metres[10]
    assert len(Course.of(shape).breaks) == 0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000)), min_size=2, max_size=60),
    st.lists(st.integers(1, 59), max_size=4),
    st.sampled_from(list(Sport)),
)
def test_whatever_the_way_no_line_crosses_a_break_and_no_stretch_is_lost(
    points: list[tuple[float, float]], breaks: list[int], sport: Sport
) -> None:
    east, up = np.array(points).T
    course = replace(on_plane(east, up), breaks=np.array(breaks, np.int64))
    route = painted(course, sport)
    for part in route.stretches:
        assert len(part.places) > 1
        assert not [one for one in breaks if part.places[0] < one <= part.places[-1]]
    ends = {(first, last - 1) for first, last in course.stretches() if last - first > 1}
    firsts, lasts = {int(one.places[0]) for one in route.stretches}, {int(one.places[-1]) for one in route.stretches}
    assert {first for first, _ in ends} <= firsts
    assert {last for _, last in ends} <= lasts
