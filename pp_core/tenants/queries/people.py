"""Statements about people: members and staff."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.tenants.models import Consent, Person, Tenant
from pp_core.tenants.rules import Typed

_ROW = (
    Person.id, Person.code, Person.name, Person.phone, Person.email, Person.language, Person.roles, Person.status,
    Person.joined_on, Person.branch_id,
)  # fmt: skip
_IN_GYM = Person.tenant_id == bindparam("tenant_id")


def _full() -> Select[*tuple[Any, ...]]:
    consented = (
        select(Consent.given)
        .where(
            Consent.tenant_id == Person.tenant_id,
            Consent.person_id == Person.id,
            Consent.purpose == literal_column("'data'"),
        )
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(
        *_ROW,
        Person.user_id,
        Person.pin_hash.is_not(None).label("has_pin"),
        Person.user_id.is_not(None).label("has_login"),
        func.coalesce(consented, literal_column("false")).label("consented"),
    ).where(_IN_GYM)


_BY_ID = sql(_full().where(Person.id == bindparam("id")))
_BY_WORD = sql(
    _full()
    .where(or_(Person.code == bindparam("code"), Person.phone == bindparam("phone")))
    .order_by(Person.status, Person.created_at)
    .limit(2)
)
_IDS_BY_WORD = sql(
    select(Person.id, Person.name, Person.code, Person.branch_id, Person.language)
    .where(_IN_GYM, or_(Person.code == bindparam("code"), Person.phone == bindparam("phone")))
    .order_by(Person.status, Person.created_at)
    .limit(2)
)
_ID_BY_ID = sql(
    select(Person.id, Person.name, Person.code, Person.branch_id, Person.language).where(
        _IN_GYM, Person.id == bindparam("id")
    )
)
_TAKE_CODES = sql(
    update(Tenant)
    .where(Tenant.tenant_id == bindparam("tenant_id"))
    .values(next_member_code=Tenant.next_member_code + bindparam("count"))
    .returning((Tenant.next_member_code - bindparam("count")).label("first"))
)
# The lock that an update of the row takes: rows that point at the gym are not held up.
_TAKE_TURN = sql("SELECT 1 FROM tenants WHERE tenant_id = %(tenant_id)s FOR NO KEY UPDATE")
_PERSON_COLUMNS = (
    "tenant_id", "id", "user_id", "branch_id", "name", "phone", "email", "code", "language", "roles", "joined_on",
)  # fmt: skip
_INSERT = sql(insert(Person).values({name: bindparam(name) for name in _PERSON_COLUMNS}))
_INSERT_CONSENT = sql(
    insert(Consent).values(
        {
            name: bindparam(name)
            for name in ("tenant_id", "id", "person_id", "purpose", "wording", "given", "door", "at")
        }
    )
)
_COUNT = sql(select(func.count()).select_from(Person).where(_IN_GYM, Person.status == literal_column("'active'")))
_SAME = sql(
    select(*_ROW).where(_IN_GYM, Person.phone == func.any(bindparam("phones"))).order_by(Person.created_at, Person.id)
)
_SAME_BY_NAME = sql(
    select(*_ROW)
    .where(_IN_GYM, Person.phone.is_(None), Person.name == func.any(bindparam("names")))
    .order_by(Person.created_at, Person.id)
)
_UPDATE = sql(
    update(Person)
    .where(_IN_GYM, Person.id == bindparam("person_id"))
    .values(
        name=func.coalesce(bindparam("new_name"), Person.name),
        phone=func.coalesce(bindparam("new_phone"), Person.phone),
        email=func.coalesce(bindparam("new_email"), Person.email),
        language=func.coalesce(bindparam("new_language"), Person.language),
        status=func.coalesce(bindparam("new_status"), Person.status),
    )
)
_PAGE = sql(
    "SELECT p.id, p.code, p.name, p.phone, p.email, p.language, p.roles, p.status, p.joined_on, p.branch_id FROM people p"
    " WHERE p.tenant_id = %(tenant_id)s AND p.status = 'active'"
    " AND (%(after_name)s::text IS NULL OR (p.name, p.id) > (%(after_name)s, %(after_id)s::uuid))"
    " ORDER BY p.name, p.id LIMIT %(limit)s"
)
_SEARCH = sql(
    "SELECT p.id, p.code, p.name, p.phone, p.email, p.language, p.roles, p.status, p.joined_on, p.branch_id"
    " FROM pp_search_people(%(pattern)s, NULL, %(after_name)s, %(after_id)s, %(limit)s) AS found"
    " JOIN people p ON p.tenant_id = %(tenant_id)s AND p.id = found.id ORDER BY p.name, p.id"
)

_AT_DESK = sql(
    "SELECT p.id, p.code, p.name, p.phone, p.roles, p.status"
    " FROM pp_find_people(%(words)s, %(begins)s, %(code)s, %(phone)s, %(limit)s) WITH ORDINALITY AS found (id, place)"
    " JOIN people p ON p.tenant_id = %(tenant_id)s AND p.id = found.id ORDER BY found.place"
)


async def by_id(tx: Transaction, tenant_id: UUID, person_id: UUID) -> Any | None:
    """A person in full."""
    return await tx.maybe(_BY_ID, tenant_id=tenant_id, id=person_id)


async def by_word(tx: Transaction, tenant_id: UUID, code: str, phone: str | None) -> Rows:
    """The people whose member code or phone it is: at most two are returned, which is one too many."""
    return await tx.all(_BY_WORD, tenant_id=tenant_id, code=code, phone=phone)


async def brief_by_id(tx: Transaction, tenant_id: UUID, person_id: UUID) -> Any | None:
    """Id, name, code, branch and language of a person."""
    return await tx.maybe(_ID_BY_ID, tenant_id=tenant_id, id=person_id)


async def brief_by_word(tx: Transaction, tenant_id: UUID, code: str, phone: str | None) -> Rows:
    """The same by member code or phone; at most two."""
    return await tx.all(_IDS_BY_WORD, tenant_id=tenant_id, code=code, phone=phone)


async def take_turn(tx: Transaction, tenant_id: UUID) -> None:
    """Wait until no other transaction adds people to the gym, and hold others off until this one ends."""
    await tx.value(_TAKE_TURN, tenant_id=tenant_id)


async def take_codes(tx: Transaction, tenant_id: UUID, count: int) -> int:
    """Reserve so many member numbers and return the first; it takes the turn as well."""
    return int(await tx.value(_TAKE_CODES, tenant_id=tenant_id, count=count))


async def insert_people(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Store people."""
    await tx.many(_INSERT, rows)


