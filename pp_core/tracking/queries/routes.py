"""Statements about matched routes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

_TAKE_TURN = sql("SELECT pg_advisory_xact_lock(hashtextextended('routes ' || %(person_id)s::text, 0))")
_ALIKE = sql(
    "SELECT id, route FROM activity_routes WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s"
    " AND sport = %(sport)s AND distance_m BETWEEN %(least)s AND %(most)s ORDER BY created_at, id"
)
_UNGROUPED = sql(
    "SELECT id, route FROM activities WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND sport = %(sport)s"
    " AND status = 'finished' AND route_id IS NULL AND route IS NOT NULL AND id <> %(activity_id)s"
    " AND distance_m BETWEEN %(least)s AND %(most)s ORDER BY started_at DESC, id DESC LIMIT %(limit)s"
)
_INSERT = sql(
    "INSERT INTO activity_routes (tenant_id, id, person_id, sport, route, distance_m, created_at)"
    " VALUES (%(tenant_id)s, %(id)s, %(person_id)s, %(sport)s, %(route)s, %(distance_m)s, %(created_at)s)"
)
_SET = sql(
    "UPDATE activities SET route_id = %(route_id)s WHERE tenant_id = %(tenant_id)s AND id = ANY (%(ids)s)"
    " AND route_id IS DISTINCT FROM %(route_id)s"
)
_DELETE_EMPTY = sql(
    "DELETE FROM activity_routes r WHERE r.tenant_id = %(tenant_id)s AND r.person_id = %(person_id)s"
    " AND NOT EXISTS (SELECT FROM activities a WHERE a.tenant_id = r.tenant_id AND a.person_id = r.person_id"
    "                    AND a.route_id = r.id)"
)
_ROUTE = sql(
    "SELECT id, person_id, name, sport, distance_m FROM activity_routes"
    " WHERE tenant_id = %(tenant_id)s AND id = %(route_id)s"
)
_TIMES = sql(
    "SELECT a.route_id, r.name, r.sport, r.distance_m AS route_m, a.id, a.started_at, a.distance_m, a.moving_s, a.elapsed_s,"
    " a.route, a.matched IS NOT NULL AS on_streets, a.person_id"
    " FROM activities a JOIN activity_routes r ON r.tenant_id = a.tenant_id AND r.id = a.route_id"
    " WHERE a.tenant_id = %(tenant_id)s AND a.person_id = %(person_id)s"
    "   AND (%(route_id)s::uuid IS NULL OR a.route_id = %(route_id)s)"
    "   AND (%(own)s OR (a.visibility = ANY (%(visible)s) AND NOT a.hidden && ARRAY['map', 'speed']))"
    " ORDER BY a.started_at DESC, a.id DESC"
)
_NAME = sql(
    "UPDATE activity_routes SET name = %(name)s"
    " WHERE tenant_id = %(tenant_id)s AND id = %(route_id)s AND person_id = %(person_id)s"
)


async def take_turn(tx: Transaction, person_id: UUID) -> None:
    """Wait until no other transaction groups the person's activities, and hold others off until this one ends."""
    await tx.value(_TAKE_TURN, person_id=person_id)


async def alike(tx: Transaction, tenant_id: UUID, *, person_id: UUID, sport: str, least: float, most: float) -> Rows:
    """The person's routes of about that length (id, route), the oldest first."""
    return await tx.all(_ALIKE, tenant_id=tenant_id, person_id=person_id, sport=sport, least=least, most=most)


async def ungrouped(
    tx: Transaction,
    tenant_id: UUID,
    *,
    person_id: UUID,
    activity_id: UUID,
    sport: str,
    least: float,
    most: float,
    limit: int,
) -> Rows:
    """The person's other activities of about that length that are on no route (id, route), the newest first."""
    return await tx.all(
        _UNGROUPED,
        tenant_id=tenant_id,
        person_id=person_id,
        activity_id=activity_id,
        sport=sport,
        least=least,
        most=most,
        limit=limit,
    )


async def insert_route(tx: Transaction, **values: Any) -> None:
    """Store a route."""
    await tx.run(_INSERT, **values)


async def set_route(tx: Transaction, tenant_id: UUID, activity_ids: Sequence[UUID], route_id: UUID | None) -> None:
    """Store which route activities are on."""
    await tx.run(_SET, tenant_id=tenant_id, ids=list(activity_ids), route_id=route_id)


async def delete_empty(tx: Transaction, tenant_id: UUID, person_id: UUID) -> None:
    """Delete the person's routes that no activity is on any more."""
    await tx.run(_DELETE_EMPTY, tenant_id=tenant_id, person_id=person_id)


async def route(tx: Transaction, tenant_id: UUID, route_id: UUID) -> Any | None:
    """A route."""
    return await tx.maybe(_ROUTE, tenant_id=tenant_id, route_id=route_id)


async def times(
    tx: Transaction, tenant_id: UUID, *, person_id: UUID, route_id: UUID | None, own: bool, visible: Sequence[str]
) -> Rows:
    """A person's activities on routes, or on one, that they may see themselves (`own`) or others may, the newest first."""
    return await tx.all(
        _TIMES, tenant_id=tenant_id, person_id=person_id, route_id=route_id, own=own, visible=list(visible)
    )


async def set_name(tx: Transaction, tenant_id: UUID, route_id: UUID, *, person_id: UUID, name: str | None) -> bool:
    """Name a route if it is that person's; whether it is."""
    return await tx.run(_NAME, tenant_id=tenant_id, route_id=route_id, person_id=person_id, name=name) == 1
