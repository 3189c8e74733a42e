"""What happens when somebody wants no messages unasked, or wants them again."""

from uuid import UUID

from pp_core.kernel.context import SystemContext, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import PLATFORM, new_id
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission
from pp_core.notifications.operations.messages import NoPhone
from pp_core.notifications.operations.opt_outs import (
    ListOptOuts,
    OptedIn,
    OptedOut,
    OptIn,
    OptOut,
    OptOutPage,
    OptOutRow,
    RecordOptOut,
)
from pp_core.notifications.queries import opt_outs as queries
from pp_core.tenants.public import access_person, gym_of_channel


@handles(OptOut)
async def opt_out(ctx: SystemContext, op: OptOut) -> OptedOut:
    """Enter the phone with each gym that is meant, or with the platform."""
    changed = False
    for tenant_id in await _meant(ctx, op.tenant_ids, op.address):
        await _enter(ctx, tenant_id)
        changed |= await queries.opt_out(
            ctx.tx, tenant_id=tenant_id, id=new_id(), phone=op.phone, source=op.source, since=op.asked_at or ctx.now
        )
    return OptedOut(changed=changed)


@handles(OptIn)
async def opt_in(ctx: SystemContext, op: OptIn) -> OptedIn:
    """End the phone's entry with each gym that is meant, or with the platform."""
    changed = False
    for tenant_id in await _meant(ctx, op.tenant_ids, op.address):
        await _enter(ctx, tenant_id)
        changed |= await queries.opt_in(ctx.tx, tenant_id=tenant_id, phone=op.phone, at=op.asked_at or ctx.now)
    await _enter(ctx, PLATFORM)
    return OptedIn(changed=changed, still_out=await queries.stands(ctx.tx, PLATFORM, op.phone))


async def _meant(ctx: SystemContext, tenant_ids: list[UUID], address: str | None) -> list[UUID]:
    if tenant_ids:
        return sorted(set(tenant_ids))  # in one order, so that two of these do not wait for each other
    gym = None if address is None else await gym_of_channel(ctx, "sms", address)
    return [PLATFORM if gym is None else gym]


async def _enter(ctx: SystemContext, tenant_id: UUID) -> None:
    if tenant_id == PLATFORM:
        await ctx.tx.set_tenant(PLATFORM)
    else:
        await ctx.enter_gym(tenant_id)


@handles(ListOptOuts)
async def list_opt_outs(ctx: TenantContext, op: ListOptOuts) -> OptOutPage:
    """A page of opt-outs, newest first."""
    (after,) = decode_cursor(op.cursor, UUID)
    rows = await queries.page(ctx.tx, after=after, limit=op.limit + 1)
    items = [OptOutRow(**row._asdict()) for row in rows[: op.limit]]
    return OptOutPage(items=items, next=encode_cursor(items[-1].id) if len(rows) > op.limit else None)


@handles(RecordOptOut)
async def record_opt_out(ctx: TenantContext, op: RecordOptOut) -> OptedOut:
    """Enter the member's phone with this gym."""
    person = await access_person(ctx, op.member, to=Permission.MESSAGE_SEND)
    if person.phone is None:
        raise NoPhone(name=person.name)
    changed = await queries.opt_out(
        ctx.tx, tenant_id=ctx.tenant_id, id=new_id(), phone=person.phone, source="staff", since=ctx.now
    )
    ctx.touched("person", person.id)
    return OptedOut(changed=changed)
