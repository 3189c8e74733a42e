"""Values as people read them, in characters that a phone's cheap alphabet has."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.kernel import wording
from pp_core.kernel.gsm7 import is_gsm7
from pp_core.kernel.money import Money

TODAY = date(2026, 11, 21)
LANGUAGES = st.sampled_from(["en", "sw"])
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("minor", "shown"),
    [(250000, "KES 2,500"), (250050, "KES 2,500.50"), (5, "KES 0.05"), (0, "KES 0"), (-5, "KES -0.05"), (-150000, "KES -1,500")],
)  # fmt: skip
def test_money(minor: int, shown: str) -> None:
    assert wording.money(Money(minor=minor)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1250.5, "1,250.5"), (82.4, "82.4"), (61.25, "61.25"), (100.0, "100"), (Decimal("100.00"), "100"), (1000000, "1,000,000"),
        (0, "0"), (-0.001, "0"), (-2.5, "-2.5"), (0.1 + 0.2, "0.3"),
    ],
)  # fmt: skip
def test_numbers(value: float, shown: str) -> None:
    assert wording.number(value) == shown
    assert wording.weight(value) == f"{shown} kg"


def test_a_whole_number_keeps_its_noughts() -> None:
    assert wording.number(100, decimals=0) == "100"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("-Infinity")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no number"):
        wording.number(value)


@pytest.mark.parametrize(
    ("day", "english", "swahili"),
    [
        (date(2026, 11, 21), "Sat 21 Nov", "Jumamosi 21 Nov"),
        (date(2026, 9, 3), "Thu 3 Sep", "Alhamisi 3 Sep"),
        (date(2026, 3, 1), "Sun 1 Mar", "Jumapili 1 Mac"),
        (date(2027, 1, 1), "Fri 1 Jan 2027", "Ijumaa 1 Jan 2027"),
        (date(2025, 12, 31), "Wed 31 Dec 2025", "Jumatano 31 Des 2025"),
    ],
)
def test_days(day: date, english: str, swahili: str) -> None:
    assert wording.day(day, "en", TODAY) == english
    assert wording.day(day, "sw", TODAY) == swahili
    assert wording.day(day, "fr", TODAY) == english


def test_a_full_day() -> None:
    assert wording.full_day(TODAY, "en") == "21 Nov 2026"
    assert wording.full_day(date(2026, 8, 1), "sw") == "1 Ago 2026"


def test_the_time_is_the_gyms() -> None:
    evening = datetime(2026, 11, 21, 21, 5, tzinfo=UTC)
    assert wording.time_of_day(evening, "Africa/Nairobi") == "00:05"
    assert wording.time_of_day(evening, "UTC") == "21:05"


@pytest.mark.parametrize(
    ("day", "english", "swahili"),
    [
        (21, "today", "leo"),
        (22, "tomorrow", "kesho"),
        (20, "yesterday", "jana"),
        (24, "in 3 days", "baada ya siku 3"),
        (18, "3 days ago", "siku 3 zilizopita"),
    ],
)
def test_how_far_off_a_day_is(day: int, english: str, swahili: str) -> None:
    assert wording.from_today(TODAY.replace(day=day), "en", TODAY) == english
    assert wording.from_today(TODAY.replace(day=day), "sw", TODAY) == swahili


def test_days_are_counted() -> None:
    assert [wording.days(count, "en") for count in (0, 1, 2, 1000)] == ["0 days", "1 day", "2 days", "1,000 days"]
    assert [wording.days(count, "sw") for count in (1, 3)] == ["siku 1", "siku 3"]


@given(DAYS, DAYS, LANGUAGES)
def test_days_are_cheap_to_send(day: date, today: date, language: str) -> None:
    shown = wording.day(day, language, today)
    assert is_gsm7(shown + wording.full_day(day, language) + wording.from_today(day, language, today))
    assert str(day.day) in shown.split()
    assert (str(day.year) in shown.split()) == (day.year != today.year)


@given(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.timezones()))
def test_times_are_cheap_to_send(moment: datetime) -> None:
    assert is_gsm7(wording.time_of_day(moment, "Africa/Nairobi"))


@given(st.integers(-(10**15), 10**15))
def test_money_is_cheap_to_send_and_exact(minor: int) -> None:
    shown = wording.money(Money(minor=minor))
    assert is_gsm7(shown)
    assert Decimal(shown.removeprefix("KES ").replace(",", "")) * 100 == minor


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.decimals(-(10**9), 10**9)))
def test_numbers_are_cheap_to_send_and_near(value: int | float | Decimal) -> None:
    shown = wording.number(value)
    assert is_gsm7(shown + wording.weight(value))
    assert abs(Decimal(shown.replace(",", "")) - Decimal(str(value))) <= Decimal("0.005")
    assert shown != "-0"


@pytest.mark.parametrize(
    ("seconds", "english", "swahili"),
    [
        (-3, "just now", "sasa hivi"), (9, "just now", "sasa hivi"), (10, "10 s ago", "sekunde 10 zilizopita"),
        (119, "119 s ago", "sekunde 119 zilizopita"), (120, "2 min ago", "dakika 2 zilizopita"),
        (7199, "119 min ago", "dakika 119 zilizopita"), (7200, "2 h ago", "saa 2 zilizopita"),
        (172799, "47 h ago", "saa 47 zilizopita"), (172800, "2 days ago", "siku 2 zilizopita"),
    ],
)  # fmt: skip
def test_how_long_ago(seconds: int, english: str, swahili: str) -> None:
    now = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    assert [wording.ago(now - timedelta(seconds=seconds), now, one) for one in ("en", "sw")] == [english, swahili]


@pytest.mark.parametrize(
    ("metres", "english", "swahili"),
    [
        (0, "0 m", "mita 0"), (850.4, "850 m", "mita 850"), (999.4, "999 m", "mita 999"), (999.6, "1 km", "km 1"),
        (5240, "5.24 km", "km 5.24"), (5200, "5.2 km", "km 5.2"),
        (42195, "42.2 km", "km 42.2"), (1234567, "1,234.57 km", "km 1,234.57"),
    ],
)  # fmt: skip
def test_distances(metres: float, english: str, swahili: str) -> None:
    assert [wording.distance(metres, one) for one in ("en", "sw")] == [english, swahili]


def test_heights_stay_in_metres() -> None:
    assert [wording.height(value, "en") for value in (1249.6, 12, -3.2)] == ["1,250 m", "12 m", "-3 m"]
    assert wording.height(1250, "sw") == "mita 1,250"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (40, "0:40"), (59.6, "1:00"), (1635, "27:15"), (3599.5, "1:00:00"), (5235, "1:27:15"), (90000, "25:00:00")],
)  # fmt: skip
def test_durations(seconds: float, shown: str) -> None:
    assert wording.duration(seconds) == shown


@pytest.mark.parametrize(
    ("speed", "sport", "english", "swahili"),
    [
        (1000 / 312, "run", "5:12 /km", "5:12 /km"), (1000 / 359.7, "walk", "6:00 /km", "6:00 /km"),
        (1.0, "hike", "16:40 /km", "16:40 /km"), (4.0, "row", "2:05 /500 m", "2:05 /mita 500"),
        (100 / 110, "swim", "1:50 /100 m", "1:50 /mita 100"), (6.8, "ride", "24.5 km/h", "km 24.5/saa"),
        (5.0, "skate", "18 km/h", "km 18/saa"), (0.0, "other", "0 km/h", "km 0/saa"),
        (0.0, "run", "-", "-"), (0.27, "run", "-", "-"), (None, "ride", "-", "-"),
    ],
)  # fmt: skip
def test_paces_are_told_as_the_sport_does(speed: float | None, sport: str, english: str, swahili: str) -> None:
    assert [wording.pace(speed, sport, one) for one in ("en", "sw")] == [english, swahili]


def test_heart_rates() -> None:
    assert [wording.heart_rate(152, one) for one in ("en", "sw")] == ["152 bpm", "mapigo 152"]


@given(st.floats(0, 10**7), st.floats(0, 50), st.sampled_from(["run", "ride", "row", "swim", "other"]), LANGUAGES)
def test_figures_of_a_run_are_cheap_to_send(metres: float, speed: float, sport: str, language: str) -> None:
    told = [wording.distance(metres, language), wording.duration(metres), wording.pace(speed, sport, language)]
    assert is_gsm7("".join(told))
    assert all(":60" not in one for one in told)
