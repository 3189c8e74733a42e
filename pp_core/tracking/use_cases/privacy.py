"""Privacy zones: each person's own, applied whenever anybody else reads where they were."""

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking.operations.privacy import (
    MOST_ZONES,
    AddPrivacyZone,
    ListPrivacyZones,
    PrivacyZone,
    PrivacyZones,
    RemovePrivacyZone,
    TooManyZones,
    ZoneUnknown,
)
from pp_core.tracking.queries import privacy as queries


@handles(AddPrivacyZone)
async def add_privacy_zone(ctx: TenantContext, op: AddPrivacyZone) -> PrivacyZone:
    """Store it; nothing else changes, for zones are cut out when somebody reads."""
    person = await access_brief(ctx, None, to=Permission.ACTIVITY_RECORD_OWN)
    await queries.take_turn(ctx.tx, person.id)
    if len(await queries.zones_of(ctx.tx, ctx.tenant_id, person.id)) >= MOST_ZONES:
        raise TooManyZones(most=MOST_ZONES)
    zone = PrivacyZone(id=new_id(), name=op.name, lat=op.lat, lon=op.lon, radius_m=op.radius_m, created_at=ctx.now)
    await queries.insert_zone(ctx.tx, tenant_id=ctx.tenant_id, person_id=person.id, **zone.model_dump())
    ctx.touched("privacy_zone", zone.id)
    return zone


@handles(ListPrivacyZones)
async def list_privacy_zones(ctx: TenantContext, op: ListPrivacyZones) -> PrivacyZones:
    """The caller's."""
    person = await access_brief(ctx, None, to=Permission.ACTIVITY_READ_OWN)
    rows = await queries.zones_of(ctx.tx, ctx.tenant_id, person.id)
    return PrivacyZones(items=tuple(PrivacyZone(**row._asdict()) for row in rows))


@handles(RemovePrivacyZone)
async def remove_privacy_zone(ctx: TenantContext, op: RemovePrivacyZone) -> Done:
    """Remove one of the caller's; nobody else's, whatever they may."""
    if ctx.person_id is None or not await queries.delete_zone(ctx.tx, ctx.tenant_id, op.zone_id, ctx.person_id):
        raise ZoneUnknown(zone_id=str(op.zone_id))
    ctx.touched("privacy_zone", op.zone_id)
    return Done()
