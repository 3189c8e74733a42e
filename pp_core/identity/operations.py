"""Requests about logins: signing in and out, devices, passwords and one-time codes."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, NotOfThisGym, Problem
from pp_core.kernel.operation import Done, Operation, Result, Secret
from pp_core.kernel.policy import Policy, Rate, Scope


class CredentialsWrong(Problem):
    """The login or the password is wrong; which of them is not said."""

    kind = Kind.UNAUTHENTICATED
    code = "identity.credentials_wrong"
    keeps_changes = True


class AccountLocked(Problem):
    """Too many wrong passwords: locked until `until`, or until an administrator unlocks it."""

    kind = Kind.UNAUTHENTICATED
    code = "identity.account_locked"
    keeps_changes = True


class RefreshInvalid(Problem):
    """The refresh token has expired, was revoked, or was used before (which revokes its whole family)."""

    kind = Kind.UNAUTHENTICATED
    code = "identity.refresh_invalid"
    keeps_changes = True


class PasswordWeak(Problem):
    """The password does not hold to the policy: `reasons` lists codes such as `too_short`, `summary` says them."""

    kind = Kind.INVALID
    code = "identity.password_weak"


class CodeInvalid(Problem):
    """The code is wrong, was used, or has expired."""

    kind = Kind.INVALID
    code = "identity.code_invalid"
    keeps_changes = True


class DeviceUnknown(Problem):
    """The login has no such device."""

    kind = Kind.NOT_FOUND
    code = "identity.device_unknown"


class ContactMissing(Problem):
    """The login has no such contact, so nothing can be sent to it."""

    kind = Kind.INVALID
    code = "identity.contact_missing"


class LoginUnknown(Problem):
    """No login has this e-mail or phone; give a password to make one."""

    kind = Kind.NOT_FOUND
    code = "identity.login_unknown"


class GymSummary(Result):
    """A gym that a login works or trains in."""

    gym_id: UUID
    slug: str
    name: str
    person_id: UUID
    person_name: str
    roles: list[str]
    permissions: list[str]


class SignedIn(Result):
    """The tokens of a session, in the gym that was asked for or the only one there is."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds until the access token ends")
    refresh_token: str
    user_id: UUID
    session_id: UUID
    gym: GymSummary | None = Field(description="The gym the token is for; null when the login has none, or must choose")
    gyms: list[GymSummary]


class SignIn(Operation[SignedIn]):
    """Sign in with e-mail or phone and password."""

    policy: ClassVar = Policy(name="identity.sign_in", scope=Scope.PUBLIC, rate=Rate.AUTH, idempotent=False)
    errors: ClassVar = (CredentialsWrong, AccountLocked, NotOfThisGym)

    identifier: str = Field(min_length=3, max_length=254, description="E-mail or phone")
    password: Secret = Field(description="Password")
    device: str = Field(default="unnamed device", min_length=1, max_length=80, description="What to call this device")
    gym: str | None = Field(
        default=None, max_length=40, description="Slug of the gym to act in, when there are several"
    )


class RefreshSession(Operation[SignedIn]):
    """Exchange a refresh token for new tokens; each works once."""

    policy: ClassVar = Policy(name="identity.refresh", scope=Scope.PUBLIC, rate=Rate.AUTH, idempotent=False)
    errors: ClassVar = (RefreshInvalid, NotOfThisGym)

    refresh_token: Secret = Field(description="The refresh token")
    gym: str | None = Field(default=None, max_length=40, description="Slug of another gym to act in from now on")


class SignOut(Operation[Done]):
    """End this session."""

    policy: ClassVar = Policy(name="identity.sign_out", scope=Scope.USER)


class SignOutEverywhere(Operation[Done]):
    """End all sessions of this login, this one included."""

    policy: ClassVar = Policy(name="identity.sign_out_everywhere", scope=Scope.USER)


class DeviceRow(Result):
    """A signed-in device."""

    session_id: UUID
    device: str
    ip: str | None
    signed_in_at: datetime
    last_seen_at: datetime
    current: bool


