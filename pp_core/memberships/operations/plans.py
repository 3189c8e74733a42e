"""What the gym sells."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.money import Money
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Permission, Policy, Scope

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
