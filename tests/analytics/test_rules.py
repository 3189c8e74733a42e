"""The rules of reports: spans, and days on which nothing happened."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.analytics.operations import SpanInvalid
from pp_core.analytics.rules import attendance_rate, by_day, days_of, span

TODAY = date(2026, 11, 21)


@dataclass(frozen=True)
class Came:
    day: date
    visits: int
    visitors: int


@dataclass(frozen=True)
class Trained:
    day: date
    workouts: int
    sets: int
    volume_kg: Decimal


def test_thirty_days_until_today_are_usual() -> None:
    assert span(None, None, TODAY) == (date(2026, 10, 23), TODAY)
    assert span(None, date(2026, 3, 1), TODAY) == (date(2026, 1, 31), date(2026, 3, 1))
    assert span(date(2026, 11, 1), None, TODAY) == (date(2026, 11, 1), TODAY)


@given(st.dates(), st.dates())
def test_a_span_goes_forward_and_at_most_400_days(first: date, last: date) -> None:
    if timedelta(0) <= last - first <= timedelta(400):
        assert span(first, last, TODAY) == (first, last)
    else:
        with pytest.raises(SpanInvalid):
            span(first, last, TODAY)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(0, 400), st.sets(st.integers(0, 400), max_size=20))
def test_every_day_is_there_once_and_in_order(first: date, length: int, busy: set[int]) -> None:
    last = first + timedelta(days=length)
    on = {first + timedelta(days=step) for step in busy if step <= length}
    days = by_day(first, last, [Came(day, 3, 2) for day in on], [Trained(day, 1, 5, Decimal(500)) for day in on])
    assert [day.day for day in days] == list(days_of(first, last))
    assert len(days) == length + 1
    for day in days:
        figures = (day.visits, day.visitors, day.workouts, day.sets, day.volume_kg)
        assert figures == ((3, 2, 1, 5, Decimal(500)) if day.day in on else (0, 0, 0, 0, Decimal(0)))


def test_the_rate_without_members_is_not_zero_but_nothing() -> None:
    assert attendance_rate(3, 0) is None
    assert attendance_rate(1, 3) == 0.3333
    assert attendance_rate(0, 5) == 0.0
