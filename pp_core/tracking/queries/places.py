"""Statements that find activities by where they went."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.tracking.rules.areas import Box

_IN_BOX = sql(
    "SELECT id, person_id, sport, started_at FROM pp_activities_in_box(%(south)s, %(west)s, %(north)s, %(east)s, %(sport)s,"
    " %(person_id)s, %(before_at)s, %(before_id)s, %(limit)s)"
)
_WAYS = sql(
    "SELECT id, person_id, route FROM activities WHERE tenant_id = %(tenant_id)s AND id = ANY (%(ids)s) AND route IS NOT NULL"
    " AND (%(since)s::timestamptz IS NULL OR started_at >= %(since)s)"
    " AND (person_id = %(viewer)s::uuid OR (visibility = 'gym' AND NOT 'map' = ANY (hidden)))"
)


async def activities_in_box(
    tx: Transaction,
    box: Box,
    *,
    sport: str | None = None,
    person_id: UUID | None = None,
    before_at: datetime | None = None,
    before_id: UUID | None = None,
    limit: int,
) -> Rows:
    """Finished activities of the gym whose box touches that one, newest first, whoever may see them (id, person_id, sport).

    A box holds what lies in privacy zones, too: only what is left of the way after they were cut may tell anybody anything.
    """
    south, west, north, east = box
    return await tx.all(
        _IN_BOX,
        south=south,
        west=west,
        north=north,
        east=east,
        sport=sport,
        person_id=person_id,
        before_at=before_at,
        before_id=before_id,
        limit=limit,
    )


async def ways(
    tx: Transaction, tenant_id: UUID, activity_ids: Sequence[UUID], *, viewer: UUID | None, since: datetime | None
) -> Rows:
    """The ways of those of the activities that the whole gym may see, and of the viewer's own (id, person_id, route)."""
    return await tx.all(_WAYS, tenant_id=tenant_id, ids=list(activity_ids), viewer=viewer, since=since)
