"""Statements about staff: invitations, roles and PINs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, literal_column, null, select, update
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.tenants.models import Invitation, Person

_IN_GYM = Person.tenant_id == bindparam("of_gym")
_PERSON = (_IN_GYM, Person.id == bindparam("of_person"))
_INVITATION = (Invitation.tenant_id == bindparam("of_gym"), Invitation.id == bindparam("of_invitation"))

_INSERT_INVITATION = sql(
    insert(Invitation).values(
        {name: bindparam(name) for name in ("tenant_id", "id", "person_id", "phone", "digest", "expires_at")}
    )
)
_END_INVITATIONS = sql(
    update(Invitation)
    .where(
        Invitation.tenant_id == bindparam("of_gym"),
        Invitation.person_id == bindparam("of_person"),
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > bindparam("at"),
    )
    .values(expires_at=bindparam("at"))
)
_FIND_INVITATION = sql("SELECT tenant_id, id FROM pp_invitation(%(digest)s)")
_HOLD_INVITATION = sql(
    select(Invitation.person_id, Invitation.phone, Invitation.expires_at, Invitation.accepted_at)
    .where(*_INVITATION)
    .with_for_update()
)
_ACCEPT = sql(update(Invitation).where(*_INVITATION).values(accepted_at=bindparam("at")))
_LINK = sql(update(Person).where(*_PERSON).values(user_id=bindparam("login")))
_OF_LOGIN = sql(select(Person.id).where(_IN_GYM, Person.user_id == bindparam("login")))

# Worded like the partial index ix_people_staff, so that a gym's staff is found without reading its members.
_STAFF = sql(
    "SELECT p.id, p.code, p.name, p.phone, p.email, p.language, p.roles, p.status, p.joined_on, p.branch_id"
    " FROM people p WHERE p.tenant_id = %(tenant_id)s AND p.roles <> '{CLIENT}' AND p.status = 'active'"
    " AND (%(after_name)s::text IS NULL OR (p.name, p.id) > (%(after_name)s, %(after_id)s::uuid))"
    " ORDER BY p.name, p.id LIMIT %(limit)s"
)
# Locked in one order: two administrators who demote each other must not both find that the other one stays.
_HOLD_ADMINS = sql(
    "SELECT p.id FROM people p WHERE p.tenant_id = %(tenant_id)s AND p.roles <> '{CLIENT}' AND p.status = 'active'"
    " AND 'GYM_ADMIN' = ANY (p.roles) ORDER BY p.id FOR UPDATE"
)
_SET_ROLES = sql(update(Person).where(*_PERSON).values(roles=bindparam("new_roles")))

_HOLD_PIN = sql(select(Person.pin_hash, Person.pin_failures, Person.pin_locked_until).where(*_PERSON).with_for_update())
_SET_PIN = sql(
    update(Person)
    .where(*_PERSON)
    .values(pin_hash=bindparam("hashed"), pin_failures=literal_column("0"), pin_locked_until=null())
)
_COUNT_PIN = sql(
    update(Person).where(*_PERSON).values(pin_failures=bindparam("count"), pin_locked_until=bindparam("until"))
)


async def insert_invitation(tx: Transaction, **values: Any) -> None:
    """Store an invitation by the digest of its code."""
    await tx.run(_INSERT_INVITATION, **values)


async def end_invitations(tx: Transaction, tenant_id: UUID, person_id: UUID, *, at: datetime) -> None:
    """Let the person's open invitations end."""
    await tx.run(_END_INVITATIONS, of_gym=tenant_id, of_person=person_id, at=at)


async def find_invitation(tx: Transaction, digest: str) -> Any | None:
    """The gym and id of the invitation behind a code, seen past row-level security."""
    return await tx.maybe(_FIND_INVITATION, digest=digest)


async def hold_invitation(tx: Transaction, tenant_id: UUID, invitation_id: UUID) -> Any | None:
    """An invitation, locked until the transaction ends."""
    return await tx.maybe(_HOLD_INVITATION, of_gym=tenant_id, of_invitation=invitation_id)


async def accept_invitation(tx: Transaction, tenant_id: UUID, invitation_id: UUID, *, at: datetime) -> None:
    """Store that the invitation was accepted."""
    await tx.run(_ACCEPT, of_gym=tenant_id, of_invitation=invitation_id, at=at)


async def link_login(tx: Transaction, tenant_id: UUID, person_id: UUID, user_id: UUID) -> None:
    """Give a person their login."""
    await tx.run(_LINK, of_gym=tenant_id, of_person=person_id, login=user_id)


async def person_of_login(tx: Transaction, tenant_id: UUID, user_id: UUID) -> UUID | None:
    """The person that a login is in the gym."""
    person_id: UUID | None = await tx.value(_OF_LOGIN, of_gym=tenant_id, login=user_id)
    return person_id


async def page(tx: Transaction, tenant_id: UUID, *, limit: int, after_name: str | None, after_id: UUID | None) -> Rows:
    """Active staff by name."""
    return await tx.all(_STAFF, tenant_id=tenant_id, limit=limit, after_name=after_name, after_id=after_id)


async def hold_admins(tx: Transaction, tenant_id: UUID) -> set[UUID]:
    """The gym's active administrators, locked until the transaction ends."""
    return {row.id for row in await tx.all(_HOLD_ADMINS, tenant_id=tenant_id)}


async def set_roles(tx: Transaction, tenant_id: UUID, person_id: UUID, roles: list[str]) -> None:
    """Replace a person's roles."""
    await tx.run(_SET_ROLES, of_gym=tenant_id, of_person=person_id, new_roles=roles)


async def hold_pin(tx: Transaction, tenant_id: UUID, person_id: UUID) -> Any | None:
    """A person's PIN hash, wrong PINs in a row and until when locked; the row stays locked until the transaction ends."""
    return await tx.maybe(_HOLD_PIN, of_gym=tenant_id, of_person=person_id)


async def set_pin(tx: Transaction, tenant_id: UUID, person_id: UUID, hashed: str) -> None:
    """Replace a person's PIN; wrong ones are forgotten."""
    await tx.run(_SET_PIN, of_gym=tenant_id, of_person=person_id, hashed=hashed)


async def count_pin_failures(
    tx: Transaction, tenant_id: UUID, person_id: UUID, *, count: int, until: datetime | None
) -> None:
    """Store how many wrong PINs there were, and until when that locks."""
    await tx.run(_COUNT_PIN, of_gym=tenant_id, of_person=person_id, count=count, until=until)
