"""Requests about plans, memberships and visits."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from pp_core.kernel.clock import Day
from pp_core.kernel.errors import Kind, NotFound, Problem
from pp_core.kernel.money import Money
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.tenants.operations import PersonUnknown

MembershipStatus = Literal["upcoming", "active", "grace", "expired", "cancelled"]
LONGEST_GRACE = 60
"""The most days after the end on which a membership may still open the door."""


class PlanUnknown(Problem):
    """The gym has no such plan."""

    kind = Kind.NOT_FOUND
    code = "memberships.plan_unknown"


class PlanExists(Problem):
    """The gym has a plan of that code."""

    kind = Kind.CONFLICT
    code = "memberships.plan_exists"


class PlanRetired(Problem):
    """The plan is not sold any more."""

    kind = Kind.CONFLICT
    code = "memberships.plan_retired"


class MemberLeft(Problem):
    """The person left the gym: nothing is sold to them and the door stays shut until they are made active again."""

    kind = Kind.CONFLICT
    code = "memberships.member_left"


class NoMembership(Problem):
    """The member has no membership that is good today: `status` says what they have, `ended_on` since when."""

    kind = Kind.FORBIDDEN
    code = "memberships.none_good_today"


class MembershipOver(NoMembership):
    """What the member had was good until `ended_on`, and its grace is over; `status` is expired or cancelled."""

    kind = Kind.FORBIDDEN
    code = "memberships.over"


class MembershipNotBegun(NoMembership):
    """What the member has begins on `starts_on` only."""

    kind = Kind.FORBIDDEN
    code = "memberships.not_begun"


def _not_negative(price: Money) -> Money:
    if price.minor < 0:
        raise ValueError("a price is not negative")
    return price


Price = Annotated[Money, AfterValidator(_not_negative)]


class Plan(Result):
    """What a gym sells."""

    id: UUID
    code: str
    name: str
    tier: str
    duration_days: int
    price: Money
    grace_days: int
    on_sale: bool


class PlanList(Result):
    """All plans of a gym, by code."""

    items: list[Plan]


class ListPlans(Operation[PlanList]):
    """List what the gym sells."""

    policy: ClassVar = Policy(
        name="memberships.list_plans", scope=Scope.TENANT, permission=Permission.PLAN_READ, reads_only=True
    )

    retired: bool = Field(default=False, description="Also those not sold any more")


class CreatePlan(Operation[Plan]):
    """Create a plan."""

    policy: ClassVar = Policy(name="memberships.create_plan", scope=Scope.TENANT, permission=Permission.PLAN_MANAGE)
    errors: ClassVar = (PlanExists,)

    code: str = Field(pattern="^[A-Z0-9][A-Z0-9-]{0,19}$", description="Short code, such as MONTHLY")
    name: str = Field(min_length=2, max_length=60, description="Name as members read it")
    tier: str = Field(default="standard", min_length=2, max_length=30, description="Tier, such as standard or premium")
    duration_days: int = Field(ge=1, le=3660, description="Days it is good for, the first one counted")
    price: Price = Field(description="Price")
    grace_days: int = Field(
        default=3, ge=0, le=LONGEST_GRACE, description="Days after the end on which the door still opens"
    )


class RetirePlan(Operation[Plan]):
    """Stop selling a plan; what was sold stays as it was."""

    policy: ClassVar = Policy(name="memberships.retire_plan", scope=Scope.TENANT, permission=Permission.PLAN_MANAGE)
    errors: ClassVar = (PlanUnknown,)

    code: str = Field(max_length=20, description="Code of the plan")


class MembershipRow(Result):
    """A plan sold to a person, and what it is worth today."""

    id: UUID
    person_id: UUID
    plan_code: str
    plan_name: str
    tier: str
    price: Money
    starts_on: date
    ends_on: date
    status: MembershipStatus
    days_left: int = Field(description="Days until the last one, today not counted; negative when over")


class MembershipList(Result):
    """A person's memberships, newest first."""

    items: list[MembershipRow]


class SellMembership(Operation[MembershipRow]):
    """Sell a plan to a member; by default it begins when what they have ends, else today."""

    policy: ClassVar = Policy(name="memberships.sell", scope=Scope.TENANT, permission=Permission.MEMBERSHIP_SELL)
    errors: ClassVar = (PersonUnknown, MemberLeft, PlanUnknown, PlanRetired)

    member: str = Field(max_length=60, description="Id, member code or phone")
    plan: str = Field(max_length=20, description="Code of the plan")
    starts_on: Day | None = Field(default=None, description="First day, whatever else they have then")


class CancelMembership(Operation[MembershipRow]):
    """End a membership at once; one that is over stays as it is."""

    policy: ClassVar = Policy(name="memberships.cancel", scope=Scope.TENANT, permission=Permission.MEMBERSHIP_SELL)
    errors: ClassVar = (NotFound,)

    membership_id: UUID = Field(description="The membership")


class ListMemberships(Operation[MembershipList]):
    """List a member's memberships, newest first; without one, your own."""

    policy: ClassVar = Policy(
        name="memberships.list",
        scope=Scope.TENANT,
        permission=Permission.MEMBERSHIP_READ,
        own_permission=Permission.MEMBERSHIP_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")


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
    """Let a member in; twice within four hours is one visit."""

    policy: ClassVar = Policy(
        name="memberships.check_in",
        scope=Scope.TENANT,
        permission=Permission.VISIT_RECORD,
        own_permission=Permission.VISIT_RECORD_OWN,
    )
    errors: ClassVar = (PersonUnknown, NotFound, MemberLeft, NoMembership, MembershipOver, MembershipNotBegun)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")
    branch_id: UUID | None = Field(default=None, description="Branch; the member's own when left out")
    override_reason: str | None = Field(
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
