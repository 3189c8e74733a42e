"""Activities that somebody writes instead of recording them: `RUN 5.2km 28:30`."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Moment
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.tenants.operations import PersonUnknown

from .activities import StartInFuture
from .terms import ActivityUnknown, Sport

LONGEST_TYPED = 200
FURTHEST, LONGEST = 1_000_000, 7 * 86_400
"""Metres and seconds of one activity."""
SURE_ENOUGH = 0.6
"""Below this confidence every door asks instead of acting."""


class NothingTyped(Problem):
    """No activity could be read from the text: it names a sport, and a distance or a time."""

    kind = Kind.INVALID
    code = "tracking.nothing_typed"


class TypedNotSure(Problem):
    """The reading is less sure than the door asked for: `canonical` shows it, and can be sent as it stands."""

    kind = Kind.INVALID
    code = "tracking.typed_not_sure"


class TypedTooFast(Problem):
    """Nobody does that distance in that time: `canonical` shows what was read."""

    kind = Kind.INVALID
    code = "tracking.typed_too_fast"


class NothingToRetype(Problem):
    """The caller has written no activity in the last `hours`."""

    kind = Kind.NOT_FOUND
    code = "tracking.nothing_to_retype"


class ActivityRead(Result):
    """What a text says that its writer did outdoors."""

    sport: Sport | None = Field(description="Null when the text says anything else")
    distance_m: float | None
    duration_s: int | None
    days_ago: int = Field(description="0 today, 1 yesterday")
    confidence: float = Field(
        description="0 to 1: 1 with sport, distance and time, 0.8 with one of these two, 0.5 where a unit had to be guessed"
    )
    canonical: str = Field(description="The same in canonical shorthand; empty when nothing was read")


class ParseActivity(Operation[ActivityRead]):
    """Read a text such as `RUN 5.2km 28:30`, `ran 5k in 28 min` or `nimekimbia km 5.2 dk 28` as an activity."""

    policy: ClassVar = Policy(
        name="tracking.parse",
        scope=Scope.PUBLIC,
        reads_only=True,
        database=False,
        audited=False,
        rate=Rate.STANDARD,
    )

    text: str = Field(min_length=1, max_length=1000, description="The text as it was written, English or Swahili")


class ActivityTyped(Result):
    """An activity that was written, as it was understood."""

    activity_id: UUID
    person_id: UUID
    sport: Sport
    distance_m: float | None
    duration_s: int | None
    started_at: datetime
    canonical: str = Field(description="Canonical shorthand: `run 5.2km 28:30`")
    records: tuple[Literal["furthest", "longest"], ...] = Field(
        description="Of which it is the person's best, where another was"
    )
    confidence: float


class LogActivity(Operation[ActivityTyped]):
    """Log an activity without a track: as a text, or as its sport with a distance, a time, or both."""

    policy: ClassVar = Policy(name="tracking.log", scope=Scope.TENANT, permission=Permission.ACTIVITY_RECORD_OWN)
    errors: ClassVar = (PersonUnknown, NothingTyped, TypedNotSure, TypedTooFast, StartInFuture)

    text: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_TYPED,
        description="Such as `run 5.2km 28:30`; instead of the rest",
    )
    sport: Sport = Field(default=Sport.RUN, description="What you did")
    distance_m: float | None = Field(default=None, gt=0, le=FURTHEST, description="Metres")
    duration_s: int | None = Field(default=None, gt=0, le=LONGEST, description="Seconds")
    started_at: Moment | None = Field(
        default=None,
        description="When it began; when left out, it ended now, or a day ago where the text says yesterday",
    )
    sure_from: float = Field(
        default=SURE_ENOUGH,
        ge=0,
        le=1,
        description="Log nothing that was read with less confidence than this; 0 logs whatever could be read",
    )


class RetypeActivity(Operation[ActivityTyped]):
    """Correct an activity that was written: `5.4km`, `29:10`, `ride`; what is not said stays."""

    policy: ClassVar = Policy(
        name="tracking.retype",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (ActivityUnknown, NothingToRetype, NothingTyped, TypedTooFast)

    text: str = Field(min_length=1, max_length=LONGEST_TYPED, description="What is right")
    activity_id: UUID | None = Field(
        default=None, description="The activity; left out: your own last one, written within the last 24 hours"
    )
