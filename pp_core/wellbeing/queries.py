"""Every SQL statement of body weights."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

_INSERT = sql(
    "INSERT INTO body_weights (tenant_id, id, person_id, kilograms, measured_at, door)"
    " VALUES (%(tenant_id)s, %(id)s, %(person_id)s, %(kilograms)s, %(measured_at)s, %(door)s)"
)
_WEIGHTS = sql(
    "SELECT id, person_id, kilograms, measured_at, door FROM body_weights"
    " WHERE tenant_id = %(tenant_id)s"
    " AND person_id = %(person_id)s"
    " AND (%(before_at)s::timestamptz IS NULL OR (measured_at, id) < (%(before_at)s, %(before_id)s::uuid))"
    " ORDER BY measured_at DESC, id DESC LIMIT %(limit)s"
)
_DELETE = sql(
    "DELETE FROM body_weights WHERE tenant_id = %(tenant_id)s AND id = %(weight_id)s"
    " AND (%(person_id)s::uuid IS NULL OR person_id = %(person_id)s)"
    " RETURNING person_id"
)


async def insert(
    tx: Transaction,
    tenant_id: UUID,
    *,
    weight_id: UUID,
    person_id: UUID,
    kilograms: Decimal,
    measured_at: datetime,
    door: str,
) -> None:
    """Store a weight."""
    await tx.run(
        _INSERT,
        tenant_id=tenant_id,
        id=weight_id,
        person_id=person_id,
        kilograms=kilograms,
        measured_at=measured_at,
        door=door,
    )


async def weights(
    tx: Transaction, tenant_id: UUID, person_id: UUID, *, before_at: datetime | None, before_id: UUID | None, limit: int
) -> Rows:
    """A person's weights, newest first, from before a moment (and, of the same moment, an id) when given."""
    return await tx.all(
        _WEIGHTS, tenant_id=tenant_id, person_id=person_id, before_at=before_at, before_id=before_id, limit=limit
    )


async def delete(tx: Transaction, tenant_id: UUID, weight_id: UUID, person_id: UUID | None) -> Any | None:
    """Delete a weight and return whose it was; None when the person (None: anybody here) has no such."""
    return await tx.maybe(_DELETE, tenant_id=tenant_id, weight_id=weight_id, person_id=person_id)
