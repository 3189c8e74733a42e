"""What contexts above may ask of memberships."""

from pp_core.kernel.context import TenantContext


async def start_gym(ctx: TenantContext) -> None:
    """Put the default plans into a new gym."""
