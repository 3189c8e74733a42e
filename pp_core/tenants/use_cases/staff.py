"""Staff: inviting them, what they are here, and unlocking their logins."""

from collections.abc import Iterable
from uuid import UUID

from pp_core.identity import public as identity
from pp_core.kernel import crypto
from pp_core.kernel.context import PublicContext, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission, Role
from pp_core.tenants import events
from pp_core.tenants.access import access_person
from pp_core.tenants.operations.members import MemberRow, PhoneTaken
from pp_core.tenants.operations.staff import (
    AcceptInvitation,
    AssignRoles,
    InvitationInvalid,
    InvitationSent,
    InviteStaff,
    LastAdmin,
    ListStaff,
    LoginTaken,
    RoleNotOfGym,
    StaffPage,
    UnlockStaff,
)
from pp_core.tenants.queries import gyms, people, staff
from pp_core.tenants.rules import member_code, same_name, sorted_roles

from .invitations import invite, shown_to


@handles(InviteStaff)
async def invite_staff(ctx: TenantContext, op: InviteStaff) -> InvitationSent:
    """Invite somebody new, or a member of that name and phone who has no login yet; asking again sends a new code."""
    roles = _of_gym(op.roles)
    known = [
        person
        for person in await people.with_phones(ctx.tx, ctx.tenant_id, [op.phone])
        if person.status == "active" and same_name(person.name, op.name)
    ]
    if known:
        person_id = known[0].id
        person = await people.by_id(ctx.tx, ctx.tenant_id, person_id)
        if person is None or person.user_id is not None:
            raise PhoneTaken(phone=op.phone, name=known[0].name, code=known[0].code)
        await staff.set_roles(ctx.tx, ctx.tenant_id, person_id, sorted_roles([*person.roles, *roles]))
        await people.update_person(ctx.tx, ctx.tenant_id, person_id, email=op.email)
    else:
        person_id = new_id()
        number = await people.take_codes(ctx.tx, ctx.tenant_id, 1)
        row = {
            "tenant_id": ctx.tenant_id,
            "id": person_id,
            "user_id": None,
            "branch_id": (await gyms.branches(ctx.tx, ctx.tenant_id))[0].id,
            "name": op.name,
            "phone": op.phone,
            "email": op.email,
            "code": member_code(number),
            "language": ctx.language,
            "roles": roles,
            "joined_on": ctx.today,
        }
        await people.insert_people(ctx.tx, [row])
    invited = await invite(ctx, person_id, op.phone)
    ctx.emit(events.StaffInvited(person_id=person_id))
    ctx.touched("person", person_id)
    return InvitationSent(person_id=person_id, expires_at=invited.expires_at, invitation=shown_to(ctx, invited))


@handles(AcceptInvitation)
async def accept_invitation(ctx: PublicContext, op: AcceptInvitation) -> Done:
    """Give the invited person a login: a new one, or the one that has their phone."""
    found = await staff.find_invitation(ctx.tx, crypto.digest(op.invitation.get_secret_value().strip()))
    if found is None:
        raise InvitationInvalid
    gym = await ctx.enter_gym(found.tenant_id)
    held = await staff.hold_invitation(gym.tx, gym.tenant_id, found.id)
    if held is None or held.accepted_at is not None or held.expires_at <= ctx.now:
        raise InvitationInvalid
    person = await people.by_id(gym.tx, gym.tenant_id, held.person_id)
    # Another phone since then: the code does not prove that one, so it takes a new invitation.
    if person is None or person.status != "active" or person.user_id is not None or person.phone != held.phone:
        raise InvitationInvalid
    ctx.touched("person", person.id, gym=gym.gym_slug)
    user_id = await identity.join_login(
        gym,
        phone=held.phone,
        email=person.email,
        names=[person.name],
        language=person.language,
        password=op.password,
    )
    if await staff.person_of_login(gym.tx, gym.tenant_id, user_id) is not None:
        raise LoginTaken
    await staff.link_login(gym.tx, gym.tenant_id, person.id, user_id)
    await staff.accept_invitation(gym.tx, gym.tenant_id, found.id, at=ctx.now)
    gym.emit(events.StaffJoined(person_id=person.id))
    return Done()


@handles(ListStaff)
async def list_staff(ctx: TenantContext, op: ListStaff) -> StaffPage:
    """A page of staff by name."""
    name, person_id = decode_cursor(op.cursor, str, UUID)
    rows = await staff.page(ctx.tx, ctx.tenant_id, limit=op.limit + 1, after_name=name, after_id=person_id)
    items = [MemberRow(**row._asdict()) for row in rows[: op.limit]]
    more = len(rows) > op.limit
    return StaffPage(items=items, next=encode_cursor(items[-1].name, items[-1].id) if more else None)


@handles(AssignRoles)
async def assign_roles(ctx: TenantContext, op: AssignRoles) -> Done:
    """Other roles from the next request on, for the server asks the database each time."""
    roles = _of_gym(op.roles)
    person = await access_person(ctx, str(op.person_id), to=Permission.STAFF_MANAGE)
    if Role.GYM_ADMIN.value not in roles:
        await keep_an_admin(ctx, without=person.id)
    await staff.set_roles(ctx.tx, ctx.tenant_id, person.id, roles)
    ctx.emit(events.RolesChanged(person_id=person.id))
    ctx.touched("person", person.id, before=sorted_roles(person.roles))
    return Done()


@handles(UnlockStaff)
async def unlock_staff(ctx: TenantContext, op: UnlockStaff) -> Done:
    """End the lock; without a login there is none."""
    person = await access_person(ctx, str(op.person_id), to=Permission.STAFF_MANAGE)
    ctx.touched("person", person.id)
    if person.user_id is not None:
        await identity.unlock(ctx, person.user_id)
    return Done()


async def keep_an_admin(ctx: TenantContext, *, without: UUID) -> None:
    """Raise `LastAdmin` when nobody else is an active administrator; they stay so until the transaction ends."""
    if await staff.hold_admins(ctx.tx, ctx.tenant_id) == {without}:
        raise LastAdmin


def _of_gym(roles: Iterable[Role]) -> list[str]:
    if Role.SUPER_ADMIN in (given := set(roles)):
        raise RoleNotOfGym(role=Role.SUPER_ADMIN.value)
    return sorted_roles(given)
