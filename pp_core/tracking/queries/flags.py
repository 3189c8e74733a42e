"""Statements about what does not look honest."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

# Not of activities that nobody but their owner sees, and none of the viewer's own.
_SELECT = (
    "SELECT f.id, f.activity_id, a.person_id, n.name AS person_name, n.code AS person_code, a.sport, a.title, a.started_at,"
    " a.distance_m, a.moving_s, a.hidden, a.clock_shift_ms, f.sort AS kind, f.from_s, f.to_s, f.seen, f.created_at AS found_at,"
    " f.verdict, f.reviewed_at, r.name AS reviewer_name"
    " FROM activity_flags f JOIN activities a ON a.tenant_id = f.tenant_id AND a.id = f.activity_id"
    " JOIN people_names n ON n.tenant_id = a.tenant_id AND n.id = a.person_id"
    " LEFT JOIN people_names r ON r.tenant_id = f.tenant_id AND r.id = f.reviewed_by"
    " WHERE f.tenant_id = %(tenant_id)s AND a.visibility <> 'private' AND a.person_id IS DISTINCT FROM %(viewer)s::uuid"
)
_PAGE = sql(
    f"{_SELECT} AND (NOT %(only_open)s OR f.verdict IS NULL)"
    " AND (%(judged)s::boolean IS NULL OR (f.verdict IS NOT NULL) > %(judged)s"
    "      OR ((f.verdict IS NOT NULL) = %(judged)s AND f.id < %(before)s::uuid))"
    " ORDER BY f.verdict IS NOT NULL, f.id DESC LIMIT %(limit)s"
)
_ONE = sql(f"{_SELECT} AND f.id = %(flag_id)s")
_HELD = sql(f"{_SELECT} AND f.id = %(flag_id)s FOR UPDATE OF a, f")
_JUDGE = sql(
    "UPDATE activity_flags SET verdict = %(verdict)s, reviewed_by = %(reviewer)s, reviewed_at = %(now)s"
    " WHERE tenant_id = %(tenant_id)s AND id = %(flag_id)s"
)


async def page(
    tx: Transaction,
    tenant_id: UUID,
    *,
    viewer: UUID | None,
    only_open: bool,
    judged: bool | None,
    before: UUID | None,
    limit: int,
) -> Rows:
    """Flags of others' activities: what nobody judged, then what was judged, each the newest first."""
    return await tx.all(
        _PAGE, tenant_id=tenant_id, viewer=viewer, only_open=only_open, judged=judged, before=before, limit=limit
    )


async def flag(
    tx: Transaction, tenant_id: UUID, flag_id: UUID, *, viewer: UUID | None, locked: bool = False
) -> Any | None:
    """One flag; locked together with its activity, whose standing follows from it."""
    return await tx.maybe(_HELD if locked else _ONE, tenant_id=tenant_id, flag_id=flag_id, viewer=viewer)


async def judge(
    tx: Transaction, tenant_id: UUID, flag_id: UUID, *, verdict: str, reviewer: UUID | None, now: datetime
) -> None:
    """Store what a person made of it."""
    await tx.run(_JUDGE, tenant_id=tenant_id, flag_id=flag_id, verdict=verdict, reviewer=reviewer, now=now)
