"""Statements over the audit trail. Rows are written by the pipeline's `pp_finish` and by nothing else."""

from datetime import datetime
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

NEWEST = UUID(int=2**128 - 1)
"""Before the first row of the trail."""

# What people are called is read from the view that tenants publishes: this context is below them and imports nothing.
_SELECT = (
    "SELECT a.id, a.at, a.actor_kind, a.actor, a.person_id, p.name AS person_name, a.operation, a.door, a.ip,"
    "       a.correlation_id, a.outcome, a.resource, a.resource_id, a.detail"
    "  FROM audit_entries a LEFT JOIN people_names p ON p.tenant_id = a.tenant_id AND p.id = a.person_id"
    " WHERE a.tenant_id = %(tenant_id)s AND a.id < %(after)s"
    "   AND (%(operation)s::text IS NULL OR a.operation = %(operation)s)"
    "   AND (%(beginning)s::text IS NULL OR starts_with(a.operation, %(beginning)s))"
    "   AND (%(door)s::text IS NULL OR a.door = %(door)s)"
    "   AND (%(actor)s::text IS NULL OR a.actor = %(actor)s)"
    "   AND (%(person_id)s::uuid IS NULL OR a.person_id = %(person_id)s)"
    "   AND (%(outcome)s::text IS NULL OR a.outcome = %(outcome)s)"
    "   AND (%(since)s::timestamptz IS NULL OR a.at >= %(since)s)"
    "   AND (%(until)s::timestamptz IS NULL OR a.at < %(until)s)"
)
_NEWEST_FIRST = " ORDER BY a.id DESC LIMIT %(limit)s"
# Written out, so that what was refused is found by the index of nothing else.
_TRAIL = {
    None: sql(_SELECT + _NEWEST_FIRST),
    True: sql(_SELECT + " AND a.outcome <> 'done'" + _NEWEST_FIRST),
    False: sql(_SELECT + " AND a.outcome = 'done'" + _NEWEST_FIRST),
}


async def trail(
    tx: Transaction,
    tenant_id: UUID,
    *,
    operation: str | None,
    actor: str | None,
    person_id: UUID | None,
    outcome: str | None,
    door: str | None,
    refused: bool | None,
    since: datetime | None,
    until: datetime | None,
    after: UUID | None,
    limit: int,
) -> Rows:
    """Rows that fit everything given, newest first, with the person's name where a person acted.

    An `operation` that ends in a dot or an asterisk is the beginning of several.
    """
    beginning = operation is not None and operation.endswith((".", "*"))
    return await tx.all(
        _TRAIL[refused],
        tenant_id=tenant_id,
        operation=None if beginning else operation,
        beginning=operation.rstrip("*") if operation is not None and beginning else None,
        door=door,
        actor=actor,
        person_id=person_id,
        outcome=outcome,
        since=since,
        until=until,
        after=after or NEWEST,
        limit=limit,
    )