async def insert_consents(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Store what people agreed to."""
    await tx.many(_INSERT_CONSENT, rows)


async def count(tx: Transaction, tenant_id: UUID) -> int:
    """How many people are active in the gym."""
    return int(await tx.value(_COUNT, tenant_id=tenant_id))


async def with_phones(tx: Transaction, tenant_id: UUID, phones: list[str]) -> Rows:
    """Everybody with one of these phones."""
    return await tx.all(_SAME, tenant_id=tenant_id, phones=phones)


async def without_phone_named(tx: Transaction, tenant_id: UUID, names: list[str]) -> Rows:
    """Everybody of these names who has no phone on record."""
    return await tx.all(_SAME_BY_NAME, tenant_id=tenant_id, names=names)


async def update_person(tx: Transaction, tenant_id: UUID, person_id: UUID, **new: Any) -> None:
    """Change what is given of name, phone, email, language and status; None leaves it."""
    values = {f"new_{name}": new.get(name) for name in ("name", "phone", "email", "language", "status")}
    await tx.run(_UPDATE, tenant_id=tenant_id, person_id=person_id, **values)


async def page(tx: Transaction, tenant_id: UUID, *, limit: int, after_name: str | None, after_id: UUID | None) -> Rows:
    """Active people by name."""
    return await tx.all(_PAGE, tenant_id=tenant_id, limit=limit, after_name=after_name, after_id=after_id)


async def search(
    tx: Transaction, tenant_id: UUID, *, pattern: str, limit: int, after_name: str | None, after_id: UUID | None
) -> Rows:
    """People whose name, code, phone or e-mail matches the LIKE pattern, by name."""
    return await tx.all(
        _SEARCH, tenant_id=tenant_id, pattern=pattern, limit=limit, after_name=after_name, after_id=after_id
    )


async def at_desk(tx: Transaction, tenant_id: UUID, typed: Typed, limit: int) -> Rows:
    """Whom somebody at the desk means, best first, those who left too: id, code, name, phone, roles and status."""
    return await tx.all(
        _AT_DESK,
        tenant_id=tenant_id,
        words=typed.words,
        begins=typed.begins,
        code=typed.code,
        phone=typed.phone,
        limit=limit,
    )
