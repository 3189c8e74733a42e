"""What the readers of tracker apps' messages have in common: what they return, and reading figures and times."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pp_core.tracking.operations import PointIn
from pp_core.tracking.operations.trackers import Unusable

_SECONDS_BEFORE = 1e11
"""A larger figure is of milliseconds: as seconds it would be of the year 5138, as milliseconds less is of 1973 and before."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The points of a message, and why other parts of it are none."""

    points: tuple[PointIn, ...] = ()
    unusable: tuple[Unusable, ...] = ()

    def __add__(self, other: "Reading") -> "Reading":
        return Reading(self.points + other.points, self.unusable + other.unusable)


class UnreadableError(ValueError):
    """A message that no app of its kind sends: the address was written wrongly. The message names the field."""


def figure(value: Any, *, least: float | None = None) -> float | None:
    """A number, or None where there is none; below `least` an app says so that it does not know."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return None if math.isnan(found) or (least is not None and found < least) else found


def moment(value: Any) -> float | None:
    """Seconds since 1970, of seconds, milliseconds, or a date of ISO 8601 (in UTC where it names no zone)."""
    if isinstance(value, str) and not _is_figure(value):
        try:
            at = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
    found = figure(value)
    if found is None or not math.isfinite(found):
        return None
    seconds = found / 1000 if found > _SECONDS_BEFORE else found
    try:
        datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return seconds


def object_of(value: Any, name: str) -> Mapping[str, Any]:
    """A JSON object, or UnreadableError."""
    if not isinstance(value, dict):
        raise UnreadableError(name)
    return value


def _is_figure(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
