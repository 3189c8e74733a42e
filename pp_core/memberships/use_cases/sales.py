"""Plans sold to people."""

from datetime import date
from typing import Any

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.money import Money
from pp_core.kernel.policy import Permission
from pp_core.memberships import events
from pp_core.memberships.access import access_membership, access_plan
from pp_core.memberships.operations.sales import (
    CancelMembership,
    ListMemberships,
    MemberLeft,
    MembershipList,
    MembershipRow,
    PlanRetired,
    SellMembership,
)
from pp_core.memberships.queries import sales as queries
from pp_core.memberships.rules import first_free_day, is_over, last_day, last_good_day, status_on
from pp_core.tenants.public import access_brief, access_person


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
    return membership_of(await queries.membership(ctx.tx, ctx.tenant_id, membership_id), ctx.today)


@handles(CancelMembership)
async def cancel_membership(ctx: TenantContext, op: CancelMembership) -> MembershipRow:
    """End it at once, unless it is over."""
    row = await access_membership(ctx, op.membership_id)
    ctx.touched("membership", row.id, person_id=str(row.person_id))
    if not is_over(status_on(row, ctx.today)):
        await queries.cancel(ctx.tx, ctx.tenant_id, row.id, ctx.today, ctx.now)
        ctx.emit(events.MembershipCancelled(membership_id=row.id, person_id=row.person_id))
        row = row._replace(cancelled_on=ctx.today)
    return membership_of(row, ctx.today)


@handles(ListMemberships)
async def list_memberships(ctx: TenantContext, op: ListMemberships) -> MembershipList:
    """All that a person ever bought."""
    person = await access_brief(ctx, op.member, to=Permission.MEMBERSHIP_READ)
    rows = await queries.memberships(ctx.tx, ctx.tenant_id, person.id)
    return MembershipList(items=[membership_of(row, ctx.today) for row in rows])


def membership_of(row: Any, today: date) -> MembershipRow:
    """A membership as its answer: what it is worth today."""
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
