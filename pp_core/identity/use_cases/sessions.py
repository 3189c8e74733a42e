"""Signing in and out, and the devices that are signed in."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pp_core.identity import events, queries
from pp_core.identity.operations import (
    DeviceList,
    DeviceRow,
    DeviceUnknown,
    GymSummary,
    ListDevices,
    RefreshInvalid,
    RefreshSession,
    RevokeDevice,
    SignedIn,
    SignIn,
    SignOut,
    SignOutEverywhere,
)
from pp_core.identity.rules import device_name, read_login
from pp_core.kernel import crypto
from pp_core.kernel.context import Context, PublicContext, UserContext
from pp_core.kernel.errors import NotOfThisGym
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Role

from .lockout import act_as_login, prove_password
from .logins import my_gyms

ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=7)


@handles(SignIn)
async def sign_in(ctx: PublicContext, op: SignIn) -> SignedIn:
    """Prove the password, then begin a session on the device."""
    user_id, known = await act_as_login(ctx, read_login(op.identifier))
    if known is not None:
        ctx.touched("user", user_id)
    await prove_password(ctx, user_id, op.password, None if known is None else known.password_hash)
    user = await queries.user(ctx.tx, user_id)
    gyms = await my_gyms(ctx)
    gym = _choose(gyms, op.gym or ctx.call.gym_host)
    session_id = new_id()
    await queries.insert_session(
        ctx.tx,
        user_id=user_id,
        id=session_id,
        device=device_name(op.device),
        ip=ctx.call.ip,
        authenticated_at=ctx.now,
        last_seen_at=ctx.now,
        created_at=ctx.now,
    )
    await queries.drop_refresh_tokens(ctx.tx, user_id, before=ctx.now)
    ctx.touched("session", session_id, user_id=str(user_id))
    return await _tokens(ctx, user, session_id, gym, gyms)


@handles(RefreshSession)
async def refresh_session(ctx: PublicContext, op: RefreshSession) -> SignedIn:
    """Spend the token for new ones. One that was spent before has two holders: its session ends for both."""
    digest = crypto.digest(op.refresh_token.get_secret_value())
    user_id = await queries.refresh_holder(ctx.tx, digest)
    if user_id is None:
        raise RefreshInvalid
    await ctx.act_as_user(user_id)
    spent = await queries.use_refresh_token(ctx.tx, user_id, digest, ctx.now)
    if spent is None:
        raise await _refused(ctx, user_id, digest)
    ctx.touched("session", spent.session_id, user_id=str(user_id))
    session = await queries.hold_session(ctx.tx, user_id, spent.session_id)
    user = await queries.user(ctx.tx, user_id)
    if session is None or session.revoked_at is not None or user is None or user.status != "active":
        raise RefreshInvalid
    gyms = await my_gyms(ctx)
    kept = next((gym for gym in gyms if gym.gym_id == spent.tenant_id), None)
    gym = kept if op.gym is None and kept is not None else _choose(gyms, op.gym)
    await queries.mark_seen(ctx.tx, user_id, session.id, at=ctx.now, ip=ctx.call.ip)
    return await _tokens(ctx, user, session.id, gym, gyms)


@handles(SignOut)
async def sign_out(ctx: UserContext, op: SignOut) -> Done:
    """End the session of the token."""
    session_id = ctx.actor.session_id
    assert session_id is not None
    await queries.revoke_session(ctx.tx, ctx.user_id, session_id, at=ctx.now, reason="signed_out")
    ctx.touched("session", session_id)
    return Done()


@handles(SignOutEverywhere)
async def sign_out_everywhere(ctx: UserContext, op: SignOutEverywhere) -> Done:
    """End every session."""
    ended = await queries.revoke_sessions(ctx.tx, ctx.user_id, at=ctx.now, reason="signed_out_everywhere")
    ctx.touched("user", ctx.user_id, sessions=ended)
    return Done()


@handles(ListDevices)
async def list_devices(ctx: UserContext, op: ListDevices) -> DeviceList:
    """Sessions that can still be refreshed."""
    rows = await queries.sessions(ctx.tx, ctx.user_id, seen_after=ctx.now - REFRESH_LIFE)
    return DeviceList(
        items=[
            DeviceRow(
                session_id=row.id,
                device=row.device,
                ip=row.ip,
                signed_in_at=row.authenticated_at,
                last_seen_at=row.last_seen_at,
                current=row.id == ctx.actor.session_id,
            )
            for row in rows
        ]
    )


@handles(RevokeDevice)
async def revoke_device(ctx: UserContext, op: RevokeDevice) -> Done:
    """End one session."""
    if not await queries.revoke_session(ctx.tx, ctx.user_id, op.session_id, at=ctx.now, reason="revoked"):
        raise DeviceUnknown
    ctx.touched("session", op.session_id)
    return Done()


def _choose(gyms: Sequence[GymSummary], slug: str | None) -> GymSummary | None:
    """The gym of that slug; without one the only gym there is."""
    if slug is None:
        return gyms[0] if len(gyms) == 1 else None
    for gym in gyms:
        if gym.slug == slug:
            return gym
    raise NotOfThisGym(gym=slug)


async def _refused(ctx: Context, user_id: UUID, digest: str) -> RefreshInvalid:
    token = await queries.refresh_token(ctx.tx, user_id, digest)
    reason = "expired" if token.used_at is None else "reused"
    ctx.touched("session", token.session_id, user_id=str(user_id), reason=reason)
    if reason == "reused" and await queries.revoke_session(
        ctx.tx, user_id, token.session_id, at=ctx.now, reason="token_reused"
    ):
        ctx.emit(events.SessionCompromised(user_id=user_id, session_id=token.session_id))
    return RefreshInvalid()


async def _tokens(
    ctx: Context, user: Any, session_id: UUID, gym: GymSummary | None, gyms: list[GymSummary]
) -> SignedIn:
    """New tokens of a session. The roles and permissions in them are for clients to read; the server asks the database."""
    refresh_token = crypto.new_token("ppr_")
    await queries.insert_refresh_token(
        ctx.tx,
        digest=crypto.digest(refresh_token),
        user_id=user.user_id,
        session_id=session_id,
        tenant_id=None if gym is None else gym.gym_id,
        expires_at=ctx.now + REFRESH_LIFE,
        created_at=ctx.now,
    )
    roles = [*(gym.roles if gym else ()), *([Role.SUPER_ADMIN.value] if user.super_admin else ())]
    claims: dict[str, Any] = {
        "sub": str(user.user_id),
        "sid": str(session_id),
        "iat": int(ctx.now.timestamp()),
        "exp": int((ctx.now + ACCESS_LIFE).timestamp()),
        "roles": roles,
    }
    if gym is not None:
        claims |= {
            "tid": str(gym.gym_id), "gym": gym.slug, "gid": str(gym.person_id), "perms": gym.permissions,
        }  # fmt: skip
    return SignedIn(
        access_token=ctx.ports.tokens.issue(claims),
        expires_in=int(ACCESS_LIFE.total_seconds()),
        refresh_token=refresh_token,
        user_id=user.user_id,
        session_id=session_id,
        gym=gym,
        gyms=gyms,
    )
