"""Coming in: the codes that prove presence, check-ins and visits."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Day
from pp_core.kernel.errors import Kind, NotFound, Problem
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.kernel.validation import Line
from pp_core.kernel.watching import Topic
from pp_core.memberships.events import VisitRecorded
from pp_core.tenants.operations import PersonUnknown

from .sales import MemberLeft, MembershipRow


class NoMembership(Problem):
    """The member has no membership that is good today: `status` says what they have, `ended_on` since when."""

    kind = Kind.FORBIDDEN
    code = "memberships.none_good_today"


class MembershipOver(NoMembership):
    """The member's `plan` was good until `ended_on`, and its grace is over; `status` is expired or cancelled."""

    kind = Kind.FORBIDDEN
    code = "memberships.over"


class MembershipNotBegun(NoMembership):
    """The member's `plan` begins on `starts_on` only."""

    kind = Kind.FORBIDDEN
    code = "memberships.not_begun"


class CodeNeeded(Problem):
    """Who checks in themselves gives the code that the desk shows today."""

    kind = Kind.FORBIDDEN
    code = "memberships.code_needed"


class CodeWrong(Problem):
    """No desk of the gym (or not that of the branch asked for) shows this code today; `left` wrong ones lock."""

    kind = Kind.FORBIDDEN
    code = "memberships.code_wrong"
    keeps_changes = True


class CodeLocked(Problem):
    """Too many wrong codes in a row today: only the desk lets them in until tomorrow."""

    kind = Kind.FORBIDDEN
    code = "memberships.code_locked"
    keeps_changes = True


class DoorCode(Result):
    """What the desk of a branch shows today."""

    code: str = Field(description="Four digits")
    day: date = Field(description="The branch's day that it is good for, and the first hour after")
    branch_id: UUID
    branch_name: str


class ShowDoorCode(Operation[DoorCode]):
    """Show the code with which members check in themselves today."""

    # Not idempotent by key: the answer of yesterday must not be replayed today.
    policy: ClassVar = Policy(
        name="memberships.show_door_code", scope=Scope.TENANT, permission=Permission.VISIT_RECORD, idempotent=False
    )
    errors: ClassVar = (NotFound,)

    branch_id: UUID | None = Field(default=None, description="Branch; your own, or the first one, when left out")


class VisitRow(Result):
    """Somebody came in."""

    id: UUID
    person_id: UUID
    person_name: str
    person_code: str
    branch_id: UUID | None
    day: date
    at: datetime
    door: str
    override_reason: str | None


class CheckedIn(Result):
    """A check-in, and what reception should know."""

    visit: VisitRow
    repeated: bool = Field(description="They had come in within the last four hours: the same visit")
    membership: MembershipRow | None
    visits_this_month: int


class CheckIn(Operation[CheckedIn]):
    """Let a member in, or check in yourself; twice within four hours is one visit."""

    policy: ClassVar = Policy(
        name="memberships.check_in",
        scope=Scope.TENANT,
        permission=Permission.VISIT_RECORD,
        own_permission=Permission.VISIT_RECORD_OWN,
    )
    errors: ClassVar = (
        PersonUnknown,
        NotFound,
        MemberLeft,
        NoMembership,
        MembershipOver,
        MembershipNotBegun,
        CodeNeeded,
        CodeWrong,
        CodeLocked,
    )

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")
    branch_id: UUID | None = Field(
        default=None, description="Branch; that of the code, or the member's own, when left out"
    )
    code: str | None = Field(
        default=None, max_length=10, description="Today's code at the desk, for who checks in themselves"
    )
    override_reason: Line | None = Field(
        default=None, min_length=3, max_length=200, description="Why they may in without a good membership (staff only)"
    )


class VisitPage(Page[VisitRow]):
    """One page of visits, newest first."""


class ListVisits(Operation[VisitPage]):
    """List visits, newest first."""

    policy: ClassVar = Policy(
        name="memberships.list_visits", scope=Scope.TENANT, permission=Permission.VISIT_READ, reads_only=True
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Only this member's")
    day: Day | None = Field(default=None, description="Only this day's, in the gym's time zone")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class WatchVisits(Topic):
    """Follow who comes in; the ids are the visits'."""

    policy: ClassVar = Policy(
        name="memberships.watch_visits",
        scope=Scope.TENANT,
        permission=Permission.VISIT_READ,
        reads_only=True,
        rate=Rate.SCREEN,
    )
    events: ClassVar = (VisitRecorded.name,)
