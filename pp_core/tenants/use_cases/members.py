"""Members: adding, finding and changing them."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission, Role
from pp_core.tenants import events
from pp_core.tenants.access import access_branch, access_brief, access_person
from pp_core.tenants.operations.members import (
    AddMember,
    GetMember,
    ListMembers,
    Member,
    MemberPage,
    MemberRow,
    PhoneTaken,
    SetLanguage,
    UpdateMember,
)
from pp_core.tenants.queries import gyms, people
from pp_core.tenants.rules import CONSENT_WORDING, is_staff, like_pattern, member_code, same_name

from .staff import keep_an_admin

LIMIT = "members"


@dataclass(frozen=True, slots=True)
class Consenting:
    """Whether somebody agreed that the gym keeps their data: to which wording, through which door (else the call's)."""

    given: bool
    wording: str = CONSENT_WORDING
    door: str | None = None


@handles(AddMember)
async def add_member(ctx: TenantContext, op: AddMember) -> Member:
    """A new member, with a code of their own."""
    await people.take_turn(ctx.tx, ctx.tenant_id)
    if op.phone is not None:
        await _refuse_twin(ctx, op.phone, op.name)
    person = await insert_member(
        ctx,
        Consenting(given=op.consent),
        name=op.name,
        phone=op.phone,
        email=op.email,
        language=op.language,
        branch_id=op.branch_id,
        joined_on=op.joined_on,
    )
    ctx.touched("person", person.id)
    return member_of(person)


@handles(GetMember)
async def get_member(ctx: TenantContext, op: GetMember) -> Member:
    """One person in full."""
    return member_of(await access_person(ctx, op.member, to=Permission.MEMBER_READ))


@handles(SetLanguage)
async def set_language(ctx: TenantContext, op: SetLanguage) -> Done:
    """The caller's own; what is sent to them from now on is in it."""
    person = await access_brief(ctx, None, to=Permission.MEMBER_READ_OWN)
    await people.update_person(ctx.tx, ctx.tenant_id, person.id, language=op.language)
    ctx.touched("person", person.id)
    return Done()


@handles(ListMembers)
async def list_members(ctx: TenantContext, op: ListMembers) -> MemberPage:
    """A page of people by name."""
    name, person_id = decode_cursor(op.cursor, str, UUID)
    after = {"limit": op.limit + 1, "after_name": name, "after_id": person_id}
    words = (op.search or "").strip()
    if words:
        rows = await people.search(ctx.tx, ctx.tenant_id, pattern=like_pattern(words), **after)
    else:
        rows = await people.page(ctx.tx, ctx.tenant_id, **after)
    items = [MemberRow(**row._asdict()) for row in rows[: op.limit]]
    more = len(rows) > op.limit
    return MemberPage(items=items, next=encode_cursor(items[-1].name, items[-1].id) if more else None)


@handles(UpdateMember)
async def update_member(ctx: TenantContext, op: UpdateMember) -> Member:
    """Change what was given."""
    person = await access_person(ctx, op.member, to=Permission.MEMBER_MANAGE)
    if is_staff(person.roles) and person.id != ctx.person_id:
        ctx.demand(Permission.STAFF_MANAGE)  # who holds a phone is who it says on the text doors
    if op.status == "left":
        await keep_an_admin(ctx, without=person.id)
    if op.status == "active" and person.status == "left":
        await people.take_turn(ctx.tx, ctx.tenant_id)
        ctx.demand_room(LIMIT, await people.count(ctx.tx, ctx.tenant_id))
    if op.phone is not None and op.phone != person.phone:
        await _refuse_twin(ctx, op.phone, op.name or person.name)
    await people.update_person(
        ctx.tx,
        ctx.tenant_id,
        person.id,
        name=op.name,
        phone=op.phone,
        email=op.email,
        language=op.language,
        status=op.status,
    )
    if op.status == "left" and person.status != "left":
        ctx.emit(events.PersonLeft(person_id=person.id))
    ctx.touched("person", person.id)
    return member_of(await people.by_id(ctx.tx, ctx.tenant_id, person.id))


async def insert_member(
    ctx: TenantContext,
    consent: Consenting,
    *,
    name: str,
    phone: str | None,
    language: str,
    email: str | None = None,
    branch_id: UUID | None = None,
    joined_on: date | None = None,
) -> Any:
    """A new member in full, with a code and a consent of their own; `LimitReached` when the gym is full.

    It takes the gym's turn to add people, so that what is counted stays; whoever looked for a twin before took it already.
    """
    number = await people.take_codes(ctx.tx, ctx.tenant_id, 1)
    ctx.demand_room(LIMIT, await people.count(ctx.tx, ctx.tenant_id))
    person_id = new_id()
    row = {
        "tenant_id": ctx.tenant_id,
        "id": person_id,
        "user_id": None,
        "branch_id": await _home_branch(ctx, branch_id),
        "name": name,
        "phone": phone,
        "email": email,
        "code": member_code(number),
        "language": language,
        "roles": [Role.CLIENT.value],
        "joined_on": joined_on or ctx.today,
    }
    await people.insert_people(ctx.tx, [row])
    await people.insert_consents(ctx.tx, [consent_row(ctx, person_id, consent)])
    ctx.emit(events.MemberAdded(person_id=person_id))
    return await people.by_id(ctx.tx, ctx.tenant_id, person_id)


async def _home_branch(ctx: TenantContext, branch_id: UUID | None) -> UUID:
    """The branch asked for, which must be the gym's, or the first one there is."""
    if branch_id is None:
        first: UUID = (await gyms.branches(ctx.tx, ctx.tenant_id))[0].id
        return first
    await access_branch(ctx, branch_id)
    return branch_id


async def _refuse_twin(ctx: TenantContext, phone: str, name: str) -> None:
    """A family may share a phone; the same person twice is a mistake."""
    for other in await people.with_phones(ctx.tx, ctx.tenant_id, [phone]):
        if same_name(other.name, name) and other.status == "active":
            raise PhoneTaken(phone=phone, name=other.name, code=other.code)


def consent_row(ctx: TenantContext, person_id: UUID, consent: Consenting) -> dict[str, Any]:
    """What is kept of a consent to keep a person's data."""
    return {
        "tenant_id": ctx.tenant_id,
        "id": new_id(),
        "person_id": person_id,
        "purpose": "data",
        "wording": consent.wording,
        "given": consent.given,
        "door": consent.door or ctx.call.door.value,
        "at": ctx.now,
    }


def member_of(row: Any) -> Member:
    """A full row as its answer."""
    values = row._asdict()
    values.pop("user_id")
    return Member(**values)
