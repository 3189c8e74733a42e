"""What contexts beside may ask of the body's measurements, by way of a kernel port."""

from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.wellbeing import queries


async def weight_of(ctx: TenantContext, person_id: UUID) -> float | None:
    """The last weight that a person recorded, in kilograms; None when there is none."""
    rows = await queries.weights(ctx.tx, ctx.tenant_id, person_id, before_at=None, before_id=None, limit=1)
    return float(rows[0].kilograms) if rows else None
