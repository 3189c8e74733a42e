"""What happens to plans, memberships and visits."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.clock import day_start
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.money import Money
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission
from pp_core.memberships import events, queries
from pp_core.memberships.access import access_membership, access_plan
from pp_core.memberships.operations import (
    LONGEST_GRACE,
    CancelMembership,
    CheckedIn,
    CheckIn,
    CreatePlan,
    ListMemberships,
    ListPlans,
    ListVisits,
    MemberLeft,
    MembershipList,
    MembershipNotBegun,
    MembershipOver,
    MembershipRow,
    NoMembership,
    Plan,
    PlanExists,
    PlanList,
    PlanRetired,
    RetirePlan,
    SellMembership,
    VisitPage,
    VisitRow,
)
from pp_core.memberships.rules import (
    first_free_day,
    is_over,
    is_same_visit,
    is_staff,
    last_day,
    last_good_day,
    of_the_day,
    opens_the_door,
    status_on,
)
from pp_core.tenants.public import access_branch, access_brief, access_person


@handles(ListPlans)
async def list_plans(ctx: TenantContext, op: ListPlans) -> PlanList:
    """All plans on sale, and on request those that were."""
    rows = await queries.plans(ctx.tx, ctx.tenant_id)
    return PlanList(items=[_plan(row) for row in rows if op.retired or row.retired_at is None])


@handles(CreatePlan)
async def create_plan(ctx: TenantContext, op: CreatePlan) -> Plan:
    """A further plan."""
    plan_id = new_id()
    stored = await queries.insert_plan(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=plan_id,
        code=op.code,
        name=op.name,
        tier=op.tier,
        duration_days=op.duration_days,
        price_minor=op.price.minor,
        currency=op.price.currency,
        grace_days=op.grace_days,
    )
    if not stored:
        raise PlanExists(plan=op.code)
    ctx.touched("plan", plan_id)
    return Plan(id=plan_id, on_sale=True, **op.model_dump(exclude={"price"}), price=op.price)


@handles(RetirePlan)
async def retire_plan(ctx: TenantContext, op: RetirePlan) -> Plan:
    """Take it off sale; twice is once."""
    row = await access_plan(ctx, op.code)
    await queries.retire_plan(ctx.tx, ctx.tenant_id, row.id, ctx.now)
    ctx.touched("plan", row.id)
    return _plan(row).model_copy(update={"on_sale": False})


@handles(SellMembership)
async def sell_membership(ctx: TenantContext, op: SellMembership) -> MembershipRow:
    """Sell a plan at today's price, for the first days that nothing else of theirs covers or from the day asked for."""
    person = await access_person(ctx, op.member, to=Permission.MEMBERSHIP_SELL)
    if person.status == "left":
        raise MemberLeft(name=person.name)
    plan = await access_plan(ctx, op.plan)
    if plan.retired_at is not None:
        raise PlanRetired(plan=plan.code)
    await queries.take_turn(ctx.tx, person.id)
    starts_on = op.starts_on
    if starts_on is None:
        held = await queries.recent_memberships(ctx.tx, ctx.tenant_id, person.id, ctx.today)
        starts_on = first_free_day(held, ctx.today, plan.duration_days)
    membership_id = new_id()
    ends_on = last_day(starts_on, plan.duration_days)
    await queries.insert_membership(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=membership_id,
        person_id=person.id,
        plan_id=plan.id,
        starts_on=starts_on,
        ends_on=ends_on,
        tier=plan.tier,
        price_minor=plan.price_minor,
        currency=plan.currency,
        grace_days=plan.grace_days,
    )
    ctx.emit(
        events.MembershipSold(
            membership_id=membership_id,
            person_id=person.id,
            plan_id=plan.id,
            starts_on=starts_on,
            ends_on=ends_on,
            price_minor=plan.price_minor,
            currency=plan.currency,
        )
    )
    ctx.touched("membership", membership_id, person_id=str(person.id), plan=plan.code)
    return _membership(await queries.membership(ctx.tx, ctx.tenant_id, membership_id), ctx.today)


@handles(CancelMembership)
async def cancel_membership(ctx: TenantContext, op: CancelMembership) -> MembershipRow:
    """End it at once, unless it is over."""
    row = await access_membership(ctx, op.membership_id)
    ctx.touched("membership", row.id, person_id=str(row.person_id))
    if not is_over(status_on(row, ctx.today)):
        await queries.cancel(ctx.tx, ctx.tenant_id, row.id, ctx.today, ctx.now)
        ctx.emit(events.MembershipCancelled(membership_id=row.id, person_id=row.person_id))
        row = row._replace(cancelled_on=ctx.today)
    return _membership(row, ctx.today)


