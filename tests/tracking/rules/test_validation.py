"""Every reason against a point, and points that are good."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.validation import REASONS, Point, reason_against

NOW = 1_790_000_000_000
DAY = 86_400_000
HERE = Point(NOW - 1000, -1.2833, 36.8167, 1660.0, 3.0, 5.0, 140)
LAST = HERE._replace(ts=NOW - 2000, lat=-1.28333)
NAN, INFINITE = float("nan"), float("inf")

BAD = [
    ("not_a_number", HERE._replace(lat=NAN)),
    ("not_a_number", HERE._replace(lon=INFINITE)),
    ("not_a_number", HERE._replace(altitude=NAN)),
    ("not_a_number", HERE._replace(speed=-INFINITE)),
    ("not_a_number", HERE._replace(accuracy=NAN)),
    ("out_of_bounds", HERE._replace(lat=90.001)),
    ("out_of_bounds", HERE._replace(lat=-90.001)),
    ("out_of_bounds", HERE._replace(lon=180.5)),
    ("out_of_bounds", HERE._replace(lon=-180.5)),
    ("out_of_bounds", HERE._replace(lat=0.0, lon=0.0)),
    ("out_of_bounds", HERE._replace(altitude=9001.0)),
    ("out_of_bounds", HERE._replace(altitude=-501.0)),
    ("out_of_bounds", HERE._replace(heart_rate=300)),
    ("out_of_bounds", HERE._replace(heart_rate=-1)),
    ("in_future", HERE._replace(ts=NOW + 30_001)),
    ("in_future", HERE._replace(ts=NOW + DAY)),
    ("too_old", HERE._replace(ts=NOW - 7 * DAY - 1)),
    ("duplicate", HERE._replace(ts=LAST.ts)),
    ("duplicate", LAST),
    ("inaccurate", HERE._replace(accuracy=50.1)),
    ("inaccurate", HERE._replace(accuracy=-1.0)),
    ("too_fast", HERE._replace(speed=12.6)),
    # One second at 12.5 m/s and 5 m of doubt at each end reach 22.5 m: 0.000203 degrees of latitude.
    ("too_fast", HERE._replace(lat=LAST.lat + 0.000203)),
    ("too_fast", HERE._replace(lon=LAST.lon - 0.000203)),
]


@pytest.mark.parametrize(("reason", "point"), BAD)
def test_a_bad_point_is_refused_with_its_reason(reason: str, point: Point) -> None:
    assert reason_against(point, last=LAST, sport=Sport.RUN, now=NOW, shift_ms=0) == reason


def test_every_reason_is_in_the_table() -> None:
    assert {reason for reason, _ in BAD} == set(REASONS)


GOOD = [
    HERE,
    HERE._replace(altitude=None, speed=None, accuracy=None, heart_rate=None),
    HERE._replace(lat=LAST.lat + 0.000201),
    HERE._replace(heart_rate=299),
    HERE._replace(heart_rate=0),  # as a strap tells that it lost contact
    HERE._replace(accuracy=50.0),
    HERE._replace(accuracy=0.0),
    HERE._replace(speed=12.5),
    HERE._replace(altitude=-413.0),
    HERE._replace(ts=NOW + 30_000),
    HERE._replace(ts=NOW - 3 * DAY),  # it waited on a phone out of reach
    HERE._replace(ts=LAST.ts - 1),  # and it came after newer ones
]


@pytest.mark.parametrize("point", GOOD)
def test_a_good_point_is_taken(point: Point) -> None:
    assert reason_against(point, last=LAST, sport=Sport.RUN, now=NOW, shift_ms=0) is None


@pytest.mark.parametrize("place", [(0.0, 36.8), (-1.28, 0.0), (90.0, 0.0), (-89.9, 180.0)])
def test_the_equator_the_meridian_and_the_poles_are_places(place: tuple[float, float]) -> None:
    point = HERE._replace(lat=place[0], lon=place[1])
    assert reason_against(point, last=None, sport=Sport.RUN, now=NOW, shift_ms=0) is None


def test_the_date_line_is_no_jump() -> None:
    west, east = HERE._replace(lat=-16.8, lon=179.99999), LAST._replace(lat=-16.8, lon=-179.99999)
    assert reason_against(west, last=east, sport=Sport.RUN, now=NOW, shift_ms=0) is None
    assert reason_against(west._replace(lon=179.9995), last=east, sport=Sport.RUN, now=NOW, shift_ms=0) == "too_fast"


def test_what_is_too_fast_for_a_runner_is_not_for_a_rider() -> None:
    point = HERE._replace(speed=14.0, lat=LAST.lat + 0.0003)
    assert reason_against(point, last=LAST, sport=Sport.RUN, now=NOW, shift_ms=0) == "too_fast"
    assert reason_against(point, last=LAST, sport=Sport.RIDE, now=NOW, shift_ms=0) is None


def test_after_a_wrong_first_position_the_track_recovers() -> None:
    """A first fix from a cell tower 2 km away: everything is too fast until 2 km could be run, then it is taken."""
    tower = HERE._replace(ts=NOW, lat=HERE.lat + 2000 / 111_195)
    taken = [
        seconds
        for seconds in range(1, 300)
        if reason_against(
            HERE._replace(ts=NOW + 1000 * seconds), last=tower, sport=Sport.RUN, now=NOW + 1000 * seconds, shift_ms=0
        )
        is None
    ]
    assert taken == list(range(160, 300))  # (2000 m - 10 m of doubt) / 12.5 m/s = 159.2 s


@given(st.integers(-300_000, 300_000), st.integers(-600_000, 600_000))
def test_a_shifted_clock_is_judged_as_if_it_were_right(shift_ms: int, age_ms: int) -> None:
    right = reason_against(HERE._replace(ts=NOW - age_ms), last=None, sport=Sport.RUN, now=NOW, shift_ms=0)
    point = HERE._replace(ts=NOW - age_ms + shift_ms)
    assert reason_against(point, last=None, sport=Sport.RUN, now=NOW, shift_ms=shift_ms) == right


floats = st.floats(allow_nan=True, allow_infinity=True)


@given(floats, floats, st.none() | floats, st.none() | floats, st.none() | floats, st.integers(0, 2 * NOW))
def test_any_numbers_are_judged(
    lat: float, lon: float, altitude: float | None, speed: float | None, accuracy: float | None, ts: int
) -> None:
    point = Point(ts, lat, lon, altitude, speed, accuracy, None)
    reason = reason_against(point, last=LAST, sport=Sport.RUN, now=NOW, shift_ms=0)
    assert reason is None or reason in REASONS
    if reason is None:
        assert -90 <= lat <= 90
        assert -180 <= lon <= 180
        assert speed is None or speed <= 12.5
