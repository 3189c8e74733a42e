"""What contexts above may ask of gyms and people, with their open transaction."""

from uuid import UUID

from pp_core.kernel.context import SystemContext, TenantContext
from pp_core.kernel.db.statement import Rows
from pp_core.tenants.access import access_branch, access_brief, access_person
from pp_core.tenants.queries import channels, gyms, people
from pp_core.tenants.queries.people import brief_by_id
from pp_core.tenants.rules import channel_address, read_typed
from pp_core.tenants.use_cases.pins import verify_pin
from pp_core.tenants.use_cases.senders import senders

__all__ = [
    "access_branch",
    "access_brief",
    "access_person",
    "branches_of",
    "brief_by_id",
    "channels_of",
    "currency_of",
    "find_at_desk",
    "gym_of_channel",
    "senders",
    "verify_pin",
]


async def currency_of(ctx: TenantContext) -> str:
    """The gym's currency, ISO 4217."""
    row = await gyms.gym(ctx.tx, ctx.tenant_id)
    assert row is not None
    return str(row.currency)


async def branches_of(ctx: TenantContext) -> Rows:
    """All branches (id, name, city, country, timezone), the first one first."""
    return await gyms.branches(ctx.tx, ctx.tenant_id)


async def find_at_desk(ctx: TenantContext, query: str, limit: int) -> Rows:
    """The people whose name, phone or code holds what was typed, best first (id, code, name, phone, roles, status)."""
    return await people.at_desk(ctx.tx, ctx.tenant_id, read_typed(query), limit)


async def channels_of(ctx: TenantContext) -> Rows:
    """The channels that are the gym's own (id, kind, address, created_at), by kind and address."""
    return await channels.of_gym(ctx.tx, ctx.tenant_id)


async def gym_of_channel(ctx: SystemContext, kind: str, address: str) -> UUID | None:
    """The gym that a service code, short code or bot belongs to; None for a shared one."""
    row = await channels.gym_of_channel(ctx.tx, channel=kind, address=channel_address(kind, address))
    found: UUID | None = None if row is None else row.tenant_id
    return found
