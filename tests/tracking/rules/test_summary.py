"""Summaries against figures worked out by hand, which stand beside each."""

import numpy as np
import pytest

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.climbing import gain_and_loss
from pp_core.tracking.rules.summary import shaped, summarise
from pp_core.tracking.rules.track import Track
from tests.tracking.rules.tracks import BEGIN_MS, legs, northward


def test_an_even_run() -> None:
    """625 s at 4 m/s: 2500 m."""
    summary = summarise(northward(*legs((625, 4.0))), Sport.RUN)
    assert (summary.points, summary.dropped) == (626, 0)
    assert (summary.elapsed_s, summary.moving_s, summary.distance_m) == (625, 625, 2500.0)
    assert (summary.average_speed, summary.max_speed) == (4.0, 4.0)
    assert [(one.number, one.distance_m, one.moving_s) for one in summary.splits] == [
        (1, 1000.0, 250.0),
        (2, 1000.0, 250.0),
        (3, 500.0, 125.0),
    ]
    # 400 / 4, 1000 / 4, 1609.344 / 4
    assert {one.measure: one.seconds for one in summary.efforts} == {"400m": 100.0, "1km": 250.0, "1mi": 402.34}
    assert summary.elevation_gain_m is summary.heart_rate_avg is summary.kcal is summary.kcal_method is None
    assert summary.zones == ()


@pytest.mark.parametrize("every_s", [1, 5, 10])
def test_best_efforts_lie_between_points(every_s: float) -> None:
    """1 km at 4 m/s (250 s), 1 km at 5 m/s (200 s), 1 km at 2.5 m/s (400 s)."""
    summary = summarise(northward(*legs((250, 4.0), (200, 5.0), (400, 2.5), every_s=every_s)), Sport.RUN)
    assert summary.distance_m == pytest.approx(3000, abs=0.2)
    assert [one.moving_s for one in summary.splits] == pytest.approx([250, 200, 400], abs=0.1)
    best = {one.measure: (one.seconds, one.from_m) for one in summary.efforts}
    assert list(best) == ["400m", "1km", "1mi"]
    assert best["400m"][0] == pytest.approx(80, abs=0.1)  # 400 m at 5 m/s
    assert best["1km"] == pytest.approx((200, 1000), abs=0.3)
    # A mile is 609.344 m more than the fast kilometre: run at 4 m/s before it, 152.34 s; from 2000 - 1609.344 m.
    assert best["1mi"] == pytest.approx((352.34, 390.7), abs=0.3)


def test_long_efforts() -> None:
    """Three hours at 4 m/s are 43.2 km: 10,548.75 s make a marathon of 42,195 m, 5274.375 s its half."""
    summary = summarise(northward(*legs((10_800, 4.0), every_s=3)), Sport.RUN)
    best = {one.measure: one.seconds for one in summary.efforts}
    assert best["5km"] == pytest.approx(1250, abs=0.02)
    assert best["10km"] == pytest.approx(2500, abs=0.02)
    assert best["half"] == pytest.approx(5274.38, abs=0.02)
    assert best["full"] == pytest.approx(10_548.75, abs=0.02)
    assert [one.distance_m for one in summary.splits] == [1000.0] * 43 + [200.0]


def test_standing_at_a_light_is_not_motion() -> None:
    """600 m at 3 m/s (200 s), 60 s at a light, 600 m more: 400 s in motion of 460, the clock of an effort runs on."""
    summary = summarise(northward(*legs((200, 3.0), (60, 0.0), (200, 3.0))), Sport.RUN)
    assert (summary.elapsed_s, summary.moving_s) == (460, 400)
    assert summary.distance_m == pytest.approx(1200, abs=0.2)
    assert summary.average_speed == pytest.approx(3.0, abs=0.002)
    # The first kilometre: 600 m in 200 s, 400 m in 133.3 s. The rest: 200 m in 66.7 s.
    assert [one.moving_s for one in summary.splits] == pytest.approx([333.3, 66.7], abs=0.2)
    best = {one.measure: one.seconds for one in summary.efforts}
    assert best["400m"] == pytest.approx(133.33, abs=0.1)
    assert best["1km"] == pytest.approx(333.33 + 60, abs=0.2)


