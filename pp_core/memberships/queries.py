"""Every SQL statement of plans, memberships and visits."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, column, func, select, table, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, Statement, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.memberships.models import Membership, Plan, Visit

Position = tuple[date, datetime, UUID]
"""Where a page of visits ended: day, moment and id of its last row."""

NEWEST: Position = (date.max, datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""Before the first visit of any list."""

_PLAN = (
    Plan.id, Plan.code, Plan.name, Plan.tier, Plan.duration_days, Plan.price_minor, Plan.currency, Plan.grace_days,
    Plan.retired_at,
)  # fmt: skip
_OF_GYM = Plan.tenant_id == bindparam("tenant_id")
_PLANS = sql(select(*_PLAN).where(_OF_GYM).order_by(Plan.code))
_PLAN_BY_CODE = sql(select(*_PLAN).where(_OF_GYM, Plan.code == bindparam("code")))
_NEW_PLAN = insert(Plan).values(
    {
        name: bindparam(name)
        for name in (
            "tenant_id", "id", "code", "name", "tier", "duration_days", "price_minor", "currency", "grace_days",
        )
    }
)  # fmt: skip
_INSERT_PLAN = sql(_NEW_PLAN.on_conflict_do_nothing().returning(Plan.id))
_INSERT_PLANS = sql(_NEW_PLAN)
_RETIRE = sql(
    update(Plan)
    .where(_OF_GYM, Plan.id == bindparam("plan_id"))
    .values(retired_at=func.coalesce(Plan.retired_at, bindparam("moment")))
)

_MEMBERSHIPS = (
    select(
        Membership.id, Membership.person_id, Plan.code.label("plan_code"), Plan.name.label("plan_name"), Membership.tier,
        Membership.price_minor, Membership.currency, Membership.grace_days, Membership.starts_on, Membership.ends_on,
        Membership.cancelled_on,
    )
    .join(Plan, (Plan.tenant_id == Membership.tenant_id) & (Plan.id == Membership.plan_id))
    .where(Membership.tenant_id == bindparam("tenant_id"))
)  # fmt: skip
_OF_PERSON = _MEMBERSHIPS.where(Membership.person_id == bindparam("person_id"))
_ALL_OF_PERSON = sql(_OF_PERSON.order_by(Membership.starts_on.desc(), Membership.id.desc()))
_last_end = (
    select(func.max(Membership.ends_on))
    .where(Membership.tenant_id == bindparam("tenant_id"), Membership.person_id == bindparam("person_id"))
    .scalar_subquery()
)
_RECENT_OF_PERSON = sql(
    _OF_PERSON.where(Membership.ends_on >= func.least(bindparam("since", type_=Membership.ends_on.type), _last_end))
)
_MEMBERSHIP = sql(_MEMBERSHIPS.where(Membership.id == bindparam("id")))
_HOLDER = sql(
    select(Membership.person_id).where(Membership.tenant_id == bindparam("tenant_id"), Membership.id == bindparam("id"))
)
_INSERT_MEMBERSHIP = sql(
    insert(Membership).values(
        {
            name: bindparam(name)
            for name in (
                "tenant_id", "id", "person_id", "plan_id", "starts_on", "ends_on", "tier", "price_minor", "currency",
                "grace_days",
            )
        }
    )
)  # fmt: skip
_CANCEL = sql(
    update(Membership)
    .where(Membership.tenant_id == bindparam("tenant_id"), Membership.id == bindparam("membership_id"))
    .values(cancelled_on=bindparam("day"), cancelled_at=bindparam("moment"))
)

# Sales and check-ins of one person come one after the other, whichever desks make them.
_TAKE_TURN = sql("SELECT pg_advisory_xact_lock(hashtextextended('memberships ' || %(person_id)s::text, 0))")
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

_people = table("people_names", column("tenant_id"), column("id"), column("code"), column("name"))


