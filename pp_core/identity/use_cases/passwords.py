"""Changing a password, and setting a new one with a code."""

from typing import Any

from pp_core.identity import events, queries
from pp_core.identity.operations import ChangePassword, CodeInvalid, RequestPasswordReset, ResetPassword
from pp_core.identity.rules import read_login
from pp_core.kernel.context import Context, PublicContext, UserContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.operation import Done

from .codes import PASSWORD_RESET, spend_code
from .lockout import act_as_login, prove_password, unlock
from .strength import accepted


@handles(ChangePassword)
async def change_password(ctx: UserContext, op: ChangePassword) -> Done:
    """Another password; the other sessions end."""
    user = await queries.user(ctx.tx, ctx.user_id)
    assert user is not None  # the pipeline found its session
    ctx.touched("user", ctx.user_id)
    await prove_password(ctx, ctx.user_id, op.current_password, user.password_hash)
    hashed = await ctx.ports.hasher.hash(accepted(ctx, op.new_password, personal=await _personal(ctx, user)))
    await queries.set_password(ctx.tx, ctx.user_id, hashed)
    await queries.revoke_sessions(
        ctx.tx, ctx.user_id, at=ctx.now, reason="password_changed", keeping=ctx.actor.session_id
    )
    ctx.emit(events.PasswordChanged(user_id=ctx.user_id))
    return Done()


@handles(RequestPasswordReset)
async def request_password_reset(ctx: PublicContext, op: RequestPasswordReset) -> Done:
    """Leave word for the worker, which makes the code: here a login that exists costs no more than one that does not."""
    user_id, known = await act_as_login(ctx, read_login(op.identifier))
    ctx.emit(events.PasswordResetRequested(user_id=None if known is None else user_id))
    return Done()


@handles(ResetPassword)
async def reset_password(ctx: PublicContext, op: ResetPassword) -> Done:
    """A new password for a code; the lock and all sessions end."""
    user_id, known = await act_as_login(ctx, read_login(op.identifier))
    if known is not None:
        ctx.touched("user", user_id)
    proved = await spend_code(ctx, user_id, PASSWORD_RESET, op.code)
    user = await queries.user(ctx.tx, user_id)
    if user is None:
        raise CodeInvalid
    hashed = await ctx.ports.hasher.hash(accepted(ctx, op.new_password, personal=await _personal(ctx, user)))
    await queries.set_password(ctx.tx, user_id, hashed)
    await queries.mark_phone_verified(ctx.tx, user_id, proved, ctx.now)
    await queries.revoke_sessions(ctx.tx, user_id, at=ctx.now, reason="password_reset")
    await unlock(ctx, user_id)
    ctx.emit(events.PasswordChanged(user_id=user_id))
    return Done()


async def _personal(ctx: Context, user: Any) -> list[str]:
    names = {row.person_name for row in await queries.my_gyms(ctx.tx)}
    return [*sorted(names), *filter(None, (user.email, user.phone))]
