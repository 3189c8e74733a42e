"""Statements about geofences and who is within one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

_FENCES = sql(
    "SELECT g.id, g.branch_id, b.name AS branch_name, g.lat, g.lon, g.radius_m, g.dwell_s, g.checks_in, g.created_at"
    "  FROM geofences g JOIN branches b ON b.tenant_id = g.tenant_id AND b.id = g.branch_id"
    " WHERE g.tenant_id = %(tenant_id)s ORDER BY b.name, g.id"
)
_SET = sql(
    "INSERT INTO geofences (tenant_id, id, branch_id, lat, lon, radius_m, dwell_s, checks_in, created_at)"
    " VALUES (%(tenant_id)s, %(id)s, %(branch_id)s, %(lat)s, %(lon)s, %(radius_m)s, %(dwell_s)s, %(checks_in)s, %(created_at)s)"
    " ON CONFLICT (tenant_id, branch_id) DO UPDATE SET lat = excluded.lat, lon = excluded.lon,"
    " radius_m = excluded.radius_m, dwell_s = excluded.dwell_s, checks_in = excluded.checks_in RETURNING id, created_at"
)
_END_STAYS = sql("DELETE FROM geofence_stays WHERE tenant_id = %(tenant_id)s AND geofence_id = %(geofence_id)s")
_DELETE = sql("DELETE FROM geofences WHERE tenant_id = %(tenant_id)s AND id = %(geofence_id)s")
_TAKE_TURN = sql("SELECT pg_advisory_xact_lock(hashtextextended('geofences ' || %(person_id)s::text, 0))")
_STAYS = sql(
    "SELECT geofence_id, entered_at, last_at FROM geofence_stays"
    " WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s"
)
_SET_STAY = sql(
    "INSERT INTO geofence_stays (tenant_id, id, geofence_id, person_id, entered_at, last_at, visit_id)"
    " VALUES (%(tenant_id)s, %(id)s, %(geofence_id)s, %(person_id)s, %(entered_at)s, %(last_at)s, %(visit_id)s)"
    " ON CONFLICT (tenant_id, geofence_id, person_id) DO UPDATE SET entered_at = excluded.entered_at,"
    " last_at = excluded.last_at, visit_id = CASE WHEN geofence_stays.entered_at = excluded.entered_at"
    " THEN coalesce(excluded.visit_id, geofence_stays.visit_id) ELSE excluded.visit_id END"
)
_END_STAY = sql(
    "DELETE FROM geofence_stays"
    " WHERE tenant_id = %(tenant_id)s AND geofence_id = %(geofence_id)s AND person_id = %(person_id)s"
)
_LATEST = sql(
    "SELECT device_ts, lat, lon, accuracy FROM activity_points"
    " WHERE tenant_id = %(tenant_id)s AND activity_id = %(activity_id)s ORDER BY device_ts DESC LIMIT %(count)s"
)


async def fences(tx: Transaction, tenant_id: UUID) -> Rows:
    """All geofences of the gym with their branches' names, by name."""
    return await tx.all(_FENCES, tenant_id=tenant_id)


async def set_fence(tx: Transaction, **values: Any) -> Any:
    """Store the geofence of a branch in place of the one it had; returns its id and since when there is one."""
    return await tx.one(_SET, **values)


async def end_stays(tx: Transaction, tenant_id: UUID, geofence_id: UUID) -> None:
    """Forget who is within it."""
    await tx.run(_END_STAYS, tenant_id=tenant_id, geofence_id=geofence_id)


async def delete_fence(tx: Transaction, tenant_id: UUID, geofence_id: UUID) -> bool:
    """Delete a geofence; whether there was one."""
    return await tx.run(_DELETE, tenant_id=tenant_id, geofence_id=geofence_id) == 1


async def take_turn(tx: Transaction, person_id: UUID) -> None:
    """Wait until no other transaction looks where the person is, and hold others off until this one ends."""
    await tx.value(_TAKE_TURN, person_id=person_id)


async def stays_of(tx: Transaction, tenant_id: UUID, person_id: UUID) -> dict[UUID, Any]:
    """Where the person is, by geofence."""
    rows = await tx.all(_STAYS, tenant_id=tenant_id, person_id=person_id)
    return {row.geofence_id: row for row in rows}


async def set_stay(tx: Transaction, **values: Any) -> None:
    """Store that somebody is within a geofence; what visit a stay led to is kept as long as it is the same stay."""
    await tx.run(_SET_STAY, **values)


async def end_stay(tx: Transaction, tenant_id: UUID, geofence_id: UUID, person_id: UUID) -> None:
    """Store that they are not."""
    await tx.run(_END_STAY, tenant_id=tenant_id, geofence_id=geofence_id, person_id=person_id)


async def latest_points(tx: Transaction, tenant_id: UUID, activity_id: UUID, count: int) -> Sequence[Any]:
    """The last so many points that came in live, by the device's clock (device_ts, lat, lon, accuracy)."""
    return await tx.all(_LATEST, tenant_id=tenant_id, activity_id=activity_id, count=count)