def _visits(*, of_person: bool, of_day: bool) -> Statement:
    """A page of visits; each selection walks the index that has its rows in order."""
    found = (
        select(
            Visit.id, Visit.person_id, _people.c.name.label("person_name"), _people.c.code.label("person_code"),
            Visit.branch_id, Visit.day, Visit.at, Visit.door, Visit.override_reason,
        )
        .join(_people, (_people.c.tenant_id == Visit.tenant_id) & (_people.c.id == Visit.person_id))
        .where(Visit.tenant_id == bindparam("tenant_id"))
        .limit(bindparam("limit"))
    )  # fmt: skip
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


async def plans(tx: Transaction, tenant_id: UUID) -> Rows:
    """All plans of the gym by code, retired ones too."""
    return await tx.all(_PLANS, tenant_id=tenant_id)


async def plan(tx: Transaction, tenant_id: UUID, code: str) -> Any | None:
    """The plan of that code, on sale or not."""
    return await tx.maybe(_PLAN_BY_CODE, tenant_id=tenant_id, code=code)


async def insert_plan(tx: Transaction, **values: Any) -> bool:
    """Store a plan; False when its code is taken."""
    return await tx.maybe(_INSERT_PLAN, **values) is not None


async def insert_plans(tx: Transaction, rows: Iterable[dict[str, Any]]) -> None:
    """Store the plans of a new gym."""
    await tx.many(_INSERT_PLANS, rows)


async def retire_plan(tx: Transaction, tenant_id: UUID, plan_id: UUID, moment: datetime) -> None:
    """Take a plan off sale; one that is off already keeps its moment."""
    await tx.run(_RETIRE, tenant_id=tenant_id, plan_id=plan_id, moment=moment)


async def take_turn(tx: Transaction, person_id: UUID) -> None:
    """Wait until no other transaction sells to this person or checks them in, and hold others off until this one ends."""
    await tx.value(_TAKE_TURN, person_id=person_id)


async def memberships(tx: Transaction, tenant_id: UUID, person_id: UUID) -> Rows:
    """All memberships of a person, the latest first."""
    return await tx.all(_ALL_OF_PERSON, tenant_id=tenant_id, person_id=person_id)


async def recent_memberships(tx: Transaction, tenant_id: UUID, person_id: UUID, since: date) -> Rows:
    """Those that end on `since` or later; when all ended before, those that ended last."""
    return await tx.all(_RECENT_OF_PERSON, tenant_id=tenant_id, person_id=person_id, since=since)


async def holder(tx: Transaction, tenant_id: UUID, membership_id: UUID) -> UUID | None:
    """Whose membership it is."""
    person_id: UUID | None = await tx.value(_HOLDER, tenant_id=tenant_id, id=membership_id)
    return person_id


async def membership(tx: Transaction, tenant_id: UUID, membership_id: UUID) -> Any:
    """A membership that is there."""
    return await tx.one(_MEMBERSHIP, tenant_id=tenant_id, id=membership_id)


async def insert_membership(tx: Transaction, **values: Any) -> None:
    """Store a sale."""
    await tx.run(_INSERT_MEMBERSHIP, **values)


async def cancel(tx: Transaction, tenant_id: UUID, membership_id: UUID, day: date, moment: datetime) -> None:
    """End a membership with the day before `day`."""
    await tx.run(_CANCEL, tenant_id=tenant_id, membership_id=membership_id, day=day, moment=moment)


async def last_visit(tx: Transaction, tenant_id: UUID, person_id: UUID, month_start: datetime) -> Any:
    """A person's last visit (all null without one) and, as `visits`, how many they made since `month_start`."""
    return await tx.one(_LAST_VISIT, tenant_id=tenant_id, person_id=person_id, month_start=month_start)


async def insert_visit(tx: Transaction, **values: Any) -> None:
    """Store a visit."""
    await tx.run(_INSERT_VISIT, **values)


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
