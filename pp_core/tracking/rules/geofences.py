"""Whether somebody has come to a branch: a circle with a wider edge on the way out, and a time that they must stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians

from pp_core.tracking.rules.track import EARTH_METRES

LEAVING = 1.3
"""Who is in leaves at this many radii: a receiver beside the edge would else carry them in and out."""
SILENCE = timedelta(minutes=30)
"""Where no position came for so long nobody knows that they stayed: the time begins anew."""


@dataclass(frozen=True, slots=True)
class Fence:
    """The ground of a branch: a circle (degrees, metres) and the seconds that somebody must stay to have come."""

    lat: float
    lon: float
    radius_m: float
    dwell_s: float


@dataclass(frozen=True, slots=True)
class Position:
    """Where somebody was, and within how many metres that is likely to be right (None: not known)."""

    at: datetime
    lat: float
    lon: float
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody is within a fence since `entered_at`, and was last seen there at `last_at`."""

    entered_at: datetime
    last_at: datetime


def walked(fence: Fence, stay: Stay | None, positions: Sequence[Position]) -> tuple[Stay | None, datetime | None]:
    """Where positions leave somebody who was at `stay`, and when they came in if they have now stayed for long enough.

    They came once a stay: what is asked again after that tells no second coming. Positions may be in any order; those before
    the last one that counted, and those less certain than the circle is wide, say nothing.
    """
    came: datetime | None = None
    for position in sorted(positions, key=lambda one: one.at):
        if position.accuracy is not None and position.accuracy > fence.radius_m:
            continue
        if stay is not None and position.at <= stay.last_at:
            continue
        away = metres_away(fence, position)
        if stay is not None and position.at - stay.last_at > SILENCE:
            stay = None
        if away <= fence.radius_m or (stay is not None and away <= LEAVING * fence.radius_m):
            before = stay
            stay = Stay(position.at if before is None else before.entered_at, position.at)
            if _stayed(fence, stay) and not (before is not None and _stayed(fence, before)):
                came = stay.entered_at
        else:
            stay = None
    return stay, came


def metres_away(fence: Fence, position: Position) -> float:
    """Metres from the middle, on the plane that touches the Earth there."""
    north = radians(position.lat - fence.lat)
    east = radians((position.lon - fence.lon + 180) % 360 - 180) * cos(radians(fence.lat))
    return hypot(north, east) * EARTH_METRES


def _stayed(fence: Fence, stay: Stay) -> bool:
    return (stay.last_at - stay.entered_at).total_seconds() >= fence.dwell_s
