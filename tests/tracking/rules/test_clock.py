"""A clock a little off is corrected, one far off is not, and a point that waited is not taken for a slow clock."""

import numpy as np
import pytest

from pp_core.tracking.rules.clock import NEGLIGIBLE_MS, TOLERANCE_MS, ShiftEstimate

NOW = 1_790_000_000_000


def a_live_stream(estimate: ShiftEstimate, *, ahead_ms: int, seconds: int, seed: int = 1, begin: int = NOW) -> None:
    """A message a second; the network takes 50 ms to half a second, and sometimes many seconds."""
    rng = np.random.default_rng(seed)
    arrival = begin
    for sent in range(begin, begin + 1000 * seconds, 1000):
        delay = int(rng.uniform(50, 500) + (rng.uniform(3000, 20_000) if rng.random() < 0.05 else 0))
        arrival = max(arrival, sent + delay)  # messages do not overtake each other on a connection
        estimate.observe(sent + ahead_ms, arrival)


@pytest.mark.parametrize("ahead_ms", [90_000, 5_000, 299_000, -90_000, -5_000, -290_000])
def test_a_clock_that_is_minutes_off_is_found(ahead_ms: int) -> None:
    estimate = ShiftEstimate()
    a_live_stream(estimate, ahead_ms=ahead_ms, seconds=150)
    assert abs(estimate.shift_ms - ahead_ms) <= 500 + NEGLIGIBLE_MS


def test_a_phone_ahead_is_corrected_with_its_first_message() -> None:
    assert ShiftEstimate().observe(NOW + 90_000, NOW + 200) == 89_800


@pytest.mark.parametrize("seed", range(5))
def test_a_clock_that_is_right_stays(seed: int) -> None:
    estimate = ShiftEstimate()
    a_live_stream(estimate, ahead_ms=0, seconds=400, seed=seed)
    assert estimate.shift_ms == 0


@pytest.mark.parametrize("ahead_ms", [86_400_000, TOLERANCE_MS + 60_000, -86_400_000, -TOLERANCE_MS - 60_000])
def test_a_clock_beyond_the_tolerance_is_left_alone(ahead_ms: int) -> None:
    estimate = ShiftEstimate()
    a_live_stream(estimate, ahead_ms=ahead_ms, seconds=150)
    assert estimate.shift_ms == 0


@pytest.mark.parametrize("batch", [1, 20, 100])
@pytest.mark.parametrize("pause_ms", [20, 300, 2_000])
def test_a_queue_that_empties_is_no_slow_clock(batch: int, pause_ms: int) -> None:
    """Four minutes out of reach, then what waited, oldest first, while new points come behind it."""
    estimate = ShiftEstimate()
    moment, told = NOW + 240_000, NOW
    empties_by = 1000 * batch - min(pause_ms, 500 * batch)
    while moment - told > empties_by:
        told += 1000 * batch
        moment += min(pause_ms, 500 * batch)
        assert estimate.observe(told, moment) == 0
    a_live_stream(estimate, ahead_ms=0, seconds=60, begin=moment)
    assert estimate.shift_ms == 0


def test_a_queue_after_a_live_stream_is_no_slow_clock() -> None:
    """Even one that empties no faster than it fills: this device was on time minutes ago."""
    estimate = ShiftEstimate()
    a_live_stream(estimate, ahead_ms=0, seconds=60)
    for second in range(60, 200):
        assert estimate.observe(NOW + 1000 * second, NOW + 1000 * second + 150_000) == 0


def test_one_wrong_moment_does_not_move_it() -> None:
    estimate = ShiftEstimate()
    a_live_stream(estimate, ahead_ms=0, seconds=60)
    estimate.observe(NOW + 60_000 + 200_000, NOW + 66_000)
    a_live_stream(estimate, ahead_ms=0, seconds=10, begin=NOW + 70_000)
    assert estimate.shift_ms == 0


def test_a_clock_that_is_set_right_is_followed() -> None:
    estimate = ShiftEstimate()
    a_live_stream(estimate, ahead_ms=90_000, seconds=120)
    a_live_stream(estimate, ahead_ms=0, seconds=360, begin=NOW + 120_000)
    assert estimate.shift_ms == 0


def test_it_begins_with_what_was_known() -> None:
    estimate = ShiftEstimate(90_000)
    assert estimate.shift_ms == 90_000
    assert estimate.observe(NOW + 90_100, NOW + 300) == 90_000
