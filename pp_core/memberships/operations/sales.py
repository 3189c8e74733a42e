"""Plans sold to people."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Day
from pp_core.kernel.errors import Kind, NotFound, Problem
from pp_core.kernel.money import Money
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.tenants.operations import PersonUnknown

from .plans import PlanUnknown

MembershipStatus = Literal["upcoming", "active", "grace", "expired", "cancelled"]


class PlanRetired(Problem):
    """The plan is not sold any more."""

    kind = Kind.CONFLICT
    code = "memberships.plan_retired"


class MemberLeft(Problem):
    """The person left the gym: nothing is sold to them and the door stays shut until they are made active again."""

    kind = Kind.CONFLICT
    code = "memberships.member_left"


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
