"""What the screen at the desk shows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from pp_core.kernel.clock import day_start
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.policy import Permission
from pp_core.memberships.operations.desk import (
    DeskPage,
    DeskRow,
    DeskToday,
    FindAtDesk,
    GetVisits,
    MemberCard,
    ShowDesk,
    ShowMemberCard,
    VisitList,
    VisitWeek,
)
from pp_core.memberships.operations.plans import LONGEST_GRACE
from pp_core.memberships.operations.sales import MembershipRow
from pp_core.memberships.operations.visits import VisitRow
from pp_core.memberships.queries import desk, sales, visits
from pp_core.memberships.rules import ONE_VISIT, is_same_visit, is_staff, last_weeks, of_the_day
from pp_core.tenants.public import access_person, branches_of, brief_by_id
from pp_core.tenants.public import find_at_desk as find_people

from .sales import membership_of

CARD_MEMBERSHIPS = 6
CARD_VISITS = 10
CARD_WEEKS = 12


class _Standing(NamedTuple):
    membership: MembershipRow | None
    in_since: datetime | None


@handles(FindAtDesk)
async def find_at_desk(ctx: TenantContext, op: FindAtDesk) -> DeskPage:
    """Those who may be meant, each with what counts today."""
    found = await find_people(ctx, op.query, op.limit + 1)
    shown = found[: op.limit]
    standings = await _standings(ctx, [row.id for row in shown])
    items = [
        DeskRow(
            person_id=row.id,
            code=row.code,
            name=row.name,
            phone=row.phone,
            left=row.status == "left",
            staff=is_staff(row.roles),
            **standings[row.id]._asdict(),
        )
        for row in shown
    ]
    return DeskPage(items=items, more=len(found) > op.limit)


@handles(GetVisits)
async def get_visits(ctx: TenantContext, op: GetVisits) -> VisitList:
    """Those of them that there are."""
    rows = await visits.visits_by_id(ctx.tx, ctx.tenant_id, op.ids)
    return VisitList(items=[VisitRow(**row._asdict()) for row in rows])


@handles(ShowMemberCard)
async def show_member_card(ctx: TenantContext, op: ShowMemberCard) -> MemberCard:
    """One person as the desk knows them."""
    person = await access_person(ctx, op.member, to=Permission.VISIT_READ)
    today = ctx.today
    weeks = last_weeks(today, CARD_WEEKS)
    standing = (await _standings(ctx, [person.id]))[person.id]
    held = await sales.memberships(ctx.tx, ctx.tenant_id, person.id, limit=CARD_MEMBERSHIPS)
    came = await visits.visits(ctx.tx, ctx.tenant_id, person_id=person.id, day=None, after=None, limit=CARD_VISITS)
    since = min(weeks[0], today.replace(day=1))
    days = await desk.days_of(ctx.tx, ctx.tenant_id, person.id, day_start(since, ctx.timezone) - timedelta(days=1))
    return MemberCard(
        person_id=person.id,
        code=person.code,
        name=person.name,
        phone=person.phone,
        language=person.language,
        roles=person.roles,
        joined_on=person.joined_on,
        left=person.status == "left",
        **standing._asdict(),
        memberships=[membership_of(row, today) for row in held],
        visits=[VisitRow(**row._asdict()) for row in came],
        weeks=[
            VisitWeek(starts_on=monday, visits=sum(monday <= day < monday + timedelta(days=7) for day in days))
            for monday in weeks
        ],
        visits_this_month=sum(day >= today.replace(day=1) for day in days),
    )


@handles(ShowDesk)
async def show_desk(ctx: TenantContext, op: ShowDesk) -> DeskToday:
    """Today's newest visits, and how many came."""
    today = ctx.today
    rows = await visits.visits(ctx.tx, ctx.tenant_id, person_id=None, day=today, after=None, limit=op.limit)
    counted = await desk.counts(ctx.tx, ctx.tenant_id, day=today, since=ctx.now - ONE_VISIT)
    return DeskToday(
        day=today,
        timezone=ctx.timezone,
        gym_name=ctx.gym_name,
        branch_name=await _branch_name(ctx),
        visits=[VisitRow(**row._asdict()) for row in rows],
        visits_today=counted.visits,
        members_in=counted.members_in,
    )


async def _standings(ctx: TenantContext, person_ids: Sequence[UUID]) -> dict[UUID, _Standing]:
    """What counts for each of them today, and since when they are in."""
    rows = await desk.standings(ctx.tx, ctx.tenant_id, person_ids, ctx.today - timedelta(days=LONGEST_GRACE))
    by_person: dict[UUID, list[Any]] = {person_id: [] for person_id in person_ids}
    for row in rows:
        by_person[row.standing_of].append(row)
    found = {}
    for person_id, theirs in by_person.items():
        row = of_the_day([one for one in theirs if one.id is not None], ctx.today)
        came_at = theirs[0].came_at
        found[person_id] = _Standing(
            None if row is None else membership_of(row, ctx.today),
            came_at if is_same_visit(came_at, ctx.now) else None,
        )
    return found


async def _branch_name(ctx: TenantContext) -> str | None:
    branches = await branches_of(ctx)
    me = None if ctx.person_id is None else await brief_by_id(ctx.tx, ctx.tenant_id, ctx.person_id)
    if me is not None and me.branch_id is not None:
        return next((branch.name for branch in branches if branch.id == me.branch_id), None)
    return branches[0].name if len(branches) == 1 else None
