"""Activities: set out, pause, go on, stop; read, edit and delete them; who is out now."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field

from pp_core.kernel.clock import Moment
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.kernel.validation import Line
from pp_core.kernel.watching import Topic
from pp_core.tenants.operations import PersonUnknown
from pp_core.tracking.events import (
    ActivityFinished,
    ActivityPaused,
    ActivityRemoved,
    ActivityStarted,
    ActivitySummarised,
    PointsIngested,
)

from .terms import ActivityUnknown, Hidden, Sport, Status, Summary, Visibility

LONGEST_NOTE = 2000


class AlreadyOut(Problem):
    """The caller has a live activity already: `activity_id`. Stop it before another begins."""

    kind = Kind.CONFLICT
    code = "tracking.already_out"


class NotOut(Problem):
    """The caller has no live activity."""

    kind = Kind.CONFLICT
    code = "tracking.not_out"


class ActivityOver(Problem):
    """The activity is finished: it can no longer be paused, resumed or stopped."""

    kind = Kind.CONFLICT
    code = "tracking.activity_over"


class NotPaused(Problem):
    """The activity is not paused."""

    kind = Kind.CONFLICT
    code = "tracking.not_paused"


class StillOut(Problem):
    """The activity is still going on; stop it first."""

    kind = Kind.CONFLICT
    code = "tracking.still_out"


class StartInFuture(Problem):
    """An activity cannot begin later than now."""

    kind = Kind.INVALID
    code = "tracking.start_in_future"


class NothingLeft(Problem):
    """What was to be cut off is the whole activity."""

    kind = Kind.INVALID
    code = "tracking.nothing_left"


class ActivityRow(Result):
    """An activity in a list. Of one that is going on, the figures are those of its last point."""

    id: UUID
    person_id: UUID
    person_name: str
    sport: Sport
    status: Status
    visibility: Visibility
    title: str | None
    source: str = Field(description="What recorded it: `app`, `telegram`, `owntracks`, `file`, `typed` ...")
    started_at: datetime
    ended_at: datetime | None
    distance_m: float
    moving_s: int
    elapsed_s: int
    average_speed: float | None = Field(
        description="Metres a second in motion; null where there is none, or it is hidden"
    )
    elevation_gain_m: float | None
    heart_rate_avg: int | None
    kcal: int | None
    flagged: bool = Field(description="Something does not look honest; told to reviewers and nobody else")


class Activity(ActivityRow):
    """An activity in full."""

    note: str | None
    hidden: frozenset[Hidden]
    mine: bool = Field(description="Whether it is the caller's own")
    new_tiles: int | None = Field(
        default=None,
        description="Explorer tiles that they had never been in before; null unless it is the caller's own",
    )
    summary: Summary
    route: str | None = Field(
        description="The way as it is drawn, on streets where they were matched, as an encoded polyline (precision 5),"
        " without what lies in privacy zones; null where hidden"
    )
    records: tuple[str, ...] = Field(description="Measures of which it is the person's best: `5km`, `furthest` ...")
    has_file: bool = Field(description="Whether the file that it came in is kept")


class ActivityStart(Result):
    """An activity that began, and how often to send where one is."""

    id: UUID
    sport: Sport
    started_at: datetime
    interval_s: int = Field(description="Seconds between points, to begin with")


class StartActivity(Operation[ActivityStart]):
    """Set out: begin a live activity."""

    policy: ClassVar = Policy(name="tracking.start", scope=Scope.TENANT, permission=Permission.ACTIVITY_RECORD_OWN)
    errors: ClassVar = (PersonUnknown, AlreadyOut, StartInFuture)

    sport: Sport = Field(default=Sport.RUN, description="What you do")
    title: Line | None = Field(default=None, max_length=100, description="What to call it")
    visibility: Visibility = Field(default=Visibility.STAFF, description="Who else sees it")
    started_at: Moment | None = Field(default=None, description="Since when; now when left out")


class PauseActivity(Operation[Done]):
    """Pause a live activity: what you do until you go on does not count as motion."""

    policy: ClassVar = Policy(
        name="tracking.pause",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (NotOut, ActivityUnknown, ActivityOver)

    activity_id: UUID | None = Field(default=None, description="The activity; the live one when left out")


class ResumeActivity(Operation[Done]):
    """Go on after a pause."""

    policy: ClassVar = Policy(
        name="tracking.resume",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (NotOut, ActivityUnknown, ActivityOver, NotPaused)

    activity_id: UUID | None = Field(default=None, description="The activity; the live one when left out")


class StopActivity(Operation[Activity]):
    """Stop a live activity and see what it comes to."""

    policy: ClassVar = Policy(
        name="tracking.stop",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (NotOut, ActivityUnknown, ActivityOver, NothingLeft)

    activity_id: UUID | None = Field(default=None, description="The activity; the live one when left out")
    ended_at: Moment | None = Field(
        default=None, description="Since when: what came after it is no part of it; its last point when left out"
    )


class ActivityPage(Page[ActivityRow]):
    """One page of activities, newest first."""


class ListActivities(Operation[ActivityPage]):
    """List a member's activities, newest first; without one your own, or everybody's."""

    policy: ClassVar = Policy(
        name="tracking.list",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")
    everybody: bool = Field(default=False, description="The whole gym's, as far as you may see them")
    sport: Sport | None = Field(default=None, description="Only this sport's")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class ShowActivity(Operation[Activity]):
    """Show an activity: its summary, splits, best efforts and way."""

    policy: ClassVar = Policy(
        name="tracking.show",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (ActivityUnknown,)

    activity_id: UUID = Field(description="The activity")


def _unordered(values: list[Hidden] | None) -> list[Hidden] | None:
    return None if values is None else sorted(set(values))


class EditActivity(Operation[Activity]):
    """Correct an activity of yours: what it was, what it is called, who sees what, where it begins and ends."""

    policy: ClassVar = Policy(
        name="tracking.edit",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (ActivityUnknown, StillOut, NothingLeft)

    activity_id: UUID = Field(description="The activity")
    sport: Sport | None = Field(default=None, description="What it was")
    title: Line | None = Field(default=None, max_length=100, description="What to call it")
    note: str | None = Field(default=None, max_length=LONGEST_NOTE, description="What to remember of it")
    visibility: Visibility | None = Field(default=None, description="Who else sees it")
    hidden: Annotated[list[Hidden] | None, AfterValidator(_unordered)] = Field(
        default=None, description="What nobody but you sees of it"
    )
    begins_at: Moment | None = Field(default=None, description="Cut off what was before")
    ends_at: Moment | None = Field(default=None, description="Cut off what was after")


class DeleteActivity(Operation[Done]):
    """Delete an activity with its points, file and records, live or finished."""

    policy: ClassVar = Policy(
        name="tracking.delete",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (ActivityUnknown,)

    activity_id: UUID = Field(description="The activity")


class RunnerOut(Result):
    """Somebody who is out, where they are and how far they came. No position while they are in a privacy zone of theirs."""

    activity_id: UUID
    person_id: UUID
    person_name: str
    person_code: str
    sport: Sport
    status: Status
    started_at: datetime
    last_at: datetime | None = Field(description="When the last point was taken, by our clock")
    lat: float | None
    lon: float | None
    speed: float | None = Field(description="Metres a second at the last point, where its receiver told")
    average_speed: float | None = Field(description="Metres a second in motion so far; null where hidden")
    heart_rate: int | None
    distance_m: float
    moving_s: int


class Board(Result):
    """Everybody who is out now, the last to set out first."""

    runners: tuple[RunnerOut, ...]
    now: datetime


class ShowBoard(Operation[Board]):
    """Show who is out now."""

    policy: ClassVar = Policy(
        name="tracking.show_board",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_TRACK_LIVE,
        reads_only=True,
        rate=Rate.SCREEN,
    )


class WatchBoard(Topic):
    """Follow who is out; the ids are the activities'."""

    policy: ClassVar = Policy(
        name="tracking.watch_board",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_TRACK_LIVE,
        reads_only=True,
        rate=Rate.SCREEN,
    )
    events: ClassVar = (
        ActivityStarted.name,
        ActivityPaused.name,
        PointsIngested.name,
        ActivityFinished.name,
        ActivitySummarised.name,
        ActivityRemoved.name,
    )


class RecordRow(Result):
    """A person's best of one measure in one sport."""

    sport: Sport
    measure: str = Field(
        description="`400m`, `1km`, `1mi`, `5km`, `10km`, `half`, `full`, `furthest`, `longest` or `climb`"
    )
    value: float = Field(description="Seconds; of `furthest` and `climb`, metres")
    activity_id: UUID
    at: datetime


class ActivityRecords(Result):
    """A person's bests outdoors."""

    person_id: UUID
    records: tuple[RecordRow, ...]


class ListActivityRecords(Operation[ActivityRecords]):
    """List a member's bests outdoors: the fastest over each distance, the furthest, the longest, the highest climb."""

    policy: ClassVar = Policy(
        name="tracking.list_records",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")
    sport: Sport | None = Field(default=None, description="Only this sport's")


class Closed(Result):
    """How many activities were closed."""

    count: int


class CloseForgotten(Operation[Closed]):
    """Close the activities that nobody sends points for any more."""

    policy: ClassVar = Policy(
        name="tracking.close_forgotten", scope=Scope.SYSTEM, audited=False, idempotent=False, rate=Rate.INTERNAL
    )
