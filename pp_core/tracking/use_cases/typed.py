"""Activities that somebody wrote instead of recording them."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pp_core.kernel.context import PublicContext, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking.access import access_own
from pp_core.tracking.formats.typed import canonical, is_too_fast, read_activity, read_parts
from pp_core.tracking.operations import ActivityUnknown, Sport, Status, Visibility
from pp_core.tracking.operations.activities import StartInFuture
from pp_core.tracking.operations.typed import (
    ActivityRead,
    ActivityTyped,
    LogActivity,
    NothingToRetype,
    NothingTyped,
    ParseActivity,
    RetypeActivity,
    TypedNotSure,
    TypedTooFast,
)
from pp_core.tracking.queries import activities as queries
from pp_core.tracking.queries import points

from .activities import CLOCK_TOLERANCE
from .sealing import TYPED, Told, seal

CORRECTABLE_HOURS = 24
"""For so long the last activity that was written is what a correction without a name speaks of."""
_MEASURES: tuple[Literal["furthest", "longest"], ...] = ("furthest", "longest")
"""What somebody's own word is enough for; the fastest kilometre takes a track."""


@handles(ParseActivity)
async def parse_activity(ctx: PublicContext, op: ParseActivity) -> ActivityRead:
    """What the text says."""
    return read_activity(op.text)


@handles(LogActivity)
async def log_activity(ctx: TenantContext, op: LogActivity) -> ActivityTyped:
    """Store what was done, and say it back."""
    person = await access_brief(ctx, None, to=Permission.ACTIVITY_RECORD_OWN)
    read = _read(op)
    assert read.sport is not None
    told = Told(read.distance_m or 0.0, read.duration_s or 0)
    started_at = op.started_at or ctx.now - timedelta(days=read.days_ago, seconds=told.seconds)
    if started_at > ctx.now + CLOCK_TOLERANCE:
        raise StartInFuture(started_at=started_at.isoformat())
    before = await _bests(ctx, person.id, read.sport)
    activity_id = new_id()
    await _store(ctx, activity_id, person.id, read.sport, started_at, told)
    ctx.touched("activity", activity_id)
    return await _typed(ctx, activity_id, read.confidence, before)


def _read(op: LogActivity) -> ActivityRead:
    if op.text is None:
        if op.distance_m is None and op.duration_s is None:
            raise NothingTyped
        said = canonical(op.sport, op.distance_m, op.duration_s)
        read = ActivityRead(
            sport=op.sport,
            distance_m=op.distance_m,
            duration_s=op.duration_s,
            days_ago=0,
            confidence=1.0,
            canonical=said,
        )
    else:
        read = read_activity(op.text)
    if read.sport is None:
        raise NothingTyped
    if is_too_fast(read.sport, read.distance_m, read.duration_s):
        raise TypedTooFast(canonical=read.canonical)
    if read.confidence < op.sure_from:
        raise TypedNotSure(canonical=read.canonical)
    return read


@handles(RetypeActivity)
async def retype_activity(ctx: TenantContext, op: RetypeActivity) -> ActivityTyped:
    """Put what is right in the place of what was written; its day stays."""
    activity_id = op.activity_id
    if activity_id is None:
        activity_id = await _last_typed(ctx)
    row = await access_own(ctx, activity_id, to=Permission.ACTIVITY_MANAGE)
    if row.source != TYPED:
        raise ActivityUnknown(activity_id=str(activity_id))
    right = read_parts(op.text)
    if right is None or (right.sport is None and right.metres is None and right.seconds is None):
        raise NothingTyped
    sport = right.sport or Sport(row.sport)
    metres, seconds = right.metres or row.distance_m, right.seconds or row.elapsed_s
    if is_too_fast(sport, metres or None, seconds or None):
        raise TypedTooFast(canonical=canonical(sport, metres or None, seconds or None))
    before = await _bests(ctx, row.person_id, sport)
    if sport != row.sport:
        await queries.edit(
            ctx.tx,
            ctx.tenant_id,
            row.id,
            sport=sport,
            title=row.title,
            note=row.note,
            visibility=row.visibility,
            hidden=row.hidden,
        )
    await seal(ctx, row, sport=sport, told=Told(metres, seconds))
    ctx.touched("activity", row.id, was=canonical(Sport(row.sport), row.distance_m or None, row.elapsed_s or None))
    return await _typed(ctx, row.id, 1.0, before)


async def _last_typed(ctx: TenantContext) -> UUID:
    since = ctx.now - timedelta(hours=CORRECTABLE_HOURS)
    found = None
    if ctx.person_id is not None:
        found = await queries.last_of_source(ctx.tx, ctx.tenant_id, ctx.person_id, TYPED, since)
    if found is None:
        raise NothingToRetype(hours=CORRECTABLE_HOURS)
    return found


async def _store(
    ctx: TenantContext, activity_id: UUID, person_id: UUID, sport: Sport, started_at: datetime, told: Told
) -> None:
    await queries.insert_activity(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=activity_id,
        person_id=person_id,
        sport=sport,
        status=Status.FINISHED,
        visibility=Visibility.STAFF,
        source=TYPED,
        door=ctx.call.door.value,
        started_at=started_at,
        ended_at=started_at + timedelta(seconds=told.seconds),
        closed_by=TYPED,
        created_at=ctx.now,
    )
    row = await queries.held(ctx.tx, ctx.tenant_id, activity_id)
    await seal(ctx, row, told=told, new=True)


async def _bests(ctx: TenantContext, person_id: UUID, sport: Sport) -> dict[str, Any]:
    """Of each measure that writing can set, the activity that holds it."""
    rows = await points.records(ctx.tx, ctx.tenant_id, person_id, sport)
    return {row.measure: row.activity_id for row in rows if row.measure in _MEASURES}


async def _typed(ctx: TenantContext, activity_id: UUID, confidence: float, before: dict[str, Any]) -> ActivityTyped:
    row = await queries.activity(ctx.tx, ctx.tenant_id, activity_id)
    assert row is not None
    now = await _bests(ctx, row.person_id, Sport(row.sport))
    return ActivityTyped(
        activity_id=row.id,
        person_id=row.person_id,
        sport=row.sport,
        distance_m=row.distance_m or None,
        duration_s=row.elapsed_s or None,
        started_at=row.started_at,
        canonical=canonical(Sport(row.sport), row.distance_m or None, row.elapsed_s or None),
        # The first of its kind is the best of its kind, and nobody is told so.
        records=tuple(one for one in _MEASURES if now.get(one) == row.id and before.get(one) not in (None, row.id)),
        confidence=confidence,
    )
