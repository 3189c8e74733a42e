"""Segments: stretches of road that the gym's people race on, and who is fastest over them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import UNRECORDED, Done, Operation, Result
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.kernel.validation import Line

from .terms import ActivityUnknown, Sport

SHORTEST_M, LONGEST_M = 100, 100_000
LONGEST_POLYLINE = 100_000


class SegmentUnknown(Problem):
    """There is no such segment."""

    kind = Kind.NOT_FOUND
    code = "tracking.segment_unknown"


class SegmentWayUnclear(Problem):
    """A segment is drawn either from an activity, from one distance to another, or along an encoded polyline."""

    kind = Kind.INVALID
    code = "tracking.segment_way_unclear"


class SegmentLengthWrong(Problem):
    """The stretch is shorter or longer (`metres`) than a segment may be: `least` to `most` metres."""

    kind = Kind.INVALID
    code = "tracking.segment_length_wrong"


class SegmentHidden(Problem):
    """The stretch goes through a privacy zone, or its owner hides where it went: everybody would see it."""

    kind = Kind.FORBIDDEN
    code = "tracking.segment_hidden"


class Who(StrEnum):
    """Whose times a leaderboard holds."""

    ALL = "all"  # the best of each person
    MINE = "mine"  # all of the caller's own


class Period(StrEnum):
    """Since when times count, in the gym's time zone."""

    ALL = "all"
    YEAR = "year"
    MONTH = "month"
    WEEK = "week"


class Segment(Result):
    """A stretch of road."""

    id: UUID
    name: str
    sport: Sport
    distance_m: float
    route: str = Field(description="The way as an encoded polyline (precision 5)")
    created_at: datetime


class Segments(Result):
    """Segments, by name."""

    items: tuple[Segment, ...]


class DrawSegment(Operation[Segment]):
    """Draw a segment: a stretch of an activity, or an encoded polyline. What was done before is held against it too."""

    policy: ClassVar = Policy(name="tracking.draw_segment", scope=Scope.TENANT, permission=Permission.PLACE_MANAGE)
    errors: ClassVar = (ActivityUnknown, SegmentWayUnclear, SegmentLengthWrong, SegmentHidden)

    name: Line = Field(min_length=1, max_length=80, description="What to call it")
    sport: Sport | None = Field(default=None, description="Whose it is; the activity's, or running, when left out")
    activity_id: UUID | None = Field(default=None, description="The activity that it is a stretch of")
    from_m: float = Field(default=0, ge=0, le=1_000_000, description="Metres into the activity at which it begins")
    to_m: float | None = Field(default=None, ge=0, le=1_000_000, description="And ends; its end when left out")
    route: Annotated[str | None, UNRECORDED] = Field(
        default=None, max_length=LONGEST_POLYLINE, description="The way as an encoded polyline (precision 5) instead"
    )


class ListSegments(Operation[Segments]):
    """List segments by name, all of them or those near a place."""

    policy: ClassVar = Policy(
        name="tracking.list_segments", scope=Scope.TENANT, permission=Permission.PLACE_READ, reads_only=True
    )

    sport: Sport | None = Field(default=None, description="Only this sport's")
    lat: float | None = Field(default=None, ge=-90, le=90, description="Near this place: degrees north")
    lon: float | None = Field(default=None, ge=-180, le=180, description="Near this place: degrees east")
    radius_m: int = Field(default=5000, ge=10, le=100_000, description="Metres that are near")


class LeaderboardRow(Result):
    """A time over the segment."""

    rank: int = Field(description="From 1; equal times share it, and the next rank is left out")
    person_id: UUID
    person_name: str
    seconds: float
    on: date = Field(description="The day in the gym's time zone")
    activity_id: UUID
    mine: bool


class Leaderboard(Result):
    """Times over a segment, the fastest first."""

    segment: Segment
    items: tuple[LeaderboardRow, ...]
    people: int = Field(description="How many people there are, those left out for the limit included")


class ShowLeaderboard(Operation[Leaderboard]):
    """Show who is fastest over a segment: each person's best that the gym may see, and your own."""

    policy: ClassVar = Policy(
        name="tracking.show_leaderboard", scope=Scope.TENANT, permission=Permission.PLACE_READ, reads_only=True
    )
    errors: ClassVar = (SegmentUnknown,)

    segment_id: UUID = Field(description="The segment")
    who: Who = Field(default=Who.ALL, description="Everybody's best, or all of your own times")
    period: Period = Field(default=Period.ALL, description="Since when: this year, month or week, or ever")
    limit: int = Field(default=20, ge=1, le=500, description="Rows")


class DeleteSegment(Operation[Done]):
    """Retire a segment: it is listed no more, and nobody gets a time over it."""

    policy: ClassVar = Policy(name="tracking.delete_segment", scope=Scope.TENANT, permission=Permission.PLACE_MANAGE)
    errors: ClassVar = (SegmentUnknown,)

    segment_id: UUID = Field(description="The segment")
