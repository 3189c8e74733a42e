"""Statements about plans and what was sold of them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.memberships.models import Membership, Plan

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
_ALL_OF_PERSON = sql(_OF_PERSON.order_by(Membership.starts_on.desc(), Membership.id.desc()).limit(bindparam("limit")))
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


async def memberships(tx: Transaction, tenant_id: UUID, person_id: UUID, *, limit: int | None = None) -> Rows:
    """The memberships of a person, the latest first: all, or the first so many."""
    return await tx.all(_ALL_OF_PERSON, tenant_id=tenant_id, person_id=person_id, limit=limit)


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