def test_a_short_halt_is_motion() -> None:
    """Nobody stops for four seconds: a turn, a shoelace looked at."""
    summary = summarise(northward(*legs((200, 3.0), (4, 0.0), (200, 3.0))), Sport.RUN)
    assert summary.moving_s == summary.elapsed_s == 404


def test_who_turns_round_does_not_stand() -> None:
    seconds, metres = legs((200, 3.0), (200, -3.0))
    summary = summarise(northward(seconds, metres), Sport.RUN)
    assert summary.moving_s == 400
    assert summary.distance_m == pytest.approx(1200, abs=0.5)


def test_slow_walking_is_not_standing() -> None:
    summary = summarise(northward(*legs((600, 0.7))), Sport.WALK)
    assert (summary.moving_s, summary.distance_m) == (600, 420.0)


def test_a_pause_counts_neither_time_nor_way() -> None:
    """100 s at 3 m/s, a pause of 100 s on which somebody walks 120 m, 100 s at 3 m/s."""
    track = northward(*legs((100, 3.0), (100, 1.2), (100, 3.0)))
    summary = summarise(track, Sport.RUN, pauses=[(BEGIN_MS + 100_000, BEGIN_MS + 200_000)])
    assert (summary.elapsed_s, summary.moving_s) == (300, 200)
    assert summary.distance_m == pytest.approx(600, abs=0.5)


def test_pauses_that_overlap_count_once_and_cut_legs() -> None:
    """Pauses 10.5 s to 30 s and 20 s to 40.25 s are 29.75 s; 3 m/s for the other 70.25 s are 210.75 m."""
    track = northward(*legs((100, 3.0)))
    pauses = [(BEGIN_MS + 20_000, BEGIN_MS + 40_250), (BEGIN_MS + 10_500, BEGIN_MS + 30_000)]
    summary = summarise(track, Sport.RUN, pauses=pauses)
    assert summary.moving_s == 70
    assert summary.distance_m == pytest.approx(210.75, abs=0.1)


def test_a_gap_is_bridged_and_a_jump_is_not() -> None:
    """100 s at 3 m/s, nothing for 60 s, and 180 m further on: run. Two kilometres further in one second: not run."""
    seconds, metres = legs((260, 3.0))
    gap = (seconds <= 100) | (seconds >= 160)
    assert summarise(northward(seconds[gap], metres[gap]), Sport.RUN).distance_m == pytest.approx(780, abs=0.2)
    jumped = summarise(northward(seconds, metres + np.where(seconds > 130, 2000, 0)), Sport.RUN)
    assert jumped.distance_m == pytest.approx(777, abs=0.2)
    assert jumped.moving_s == 259


def test_climbing_with_hysteresis() -> None:
    """Up 20 m, down 11 m with a bump of 2 m that is noise, up 21 m: 41 up, 11 down."""
    corners = [1700, 1720, 1710, 1712, 1709, 1730]
    seconds, metres = legs((500, 3.0))
    heights = np.interp(seconds, np.arange(6) * 100, corners)
    summary = summarise(northward(seconds, metres, altitude=heights), Sport.RUN)
    assert (summary.elevation_gain_m, summary.elevation_loss_m) == (41.0, 11.0)
    # The first kilometre ends after 333.3 s, a third of the way from 1712 to 1709: 1711. The end is 1730.
    assert [one.elevation_m for one in summary.splits] == [11.0, 19.0]


@pytest.mark.parametrize(
    ("heights", "gain_loss"),
    [
        ([], None),
        ([float("nan")] * 3, None),
        ([5.0], (0, 0)),
        ([0, 2.9, 0, 2.9, 0], (0, 0)),
        ([0, 3, 0], (3, 3)),
        ([0, 2, -1, 10], (11, 3)),
        ([10, 0, float("nan"), 0, 10], (10, 10)),
        ([0, 1, 2, 3, 4, 3, 2, 3, 9], (9, 0)),
        ([0, 5, 1], (5, 4)),
    ],
)
def test_heights(heights: list[float], gain_loss: tuple[float, float] | None) -> None:
    assert gain_and_loss(np.array(heights, float), 3) == gain_loss


