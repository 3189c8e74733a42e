"""Segments: drawing them, finding who went over them, and who was fastest."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.clock import day_start, local_day
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.tracking import events
from pp_core.tracking.access import access_activity, is_owner
from pp_core.tracking.operations import Hidden, Sport, Status
from pp_core.tracking.operations.segments import (
    LONGEST_M,
    SHORTEST_M,
    DeleteSegment,
    DrawSegment,
    Leaderboard,
    LeaderboardRow,
    ListSegments,
    Period,
    Segment,
    SegmentHidden,
    SegmentLengthWrong,
    Segments,
    SegmentUnknown,
    SegmentWayUnclear,
    ShowLeaderboard,
    Who,
)
from pp_core.tracking.queries import activities, places, points
from pp_core.tracking.queries import segments as queries
from pp_core.tracking.rules.areas import box_around
from pp_core.tracking.rules.lines import hidden_anywhere
from pp_core.tracking.rules.matching import Passage, passages, stretch
from pp_core.tracking.rules.simplify import polyline_decoded, polyline_encoded, simplified
from pp_core.tracking.rules.summary import shaped
from pp_core.tracking.rules.track import Floats, Track, metres_between

from .sealing import stored_track

DRAWN_METRES = 2.0
AT_ONCE = 50
"""Activities that are held against a new segment in one transaction."""
MARGIN_M = 50.0
"""How much larger a segment's box is taken than it is: who passes it on the other pavement touches it."""


@handles(DrawSegment)
async def draw_segment(ctx: TenantContext, op: DrawSegment) -> Segment:
    """Store it, and have what was done before held against it."""
    if (op.activity_id is None) is (op.route is None):
        raise SegmentWayUnclear
    sport = op.sport or Sport.RUN
    if op.activity_id is not None:
        row = await access_activity(ctx, op.activity_id)
        sport = op.sport or Sport(row.sport)
        lat, lon = await _stretch_of(ctx, row, op)
    else:
        try:
            lat, lon = polyline_decoded(op.route or "")
        except ValueError:
            raise SegmentWayUnclear from None
        if not (abs(lat) <= 90).all() or not (abs(lon) <= 180).all():
            raise SegmentWayUnclear
    metres = float(metres_between(lat, lon).sum()) if len(lat) > 1 else 0.0
    if not SHORTEST_M <= metres <= LONGEST_M:
        raise SegmentLengthWrong(metres=round(metres), least=SHORTEST_M, most=LONGEST_M)
    kept = simplified(lat, lon, DRAWN_METRES)
    segment = Segment(
        id=new_id(),
        name=op.name,
        sport=sport,
        distance_m=round(metres, 1),
        route=polyline_encoded(lat[kept], lon[kept]),
        created_at=ctx.now,
    )
    await queries.insert_segment(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        south=float(lat.min()),
        west=float(lon.min()),
        north=float(lat.max()),
        east=float(lon.max()),
        made_by=ctx.person_id,
        **segment.model_dump(),
    )
    ctx.emit(events.SegmentDrawn(segment_id=segment.id))
    ctx.touched("segment", segment.id)
    return segment


@handles(ListSegments)
async def list_segments(ctx: TenantContext, op: ListSegments) -> Segments:
    """The gym's, or those whose box comes near a place."""
    near = op.lat is not None and op.lon is not None
    box = box_around(op.lat or 0.0, op.lon or 0.0, op.radius_m) if near else None
    rows = await queries.segments(ctx.tx, ctx.tenant_id, sport=op.sport, box=box)
    return Segments(items=tuple(Segment(**row._asdict()) for row in rows))


@handles(ShowLeaderboard)
async def show_leaderboard(ctx: TenantContext, op: ShowLeaderboard) -> Leaderboard:
    """The times that the caller may see; of whom a privacy zone hides a part of the segment, nobody else sees any."""
    row = await queries.segment(ctx.tx, ctx.tenant_id, op.segment_id)
    if row is None:
        raise SegmentUnknown(segment_id=str(op.segment_id))
    asked = queries.own_efforts if op.who is Who.MINE else queries.best_efforts
    found = await asked(ctx.tx, ctx.tenant_id, row.id, viewer=ctx.person_id, since=_since(ctx, op.period))
    efforts = sorted(await _unhidden(ctx, row, found), key=lambda one: (one.seconds, one.started_at))
    rows: list[LeaderboardRow] = []
    for place, one in enumerate(efforts[: op.limit]):
        tied = place > 0 and one.seconds == efforts[place - 1].seconds
        rows.append(
            LeaderboardRow(
                rank=rows[-1].rank if tied else place + 1,
                person_id=one.person_id,
                person_name=one.person_name,
                seconds=one.seconds,
                on=local_day(one.started_at, ctx.timezone),
                activity_id=one.activity_id,
                mine=one.person_id == ctx.person_id,
            )
        )
    return Leaderboard(segment=_segment(row), items=tuple(rows), people=len({one.person_id for one in efforts}))


@handles(DeleteSegment)
async def delete_segment(ctx: TenantContext, op: DeleteSegment) -> Done:
    """Retire it; the times stay with the activities."""
    if not await queries.retire(ctx.tx, ctx.tenant_id, op.segment_id, ctx.now):
        raise SegmentUnknown(segment_id=str(op.segment_id))
    ctx.touched("segment", op.segment_id)
    return Done()


