"""What a membership is worth on a day, when the next one begins, and what counts as one visit.

Days are calendar days in the gym's time zone; the first and the last day of a membership are good days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from pp_core.kernel.policy import Role
from pp_core.memberships.operations import MembershipStatus

ONE_VISIT = timedelta(hours=4)
"""Coming in again sooner than this after a visit is the same visit."""

_ONE_DAY = timedelta(days=1)
_STAFF = frozenset({Role.GYM_ADMIN, Role.RECEPTION, Role.TRAINER, Role.NUTRITIONIST})


class Sold(Protocol):
    """A plan that was sold to somebody."""

    @property
    def starts_on(self) -> date:
        """First good day."""
        ...

    @property
    def ends_on(self) -> date:
        """Last good day."""
        ...

    @property
    def grace_days(self) -> int:
        """Days after the last one on which the door still opens."""
        ...

    @property
    def cancelled_on(self) -> date | None:
        """First day on which it was good for nothing any more."""
        ...


S = TypeVar("S", bound=Sold)


@dataclass(frozen=True, slots=True)
class DefaultPlan:
    """A plan that every new gym begins with."""

    code: str
    name: str
    duration_days: int
    price_minor: int
    grace_days: int


DEFAULT_PLANS = (
    DefaultPlan("DAY", "Day pass", 1, 500_00, 0),
    DefaultPlan("WEEKLY", "One week", 7, 1_500_00, 1),
    DefaultPlan("MONTHLY", "One month", 30, 4_000_00, 3),
    DefaultPlan("QUARTERLY", "Three months", 90, 10_500_00, 5),
    DefaultPlan("ANNUAL", "One year", 365, 36_000_00, 7),
)


def last_day(starts_on: date, duration_days: int) -> date:
    """The last good day of a plan of so many days, the first one counted."""
    return starts_on + timedelta(days=duration_days - 1)


def last_good_day(sold: Sold) -> date:
    """The last day it is paid for: grace is not counted, and of a cancelled one the days before the cancelling."""
    return sold.ends_on if sold.cancelled_on is None else min(sold.ends_on, sold.cancelled_on - _ONE_DAY)


def status_on(sold: Sold, day: date) -> MembershipStatus:
    """What it is worth on `day`."""
    if sold.cancelled_on is not None and day >= sold.cancelled_on:
        return "cancelled"
    if day < sold.starts_on:
        return "upcoming"
    if day <= sold.ends_on:
        return "active"
    return "grace" if day <= sold.ends_on + timedelta(days=sold.grace_days) else "expired"


def opens_the_door(status: MembershipStatus) -> bool:
    """Whether somebody with a membership of that status may come in."""
    return status in ("active", "grace")


def is_over(status: MembershipStatus) -> bool:
    """Whether nothing will come of it any more."""
    return status in ("expired", "cancelled")


def first_free_day(held: Iterable[Sold], today: date, duration_days: int) -> date:
    """The first day from today on which so many days overlap with nothing held: the day after what they have ends, else today."""
    starts_on = today
    for sold in sorted(held, key=lambda one: one.starts_on):
        if sold.cancelled_on is not None or sold.ends_on < starts_on:
            continue
        if sold.starts_on > last_day(starts_on, duration_days):
            break
        starts_on = sold.ends_on + _ONE_DAY
    return starts_on


def of_the_day(held: Sequence[S], today: date) -> S | None:
    """The membership that counts today: the best good one, else the next to begin, else the one that ended last."""
    ranks = {"active": 4, "grace": 3, "upcoming": 2, "expired": 1, "cancelled": 1}

    def worth(sold: S) -> tuple[int, int]:
        status = status_on(sold, today)
        day = -sold.starts_on.toordinal() if status == "upcoming" else last_good_day(sold).toordinal()
        return ranks[status], day

    return max(held, key=worth, default=None)


def is_staff(roles: Iterable[str]) -> bool:
    """Whether these roles include one of those who work here: they come in without a membership."""
    return not _STAFF.isdisjoint(roles)


def is_same_visit(came_at: datetime | None, now: datetime) -> bool:
    """Whether coming in at `now` belongs to the visit that began at `came_at`."""
    return came_at is not None and now - came_at < ONE_VISIT
