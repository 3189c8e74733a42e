"""Judging what does not look honest.

Owners are not told of flags, since whoever knows the measure passes below it; and nobody judges themselves, whatever their role.
What is hidden of an activity is not asked here: how fast somebody was is what is judged.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.locale import text
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.kernel.validation import Line
from pp_core.kernel.wording import distance, duration, number, speed

from .terms import Sport


class Verdict(StrEnum):
    """What a person made of a flag."""

    HONEST = "honest"  # it was as it should be: a bad signal, a descent, a second device
    CHEAT = "cheat"  # the activity counts for no record and no leaderboard


class FlagUnknown(Problem):
    """There is no such flag, or it is of an activity of the caller's own, or one that nobody but its owner sees."""

    kind = Kind.NOT_FOUND
    code = "tracking.flag_unknown"


class FlagRow(Result):
    """Something about an activity that does not look honest."""

    id: UUID
    activity_id: UUID
    person_id: UUID
    person_name: str
    person_code: str
    sport: Sport
    title: str | None
    started_at: datetime
    distance_m: float
    moving_s: int
    kind: str = Field(description="`jump`, `impossible_speed`, `too_even`, `repeated`, `replayed` or `teleport`")
    from_s: int = Field(description="Seconds into the activity")
    to_s: int
    seen: dict[str, float] = Field(description="The figures, such as `speed` and `limit` in metres a second")
    found_at: datetime
    verdict: Verdict | None
    reviewed_at: datetime | None
    reviewer_name: str | None

    def told(self, language: str) -> str:
        """What was seen, as a sentence in `language`."""
        # The rules see steps that come again within one activity; the gym, one that is another's copy.
        kind = "copied" if "activities" in self.seen else self.kind
        seen = {
            name: self.seen.get(name, 0.0) for name in ("speed", "limit", "seconds", "metres", "points", "activities")
        }
        return text(
            f"tracking.flag.{kind}",
            language,
            sport=text(f"tracking.sport.{self.sport}", language).lower(),
            speed=speed(seen["speed"], language),
            limit=speed(seen["limit"], language),
            time=duration(seen["seconds"] or self.to_s - self.from_s),
            distance=distance(seen["metres"], language),
            points=number(seen["points"]),
            count=int(seen["activities"]),
        )


class FlagPage(Page[FlagRow]):
    """One page of flags."""


class ListFlags(Operation[FlagPage]):
    """List what nobody has judged yet, then what was judged; each the newest first."""

    policy: ClassVar = Policy(
        name="tracking.list_flags", scope=Scope.TENANT, permission=Permission.ACTIVITY_REVIEW, reads_only=True
    )

    only_open: bool = Field(default=False, description="Without what was judged already")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class Moment(Result):
    """How fast somebody was by the points as they came, before any filter."""

    seconds: float = Field(description="Into the activity")
    speed: float = Field(description="Metres a second, the highest since the moment before")


class Flag(FlagRow):
    """A flag with the speed around it. No place: a reviewer need not know where somebody was."""

    fastest: float = Field(description="Metres a second that nobody passes in this sport, not even for a moment")
    moments: tuple[Moment, ...]


class ShowFlag(Operation[Flag]):
    """Show a flag with the speed of the points around it."""

    policy: ClassVar = Policy(
        name="tracking.show_flag", scope=Scope.TENANT, permission=Permission.ACTIVITY_REVIEW, reads_only=True
    )
    errors: ClassVar = (FlagUnknown,)

    flag_id: UUID = Field(description="The flag")
    moments: int = Field(default=100, ge=2, le=200, description="How many moments")


class ReviewFlag(Operation[FlagRow]):
    """Judge a flag; another verdict may follow. A cheat counts for no record and no leaderboard."""

    policy: ClassVar = Policy(name="tracking.review_flag", scope=Scope.TENANT, permission=Permission.ACTIVITY_REVIEW)
    errors: ClassVar = (FlagUnknown,)

    flag_id: UUID = Field(description="The flag")
    verdict: Verdict = Field(description="What you make of it")
    note: Line | None = Field(default=None, max_length=300, description="Why; kept in the audit trail")
