"""Statements about visits and door codes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, column, func, select, table, tuple_
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, Statement, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.memberships.models import DoorCode, DoorCodeTries, Visit

Position = tuple[date, datetime, UUID]
"""Where a page of visits ended: day, moment and id of its last row."""

NEWEST: Position = (date.max, datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""Before the first visit of any list."""

_LAST_VISIT = sql(
    "SELECT v.id, v.branch_id, v.day, v.at, v.door, v.override_reason, month.visits"
    "  FROM (SELECT count(*) AS visits FROM visits"
    "         WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND at >= %(month_start)s) AS month"
    "  LEFT JOIN (SELECT * FROM visits WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s"
    "              ORDER BY at DESC LIMIT 1) AS v ON true"
)
_INSERT_VISIT = sql(
    insert(Visit).values(
        {
            name: bindparam(name)
            for name in (
                "tenant_id", "id", "person_id", "branch_id", "day", "at", "door", "checked_in_by", "override_reason",
            )
        }
    )
)  # fmt: skip

_CODES_OF_GYM = select(DoorCode.branch_id, DoorCode.day, DoorCode.code).where(
    DoorCode.tenant_id == bindparam("tenant_id")
)
_DOOR_CODE = sql(_CODES_OF_GYM.where(DoorCode.branch_id == bindparam("branch_id"), DoorCode.day == bindparam("day")))
_CODES_NEAR = sql(_CODES_OF_GYM.where(DoorCode.day.between(bindparam("first"), bindparam("last"))))
_CODES_LIKE = sql(_CODES_OF_GYM.where(DoorCode.day >= bindparam("since"), DoorCode.code == bindparam("code")))
_TAKE_TURN_WITH_CODES = sql("SELECT pg_advisory_xact_lock(hashtextextended('door codes ' || %(tenant_id)s::text, 0))")
_INSERT_DOOR_CODE = sql(
    insert(DoorCode).values({name: bindparam(name) for name in ("tenant_id", "id", "branch_id", "day", "code")})
)
_TRIES = sql(
    select(DoorCodeTries.wrong).where(
        DoorCodeTries.tenant_id == bindparam("tenant_id"),
        DoorCodeTries.person_id == bindparam("person_id"),
        DoorCodeTries.day == bindparam("day"),
    )
)
_new_tries = insert(DoorCodeTries).values(
    {name: bindparam(name) for name in ("tenant_id", "id", "person_id", "day", "wrong")}
)
_SET_TRIES = sql(
    _new_tries.on_conflict_do_update(
        index_elements=["tenant_id", "person_id"],
        set_={"day": _new_tries.excluded.day, "wrong": _new_tries.excluded.wrong},
    )
)

_people = table("people_names", column("tenant_id"), column("id"), column("code"), column("name"))


_VISIT_ROWS = (
    select(
        Visit.id, Visit.person_id, _people.c.name.label("person_name"), _people.c.code.label("person_code"),
        Visit.branch_id, Visit.day, Visit.at, Visit.door, Visit.override_reason,
    )
    .join(_people, (_people.c.tenant_id == Visit.tenant_id) & (_people.c.id == Visit.person_id))
    .where(Visit.tenant_id == bindparam("tenant_id"))
)  # fmt: skip
_VISITS_BY_ID = sql(
    _VISIT_ROWS.where(Visit.id == func.any(bindparam("ids"))).order_by(Visit.at.desc(), Visit.id.desc())
)


def _visits(*, of_person: bool, of_day: bool) -> Statement:
    """A page of visits; each selection walks the index that has its rows in order."""
    found = _VISIT_ROWS.limit(bindparam("limit"))
    if of_person:
        found = found.where(Visit.person_id == bindparam("person_id"))
    if of_day:
        found = found.where(Visit.day == bindparam("day"))
    if of_person or of_day:
        after = tuple_(Visit.at, Visit.id) < tuple_(bindparam("after_at"), bindparam("after_id"))
        return sql(found.where(after).order_by(Visit.at.desc(), Visit.id.desc()))
    after = tuple_(Visit.day, Visit.at, Visit.id) < tuple_(
        bindparam("after_day"), bindparam("after_at"), bindparam("after_id")
    )
    return sql(found.where(after).order_by(Visit.day.desc(), Visit.at.desc(), Visit.id.desc()))


_VISITS = {
    (of_person, of_day): _visits(of_person=of_person, of_day=of_day)
    for of_person in (False, True)
    for of_day in (False, True)
}


async def last_visit(tx: Transaction, tenant_id: UUID, person_id: UUID, month_start: datetime) -> Any:
    """A person's last visit (all null without one) and, as `visits`, how many they made since `month_start`."""
    return await tx.one(_LAST_VISIT, tenant_id=tenant_id, person_id=person_id, month_start=month_start)


async def insert_visit(tx: Transaction, **values: Any) -> None:
    """Store a visit."""
    await tx.run(_INSERT_VISIT, **values)


async def door_code(tx: Transaction, tenant_id: UUID, branch_id: UUID, day: date) -> str | None:
    """What the branch shows on that day; None when nobody asked yet."""
    row = await tx.maybe(_DOOR_CODE, tenant_id=tenant_id, branch_id=branch_id, day=day)
    return None if row is None else row.code


async def take_turn_with_codes(tx: Transaction, tenant_id: UUID) -> None:
    """Wait until no other transaction makes a door code of the gym, and hold others off until this one ends."""
    await tx.value(_TAKE_TURN_WITH_CODES, tenant_id=tenant_id)


async def codes_near(tx: Transaction, tenant_id: UUID, first: date, last: date) -> set[str]:
    """The codes of all branches on these days."""
    return {row.code for row in await tx.all(_CODES_NEAR, tenant_id=tenant_id, first=first, last=last)}


async def codes_like(tx: Transaction, tenant_id: UUID, code: str, since: date) -> Rows:
    """Where and on which days since then that code was shown: branch_id and day."""
    return await tx.all(_CODES_LIKE, tenant_id=tenant_id, code=code, since=since)


async def insert_door_code(tx: Transaction, **values: Any) -> None:
    """Store what a branch shows on a day."""
    await tx.run(_INSERT_DOOR_CODE, **values)


async def wrong_codes(tx: Transaction, tenant_id: UUID, person_id: UUID, day: date) -> int:
    """How many wrong codes in a row the person gave on that day."""
    return int(await tx.value(_TRIES, tenant_id=tenant_id, person_id=person_id, day=day) or 0)


async def set_wrong_codes(tx: Transaction, **values: Any) -> None:
    """Store how many wrong codes in a row a person gave on a day; earlier days are forgotten."""
    await tx.run(_SET_TRIES, **values)


async def visits(
    tx: Transaction, tenant_id: UUID, *, person_id: UUID | None, day: date | None, after: Position | None, limit: int
) -> Rows:
    """Visits with the visitor's name and code, newest first, of one person or one day when given."""
    after_day, after_at, after_id = after or NEWEST
    return await tx.all(
        _VISITS[person_id is not None, day is not None],
        tenant_id=tenant_id,
        limit=limit,
        after_at=after_at,
        after_id=after_id,
        **({} if person_id is None else {"person_id": person_id}),
        **({} if day is None else {"day": day}),
        **({"after_day": after_day} if person_id is None and day is None else {}),
    )


async def visits_by_id(tx: Transaction, tenant_id: UUID, ids: Sequence[UUID]) -> Rows:
    """Those of the visits that are the gym's, newest first."""
    return await tx.all(_VISITS_BY_ID, tenant_id=tenant_id, ids=list(ids))
