"""What a membership is worth on a day, when the next one begins, and what counts as one visit.

Days are calendar days in the gym's time zone; the first and the last day of a membership are good days.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from pp_core.kernel.clock import day_start, local_day
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


def last_weeks(today: date, count: int) -> list[date]:
    """The Mondays of so many weeks, the oldest first and the week of `today` last."""
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=back) for back in range(count - 1, -1, -1)]


def is_staff(roles: Iterable[str]) -> bool:
    """Whether these roles include one of those who work here: they come in without a membership."""
    return not _STAFF.isdisjoint(roles)


def is_same_visit(came_at: datetime | None, now: datetime) -> bool:
    """Whether coming in at `now` belongs to the visit that began at `came_at`; which was told of first does not matter."""
    return came_at is not None and abs(now - came_at) < ONE_VISIT


def _is_plain(code: str) -> bool:
    """Whether a code is one that people try first: of two digits only (1212, 5000), or a run (1234, 8765)."""
    steps = {int(right) - int(left) for left, right in itertools.pairwise(code)}
    return len(set(code)) < 3 or steps in ({1}, {-1})


# None begins with 0, which USSD menus and spreadsheets take for something else.
DOOR_CODES = tuple(code for code in map(str, range(1000, 10_000)) if not _is_plain(code))
"""The codes that a desk may show."""

CODE_TRIES = 5
"""So many wrong codes in a row on one day, and only the desk lets them in."""

CODE_LINGERS = timedelta(hours=1)
"""How long after midnight the code of the day before is still good, for whom the night caught at the desk."""

DAYS_APART = timedelta(days=2)
"""No two desks of a gym may show the same code on days this close: their midnights may be a day apart, and codes linger."""


def read_code(given: str) -> str:
    """A code as its digits, however it was typed: spaced, hyphenated, full-width, or in another script's digits."""
    plain = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", given))
    return "".join(str(unicodedata.digit(char, char)) for char in plain)


def days_of_codes(now: datetime, timezone: str) -> set[date]:
    """The days whose codes are good at `now` in a branch of that time zone: its today, and for an hour its yesterday."""
    today = local_day(now, timezone)
    return {today, today - _ONE_DAY} if now - day_start(today, timezone) < CODE_LINGERS else {today}
