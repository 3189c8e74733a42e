"""What identity does in the background."""

from pp_core.identity import queries
from pp_core.identity.events import PasswordResetRequested
from pp_core.kernel.context import SystemContext
from pp_core.kernel.handlers import on

from .use_cases.codes import PASSWORD_RESET, send_code


@on(PasswordResetRequested)
async def text_reset_code(ctx: SystemContext, event: PasswordResetRequested) -> None:
    """Text the code, if there is somebody to have it."""
    if event.user_id is None:
        return
    await ctx.act_as_user(event.user_id)
    user = await queries.hold_user(ctx.tx, event.user_id)
    if user is not None and user.status == "active" and user.phone is not None:
        await send_code(ctx, user, PASSWORD_RESET)
