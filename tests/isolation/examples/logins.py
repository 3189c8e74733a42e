"""Examples of what logins do."""

from pydantic import SecretStr

from pp_core.identity import operations as identity
from pp_core.kernel.ids import new_id
from tests.isolation.world import PASSWORD, Caller, World, refresh_token, texted_code

from .registry import example, simple, word

simple(identity.SignOut)
simple(identity.SignOutEverywhere)
simple(identity.ListDevices)
simple(identity.GetProfile)
simple(identity.UpdateProfile, language=lambda: "sw")
simple(identity.RequestVerification)


@example(identity.SignIn)
async def sign_in(world: World, caller: Caller) -> identity.SignIn:
    """With the right password."""
    return identity.SignIn(identifier=caller.phone, password=SecretStr(PASSWORD), device=word())


@example(identity.RefreshSession)
async def refresh(world: World, caller: Caller) -> identity.RefreshSession:
    """With a token that was not used."""
    return identity.RefreshSession(refresh_token=SecretStr(refresh_token(world, caller)))


@example(identity.RevokeDevice)
async def revoke_device(world: World, caller: Caller) -> identity.RevokeDevice:
    """Another device of the caller."""
    session_id = new_id()
    world.sign_in(caller.user_id, session_id)
    return identity.RevokeDevice(session_id=session_id)


@example(identity.ChangePassword)
async def change_password(world: World, caller: Caller) -> identity.ChangePassword:
    """To one that will do."""
    return identity.ChangePassword(
        current_password=SecretStr(PASSWORD), new_password=SecretStr(f"chui-{word()}-bahari")
    )


@example(identity.RequestPasswordReset)
async def request_reset(world: World, caller: Caller) -> identity.RequestPasswordReset:
    """By phone."""
    return identity.RequestPasswordReset(identifier=caller.phone)


@example(identity.ResetPassword)
async def reset_password(world: World, caller: Caller) -> identity.ResetPassword:
    """With the code that was sent."""
    return identity.ResetPassword(
        identifier=caller.phone,
        code=SecretStr(texted_code(world, caller, "password_reset")),
        new_password=SecretStr(f"chui-{word()}-bahari"),
    )


@example(identity.VerifyContact)
async def verify_contact(world: World, caller: Caller) -> identity.VerifyContact:
    """With the code that was sent."""
    return identity.VerifyContact(code=SecretStr(texted_code(world, caller, "verify_phone")))


@example(identity.GrantPlatform)
async def grant_platform(world: World, caller: Caller) -> identity.GrantPlatform:
    """To a login of its own."""
    return identity.GrantPlatform(identifier=world.join(caller.gym).phone)
