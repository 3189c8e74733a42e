"""The faster somebody is, the more often; the nearer the cap, the more seldom; never to the end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.tracking.rules.sampling import LONGEST_S, wished_interval_s

speeds = st.none() | st.floats(0, 40)
caps = st.integers(1, 100_000)


@pytest.mark.parametrize(
    ("speed", "seconds"),
    [(0.0, 10), (0.49, 10), (0.5, 5), (1.4, 5), (2.0, 3), (3.0, 3), (3.5, 2), (5.9, 2), (6.0, 1), (25.0, 1), (None, 5)],
)
def test_the_speed_decides(speed: float | None, seconds: int) -> None:
    assert wished_interval_s(speed, 0, 20_000) == seconds


@pytest.mark.parametrize(
    ("used", "seconds"),
    [(0, 3), (7_499, 3), (7_500, 6), (8_999, 6), (9_000, 12), (9_699, 12), (9_700, 24), (9_999, 24), (10_000, 60)],
)
def test_near_the_cap_points_come_seldom(used: int, seconds: int) -> None:
    assert wished_interval_s(3.0, used, 10_000) == seconds


@given(speeds, st.integers(0, 200_000), caps)
def test_it_never_says_stop(speed: float | None, used: int, cap: int) -> None:
    assert 1 <= wished_interval_s(speed, used, cap) <= LONGEST_S


@given(speeds, st.integers(0, 100_000), st.integers(0, 100_000), caps)
def test_more_used_is_never_more_often(speed: float | None, one: int, other: int, cap: int) -> None:
    fewer, more = sorted((one, other))
    assert wished_interval_s(speed, fewer, cap) <= wished_interval_s(speed, more, cap)


@given(st.floats(0, 40), st.floats(0, 40), st.integers(0, 100_000), caps)
def test_faster_is_never_more_seldom(one: float, other: float, used: int, cap: int) -> None:
    slower, faster = sorted((one, other))
    assert wished_interval_s(faster, used, cap) <= wished_interval_s(slower, used, cap)


@pytest.mark.parametrize("speed", [float("nan"), float("inf")])
def test_a_speed_that_is_none_counts_as_unknown(speed: float) -> None:
    assert wished_interval_s(speed, 0, 100) == 5
