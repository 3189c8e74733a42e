"""Statements about exercises."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.workouts.models import Exercise

_COPY_CATALOGUE = sql(
    "INSERT INTO exercises (tenant_id, id, catalogue_id, slug, name_en, name_sw, aliases, category, primary_muscles,"
    " secondary_muscles, equipment, measure, instructions_en, instructions_sw)"
    " SELECT %(tenant_id)s, id, id, slug, name_en, name_sw, aliases, category, primary_muscles, secondary_muscles,"
    " equipment, measure, instructions_en, instructions_sw FROM exercise_catalogue"
)
_COLUMNS = (
    Exercise.id, Exercise.catalogue_id, Exercise.slug, Exercise.name_en, Exercise.name_sw, Exercise.aliases,
    Exercise.category, Exercise.primary_muscles, Exercise.secondary_muscles, Exercise.equipment, Exercise.measure,
    Exercise.instructions_en, Exercise.instructions_sw,
)  # fmt: skip
_IN_GYM = Exercise.tenant_id == bindparam("tenant_id")


def _select() -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(_IN_GYM)


_BY_ID = sql(_select().where(Exercise.id == bindparam("id")))
_BY_SLUG = sql(_select().where(Exercise.slug == bindparam("slug")))
_OWN = sql(_select().where(Exercise.catalogue_id.is_(None)).order_by(Exercise.created_at))
_ALL = sql(_select().order_by(Exercise.name_en, Exercise.id))
_INSERT = sql(
    insert(Exercise)
    .values({column.key: bindparam(column.key) for column in (Exercise.tenant_id, *_COLUMNS)})
    .on_conflict_do_nothing()
    .returning(Exercise.id)
)


async def copy_catalogue(tx: Transaction, tenant_id: UUID) -> None:
    """Give a new gym the shipped exercises, in one statement."""
    await tx.run(_COPY_CATALOGUE, tenant_id=tenant_id)


async def by_id(tx: Transaction, tenant_id: UUID, exercise_id: UUID) -> Any | None:
    """One exercise by id."""
    return await tx.maybe(_BY_ID, tenant_id=tenant_id, id=exercise_id)


async def by_slug(tx: Transaction, tenant_id: UUID, slug: str) -> Any | None:
    """One exercise by slug."""
    return await tx.maybe(_BY_SLUG, tenant_id=tenant_id, slug=slug)


async def own(tx: Transaction, tenant_id: UUID) -> Rows:
    """The gym's own exercises."""
    return await tx.all(_OWN, tenant_id=tenant_id)


async def every(tx: Transaction, tenant_id: UUID) -> Rows:
    """All exercises of the gym, by English name: a few hundred, searched in memory with aliases and near misses."""
    return await tx.all(_ALL, tenant_id=tenant_id)


async def insert_own(tx: Transaction, **values: Any) -> bool:
    """Store an exercise of the gym's own; False when its slug is taken."""
    return await tx.maybe(_INSERT, **values) is not None
