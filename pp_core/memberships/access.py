"""The only ways to get at one plan or one membership."""

from typing import Any
from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.kernel.errors import NotFound
from pp_core.memberships.operations import PlanUnknown
from pp_core.memberships.queries import sales as queries


async def access_plan(ctx: TenantContext, code: str) -> Any:
    """The plan of that code, however it is capitalised; `PlanUnknown` when the gym has none."""
    row = await queries.plan(ctx.tx, ctx.tenant_id, code.upper())
    if row is None:
        raise PlanUnknown(plan=code)
    return row


async def access_membership(ctx: TenantContext, membership_id: UUID) -> Any:
    """A membership of the gym, no other sale to its person running meanwhile; `NotFound` when there is none."""
    person_id = await queries.holder(ctx.tx, ctx.tenant_id, membership_id)
    if person_id is None:
        raise NotFound(what="membership")
    await queries.take_turn(ctx.tx, person_id)
    return await queries.membership(ctx.tx, ctx.tenant_id, membership_id)
