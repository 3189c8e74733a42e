"""What the clock fires: SYSTEM operations by name, each at its time."""

from collections.abc import Iterator
from typing import Any

from apscheduler.triggers.cron import CronTrigger

from .housekeeping import NAME as HOUSEKEEPING

_CRON: dict[str, str] = {
    HOUSEKEEPING: "17 * * * *",
}
"""Name to crontab, in UTC."""


def entries() -> Iterator[tuple[str, Any]]:
    """Each name with its trigger."""
    for name, crontab in _CRON.items():
        yield name, CronTrigger.from_crontab(crontab, timezone="UTC")
