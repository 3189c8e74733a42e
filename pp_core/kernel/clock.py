"""Time: always asked of a clock, so that tests and simulators can say what day it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

NAIROBI = "Africa/Nairobi"


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
