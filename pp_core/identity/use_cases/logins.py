"""Logins themselves: making one, joining one, the profile, and who runs the platform."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import SecretStr

from pp_core.identity import queries
from pp_core.identity.operations import (
    GetProfile,
    GrantPlatform,
    GymSummary,
    LoginUnknown,
    PlatformGranted,
    Profile,
    UpdateProfile,
)
from pp_core.identity.rules import read_login
from pp_core.kernel.context import Context, PlatformContext, UserContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.policy import Role, permissions_of

from .lockout import act_as_login, prove_password
from .strength import accepted


@handles(GetProfile)
async def get_profile(ctx: UserContext, op: GetProfile) -> Profile:
    """The login and its gyms."""
    return await _profile(ctx)


@handles(UpdateProfile)
async def update_profile(ctx: UserContext, op: UpdateProfile) -> Profile:
    """Another language."""
    await queries.set_language(ctx.tx, ctx.user_id, op.language)
    ctx.touched("user", ctx.user_id)
    return await _profile(ctx)


@handles(GrantPlatform)
async def grant_platform(ctx: PlatformContext, op: GrantPlatform) -> PlatformGranted:
    """Set who runs the platform; the first one has no gym to be invited by, so the login is made here."""
    name = read_login(op.identifier)
    user_id, known = await act_as_login(ctx, name)
    if known is None:
        if op.password is None or not op.super_admin:
            raise LoginUnknown(identifier=op.identifier)
        email, phone = (name, None) if "@" in name else (None, name)
        made = await _create(ctx, phone=phone, email=email, names=(), language=ctx.language, password=op.password)
        if made is None:
            raise LoginUnknown(identifier=op.identifier)
        user_id = made
    await queries.set_super_admin(ctx.tx, user_id, op.super_admin)
    ctx.touched("user", user_id)
    return PlatformGranted(user_id=user_id, super_admin=op.super_admin, created=known is None)


async def join_login(
    ctx: Context, *, phone: str, email: str | None, names: Sequence[str], language: str, password: SecretStr
) -> UUID:
    """The login with this phone when `password` is its password, or a new login: a code that went there was given back.

    Raises `CredentialsWrong` or `AccountLocked` for the former, `PasswordWeak` for the latter. The e-mail becomes another
    name of a new login unless it is one of somebody else's. The transaction acts as that user from here on.
    """
    user_id, known = await act_as_login(ctx, phone)
    if known is None:
        made = await _create(ctx, phone=phone, email=email, names=names, language=language, password=password)
        if made is not None:
            return made
        user_id, known = await act_as_login(ctx, phone)  # it was made by somebody else just now
    await prove_password(ctx, user_id, password, None if known is None else known.password_hash)
    await queries.mark_phone_verified(ctx.tx, user_id, phone, ctx.now)
    return user_id


async def my_gyms(ctx: Context) -> list[GymSummary]:
    """The gyms of the acting user, by name."""
    return [
        GymSummary(
            gym_id=row.tenant_id,
            slug=row.slug,
            name=row.name,
            person_id=row.person_id,
            person_name=row.person_name,
            roles=row.roles,
            permissions=sorted(permissions_of(frozenset(Role(role) for role in row.roles))),
        )
        for row in await queries.my_gyms(ctx.tx)
    ]


async def _create(
    ctx: Context, *, phone: str | None, email: str | None, names: Sequence[str], language: str, password: SecretStr
) -> UUID | None:
    """A new login, or None when the phone is somebody's. The phone counts as verified."""
    address = read_login(email) if email else None
    given = accepted(ctx, password, personal=[*names, *filter(None, (address, phone))])
    user_id = new_id()
    await ctx.act_as_user(user_id)
    values = {
        "user_id": user_id,
        "phone": phone,
        "phone_verified_at": None if phone is None else ctx.now,
        "password_hash": await ctx.ports.hasher.hash(given),
        "language": language,
        "created_at": ctx.now,
    }
    if await queries.insert_user(ctx.tx, **values, email=address):
        return user_id
    if address is not None and phone is not None and await queries.insert_user(ctx.tx, **values, email=None):
        return user_id
    return None


async def _profile(ctx: UserContext) -> Profile:
    user = await queries.user(ctx.tx, ctx.user_id)
    assert user is not None  # the pipeline found its session
    return Profile(
        user_id=user.user_id,
        email=user.email,
        phone=user.phone,
        email_verified=user.email_verified_at is not None,
        phone_verified=user.phone_verified_at is not None,
        language=user.language,
        gyms=await my_gyms(ctx),
    )
