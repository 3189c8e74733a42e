"""What the clock fires: SYSTEM operations by name, each at its time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from apscheduler.triggers.cron import CronTrigger

from .housekeeping import NAME as HOUSEKEEPING

_CRON: dict[str, str] = {
    HOUSEKEEPING: "17 * * * *",
    "notifications.pick_up_turns": "* * * * *",
    "tracking.end_chat_locations": "* * * * *",
    "tracking.close_forgotten": "*/5 * * * *",
    "tracking.tile_activities": "* * * * *",
}
"""Name to crontab, in UTC."""
CATCH_UP = timedelta(hours=1)
"""How late something is still fired: when no clock ran at its time, or the machine slept."""


def entries() -> Iterator[tuple[str, Any]]:
    """Each name with its trigger."""
    for name, crontab in _CRON.items():
        yield name, CronTrigger.from_crontab(crontab, timezone="UTC")


def last_slot(trigger: Any, now: datetime) -> datetime | None:
    """The moment at which `trigger` was last due, `now` included; None when that is longer ago than `CATCH_UP`."""
    slot, found = trigger.get_next_fire_time(None, now - CATCH_UP), None
    while slot is not None and slot <= now:
        found, slot = slot, trigger.get_next_fire_time(slot, slot)
    return found