def test_heart_rate_and_zones() -> None:
    """100 s at 90, 100 s at 110, 200 s at 130, 50 s at 190, of 200 at most: zones begin at 100, 120, 140, 160, 180."""
    seconds, metres = legs((450, 3.0))
    beats = np.select([seconds < 100, seconds < 200, seconds < 400], [90, 110, 130], 190)
    summary = summarise(northward(seconds, metres, heart_rate=beats), Sport.RUN, max_heart_rate=200)
    # (100 * 90 + 100 * 110 + 200 * 130 + 50 * 190) / 450 = 123.3
    assert (summary.heart_rate_avg, summary.heart_rate_max) == (123, 190)
    assert [(one.number, one.from_bpm, one.to_bpm, one.seconds) for one in summary.zones] == [
        (1, 100, 120, 100),
        (2, 120, 140, 200),
        (3, 140, 160, 0),
        (4, 160, 180, 0),
        (5, 180, None, 50),
    ]
    # A kilometre takes 333.3 s: (100 * 90 + 100 * 110 + 134 * 130) / 334 = 112.0; the rest (66 * 130 + 50 * 190) / 116 = 155.9
    assert [one.heart_rate for one in summary.splits] == [112, 156]


def test_a_silent_heart_sensor_counts_no_time() -> None:
    """A beat holds 30 s at most: 10 s of 120, then 100 s of nothing."""
    seconds = np.concatenate([np.arange(11.0), [110.0]])
    beats = np.array([120] * 11 + [0])
    summary = summarise(northward(seconds, 3 * seconds, heart_rate=beats), Sport.RUN, max_heart_rate=200)
    assert summary.zones[1].seconds == 10 + 30


def test_zero_points_and_one() -> None:
    for count in (0, 1):
        summary = summarise(northward(np.arange(count), np.arange(count)), Sport.RUN, weight_kg=70, max_heart_rate=190)
        assert (summary.points, summary.distance_m, summary.moving_s, summary.elapsed_s) == (count, 0, 0, 0)
        assert summary.average_speed is summary.max_speed is summary.kcal is None
        assert summary.splits == summary.efforts == ()


@pytest.mark.parametrize("count", range(2, 8))
def test_a_few_points(count: int) -> None:
    summary = summarise(northward(np.arange(count), 3.0 * np.arange(count)), Sport.RUN)
    assert summary.distance_m == pytest.approx(3 * (count - 1), abs=0.1)


def test_points_that_no_one_can_believe_are_left_out() -> None:
    """Zero and zero, an accuracy of 200 m, and a stray 300 m aside for two seconds."""
    seconds, metres = legs((300, 3.0))
    track = northward(seconds, metres)
    lat, lon, accuracy = track.lat.copy(), track.lon.copy(), np.full(301, 5.0)
    lat[50] = lon[50] = 0
    accuracy[100], lat[100] = 200, lat[100] + 0.001
    lon[200:202] += 300 / 111_195
    summary = summarise(Track.of(track.ts, lat, lon, accuracy=accuracy), Sport.RUN)
    assert (summary.points, summary.dropped) == (297, 4)
    assert summary.distance_m == pytest.approx(900, abs=0.5)


def test_shaped_columns_fit_each_other() -> None:
    shape = shaped(northward(*legs((100, 3.0), (60, 0.0), (100, 3.0))), Sport.RUN)
    assert len(shape.track) == len(shape.metres) == len(shape.moving) == len(shape.seconds) == 261
    assert shape.metres[0] == shape.moving[0] == shape.seconds[0] == 0
    assert (np.diff(shape.metres) >= 0).all()
    assert (np.diff(shape.moving) >= 0).all()
