"""Spans of days and what is counted over them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pp_core.analytics.operations import LONGEST_DAYS, AttendanceDay, SpanInvalid

USUAL_DAYS = 30
_CENTS = Decimal("0.01")


def span(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The first and last day of a report, with what was left out filled in; `SpanInvalid` when they do not make one."""
    last = last or today
    if first is None:
        first = last - timedelta(days=USUAL_DAYS - 1)
    if not 0 <= (last - first).days <= LONGEST_DAYS:
        raise SpanInvalid(first=first.isoformat(), last=last.isoformat(), longest=LONGEST_DAYS)
    return first, last


def days_of(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last."""
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


def by_day(first: date, last: date, visits: Iterable[Any], workouts: Iterable[Any]) -> list[AttendanceDay]:
    """Every day of the span with its figures; days on which nothing happened are there with zeros."""
    came: Mapping[date, Any] = {row.day: row for row in visits}
    trained: Mapping[date, Any] = {row.day: row for row in workouts}
    return [_day(day, came.get(day), trained.get(day)) for day in days_of(first, last)]


def _day(day: date, came: Any | None, trained: Any | None) -> AttendanceDay:
    return AttendanceDay(
        day=day,
        visits=came.visits if came else 0,
        visitors=came.visitors if came else 0,
        workouts=trained.workouts if trained else 0,
        sets=trained.sets if trained else 0,
        volume_kg=(trained.volume_kg if trained else Decimal(0)).quantize(_CENTS),
    )


def attendance_rate(visitors: int, active_members: int) -> float | None:
    """Visitors to active members, to four places; None without members. Day passes and staff can bring it over 1."""
    return round(visitors / active_members, 4) if active_members else None