async def find_efforts(ctx: TenantContext, activity_id: UUID) -> None:
    """Find an activity's times over the gym's segments anew."""
    row = await activities.held(ctx.tx, ctx.tenant_id, activity_id)
    if row is None:
        return
    await queries.forget_efforts(ctx.tx, ctx.tenant_id, activity_id)
    if row.route is None:
        return
    lat, lon = polyline_decoded(row.route)
    box = (float(lat.min()), float(lon.min()), float(lat.max()), float(lon.max()))
    near = await queries.segments(ctx.tx, ctx.tenant_id, sport=row.sport, box=box)
    if near:
        await _match(ctx, row, near)


async def find_efforts_over(ctx: TenantContext, segment_id: UUID, after: UUID | None) -> None:
    """Find the times over a segment of what was done before it was drawn: some activities, then the rest by another event."""
    segment = await queries.segment(ctx.tx, ctx.tenant_id, segment_id)
    if segment is None:
        return
    last = None if after is None else await activities.activity(ctx.tx, ctx.tenant_id, after)
    if after is not None and last is None:
        after = None  # the activity went meanwhile: from the beginning, for what is found twice is stored once
    south, west, north, east = segment.south, segment.west, segment.north, segment.east
    low, high = box_around(south, west, MARGIN_M), box_around(north, east, MARGIN_M)
    found = await places.activities_in_box(
        ctx.tx,
        (low[0], low[1], high[2], high[3]),
        sport=segment.sport,
        before_at=None if last is None else last.started_at,
        before_id=after,
        limit=AT_ONCE,
    )
    for one in found:
        row = await activities.held(ctx.tx, ctx.tenant_id, one.id)
        if row is not None:
            await queries.forget_efforts(ctx.tx, ctx.tenant_id, one.id, segment.id)
            await _match(ctx, row, [segment])
    if len(found) == AT_ONCE:
        ctx.emit(events.SegmentDrawn(segment_id=segment_id, after=found[-1].id))


async def _match(ctx: TenantContext, row: Any, segments: Sequence[Any]) -> None:
    track = await stored_track(ctx, row.id)
    lines = [(segment.id, *polyline_decoded(segment.route)) for segment in segments]
    found = await asyncio.to_thread(_passages, track, Sport(row.sport), row.pauses, lines)
    await queries.insert_efforts(
        ctx.tx, ctx.tenant_id, found, activity_id=row.id, person_id=row.person_id, shift_ms=row.clock_shift_ms
    )


def _passages(
    track: Track, sport: Sport, pauses: list[list[int]], lines: list[tuple[UUID, Floats, Floats]]
) -> list[tuple[UUID, Passage]]:
    shape = shaped(track, sport, [(first, last) for first, last in pauses])
    return [(segment_id, passage) for segment_id, lat, lon in lines for passage in passages(shape, lat, lon)]


async def _stretch_of(ctx: TenantContext, row: Any, op: DrawSegment) -> tuple[Floats, Floats]:
    """The stretch that was asked for; `SegmentHidden` where its owner shows the gym not all of it."""
    shape = await asyncio.to_thread(
        shaped, await stored_track(ctx, row.id), Sport(row.sport), [(first, last) for first, last in row.pauses]
    )
    whole = float(shape.metres[-1]) if len(shape.metres) else 0.0
    to_m = min(whole, whole if op.to_m is None else op.to_m)
    if row.status != Status.FINISHED or to_m - op.from_m < SHORTEST_M:
        raise SegmentLengthWrong(metres=round(max(0.0, to_m - op.from_m)), least=SHORTEST_M, most=LONGEST_M)
    lat, lon = stretch(shape, op.from_m, to_m)
    zones = (await points.zones(ctx.tx, ctx.tenant_id, [row.person_id]))[row.person_id]
    if (Hidden.MAP in row.hidden and not is_owner(ctx, row)) or hidden_anywhere(lat, lon, zones):
        raise SegmentHidden
    return lat, lon


async def _unhidden(ctx: TenantContext, segment: Any, efforts: Sequence[Any]) -> list[Any]:
    """Without those of others of whom a zone hides a part of the segment: that they went over it would tell where they live."""
    zones = await points.zones(ctx.tx, ctx.tenant_id, [one.person_id for one in efforts])
    lat, lon = polyline_decoded(segment.route)
    return [
        one for one in efforts if one.person_id == ctx.person_id or not hidden_anywhere(lat, lon, zones[one.person_id])
    ]


def _segment(row: Any) -> Segment:
    return Segment(**{name: getattr(row, name) for name in Segment.model_fields})


def _since(ctx: TenantContext, period: Period) -> datetime | None:
    today = ctx.today
    match period:
        case Period.ALL:
            return None
        case Period.YEAR:
            return day_start(today.replace(month=1, day=1), ctx.timezone)
        case Period.MONTH:
            return day_start(today.replace(day=1), ctx.timezone)
        case Period.WEEK:
            return day_start(today - timedelta(days=today.weekday()), ctx.timezone)
