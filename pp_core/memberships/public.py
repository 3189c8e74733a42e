"""What contexts above may ask of memberships, with their open transaction."""

from pp_core.kernel.context import TenantContext
from pp_core.kernel.ids import new_id
from pp_core.memberships.operations import LONGEST_GRACE
from pp_core.memberships.queries import sales as queries
from pp_core.memberships.rules import DEFAULT_PLANS
from pp_core.memberships.use_cases.visits import come_in
from pp_core.tenants.public import currency_of

__all__ = ["LONGEST_GRACE", "come_in", "start_gym"]


async def start_gym(ctx: TenantContext) -> None:
    """Put the default plans into a new gym, in its currency."""
    currency = await currency_of(ctx)
    await queries.insert_plans(
        ctx.tx,
        [
            {
                "tenant_id": ctx.tenant_id,
                "id": new_id(),
                "code": plan.code,
                "name": plan.name,
                "tier": "standard",
                "duration_days": plan.duration_days,
                "price_minor": plan.price_minor,
                "currency": currency,
                "grace_days": plan.grace_days,
            }
            for plan in DEFAULT_PLANS
        ],
    )
