"""Statements about athletes."""

from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Transaction

_ATHLETE = sql(
    "SELECT max_heart_rate, birth_year, sex FROM athletes WHERE tenant_id = %(tenant_id)s AND id = %(person_id)s"
)
_SET = sql(
    "INSERT INTO athletes (tenant_id, id, max_heart_rate, birth_year, sex)"
    " VALUES (%(tenant_id)s, %(person_id)s, %(max_heart_rate)s, %(birth_year)s, %(sex)s)"
    " ON CONFLICT (tenant_id, id) DO UPDATE SET max_heart_rate = excluded.max_heart_rate,"
    " birth_year = excluded.birth_year, sex = excluded.sex"
)


async def athlete(tx: Transaction, tenant_id: UUID, person_id: UUID) -> Any | None:
    """What is known of somebody (max_heart_rate, birth_year, sex); None when nothing is."""
    return await tx.maybe(_ATHLETE, tenant_id=tenant_id, person_id=person_id)


async def set_athlete(
    tx: Transaction,
    tenant_id: UUID,
    person_id: UUID,
    *,
    max_heart_rate: int | None,
    birth_year: int | None,
    sex: str | None,
) -> None:
    """Store it in place of what was known."""
    await tx.run(
        _SET,
        tenant_id=tenant_id,
        person_id=person_id,
        max_heart_rate=max_heart_rate,
        birth_year=birth_year,
        sex=sex,
    )
