"""Points: the stream they come in by, and uploads of what was recorded without a network."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from math import isnan
from typing import Any

from pp_core.kernel.context import ActorKind, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.policy import Permission
from pp_core.tracking import events
from pp_core.tracking.access import access_own, is_owner
from pp_core.tracking.operations import Sport, Status
from pp_core.tracking.operations.points import (
    OpenTrack,
    PointIn,
    PointsUploaded,
    Rejected,
    TrackFull,
    TrackOpened,
    UploadPoints,
)
from pp_core.tracking.queries import points as queries
from pp_core.tracking.queries.points import milliseconds, moment
from pp_core.tracking.rules.progress import LOOK_BACK, further, so_far
from pp_core.tracking.rules.track import Track
from pp_core.tracking.rules.validation import CUT_OFF, DUPLICATE, Point, is_cut_off, reason_against

from .sealing import pauses_of, seal

LIMIT = "points_per_activity"
"""The name of a gym's limit on the points of one activity."""
CAP = 50_000
"""That limit where a gym has none of its own: fourteen hours at a point a second."""


@handles(OpenTrack)
async def open_track(ctx: TenantContext, op: OpenTrack) -> TrackOpened:
    """What the writer of the points needs to know."""
    row = await access_own(ctx, op.activity_id, to=Permission.ACTIVITY_MANAGE, locked=False)
    # Who writes for somebody else is not told where they are: it may be their home.
    trusted = is_owner(ctx, row) or ctx.actor.kind is ActorKind.SYSTEM
    return TrackOpened(
        tenant_id=ctx.tenant_id,
        activity_id=row.id,
        person_id=row.person_id,
        sport=row.sport,
        status=row.status,
        started_at=row.started_at,
        clock_shift_ms=row.clock_shift_ms,
        points=_stored(row),
        cap=_cap(ctx),
        distance_m=row.distance_m,
        moving_s=row.moving_s,
        last_ts=row.last_ts,
        last_lat=row.lat if trusted else None,
        last_lon=row.lon if trusted else None,
    )


@handles(UploadPoints)
async def upload_points(ctx: TenantContext, op: UploadPoints) -> PointsUploaded:
    """Store the good ones, tell why the others are not, and bring the activity's figures up to date."""
    row = await access_own(ctx, op.activity_id, to=Permission.ACTIVITY_MANAGE)
    uploaded = await add_points(ctx, row, op.points)
    ctx.touched("activity", row.id, points=uploaded.accepted)
    return uploaded


async def add_points(ctx: TenantContext, row: Any, points: Sequence[PointIn]) -> PointsUploaded:
    """Store points of the activity of `row` (locked), in any order; `TrackFull` when there is no room for one of them."""
    good, rejected = _sorted_out(ctx, row, points)
    cap = _cap(ctx)
    if good and _stored(row) >= cap:
        raise TrackFull(cap=cap)
    added = await queries.insert_points(ctx.tx, ctx.tenant_id, row.id, good, ctx.now) if good else 0
    if added and row.status == Status.FINISHED:
        await seal(ctx, row)
    elif added:
        await _bring_up_to_date(ctx, row, good, added)
        ctx.emit(events.PointsIngested(activity_id=row.id, count=added))
    return PointsUploaded(activity_id=row.id, accepted=added, duplicates=len(good) - added, rejected=tuple(rejected))


def _sorted_out(ctx: TenantContext, row: Any, points: Sequence[PointIn]) -> tuple[list[PointIn], list[Rejected]]:
    """The points that can be, in the order of their time, and the others with the reason."""
    good: list[PointIn] = []
    rejected: list[Rejected] = []
    now, sport = milliseconds(ctx.now), Sport(row.sport)
    kept_from, kept_until = (None if at is None else milliseconds(at) for at in (row.kept_from, row.kept_until))
    last: Point | None = None
    for index, given in sorted(enumerate(points), key=lambda one: one[1].ts):
        point = point_of(given)
        if is_cut_off(point.ts, kept_from, kept_until):
            rejected.append(Rejected(index=index, reason=CUT_OFF))
            continue
        reason = reason_against(point, last=last, sport=sport, now=now, shift_ms=row.clock_shift_ms)
        if reason is None or reason == DUPLICATE:
            # The key tells what is a repetition, here as among what is stored.
            good.append(given)
            last = last if reason else point
        else:
            rejected.append(Rejected(index=index, reason=reason))
    return good, sorted(rejected, key=lambda one: one.index)


def point_of(given: PointIn) -> Point:
    """The point as it is judged."""
    return Point(milliseconds(given.ts), given.lat, given.lon, given.altitude, given.speed, given.accuracy, given.hr)


async def _bring_up_to_date(ctx: TenantContext, row: Any, good: Sequence[PointIn], added: int) -> None:
    """The figures of a live activity. Points behind all others are added on top; what they cost does not grow with the way."""
    # Asked for now: `row` was locked, but what it says of the live row may be older than whoever was waited for.
    live = await queries.live(ctx.tx, ctx.tenant_id, row.id)
    sport = Sport(row.sport)
    if live is not None and live.measured_ts == live.last_ts and _behind(good, live.last_ts) == added:
        since = milliseconds(live.last_ts)
        track = await queries.latest(ctx.tx, ctx.tenant_id, row.id, count=LOOK_BACK + added)
        more = await asyncio.to_thread(further, track, sport, since, _pauses(row, track))
        distance_m, moving_s = max(live.distance_m + more[0], 0.0), max(live.moving_s + more[1], 0.0)
        points = live.points + added
    else:
        track = await queries.track_of(ctx.tx, ctx.tenant_id, row.id)
        distance_m, moving_s = await asyncio.to_thread(so_far, track, sport, _pauses(row, track))
        points = len(track)
    await queries.set_live(
        ctx.tx,
        ctx.tenant_id,
        row.id,
        last_ts=moment(int(track.ts[-1])),
        lat=float(track.lat[-1]),
        lon=float(track.lon[-1]),
        speed=_known(track.speed[-1]),
        heart_rate=int(track.heart_rate[-1]) or None,
        distance_m=distance_m,
        moving_s=moving_s,
        points=points,
        now=ctx.now,
    )


def _behind(points: Sequence[PointIn], last_ts: datetime) -> int:
    """How many moments of points are later than the last one stored; none of these can have been stored before."""
    last = milliseconds(last_ts)
    return len({ts for ts in (milliseconds(point.ts) for point in points) if ts > last})


def _pauses(row: Any, track: Track) -> list[tuple[int, int]]:
    """The pauses in the device's milliseconds; nothing counts in one that lasts."""
    until = moment(int(track.ts[-1]) - row.clock_shift_ms)
    return [(first, last) for first, last in pauses_of(row, until, row.clock_shift_ms)]


def _known(value: Any) -> float | None:
    return None if isnan(value) else float(value)


def _stored(row: Any) -> int:
    return int((row.points if row.status == Status.FINISHED else row.live_points) or 0)


def _cap(ctx: TenantContext) -> int:
    return ctx.limits.get(LIMIT, CAP)
