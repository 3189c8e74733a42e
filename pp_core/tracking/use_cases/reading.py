"""Reading activities: lists, one in full, who is out, and bests; each as the caller may see it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.clock import local_day
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking.access import access_activity, is_owner, visible_to
from pp_core.tracking.operations import Hidden, Status, Summary
from pp_core.tracking.operations.activities import (
    Activity,
    ActivityPage,
    ActivityRecords,
    ActivityRow,
    Board,
    ListActivities,
    ListActivityRecords,
    RecordRow,
    RunnerOut,
    ShowActivity,
    ShowBoard,
)
from pp_core.tracking.queries import activities as queries
from pp_core.tracking.queries import points, tiles
from pp_core.tracking.rules.privacy import Circle, masked, visible
from pp_core.tracking.rules.track import Track

from .streets import way_of


@handles(ListActivities)
async def list_activities(ctx: TenantContext, op: ListActivities) -> ActivityPage:
    """A page of activities."""
    person_id = None
    if not op.everybody or op.member is not None:
        person_id = (await access_brief(ctx, op.member, to=Permission.ACTIVITY_READ)).id
    before_at, before_id = decode_cursor(op.cursor, datetime.fromisoformat, UUID)
    rows = await queries.page(
        ctx.tx,
        ctx.tenant_id,
        person_id=person_id,
        viewer=ctx.person_id,
        visible=visible_to(ctx),
        sport=op.sport,
        before_at=before_at,
        before_id=before_id,
        limit=op.limit + 1,
    )
    last = rows[op.limit - 1] if len(rows) > op.limit else None
    return ActivityPage(
        items=[ActivityRow(**listed(ctx, row)) for row in rows[: op.limit]],
        next=None if last is None else encode_cursor(last.started_at, last.id),
    )


@handles(ShowActivity)
async def show_activity(ctx: TenantContext, op: ShowActivity) -> Activity:
    """An activity, without what its owner keeps to themselves."""
    return await shown(ctx, await access_activity(ctx, op.activity_id))


@handles(ShowBoard)
async def show_board(ctx: TenantContext, op: ShowBoard) -> Board:
    """Everybody who is out; without a position for whom a privacy zone hides, or who hides their map."""
    rows = await queries.board(ctx.tx, ctx.tenant_id, ctx.person_id)
    zones = await points.zones(ctx.tx, ctx.tenant_id, [row.person_id for row in rows])
    return Board(runners=tuple(_runner(ctx, row, zones[row.person_id]) for row in rows), now=ctx.now)


@handles(ListActivityRecords)
async def list_activity_records(ctx: TenantContext, op: ListActivityRecords) -> ActivityRecords:
    """A person's bests; of what only they may see, nobody else hears."""
    person = await access_brief(ctx, op.member, to=Permission.ACTIVITY_READ)
    visible = None if person.id == ctx.person_id else visible_to(ctx)
    rows = await points.records(ctx.tx, ctx.tenant_id, person.id, op.sport, visible)
    records = (
        RecordRow(
            sport=row.sport,
            measure=row.measure,
            value=row.value,
            activity_id=row.activity_id,
            at=started(ctx, row, row.at),
        )
        for row in rows
    )
    return ActivityRecords(person_id=person.id, records=tuple(records))


async def shown(ctx: TenantContext, row: Any) -> Activity:
    """An activity as the caller may see it."""
    mine = is_owner(ctx, row)
    hidden = frozenset(Hidden(one) for one in row.hidden)
    summary = Summary.model_validate(row.summary) if row.summary else _so_far(row)
    records = await points.records(ctx.tx, ctx.tenant_id, row.person_id, row.sport, None if mine else visible_to(ctx))
    return Activity(
        **listed(ctx, row),
        note=row.note,
        hidden=hidden,
        mine=mine,
        new_tiles=await tiles.new_tiles(ctx.tx, ctx.tenant_id, row.id) if mine and row.route is not None else None,
        summary=summary if mine else masked(summary, hidden),
        route=await _route(ctx, row, mine=mine),
        records=tuple(one.measure for one in records if one.activity_id == row.id),
        has_file=await points.has_file(ctx.tx, ctx.tenant_id, row.id),
    )


