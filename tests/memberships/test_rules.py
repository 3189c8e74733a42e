"""The rules of memberships, over every day around every boundary."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pp_core.memberships.rules import (
    ONE_VISIT,
    first_free_day,
    is_same_visit,
    is_staff,
    last_day,
    last_good_day,
    of_the_day,
    opens_the_door,
    status_on,
)

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Held:
    starts_on: date
    ends_on: date
    grace_days: int = 0
    cancelled_on: date | None = None


days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@st.composite
def held(draw: st.DrawFn) -> Held:
    starts_on = draw(days)
    ends_on = last_day(starts_on, draw(st.integers(1, 60)))
    cancelled = draw(st.none() | st.integers(-5, 70))
    return Held(
        starts_on,
        ends_on,
        draw(st.integers(0, 10)),
        None if cancelled is None else starts_on + timedelta(days=cancelled),
    )


@given(held())
def test_every_day_has_the_status_of_where_it_lies(one: Held) -> None:
    day = one.starts_on - timedelta(days=10)
    while day <= one.ends_on + timedelta(days=15):
        if one.cancelled_on is not None and one.cancelled_on <= day:
            expected = "cancelled"
        elif day < one.starts_on:
            expected = "upcoming"
        elif (day - one.ends_on).days <= 0:
            expected = "active"
        elif (day - one.ends_on).days <= one.grace_days:
            expected = "grace"
        else:
            expected = "expired"
        assert status_on(one, day) == expected
        day += DAY


def test_the_boundaries_by_name() -> None:
    month = Held(date(2026, 11, 1), last_day(date(2026, 11, 1), 30), grace_days=3)
    assert month.ends_on == date(2026, 11, 30)
    by_day = {
        date(2026, 10, 31): "upcoming",
        date(2026, 11, 1): "active",
        date(2026, 11, 30): "active",
        date(2026, 12, 1): "grace",
        date(2026, 12, 3): "grace",
        date(2026, 12, 4): "expired",
    }
    assert {day: status_on(month, day) for day in by_day} == by_day
    assert last_good_day(month) == date(2026, 11, 30)


@given(st.integers(1, 3660), days)
def test_a_plan_is_good_for_its_days(duration: int, starts_on: date) -> None:
    sold = Held(starts_on, last_day(starts_on, duration))
    good = sum(opens_the_door(status_on(sold, starts_on + timedelta(days=step))) for step in range(-3, duration + 3))
    assert good == duration


@given(days, st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_sales_in_a_row_leave_neither_gap_nor_overlap(today: date, durations: list[int]) -> None:
    sold: list[Held] = []
    for duration in durations:
        starts_on = first_free_day(sold, today, duration)
        sold.append(Held(starts_on, last_day(starts_on, duration), grace_days=3))
    covered = [
        one.starts_on + timedelta(days=step) for one in sold for step in range((one.ends_on - one.starts_on).days + 1)
    ]
    assert covered == [today + timedelta(days=step) for step in range(sum(durations))]


@given(days, st.lists(held(), max_size=6), st.integers(1, 40))
def test_a_new_one_overlaps_with_nothing_and_begins_as_soon_as_it_can(
    today: date, others: list[Held], duration: int
) -> None:
    live = [one for one in others if one.cancelled_on is None]

    def free(day: date) -> bool:
        return all(last_day(day, duration) < one.starts_on or day > one.ends_on for one in live)

    starts_on = first_free_day(others, today, duration)
    assert free(starts_on)
    assert starts_on >= today
    assert not any(free(today + timedelta(days=step)) for step in range((starts_on - today).days))


@given(days, st.lists(held(), max_size=6))
def test_whoever_has_a_good_one_is_shown_a_good_one(today: date, all_held: list[Held]) -> None:
    shown = of_the_day(all_held, today)
    if not all_held:
        assert shown is None
        return
    assert shown is not None
    any_good = any(opens_the_door(status_on(one, today)) for one in all_held)
    assert opens_the_door(status_on(shown, today)) == any_good


def test_of_two_that_ended_the_later_is_shown() -> None:
    today = date(2026, 11, 21)
    older = Held(date(2026, 1, 1), date(2026, 1, 30))
    cut_short = Held(date(2026, 1, 31), date(2026, 12, 31), cancelled_on=date(2026, 6, 1))
    later = Held(date(2026, 9, 1), date(2026, 9, 30))
    assert of_the_day([older, later, cut_short], today) is later
    assert of_the_day([older, cut_short], today) is cut_short
    assert last_good_day(cut_short) == date(2026, 5, 31)


@given(st.timedeltas(timedelta(0), timedelta(hours=12)))
def test_four_hours_are_one_visit(later: timedelta) -> None:
    came_at = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
    assert is_same_visit(came_at, came_at + later) == (later < ONE_VISIT)
    assert not is_same_visit(None, came_at)


def test_who_works_here_needs_no_membership() -> None:
    assert is_staff(["CLIENT", "TRAINER"])
    assert is_staff(["RECEPTION"])
    assert not is_staff(["CLIENT"])
    assert not is_staff(["ORGANIZATION_ADMIN"])
    assert not is_staff([])
