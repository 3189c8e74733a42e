"""Statements about segments and times over them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.kernel.ids import new_id
from pp_core.tracking.rules.areas import Box
from pp_core.tracking.rules.matching import Passage

from .points import moment

_COLUMNS = "id, name, sport, route, distance_m, created_at"
_INSERT = sql(
    "INSERT INTO segments (tenant_id, id, name, sport, route, distance_m, south, west, north, east, made_by, created_at)"
    " VALUES (%(tenant_id)s, %(id)s, %(name)s, %(sport)s, %(route)s, %(distance_m)s, %(south)s, %(west)s, %(north)s, %(east)s,"
    " %(made_by)s, %(created_at)s)"
)
_TOUCHED = (
    f"SELECT {_COLUMNS} FROM segments WHERE tenant_id = %(tenant_id)s AND retired_at IS NULL"
    " AND (%(sport)s::text IS NULL OR sport = %(sport)s)"
    " AND (%(south)s::float8 IS NULL OR (south <= %(north)s AND north >= %(south)s AND west <= %(east)s AND east >= %(west)s))"
    " ORDER BY name, id"
)
_LIST = sql(_TOUCHED)
_ONE = sql(
    f"SELECT {_COLUMNS}, south, west, north, east FROM segments"
    " WHERE tenant_id = %(tenant_id)s AND id = %(segment_id)s AND retired_at IS NULL"
)
_RETIRE = sql(
    "UPDATE segments SET retired_at = %(now)s"
    " WHERE tenant_id = %(tenant_id)s AND id = %(segment_id)s AND retired_at IS NULL"
)
_FORGET_ALL = sql("DELETE FROM segment_efforts WHERE tenant_id = %(tenant_id)s AND activity_id = %(activity_id)s")
_FORGET = sql(
    "DELETE FROM segment_efforts"
    " WHERE tenant_id = %(tenant_id)s AND activity_id = %(activity_id)s AND segment_id = %(segment_id)s"
)
_INSERT_EFFORT = sql(
    "INSERT INTO segment_efforts (tenant_id, id, segment_id, activity_id, person_id, started_at, seconds)"
    " VALUES (%(tenant_id)s, %(id)s, %(segment_id)s, %(activity_id)s, %(person_id)s, %(started_at)s, %(seconds)s)"
)
# What somebody hides, and what looks dishonest, counts for nobody but its owner; what was judged a cheat for nobody.
_EFFORTS = (
    "  FROM segment_efforts e JOIN activities a ON a.tenant_id = e.tenant_id AND a.id = e.activity_id"
    "  JOIN people_names n ON n.tenant_id = e.tenant_id AND n.id = e.person_id"
    " WHERE e.tenant_id = %(tenant_id)s AND e.segment_id = %(segment_id)s"
    "   AND (%(since)s::timestamptz IS NULL OR e.started_at >= %(since)s)"
    "   AND NOT EXISTS (SELECT FROM activity_flags f WHERE f.tenant_id = a.tenant_id AND f.activity_id = a.id"
    "                      AND f.verdict = 'cheat')"
)
_WANTED = "e.person_id, n.name AS person_name, e.seconds, e.started_at, e.activity_id"
_BEST = sql(
    f"SELECT DISTINCT ON (e.person_id) {_WANTED}{_EFFORTS}"
    "   AND (e.person_id = %(viewer)s::uuid OR (a.visibility = 'gym' AND NOT a.hidden && ARRAY['map', 'speed']))"
    "   AND NOT EXISTS (SELECT FROM activity_flags f WHERE f.tenant_id = a.tenant_id AND f.activity_id = a.id"
    "                      AND f.verdict IS NULL)"
    " ORDER BY e.person_id, e.seconds, e.started_at, e.id"
)
_MINE = sql(f"SELECT {_WANTED}{_EFFORTS} AND e.person_id = %(viewer)s::uuid ORDER BY e.seconds, e.started_at, e.id")


async def insert_segment(tx: Transaction, **values: Any) -> None:
    """Store a segment."""
    await tx.run(_INSERT, **values)


async def segments(tx: Transaction, tenant_id: UUID, *, sport: str | None, box: Box | None) -> Rows:
    """The gym's segments whose box touches that one, by name."""
    south, west, north, east = box or (None, None, None, None)
    return await tx.all(_LIST, tenant_id=tenant_id, sport=sport, south=south, west=west, north=north, east=east)


async def segment(tx: Transaction, tenant_id: UUID, segment_id: UUID) -> Any | None:
    """A segment that is not retired, with its box."""
    return await tx.maybe(_ONE, tenant_id=tenant_id, segment_id=segment_id)


async def retire(tx: Transaction, tenant_id: UUID, segment_id: UUID, now: datetime) -> bool:
    """Retire a segment; whether it was one."""
    return await tx.run(_RETIRE, tenant_id=tenant_id, segment_id=segment_id, now=now) == 1


async def forget_efforts(tx: Transaction, tenant_id: UUID, activity_id: UUID, segment_id: UUID | None = None) -> None:
    """Delete an activity's times, over all segments or one."""
    if segment_id is None:
        await tx.run(_FORGET_ALL, tenant_id=tenant_id, activity_id=activity_id)
    else:
        await tx.run(_FORGET, tenant_id=tenant_id, activity_id=activity_id, segment_id=segment_id)


async def insert_efforts(
    tx: Transaction,
    tenant_id: UUID,
    found: Sequence[tuple[UUID, Passage]],
    *,
    activity_id: UUID,
    person_id: UUID,
    shift_ms: int,
) -> None:
    """Store an activity's times over segments (segment, passage in the device's time, which is `shift_ms` ahead of ours)."""
    await tx.many(
        _INSERT_EFFORT,
        (
            {
                "tenant_id": tenant_id,
                "id": new_id(),
                "segment_id": segment_id,
                "activity_id": activity_id,
                "person_id": person_id,
                "started_at": moment(passage.began_ms - shift_ms),
                "seconds": passage.seconds,
            }
            for segment_id, passage in found
        ),
    )


async def best_efforts(
    tx: Transaction, tenant_id: UUID, segment_id: UUID, *, viewer: UUID | None, since: datetime | None
) -> Rows:
    """Each person's best that the viewer may see: their own, and what the gym sees of others' and nobody doubts."""
    return await tx.all(_BEST, tenant_id=tenant_id, segment_id=segment_id, viewer=viewer, since=since)


async def own_efforts(
    tx: Transaction, tenant_id: UUID, segment_id: UUID, *, viewer: UUID | None, since: datetime | None
) -> Rows:
    """All of the viewer's times, the fastest first."""
    return await tx.all(_MINE, tenant_id=tenant_id, segment_id=segment_id, viewer=viewer, since=since)
