"""Geofences: where the branches are, and who has come in because they stayed there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel import locale
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Permission
from pp_core.memberships.operations import MemberLeft, NoMembership
from pp_core.memberships.public import come_in
from pp_core.notifications.operations import HasOptedOut
from pp_core.notifications.public import queue_text
from pp_core.tenants.public import access_branch, access_person, branches_of
from pp_core.tracking.operations.geofences import (
    Geofence,
    Geofences,
    GeofenceUnknown,
    ListGeofences,
    RemoveGeofence,
    SetGeofence,
)
from pp_core.tracking.queries import geofences as queries
from pp_core.tracking.rules.geofences import Fence, Position, Stay, walked

DOOR = "geofence"
"""The door that such a visit is written down under."""
LATE = timedelta(hours=12)
"""Positions that come later than this after somebody came do not check them in any more."""


@handles(SetGeofence)
async def set_geofence(ctx: TenantContext, op: SetGeofence) -> Geofence:
    """Store it in place of the branch's former one; who was within that one comes anew."""
    branch = await access_branch(ctx, op.branch_id) if op.branch_id is not None else (await branches_of(ctx))[0]
    values = op.model_dump(exclude={"branch_id"})
    stored = await queries.set_fence(
        ctx.tx, tenant_id=ctx.tenant_id, id=new_id(), branch_id=branch.id, created_at=ctx.now, **values
    )
    await queries.end_stays(ctx.tx, ctx.tenant_id, stored.id)
    ctx.touched("geofence", stored.id)
    return Geofence(id=stored.id, branch_id=branch.id, branch_name=branch.name, created_at=stored.created_at, **values)


@handles(ListGeofences)
async def list_geofences(ctx: TenantContext, op: ListGeofences) -> Geofences:
    """All of them."""
    rows = await queries.fences(ctx.tx, ctx.tenant_id)
    return Geofences(items=tuple(Geofence(**row._asdict()) for row in rows))


@handles(RemoveGeofence)
async def remove_geofence(ctx: TenantContext, op: RemoveGeofence) -> Done:
    """Delete it, and who is within it."""
    if not await queries.delete_fence(ctx.tx, ctx.tenant_id, op.geofence_id):
        raise GeofenceUnknown(geofence_id=str(op.geofence_id))
    ctx.touched("geofence", op.geofence_id)
    return Done()


async def notice(ctx: TenantContext, person_id: UUID, positions: Sequence[Position]) -> None:
    """See where positions of a person (times by our clock) leave them, and check them in where they stayed for long enough.

    With the open transaction, by the worker or by whoever takes positions of a tracker. Coming twice within four hours is one
    visit; whom a branch does not let in is told so once, where they may be written to.
    """
    rows = await queries.fences(ctx.tx, ctx.tenant_id) if positions else ()
    if not rows:
        return
    await queries.take_turn(ctx.tx, person_id)
    stays = await queries.stays_of(ctx.tx, ctx.tenant_id, person_id)
    for row in rows:
        held = stays.get(row.id)
        before = None if held is None else Stay(held.entered_at, held.last_at)
        stay, came = walked(Fence(row.lat, row.lon, row.radius_m, row.dwell_s), before, positions)
        visit_id = None
        if came is not None and row.checks_in and ctx.now - came <= LATE:
            visit_id = await _checked_in(ctx, person_id, row, came)
        if stay is None and before is not None:
            await queries.end_stay(ctx.tx, ctx.tenant_id, row.id, person_id)
        elif stay is not None and stay != before:
            await queries.set_stay(
                ctx.tx,
                tenant_id=ctx.tenant_id,
                id=new_id(),
                geofence_id=row.id,
                person_id=person_id,
                entered_at=stay.entered_at,
                last_at=stay.last_at,
                visit_id=visit_id,
            )


async def _checked_in(ctx: TenantContext, person_id: UUID, fence: Any, came: datetime) -> UUID | None:
    try:
        visit = await come_in(ctx, person_id=person_id, branch_id=fence.branch_id, at=came, door=DOOR)
    except MemberLeft:
        return None
    except NoMembership:
        await _tell_refusal(ctx, person_id, fence.branch_name)
        return None
    return visit.visit.id


async def _tell_refusal(ctx: TenantContext, person_id: UUID, branch: str) -> None:
    person = await access_person(ctx, str(person_id), to=Permission.MEMBER_READ)
    if person.phone is None:
        return
    words = locale.text("tracking.geofence_refused", person.language, gym=ctx.gym_name, branch=branch)
    try:
        await queue_text(ctx, to=person.phone, text=words, purpose="geofence", person_id=person_id, name=person.name)
    except HasOptedOut:
        return
