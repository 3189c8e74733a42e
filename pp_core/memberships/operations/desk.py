"""What the screen at the desk shows: who is meant, who came today, and one person's card."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.tenants.operations import PersonUnknown

from .sales import MembershipRow
from .visits import VisitRow


class DeskRow(Result):
    """Somebody who may be meant, and what reception sees at once."""

    person_id: UUID
    code: str
    name: str
    phone: str | None
    left: bool = Field(description="They left the gym: the door stays shut")
    staff: bool = Field(description="They work here and come in without a membership")
    membership: MembershipRow | None = Field(description="The one that counts today, good or not")
    in_since: datetime | None = Field(description="When they came in, if that was within the last four hours")


class DeskPage(Result):
    """Those who may be meant, best first."""

    items: list[DeskRow]
    more: bool = Field(description="More people fit than are shown")


class FindAtDesk(Operation[DeskPage]):
    """Find people while somebody types: by any part of a name, phone or member code, the likeliest first."""

    policy: ClassVar = Policy(
        name="memberships.find_at_desk",
        scope=Scope.TENANT,
        permission=Permission.VISIT_RECORD,
        reads_only=True,
        rate=Rate.SCREEN,
    )

    query: str = Field(min_length=1, max_length=60, description="Any part of a name, phone or member code")
    limit: int = Field(default=20, ge=1, le=50, description="The most people to show")


class VisitList(Result):
    """Visits, newest first."""

    items: list[VisitRow]


class GetVisits(Operation[VisitList]):
    """Show these visits, newest first; those that are not the gym's are left out."""

    policy: ClassVar = Policy(
        name="memberships.get_visits",
        scope=Scope.TENANT,
        permission=Permission.VISIT_READ,
        reads_only=True,
        rate=Rate.SCREEN,
    )

    ids: list[UUID] = Field(min_length=1, max_length=100, description="The visits")


class VisitWeek(Result):
    """How often somebody came in one week."""

    starts_on: date = Field(description="Its Monday")
    visits: int


class MemberCard(Result):
    """One person as the desk knows them."""

    person_id: UUID
    code: str
    name: str
    phone: str | None
    language: str
    roles: list[str]
    joined_on: date
    left: bool
    membership: MembershipRow | None = Field(description="The one that counts today, good or not")
    memberships: list[MembershipRow] = Field(description="The newest six, newest first")
    in_since: datetime | None = Field(description="When they came in, if that was within the last four hours")
    visits: list[VisitRow] = Field(description="The newest ten, newest first")
    weeks: list[VisitWeek] = Field(description="The last twelve weeks, this one included, oldest first")
    visits_this_month: int


class ShowMemberCard(Operation[MemberCard]):
    """Show a member's card: what they hold, when they came, how often."""

    policy: ClassVar = Policy(
        name="memberships.show_card",
        scope=Scope.TENANT,
        permission=Permission.VISIT_READ,
        reads_only=True,
        rate=Rate.SCREEN,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str = Field(max_length=60, description="Id, member code or phone")


class DeskToday(Result):
    """The desk's day."""

    day: date
    timezone: str
    gym_name: str
    branch_name: str | None = Field(description="The caller's own branch; the gym's only one for who has none")
    visits: list[VisitRow] = Field(description="Today's newest, newest first")
    visits_today: int = Field(description="All of today's")
    members_in: int = Field(description="Who came in within the last four hours")


class ShowDesk(Operation[DeskToday]):
    """Show today's visits, newest first, and how many there are."""

    policy: ClassVar = Policy(
        name="memberships.show_desk",
        scope=Scope.TENANT,
        permission=Permission.VISIT_READ,
        reads_only=True,
        rate=Rate.SCREEN,
    )

    limit: int = Field(default=50, ge=1, le=200, description="The most visits to show")