def started(ctx: TenantContext, row: Any, at: datetime) -> datetime:
    """`at`, when it began; for others the day alone where its owner hides the time."""
    if is_owner(ctx, row) or Hidden.START_TIME not in row.hidden:
        return at
    return datetime.combine(local_day(at, ctx.timezone), time(), UTC)


async def _route(ctx: TenantContext, row: Any, *, mine: bool) -> str | None:
    if row.route is None or (Hidden.MAP in row.hidden and not mine):
        return None
    return await way_of(ctx, row, mine=mine)


def listed(ctx: TenantContext, row: Any) -> dict[str, Any]:
    """An activity as a row of a list, as the caller may see it."""
    mine = is_owner(ctx, row)
    hidden = frozenset() if mine else frozenset(row.hidden)
    speed = row.distance_m / row.moving_s if row.moving_s else None
    elapsed_s = row.elapsed_s if row.status == Status.FINISHED else _seconds_out(ctx, row)
    return {
        "id": row.id,
        "person_id": row.person_id,
        "person_name": row.person_name,
        "sport": row.sport,
        "status": row.status,
        "visibility": row.visibility,
        "title": row.title,
        "source": row.source,
        "started_at": started(ctx, row, row.started_at),
        "ended_at": None if Hidden.START_TIME in hidden else row.ended_at,
        "distance_m": row.distance_m,
        # With the time in motion the speed could be worked out.
        "moving_s": elapsed_s if Hidden.SPEED in hidden else row.moving_s,
        "elapsed_s": elapsed_s,
        "average_speed": None if Hidden.SPEED in hidden else speed,
        "elevation_gain_m": row.elevation_gain_m,
        "heart_rate_avg": None if Hidden.HEART_RATE in hidden else row.heart_rate_avg,
        "kcal": None if Hidden.CALORIES in hidden else row.kcal,
        "flagged": row.flagged and not mine and ctx.may(Permission.ACTIVITY_REVIEW),
    }


def _seconds_out(ctx: TenantContext, row: Any) -> int:
    return max(0, int(((row.paused_at or ctx.now) - row.started_at).total_seconds()))


def _so_far(row: Any) -> Summary:
    """What is known of an activity that goes on."""
    return Summary(
        points=row.live_points or 0,
        dropped=0,
        elapsed_s=0,
        moving_s=row.moving_s,
        distance_m=row.distance_m,
        average_speed=row.distance_m / row.moving_s if row.moving_s else None,
        max_speed=None,
        elevation_gain_m=None,
        elevation_loss_m=None,
    )


def _runner(ctx: TenantContext, row: Any, zones: list[Circle]) -> RunnerOut:
    mine = is_owner(ctx, row)
    hidden = frozenset() if mine else frozenset(row.hidden)
    where = row.last_ts is not None and Hidden.MAP not in hidden
    if where and not mine and zones:
        where = bool(visible(Track.of([0], [row.lat], [row.lon]), zones).any())
    last_at = None if row.last_ts is None else row.last_ts - timedelta(milliseconds=row.clock_shift_ms)
    return RunnerOut(
        activity_id=row.id,
        person_id=row.person_id,
        person_name=row.person_name,
        person_code=row.person_code,
        sport=row.sport,
        status=row.status,
        started_at=row.started_at,
        last_at=last_at,
        lat=row.lat if where else None,
        lon=row.lon if where else None,
        speed=None if Hidden.SPEED in hidden else row.speed,
        average_speed=row.distance_m / row.moving_s if row.moving_s and Hidden.SPEED not in hidden else None,
        heart_rate=None if Hidden.HEART_RATE in hidden else row.heart_rate,
        distance_m=row.distance_m,
        moving_s=_seconds_out(ctx, row) if Hidden.SPEED in hidden else row.moving_s,
    )
