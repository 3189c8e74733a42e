"""Who stays within a circle has come once; a receiver that wavers neither brings nor takes them away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.tracking.rules.geofences import LEAVING, SILENCE, Fence, Position, Stay, metres_away, walked
from tests.tracking.ways import METRE

FENCE = Fence(-1.2921, 36.8219, radius_m=80, dwell_s=180)
NOON = datetime(2026, 11, 21, 9, tzinfo=UTC)


def at(seconds: float, metres: float, accuracy: float | None = 5.0) -> Position:
    """So many metres east of the middle."""
    lon = FENCE.lon + metres * METRE / cos(radians(FENCE.lat))
    return Position(NOON + timedelta(seconds=seconds), FENCE.lat, lon, accuracy)


def entered(seconds: float, last: float) -> Stay:
    return Stay(NOON + timedelta(seconds=seconds), NOON + timedelta(seconds=last))


def test_metres_are_metres() -> None:
    assert metres_away(FENCE, at(0, 250)) == pytest.approx(250, abs=0.1)
    date_line = Fence(0, 179.9999, 80, 180)
    assert metres_away(date_line, Position(NOON, 0, -179.9999)) == pytest.approx(22.24, abs=0.1)


def test_who_stays_has_come_when_they_came() -> None:
    way = [at(0, 300), at(60, 79), *(at(60 + 30 * step, 20) for step in range(1, 6))]
    assert walked(FENCE, None, way) == (entered(60, 210), None)
    stay, came = walked(FENCE, None, [*way, at(240, 20)])
    assert (stay, came) == (entered(60, 240), NOON + timedelta(seconds=60))


def test_who_passes_by_has_not() -> None:
    assert walked(FENCE, None, [at(0, -300), at(30, -60), at(60, 0), at(90, 60), at(120, 300)]) == (None, None)


def test_who_came_comes_no_second_time() -> None:
    stay, came = walked(FENCE, None, [at(0, 0), at(200, 0)])
    assert came == NOON
    for later in (at(230, 0), at(260, 90), at(200 + 1800, 0)):
        stay, came = walked(FENCE, stay, [later])
        assert came is None
    assert stay is not None
    assert stay.entered_at == NOON


@pytest.mark.parametrize(
    ("metres", "stays"), [(79, True), (81, True), (80 * LEAVING - 1, True), (80 * LEAVING + 1, False)]
)
def test_the_way_out_is_wider_than_the_way_in(metres: float, stays: bool) -> None:
    stay, _ = walked(FENCE, entered(0, 30), [at(60, metres)])
    assert (stay == entered(0, 60)) is stays
    assert (walked(FENCE, None, [at(60, metres)])[0] is not None) is (metres <= FENCE.radius_m)


def test_what_is_less_certain_than_the_circle_is_wide_says_nothing() -> None:
    assert walked(FENCE, entered(0, 30), [at(60, 5000, accuracy=81)]) == (entered(0, 30), None)
    assert walked(FENCE, None, [at(0, 0, accuracy=81), at(300, 0, accuracy=81)]) == (None, None)
    assert walked(FENCE, entered(0, 30), [at(60, 5000, accuracy=80)]) == (None, None)
    assert walked(FENCE, None, [at(0, 0, accuracy=None), at(180, 0, accuracy=None)])[1] == NOON


def test_a_long_silence_begins_anew() -> None:
    silent = SILENCE.total_seconds()
    assert walked(FENCE, None, [at(0, 0), at(silent, 0)])[1] == NOON
    assert walked(FENCE, None, [at(0, 0), at(silent + 1, 0)]) == (entered(silent + 1, silent + 1), None)


positions = st.lists(
    st.builds(
        at,
        st.integers(0, 4000),
        st.sampled_from([0, 40, 79, 90, 103, 105, 200]),
        st.sampled_from([None, 5.0, 79.0, 500.0]),
    ),
    max_size=30,
)


@given(positions, st.integers(0, 30))
def test_it_does_not_matter_how_the_positions_are_cut(way: list[Position], cut: int) -> None:
    way = sorted({one.at: one for one in way}.values(), key=lambda one: one.at)
    stay, first = walked(FENCE, None, way[:cut])
    stay, second = walked(FENCE, stay, way[cut:])
    whole, came = walked(FENCE, None, list(reversed(way)))
    assert stay == whole
    assert came == (second or first)
    # What was looked at once says nothing new.
    assert walked(FENCE, whole, way) == (whole, None) or whole is None


@given(positions)
def test_nobody_comes_without_having_stayed(way: list[Position]) -> None:
    stay, came = walked(FENCE, None, way)
    if came is not None:
        inside = [one for one in way if one.accuracy is None or one.accuracy <= FENCE.radius_m]
        near = [one.at for one in inside if metres_away(FENCE, one) <= LEAVING * FENCE.radius_m]
        assert max(near) - came >= timedelta(seconds=FENCE.dwell_s)
    assert walked(FENCE, None, [replace(one, accuracy=81) for one in way]) == (None, None)
    assert stay is None or stay.entered_at <= stay.last_at
