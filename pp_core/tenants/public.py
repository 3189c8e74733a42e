"""What contexts above may ask of gyms and people, with their open transaction."""

from pp_core.kernel.context import TenantContext
from pp_core.tenants.access import access_branch, access_brief, access_person
from pp_core.tenants.queries import gyms
from pp_core.tenants.queries.people import brief_by_id
from pp_core.tenants.use_cases.pins import verify_pin

__all__ = ["access_branch", "access_brief", "access_person", "brief_by_id", "currency_of", "verify_pin"]


async def currency_of(ctx: TenantContext) -> str:
    """The gym's currency, ISO 4217."""
    row = await gyms.gym(ctx.tx, ctx.tenant_id)
    assert row is not None
    return str(row.currency)