class DeviceList(Result):
    """The devices that are signed in, last seen first."""

    items: list[DeviceRow]


class ListDevices(Operation[DeviceList]):
    """List the devices that are signed in."""

    policy: ClassVar = Policy(name="identity.list_devices", scope=Scope.USER, reads_only=True)


class RevokeDevice(Operation[Done]):
    """Sign one device out; the others go on."""

    policy: ClassVar = Policy(name="identity.revoke_device", scope=Scope.USER)
    errors: ClassVar = (DeviceUnknown,)

    session_id: UUID = Field(description="The device's session")


class Profile(Result):
    """A login as its owner sees it."""

    user_id: UUID
    email: str | None
    phone: str | None
    email_verified: bool
    phone_verified: bool
    language: str
    gyms: list[GymSummary]


class GetProfile(Operation[Profile]):
    """Show my login and my gyms."""

    policy: ClassVar = Policy(name="identity.get_profile", scope=Scope.USER, reads_only=True)


class UpdateProfile(Operation[Profile]):
    """Change my language."""

    policy: ClassVar = Policy(name="identity.update_profile", scope=Scope.USER)

    language: Literal["en", "sw"] = Field(description="en or sw")


class ChangePassword(Operation[Done]):
    """Change my password; all other devices are signed out."""

    policy: ClassVar = Policy(name="identity.change_password", scope=Scope.USER, rate=Rate.AUTH)
    errors: ClassVar = (CredentialsWrong, AccountLocked, PasswordWeak)

    current_password: Secret = Field(description="The password until now")
    new_password: Secret = Field(description="The password from now on")


class RequestPasswordReset(Operation[Done]):
    """Send a one-time code to a login's phone; the answer is the same for a login that does not exist."""

    policy: ClassVar = Policy(
        name="identity.request_password_reset", scope=Scope.PUBLIC, rate=Rate.AUTH, idempotent=False
    )

    identifier: str = Field(min_length=3, max_length=254, description="E-mail or phone")


class ResetPassword(Operation[Done]):
    """Set a new password with the code that was sent; ends the lock and all sessions."""

    policy: ClassVar = Policy(name="identity.reset_password", scope=Scope.PUBLIC, rate=Rate.AUTH, idempotent=False)
    errors: ClassVar = (CodeInvalid, PasswordWeak)

    identifier: str = Field(min_length=3, max_length=254, description="E-mail or phone")
    code: Secret = Field(description="The code that was sent")
    new_password: Secret = Field(description="The password from now on")


class RequestVerification(Operation[Done]):
    """Send a one-time code to my phone, to prove that it is mine."""

    policy: ClassVar = Policy(name="identity.request_verification", scope=Scope.USER, rate=Rate.AUTH)
    errors: ClassVar = (ContactMissing,)

    contact: Literal["phone"] = Field(default="phone", description="Which contact")


class VerifyContact(Operation[Done]):
    """Prove a contact with the code that was sent to it."""

    policy: ClassVar = Policy(name="identity.verify_contact", scope=Scope.USER, rate=Rate.AUTH)
    errors: ClassVar = (CodeInvalid,)

    contact: Literal["phone"] = Field(default="phone", description="Which contact")
    code: Secret = Field(description="The code that was sent")


class PlatformGranted(Result):
    """A login and whether it now runs the platform."""

    user_id: UUID
    super_admin: bool
    created: bool = Field(description="Whether the login was made by this request")


class GrantPlatform(Operation[PlatformGranted]):
    """Make a login a SUPER_ADMIN of the platform, or take that away; makes the login when a password is given."""

    # Not idempotent by key: the request's digest would be kept, and it holds a password.
    policy: ClassVar = Policy(name="identity.grant_platform", scope=Scope.PLATFORM, idempotent=False)
    errors: ClassVar = (LoginUnknown, PasswordWeak)

    identifier: str = Field(min_length=3, max_length=254, description="E-mail or phone")
    super_admin: bool = Field(default=True, description="Whether the login is to be a SUPER_ADMIN")
    password: Secret | None = Field(default=None, description="Password of a new login; not used when there is one")
