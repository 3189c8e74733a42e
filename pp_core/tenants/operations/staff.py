"""Staff: invitations, roles, unlocking; and the PIN of the text doors."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.identity.operations import AccountLocked, CredentialsWrong, PasswordWeak
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result, Secret
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.phone import Phone
from pp_core.kernel.policy import Permission, Policy, Rate, Role, Scope
from pp_core.kernel.validation import Line

from .members import MemberRow, PersonUnknown, PhoneTaken


class InvitationInvalid(Problem):
    """The invitation was used, has expired, or was never given out."""

    kind = Kind.NOT_FOUND
    code = "tenants.invitation_invalid"


class PinInvalid(Problem):
    """The PIN is not of four to six digits, or is too easy to guess (1234, 1111, 1212, the end of their phone)."""

    kind = Kind.INVALID
    code = "tenants.pin_invalid"


class LastAdmin(Problem):
    """The gym would be left without an administrator."""

    kind = Kind.CONFLICT
    code = "tenants.last_admin"


class RoleNotOfGym(Problem):
    """The role is of the platform; no gym can give it."""

    kind = Kind.INVALID
    code = "tenants.role_not_of_gym"


class LoginTaken(Problem):
    """The login of that phone works here already, as another person."""

    kind = Kind.CONFLICT
    code = "tenants.login_taken"


class PinWrong(Problem):
    """The PIN given is wrong, or was left out; `left` more wrong ones lock."""

    kind = Kind.FORBIDDEN
    code = "tenants.pin_wrong"
    keeps_changes = True


class PinUnset(Problem):
    """The caller has set no PIN yet."""

    kind = Kind.CONFLICT
    code = "tenants.pin_unset"


class PinLocked(Problem):
    """Too many wrong PINs: locked until `until`, or until somebody of the gym sets another."""

    kind = Kind.FORBIDDEN
    code = "tenants.pin_locked"
    keeps_changes = True


class InvitationSent(Result):
    """An invitation that went out."""

    person_id: UUID
    expires_at: datetime
    invitation: str | None = Field(description="The code, shown once to an operator; null when it was sent by text")


class InviteStaff(Operation[InvitationSent]):
    """Invite a person to work here; they choose a password with the code that is sent to their phone."""

    # Not idempotent by key: the answer would be kept, and an operator's holds the code. Asking again sends a new one.
    policy: ClassVar = Policy(
        name="tenants.invite_staff", scope=Scope.TENANT, permission=Permission.STAFF_MANAGE, idempotent=False
    )
    errors: ClassVar = (PhoneTaken, RoleNotOfGym)

    name: Line = Field(min_length=2, max_length=80, description="Name")
    phone: Phone = Field(description="Phone, to which the invitation goes")
    email: str | None = Field(default=None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="E-mail")
    roles: list[Role] = Field(min_length=1, max_length=5, description="Roles, such as TRAINER or RECEPTION")


class AcceptInvitation(Operation[Done]):
    """Accept an invitation: make a login with this password, or join with the login that has this phone."""

    policy: ClassVar = Policy(name="tenants.accept_invitation", scope=Scope.PUBLIC, rate=Rate.AUTH, idempotent=False)
    errors: ClassVar = (InvitationInvalid, LoginTaken, CredentialsWrong, AccountLocked, PasswordWeak)

    invitation: Secret = Field(description="The code that was sent")
    password: Secret = Field(description="The password of the new login, or of the one you have")


class StaffPage(Page[MemberRow]):
    """One page of staff, by name."""


class ListStaff(Operation[StaffPage]):
    """List the people who work here."""

    policy: ClassVar = Policy(
        name="tenants.list_staff", scope=Scope.TENANT, permission=Permission.STAFF_MANAGE, reads_only=True
    )

    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class AssignRoles(Operation[Done]):
    """Set what a person is in this gym; takes effect with their next request."""

    policy: ClassVar = Policy(name="tenants.assign_roles", scope=Scope.TENANT, permission=Permission.STAFF_MANAGE)
    errors: ClassVar = (PersonUnknown, LastAdmin, RoleNotOfGym)

    person_id: UUID = Field(description="The person")
    roles: list[Role] = Field(min_length=1, max_length=6, description="All roles they will have")


class UnlockStaff(Operation[Done]):
    """Unlock the login of a person of the staff after too many wrong passwords."""

    policy: ClassVar = Policy(name="tenants.unlock_staff", scope=Scope.TENANT, permission=Permission.STAFF_MANAGE)
    errors: ClassVar = (PersonUnknown,)

    person_id: UUID = Field(description="The person")


class SetPin(Operation[Done]):
    """Set the PIN that the text doors ask for before anything that a stolen SIM could abuse."""

    policy: ClassVar = Policy(
        name="tenants.set_pin",
        scope=Scope.TENANT,
        permission=Permission.MEMBER_MANAGE,
        own_permission=Permission.MEMBER_READ_OWN,
        idempotent=False,
    )
    errors: ClassVar = (PersonUnknown, PinInvalid, PinWrong, PinLocked)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")
    pin: Secret = Field(description="Four to six digits")
    current_pin: Secret | None = Field(default=None, description="The PIN until now, when you change your own")


class CheckPin(Operation[Done]):
    """Check your own PIN, as a locked screen does; five wrong ones in a row lock it for an hour."""

    policy: ClassVar = Policy(
        name="tenants.check_pin",
        scope=Scope.TENANT,
        permission=Permission.MEMBER_READ_OWN,
        idempotent=False,
        works_suspended=True,
    )
    errors: ClassVar = (PersonUnknown, PinUnset, PinWrong, PinLocked)

    pin: Secret = Field(description="Your PIN")
