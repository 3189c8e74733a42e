"""Nobody sees a point inside a privacy zone, nor what was hidden of a summary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.tracking.operations import Effort, Hidden, Split, Summary, Zone
from pp_core.tracking.rules.privacy import PAD_SHARE, Circle, masked, visible
from pp_core.tracking.rules.track import EARTH_METRES, Floats, Track, metres_between
from tests.tracking.outdoors import NAIROBI, placed

HOME = Circle(*NAIROBI, 200.0)


def all_round(radius: float, count: int = 360) -> Track:
    """Points on a circle about home; every way away from home passes one of them."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return placed(radius * np.column_stack([np.cos(turn), np.sin(turn)]), np.arange(count) * 1.0)


def metres_from(track: Track, lat: float, lon: float) -> Floats:
    """By the haversine, which `visible` does not use."""
    return np.array(
        [metres_between(np.array([lat, a]), np.array([lon, b]))[0] for a, b in zip(track.lat, track.lon, strict=True)]
    )


places = st.tuples(st.floats(-70, 70), st.floats(-180, 180))


@given(
    places,
    st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.floats(50, 400)), max_size=3),
    st.integers(0, 999),
)
def test_no_visible_point_lies_in_a_zone_and_none_far_off_is_hidden(
    place: tuple[float, float], zones: list[tuple[float, float, float]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    north, east = np.cumsum(rng.normal(0, 30, (2, 80)), axis=1)
    lat = place[0] + np.degrees(north / EARTH_METRES)
    wide = EARTH_METRES * np.cos(np.radians(place[0]))
    lon = (place[1] + np.degrees(east / wide) + 180) % 360 - 180
    track = Track.of(np.arange(80), lat, lon)
    around = [
        Circle(place[0] + float(np.degrees(a / EARTH_METRES)), place[1] + float(np.degrees(b / wide)), radius)
        for a, b, radius in zones
    ]
    seen = visible(track, around)
    far = np.ones(80, bool)
    for zone_lat, zone_lon, radius, _ in around:
        away = metres_from(track, zone_lat, zone_lon)
        assert not seen[away < radius - 0.5].any()
        far &= away > radius * (1 + PAD_SHARE) + 0.5
    # Far from all zones a point shows, if one of its neighbours does.
    beside = np.concatenate([[False], far[:-1]]) | np.concatenate([far[1:], [False]])
    assert seen[far & beside].all()


def test_without_zones_everything_shows() -> None:
    assert visible(all_round(10), []).all()
    assert visible(Track.of([0], [1.0], [2.0]), []).tolist() == [True]
    assert visible(Track.empty(), [HOME]).tolist() == []


def test_all_inside_shows_nothing() -> None:
    assert not visible(all_round(199), [HOME]).any()


def test_the_edge_does_not_give_the_centre_away() -> None:
    """Of a fitted circle: the ends of ways in all directions have their middle beside home, and more than one radius."""
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    ends = []
    for angle in turn:
        out = np.arange(0, 400, 0.5)
        plane = out[:, None] * np.array([np.cos(angle), np.sin(angle)])
        first = int(np.argmax(visible(placed(plane, np.arange(len(out)) * 1.0), [HOME])))
        ends.append(plane[first])
    edges = np.array(ends)
    reach = np.hypot(*edges.T)
    assert reach.min() >= 200
    assert reach.max() <= 200 * (1 + PAD_SHARE) + 1
    # The least-squares circle through the ends (Kåsa): x² + y² = 2ax + 2by + c.
    fit = np.linalg.lstsq(np.column_stack([2 * edges, np.ones(len(edges))]), (edges**2).sum(axis=1), rcond=None)[0]
    assert float(np.hypot(fit[0], fit[1])) > 0.25 * (reach.max() - 200)
    assert reach.max() - reach.min() > 2


def test_a_zone_is_cut_the_same_for_every_activity_and_another_otherwise() -> None:
    circles = [all_round(radius) for radius in range(200, 242, 2)]
    shown = [visible(one, [HOME]).tolist() for one in circles]
    assert shown == [visible(one, [HOME]).tolist() for one in circles]
    assert shown != [visible(one, [HOME._replace(salt="another")]).tolist() for one in circles]


def test_a_point_alone_between_hidden_ones_is_hidden() -> None:
    inside, outside = 0.0, 300.0
    east = np.array([outside, outside, inside, outside, inside, outside])
    track = placed(np.column_stack([east, np.zeros(6)]), np.arange(6.0))
    assert visible(track, [HOME]).tolist() == [True, True, False, False, False, False]


def test_across_the_date_line() -> None:
    track = Track.of([0, 1], [0.0, 0.0], [179.9995, 179.99])
    assert not visible(track, [Circle(0.0, -179.9995, 200.0)])[0]


WHOLE = Summary(
    points=3,
    dropped=0,
    elapsed_s=600,
    moving_s=500,
    distance_m=1500,
    average_speed=3,
    max_speed=4,
    elevation_gain_m=5,
    elevation_loss_m=6,
    heart_rate_avg=150,
    heart_rate_max=170,
    kcal=100,
    kcal_method="ACSM metabolic equations (speed, climb, weight)",
    splits=(Split(number=1, distance_m=1000, moving_s=333, elevation_m=2, heart_rate=149),),
    efforts=(Effort(measure="1km", seconds=330, from_m=10),),
    zones=(Zone(number=1, from_bpm=100, to_bpm=120, seconds=60),),
)


def test_a_hidden_heart_rate() -> None:
    shown = masked(WHOLE, {Hidden.HEART_RATE})
    assert shown.heart_rate_avg is shown.heart_rate_max is shown.splits[0].heart_rate is None
    assert shown.zones == ()
    assert (shown.kcal, shown.average_speed, shown.splits[0].moving_s) == (100, 3, 333)
    by_heart = WHOLE.model_copy(update={"kcal_method": "Keytel 2005 (heart rate, weight, age, sex)"})
    assert masked(by_heart, {Hidden.HEART_RATE}).kcal is None


def test_a_hidden_speed() -> None:
    shown = masked(WHOLE, {Hidden.SPEED})
    assert shown.average_speed is shown.max_speed is None
    assert shown.splits == shown.efforts == ()
    assert shown.moving_s == shown.elapsed_s == 600
    assert (shown.heart_rate_avg, shown.distance_m, shown.kcal) == (150, 1500, 100)


def test_hidden_calories() -> None:
    shown = masked(WHOLE, {Hidden.CALORIES})
    assert shown.kcal is shown.kcal_method is None
    assert shown.model_copy(update={"kcal": WHOLE.kcal, "kcal_method": WHOLE.kcal_method}) == WHOLE


@given(st.sets(st.sampled_from(Hidden)), st.sets(st.sampled_from(Hidden)))
def test_hiding_more_never_shows_more(some: set[Hidden], others: set[Hidden]) -> None:
    both = masked(WHOLE, some | others)
    assert both == masked(masked(WHOLE, some), others)
    assert masked(both, some) == both


@pytest.mark.parametrize("hidden", [set(), {Hidden.MAP}, {Hidden.START_TIME}])
def test_what_is_not_in_a_summary_hides_nothing_of_it(hidden: set[Hidden]) -> None:
    assert masked(WHOLE, hidden) == WHOLE