@handles(ListMemberships)
async def list_memberships(ctx: TenantContext, op: ListMemberships) -> MembershipList:
    """All that a person ever bought."""
    person = await access_brief(ctx, op.member, to=Permission.MEMBERSHIP_READ)
    rows = await queries.memberships(ctx.tx, ctx.tenant_id, person.id)
    return MembershipList(items=[_membership(row, ctx.today) for row in rows])


@handles(CheckIn)
async def check_in(ctx: TenantContext, op: CheckIn) -> CheckedIn:
    """Record a visit of somebody who may come in, or find the one they are on."""
    if op.override_reason is not None:
        ctx.demand(Permission.VISIT_RECORD)
    person = await access_person(ctx, op.member, to=Permission.VISIT_RECORD)
    if person.status == "left":
        raise MemberLeft(name=person.name)
    if op.branch_id is not None and op.branch_id != person.branch_id:
        await access_branch(ctx, op.branch_id)
    await queries.take_turn(ctx.tx, person.id)
    today = ctx.today
    last = await queries.last_visit(ctx.tx, ctx.tenant_id, person.id, day_start(today.replace(day=1), ctx.timezone))
    held = await queries.recent_memberships(ctx.tx, ctx.tenant_id, person.id, today - timedelta(days=LONGEST_GRACE))
    row = of_the_day(held, today)
    membership = None if row is None else _membership(row, today)
    whose = {"person_id": person.id, "person_name": person.name, "person_code": person.code}
    if is_same_visit(last.at, ctx.now):
        seen = VisitRow(**whose, **{name: value for name, value in last._asdict().items() if name != "visits"})
        ctx.touched("visit", seen.id, repeated=True)
        return CheckedIn(visit=seen, repeated=True, membership=membership, visits_this_month=last.visits)
    good = is_staff(person.roles) or (membership is not None and opens_the_door(membership.status))
    if not good and op.override_reason is None:
        raise _refusal(person.name, row, membership)
    visit = VisitRow(
        **whose,
        id=new_id(),
        branch_id=op.branch_id or person.branch_id,
        day=today,
        at=ctx.now,
        door=ctx.call.door.value,
        override_reason=None if good else op.override_reason,
    )
    await queries.insert_visit(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        checked_in_by=ctx.person_id,
        **visit.model_dump(exclude={"person_name", "person_code"}),
    )
    ctx.emit(events.VisitRecorded(visit_id=visit.id, person_id=person.id, branch_id=visit.branch_id, day=visit.day))
    ctx.touched("visit", visit.id, **({} if good else {"override": visit.override_reason}))
    return CheckedIn(visit=visit, repeated=False, membership=membership, visits_this_month=last.visits + 1)


@handles(ListVisits)
async def list_visits(ctx: TenantContext, op: ListVisits) -> VisitPage:
    """A page of visits."""
    person_id: UUID | None = None
    if op.member is not None:
        person_id = (await access_brief(ctx, op.member, to=Permission.VISIT_READ)).id
    after = None if op.cursor is None else decode_cursor(op.cursor, date.fromisoformat, datetime.fromisoformat, UUID)
    rows = await queries.visits(ctx.tx, ctx.tenant_id, person_id=person_id, day=op.day, after=after, limit=op.limit + 1)
    items = [VisitRow(**row._asdict()) for row in rows[: op.limit]]
    more = len(rows) > op.limit
    return VisitPage(items=items, next=encode_cursor(items[-1].day, items[-1].at, items[-1].id) if more else None)


def _refusal(name: str, row: Any | None, membership: MembershipRow | None) -> NoMembership:
    if row is None or membership is None:
        return NoMembership(name=name, status=None, ended_on=None)
    if membership.status == "upcoming":
        return MembershipNotBegun(
            name=name, status=membership.status, ended_on=None, starts_on=row.starts_on.isoformat()
        )
    return MembershipOver(name=name, status=membership.status, ended_on=last_good_day(row).isoformat())


def _plan(row: Any) -> Plan:
    return Plan(
        id=row.id,
        code=row.code,
        name=row.name,
        tier=row.tier,
        duration_days=row.duration_days,
        price=Money(minor=row.price_minor, currency=row.currency),
        grace_days=row.grace_days,
        on_sale=row.retired_at is None,
    )


def _membership(row: Any, today: date) -> MembershipRow:
    return MembershipRow(
        id=row.id,
        person_id=row.person_id,
        plan_code=row.plan_code,
        plan_name=row.plan_name,
        tier=row.tier,
        price=Money(minor=row.price_minor, currency=row.currency),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        status=status_on(row, today),
        days_left=(last_good_day(row) - today).days,
    )
