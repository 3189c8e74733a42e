"""What others may ask of workouts, with their open transaction."""

from pp_core.kernel.context import TenantContext
from pp_core.workouts.queries import exercises


async def start_gym(ctx: TenantContext) -> None:
    """Give a new gym the shipped exercises."""
    await exercises.copy_catalogue(ctx.tx, ctx.tenant_id)
