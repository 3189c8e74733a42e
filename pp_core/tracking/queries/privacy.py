"""Statements about privacy zones."""

from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

_ZONES = sql(
    "SELECT id, name, lat, lon, radius_m, created_at FROM privacy_zones"
    " WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s ORDER BY name, id"
)
_TAKE_TURN = sql("SELECT pg_advisory_xact_lock(hashtextextended('privacy zones ' || %(person_id)s::text, 0))")
_INSERT = sql(
    "INSERT INTO privacy_zones (tenant_id, id, person_id, name, lat, lon, radius_m, created_at)"
    " VALUES (%(tenant_id)s, %(id)s, %(person_id)s, %(name)s, %(lat)s, %(lon)s, %(radius_m)s, %(created_at)s)"
)
_DELETE = sql(
    "DELETE FROM privacy_zones WHERE tenant_id = %(tenant_id)s AND id = %(zone_id)s AND person_id = %(person_id)s"
)


async def zones_of(tx: Transaction, tenant_id: UUID, person_id: UUID) -> Rows:
    """A person's zones, by name."""
    return await tx.all(_ZONES, tenant_id=tenant_id, person_id=person_id)


async def take_turn(tx: Transaction, person_id: UUID) -> None:
    """Wait until no other transaction adds a zone of the person, and hold others off until this one ends."""
    await tx.value(_TAKE_TURN, person_id=person_id)


async def insert_zone(tx: Transaction, **values: Any) -> None:
    """Store a zone."""
    await tx.run(_INSERT, **values)


async def delete_zone(tx: Transaction, tenant_id: UUID, zone_id: UUID, person_id: UUID) -> bool:
    """Delete a zone if it is that person's; whether it was."""
    return await tx.run(_DELETE, tenant_id=tenant_id, zone_id=zone_id, person_id=person_id) == 1
