"""What the gym sells."""

from typing import Any

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.money import Money
from pp_core.memberships.access import access_plan
from pp_core.memberships.operations.plans import CreatePlan, ListPlans, Plan, PlanExists, PlanList, RetirePlan
from pp_core.memberships.queries import sales as queries


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
