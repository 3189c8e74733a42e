"""What happens to activities: set out, pause, go on, stop, edit, delete; and who is out."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.context import SystemContext, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking import events
from pp_core.tracking.access import access_activity, access_own
from pp_core.tracking.operations import Sport, Status, Visibility
from pp_core.tracking.operations.activities import (
    Activity,
    ActivityOver,
    ActivityStart,
    AlreadyOut,
    Closed,
    CloseForgotten,
    DeleteActivity,
    EditActivity,
    NothingLeft,
    NotPaused,
    PauseActivity,
    ResumeActivity,
    StartActivity,
    StartInFuture,
    StillOut,
    StopActivity,
)
from pp_core.tracking.queries import activities as queries
from pp_core.tracking.queries import points
from pp_core.tracking.queries.points import milliseconds, moment
from pp_core.tracking.rules.sampling import wished_interval_s
from pp_core.tracking.rules.track import Track

from .reading import shown
from .sealing import finish, seal, stored_track

CLOCK_TOLERANCE = timedelta(minutes=5)
QUIET, SILENT = timedelta(hours=1), timedelta(hours=6)
"""How long after its last point a live activity is closed; and one that is paused or had no point at all."""
CLOSED_AT_ONCE = 50


@handles(StartActivity)
async def start_activity(ctx: TenantContext, op: StartActivity) -> ActivityStart:
    """Begin a live activity, unless they are out already."""
    person = await access_brief(ctx, None, to=Permission.ACTIVITY_RECORD_OWN)
    started_at = op.started_at or ctx.now
    if started_at > ctx.now + CLOCK_TOLERANCE:
        raise StartInFuture(started_at=started_at.isoformat())
    source = "app" if ctx.call.door.value in ("rest", "rpc", "tracker") else ctx.call.door.value
    activity_id = await set_out(
        ctx,
        person_id=person.id,
        sport=op.sport,
        source=source,
        started_at=started_at,
        visibility=op.visibility,
        title=op.title,
    )
    if activity_id is None:
        raise AlreadyOut(activity_id=str(await queries.live_of(ctx.tx, ctx.tenant_id, person.id)))
    ctx.touched("activity", activity_id)
    return ActivityStart(
        id=activity_id, sport=op.sport, started_at=started_at, interval_s=wished_interval_s(None, 0, 1)
    )


async def set_out(
    ctx: TenantContext,
    *,
    person_id: UUID,
    sport: Sport,
    source: str,
    started_at: datetime,
    visibility: Visibility = Visibility.STAFF,
    title: str | None = None,
) -> UUID | None:
    """Begin a live activity of a person; None when they have one already."""
    activity_id = new_id()
    stored = await queries.insert_activity(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=activity_id,
        person_id=person_id,
        sport=sport,
        status=Status.LIVE,
        visibility=visibility,
        title=title,
        source=source,
        door=ctx.call.door.value,
        started_at=started_at,
        created_at=ctx.now,
    )
    if not stored:
        return None
    ctx.emit(events.ActivityStarted(activity_id=activity_id, person_id=person_id))
    return activity_id


@handles(PauseActivity)
async def pause_activity(ctx: TenantContext, op: PauseActivity) -> Done:
    """Pause; a second time does nothing."""
    row = await access_own(ctx, op.activity_id, to=Permission.ACTIVITY_MANAGE)
    if row.status == Status.FINISHED:
        raise ActivityOver(activity_id=str(row.id))
    if row.status == Status.LIVE:
        await queries.set_paused(
            ctx.tx, ctx.tenant_id, row.id, status=Status.PAUSED, paused_at=ctx.now, pauses=row.pauses
        )
        ctx.emit(events.ActivityPaused(activity_id=row.id, person_id=row.person_id))
    ctx.touched("activity", row.id)
    return Done()


@handles(ResumeActivity)
async def resume_activity(ctx: TenantContext, op: ResumeActivity) -> Done:
    """Go on after a pause."""
    row = await access_own(ctx, op.activity_id, to=Permission.ACTIVITY_MANAGE)
    if row.status == Status.FINISHED:
        raise ActivityOver(activity_id=str(row.id))
    if row.status != Status.PAUSED:
        raise NotPaused(activity_id=str(row.id))
    shift = row.clock_shift_ms
    pauses = [*row.pauses, [milliseconds(row.paused_at) + shift, milliseconds(ctx.now) + shift]]
    await queries.set_paused(ctx.tx, ctx.tenant_id, row.id, status=Status.LIVE, paused_at=None, pauses=pauses)
    ctx.emit(events.ActivityPaused(activity_id=row.id, person_id=row.person_id))
    ctx.touched("activity", row.id)
    return Done()


@handles(StopActivity)
async def stop_activity(ctx: TenantContext, op: StopActivity) -> Activity:
    """Finish it, and say what it comes to."""
    row = await access_own(ctx, op.activity_id, to=Permission.ACTIVITY_MANAGE)
    if row.status == Status.FINISHED:
        raise ActivityOver(activity_id=str(row.id))
    track = await stored_track(ctx, row.id)
    if op.ended_at is not None:
        last = milliseconds(op.ended_at) + row.clock_shift_ms
        if len(track):
            last = max(last, int(track.ts[0]))
            track = await _only(ctx, row, track, int(track.ts[0]), last)
        # Also where nothing came yet: a phone without a network tells later what it recorded, to the end and beyond.
        await queries.keep(
            ctx.tx,
            ctx.tenant_id,
            row.id,
            kept_from=None,
            kept_until=moment(last),
            spanned_from=row.started_at,
            spanned_until=ctx.now,
        )
    await seal(ctx, row, track=track, ended_at=min(op.ended_at or ctx.now, ctx.now), closed_by="owner")
    ctx.touched("activity", row.id)
    return await shown(ctx, await access_activity(ctx, row.id))


@handles(EditActivity)
async def edit_activity(ctx: TenantContext, op: EditActivity) -> Activity:
    """Store what was corrected; what another sport or a cut changes is worked out anew."""
    row = await access_own(ctx, op.activity_id, to=Permission.ACTIVITY_MANAGE)
    given = op.model_fields_set
    await queries.edit(
        ctx.tx,
        ctx.tenant_id,
        row.id,
        sport=op.sport or row.sport,
        title=op.title if "title" in given else row.title,
        note=op.note if "note" in given else row.note,
        visibility=op.visibility or row.visibility,
        hidden=row.hidden if op.hidden is None else [one.value for one in op.hidden],
    )
    if op.sport is not None and op.sport != row.sport and row.status != Status.FINISHED:
        await points.measure_anew(ctx.tx, ctx.tenant_id, row.id)
    if op.begins_at is not None or op.ends_at is not None:
        if row.status != Status.FINISHED:
            raise StillOut(activity_id=str(row.id))
        await _cut(ctx, row, op)
    elif op.sport is not None and op.sport != row.sport and row.status == Status.FINISHED:
        await seal(ctx, row, sport=op.sport)
    else:
        ctx.emit(events.ActivitySummarised(activity_id=row.id, person_id=row.person_id))
    ctx.touched("activity", row.id)
    return await shown(ctx, await access_activity(ctx, row.id))


@handles(DeleteActivity)
async def delete_activity(ctx: TenantContext, op: DeleteActivity) -> Done:
    """Delete it with everything that hangs on it; records fall back to the next best by themselves."""
    row = await access_own(ctx, op.activity_id, to=Permission.ACTIVITY_MANAGE)
    await queries.delete(ctx.tx, ctx.tenant_id, row.id)
    await points.delete_points(ctx.tx, ctx.tenant_id, row.id)
    ctx.emit(events.ActivityRemoved(activity_id=row.id, person_id=row.person_id))
    ctx.touched("activity", row.id)
    return Done()


@handles(CloseForgotten)
async def close_forgotten(ctx: SystemContext, op: CloseForgotten) -> Closed:
    """Finish what nobody sends points for any more, at its last point."""
    found = await queries.forgotten(ctx.tx, quiet=ctx.now - QUIET, silent=ctx.now - SILENT, limit=CLOSED_AT_ONCE)
    for one in found:
        gym = await ctx.enter_gym(one.tenant_id)
        row = await queries.held(gym.tx, gym.tenant_id, one.id)
        if row is not None and row.status != Status.FINISHED:
            await finish(gym, row, ended_at=row.paused_at or row.started_at, closed_by="forgotten")
    return Closed(count=len(found))


async def _cut(ctx: TenantContext, row: Any, op: EditActivity) -> None:
    track = await stored_track(ctx, row.id)
    shift = row.clock_shift_ms
    first = milliseconds(op.begins_at) + shift if op.begins_at is not None else int(track.ts[0]) if len(track) else 0
    last = milliseconds(op.ends_at) + shift if op.ends_at is not None else int(track.ts[-1]) if len(track) else 0
    track = await _only(ctx, row, track, first, last)
    await queries.keep(
        ctx.tx,
        ctx.tenant_id,
        row.id,
        kept_from=None if op.begins_at is None else moment(first),
        kept_until=None if op.ends_at is None else moment(last),
        spanned_from=row.started_at,
        spanned_until=row.ended_at,
    )
    await seal(ctx, row, track=track, sport=op.sport)


async def _only(ctx: TenantContext, row: Any, track: Track, first: int, last: int) -> Track:
    """The points between two moments of the device; what is cut off is deleted."""
    inside = (track.ts >= first) & (track.ts <= last)
    if len(track) and inside.all():
        return track
    if inside.sum() < 2:
        begins_at, ends_at = (moment(one - row.clock_shift_ms).isoformat() for one in (first, last))
        raise NothingLeft(begins_at=begins_at, ends_at=ends_at)
    await points.cut(ctx.tx, ctx.tenant_id, row.id, first=moment(first), last=moment(last))
    return track[inside]
