"""Time: always asked of a clock, so that tests and simulators can say what day it is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Protocol
from zoneinfo import ZoneInfo

NAIROBI = "Africa/Nairobi"

# A century either way is a slip of the pen, and the calendar's very ends overflow when a time zone is applied.
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class _Within:
    """Bounds of a day or moment as Pydantic reads them, without loading it: a screen's first picture tells the time too."""

    first: date
    last: date
    aware: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        zone = {"tz_constraint": "aware"} if self.aware else {}
        return {**handler(source), "ge": self.first, "le": self.last, **zone}


Day = Annotated[date, _Within(_FIRST, _LAST)]
"""A day that a request may name."""
Moment = Annotated[
    datetime,
    _Within(datetime(_FIRST.year, 1, 1, tzinfo=UTC), datetime(_LAST.year, 12, 31, tzinfo=UTC), aware=True),
]
"""A moment that a request may name: with its UTC offset, so that nobody guesses the zone."""


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that moves when told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move it forward."""
        self._now += by


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day that `moment` falls on in `timezone`."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def day_start(day: date, timezone: str) -> datetime:
    """The first moment of `day` in `timezone`, aware."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone))
