"""Onboarding a gym, and its branches."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.pagination import LARGEST_SIZE
from pp_core.kernel.phone import Phone
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.kernel.validation import Line


class SlugTaken(Problem):
    """Another gym is called so; choose another slug."""

    kind = Kind.CONFLICT
    code = "tenants.slug_taken"


class BranchExists(Problem):
    """The gym has a branch of that name."""

    kind = Kind.CONFLICT
    code = "tenants.branch_exists"


def _zone(name: str) -> str:
    from zoneinfo import available_timezones

    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write it like Africa/Nairobi")
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]
Slug = Annotated[str, Field(pattern="^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$")]


class GymOnboarded(Result):
    """A usable gym, and the way in for its first administrator."""

    gym_id: UUID
    slug: str
    name: str
    branch_id: UUID
    admin_id: UUID
    invitation: str | None = Field(
        description="The administrator's invitation, shown once; null when it was sent to them"
    )


class OnboardGym(Operation[GymOnboarded]):
    """Make a usable gym: its first branch, default plans, the exercise catalogue and an invited administrator."""

    # Its answer may hold the invitation, which must not be stored; the slug keeps a repeat from making a second gym.
    policy: ClassVar = Policy(name="tenants.onboard", scope=Scope.PLATFORM, idempotent=False)
    errors: ClassVar = (SlugTaken,)

    name: Line = Field(min_length=2, max_length=80, description="The gym's name as members know it")
    slug: Slug = Field(description="Its name in addresses: lower case letters, digits and hyphens")
    city: str = Field(default="Nairobi", min_length=2, max_length=80, description="City of the first branch")
    country: str = Field(default="KE", pattern="^[A-Z]{2}$", description="Country code, ISO 3166")
    timezone: TimeZone = Field(default="Africa/Nairobi", description="Time zone in which its days are counted")
    currency: str = Field(default="KES", pattern="^[A-Z]{3}$", description="Currency code, ISO 4217")
    branch: str = Field(default="Main", min_length=1, max_length=80, description="Name of the first branch")
    admin_name: Line = Field(min_length=2, max_length=80, description="Name of the first administrator")
    admin_phone: Phone = Field(description="Phone of the first administrator")
    admin_email: str | None = Field(default=None, max_length=254, description="E-mail of the first administrator")


class GymRow(Result):
    """A gym."""

    gym_id: UUID
    slug: str
    name: str
    status: str = Field(description="active or suspended")
    timezone: str
    created_at: datetime


class GymList(Result):
    """A page of all gyms, by slug."""

    items: list[GymRow]
    next: str | None


class ListGyms(Operation[GymList]):
    """List all gyms of the platform."""

    policy: ClassVar = Policy(name="tenants.list", scope=Scope.PLATFORM, reads_only=True)

    limit: int = Field(default=50, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=80, description="Slug at which the previous page ended")


class SetGymStatus(Operation[Done]):
    """Suspend a gym (reading works, writing does not) or let it work again."""

    policy: ClassVar = Policy(name="tenants.set_status", scope=Scope.PLATFORM)

    gym_id: UUID = Field(description="The gym")
    status: Literal["active", "suspended"] = Field(description="active or suspended")


class GetGym(Operation[GymRow]):
    """Show the gym that the caller acts in."""

    policy: ClassVar = Policy(name="tenants.get", scope=Scope.TENANT, permission=Permission.GYM_READ, reads_only=True)


class BranchRow(Result):
    """A branch."""

    id: UUID
    name: str
    city: str
    country: str
    timezone: str


class BranchList(Result):
    """All branches of a gym, by name."""

    items: list[BranchRow]


class ListBranches(Operation[BranchList]):
    """List the gym's branches."""

    policy: ClassVar = Policy(
        name="tenants.list_branches", scope=Scope.TENANT, permission=Permission.GYM_READ, reads_only=True
    )


class AddBranch(Operation[BranchRow]):
    """Add a branch."""

    policy: ClassVar = Policy(name="tenants.add_branch", scope=Scope.TENANT, permission=Permission.BRANCH_MANAGE)
    errors: ClassVar = (BranchExists,)

    name: Line = Field(min_length=1, max_length=80, description="Name of the branch")
    city: str = Field(default="Nairobi", min_length=2, max_length=80, description="City")
    country: str = Field(default="KE", pattern="^[A-Z]{2}$", description="Country code, ISO 3166")
    timezone: TimeZone = Field(default="Africa/Nairobi", description="Time zone")
