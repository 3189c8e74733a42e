"""Sealing: from the points of an activity to all that it comes to. Whoever finishes, edits or adds to one ends here."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import structlog

from pp_core.kernel.context import TenantContext
from pp_core.kernel.ids import new_id
from pp_core.tracking import events
from pp_core.tracking.formats import stream
from pp_core.tracking.operations import Oddity, Sport, Status, Summary, Visibility
from pp_core.tracking.queries import activities
from pp_core.tracking.queries import points as queries
from pp_core.tracking.queries.points import milliseconds, moment
from pp_core.tracking.rules.athletes import Body
from pp_core.tracking.rules.energy import kcal
from pp_core.tracking.rules.honesty import fingerprint, oddities
from pp_core.tracking.rules.simplify import polyline_encoded, simplified
from pp_core.tracking.rules.summary import shaped, summarise
from pp_core.tracking.rules.tiles import tiles_of
from pp_core.tracking.rules.track import Track

from .athletes import body_of

_log = structlog.stdlib.get_logger(__name__)

ROUTE_METRES = 5.0
"""How far the stored way may be off the points."""
TYPED = "typed"
"""The source of what was written instead of recorded: it has no points, and what it comes to was told."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """All that a track comes to."""

    summary: Summary
    oddities: tuple[Oddity, ...]
    data: bytes
    route: str | None
    south: float | None
    west: float | None
    north: float | None
    east: float | None
    fingerprint: str | None
    tiles: list[int] | None


def sealed(track: Track, sport: Sport, pauses: list[list[int]], body: Body) -> Sealed:
    """Work out everything that is stored of a track; pure, and long enough to belong in a thread."""
    paused = [(first, last) for first, last in pauses]
    shape = shaped(track, sport, paused)
    summary = summarise(
        track,
        sport,
        weight_kg=body.weight_kg,
        max_heart_rate=body.max_heart_rate,
        age=body.age,
        female=body.female,
        shape=shape,
    )
    data = stream.encode(track)
    line = shape.track
    if len(line) < 2:
        return Sealed(summary, (), data, None, None, None, None, None, None, None)
    kept = simplified(line.lat, line.lon, ROUTE_METRES)
    return Sealed(
        summary=summary,
        oddities=oddities(track, sport, shape=shape),
        data=data,
        route=polyline_encoded(line.lat[kept], line.lon[kept]),
        south=float(line.lat.min()),
        west=float(line.lon.min()),
        north=float(line.lat.max()),
        east=float(line.lon.max()),
        fingerprint=fingerprint(track),
        tiles=tiles_of(shape, paused).tolist(),
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody wrote that they did; no time is 0 seconds, no distance 0 metres."""

    metres: float
    seconds: int


def sealed_as_told(told: Told, sport: Sport, weight_kg: float | None) -> Sealed:
    """All that an activity without a track comes to: nothing in it can be looked at more closely."""
    one = np.array([float(told.seconds)]), np.array([told.metres]), np.zeros(1), np.zeros(1)
    spent = kcal(sport, seconds=one[0], metres=one[1], climb=one[2], heart_rate=one[3], weight_kg=weight_kg)
    known = bool(told.seconds and told.metres)
    summary = Summary(
        points=0,
        dropped=0,
        elapsed_s=told.seconds,
        moving_s=told.seconds,
        distance_m=told.metres,
        average_speed=told.metres / told.seconds if known else None,
        max_speed=None,
        elevation_gain_m=None,
        elevation_loss_m=None,
        kcal=None if spent is None or not known else spent[0],
        kcal_method=None if spent is None or not known else spent[1],
    )
    return Sealed(summary, (), stream.encode(Track.empty()), None, None, None, None, None, None, None)


async def stored_track(ctx: TenantContext, activity_id: UUID) -> Track:
    """Every point there is of an activity: of its stream, and what came in live."""
    data = await queries.stream_of(ctx.tx, ctx.tenant_id, activity_id)
    live = await queries.track_of(ctx.tx, ctx.tenant_id, activity_id)
    if data is None:
        return live
    kept = await asyncio.to_thread(stream.decode, data)
    return kept.merged(live) if len(live) else kept


async def seal(
    ctx: TenantContext,
    row: Any,
    *,
    track: Track | None = None,
    sport: Sport | None = None,
    ended_at: datetime | None = None,
    closed_by: str | None = None,
    new: bool = False,
    told: Told | None = None,
) -> None:
    """Store what the activity of `row` (locked) comes to, and tell those who wait for it.

    `track` are its points, where they are at hand. `new` says that nobody was told of the activity yet. `told` is what
    somebody wrote that it was; what they once wrote stays while it has no points.
    """
    track = await stored_track(ctx, row.id) if track is None else track
    sport = Sport(row.sport) if sport is None else sport
    shift = row.clock_shift_ms
    pauses = pauses_of(row, ended_at or ctx.now, shift)
    body = await body_of(ctx, row.person_id)
    if row.source == TYPED and not len(track):
        told = told or Told(row.distance_m, row.elapsed_s)
        made = sealed_as_told(told, sport, body.weight_kg)
        ended_at = row.started_at + timedelta(seconds=told.seconds)
    else:
        made = await asyncio.to_thread(sealed, track, sport, pauses, body)
    summary = made.summary
    started_at = moment(int(track.ts[0]) - shift) if len(track) else row.started_at
    last_at = moment(int(track.ts[-1]) - shift) if len(track) else None
    ended_at = last_at or ended_at or row.ended_at or row.started_at
    twins = [] if made.fingerprint is None else await queries.twins(ctx.tx, ctx.tenant_id, row.id, made.fingerprint)
    odd = made.oddities
    if twins:
        odd += (Oddity(kind="repeated", from_s=0, to_s=summary.elapsed_s, seen={"activities": float(len(twins))}),)
    before = {
        (one.sport, one.measure): one for one in await queries.records(ctx.tx, ctx.tenant_id, row.person_id, None)
    }
    await queries.set_stream(ctx.tx, ctx.tenant_id, row.id, points=len(track), data=made.data)
    await queries.seal(
        ctx.tx,
        ctx.tenant_id,
        row.id,
        person_id=row.person_id,
        efforts=summary.efforts,
        oddities=odd,
        pauses=pauses,
        sport=sport.value,
        started_at=min(started_at, row.started_at) if row.status != "finished" else started_at,
        ended_at=max(ended_at, started_at),
        closed_by=closed_by,
        clock_shift_ms=shift,
        points=len(track),
        distance_m=summary.distance_m,
        moving_s=summary.moving_s,
        elapsed_s=summary.elapsed_s,
        elevation_gain_m=summary.elevation_gain_m,
        max_speed=summary.max_speed,
        heart_rate_avg=summary.heart_rate_avg,
        kcal=summary.kcal,
        summary=summary.model_dump(mode="json"),
        route=made.route,
        south=made.south,
        west=made.west,
        north=made.north,
        east=made.east,
        fingerprint=made.fingerprint,
        tiles=made.tiles,
        now=ctx.now,
    )
    ids = {"activity_id": row.id, "person_id": row.person_id}
    over = row.status == "finished" and not new
    ctx.emit(events.ActivitySummarised(**ids) if over else events.ActivityFinished(**ids))
    await _tell_records(ctx, row, before)


async def finish(ctx: TenantContext, row: Any, *, ended_at: datetime, closed_by: str) -> None:
    """Seal the activity of `row` (locked), which is over. If it cannot be summed up it ends all the same, and the log says why.

    Otherwise its person could never set out again, and whoever waits behind it would wait for ever.
    """
    try:
        async with ctx.part():
            await seal(ctx, row, ended_at=ended_at, closed_by=closed_by)
    except Exception:
        _log.exception("activity not summarised", activity_id=str(row.id), tenant_id=str(ctx.tenant_id))
        last_at = None if row.last_ts is None else row.last_ts - timedelta(milliseconds=row.clock_shift_ms)
        ended_at = max(last_at or ended_at, row.started_at)
        await activities.end_unsummarised(ctx.tx, ctx.tenant_id, row.id, ended_at=ended_at, closed_by=closed_by)
        ctx.emit(events.ActivityFinished(activity_id=row.id, person_id=row.person_id))


async def store(
    ctx: TenantContext,
    *,
    person_id: UUID,
    sport: Sport,
    track: Track,
    source: str,
    source_key: str | None,
    title: str | None = None,
    visibility: Visibility = Visibility.STAFF,
    pauses: list[list[int]] | None = None,
) -> UUID | None:
    """Store an activity that came whole, and seal it; None when the person has this recording (`source_key`) already."""
    activity_id = new_id()
    stored = await activities.insert_activity(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=activity_id,
        person_id=person_id,
        sport=sport,
        status=Status.FINISHED,
        visibility=visibility,
        title=title,
        source=source,
        door=ctx.call.door.value,
        source_key=source_key,
        started_at=moment(int(track.ts[0])),
        ended_at=moment(int(track.ts[-1])),
        closed_by="file",
        pauses=pauses or (),
        created_at=ctx.now,
    )
    if not stored:
        return None
    row = await activities.held(ctx.tx, ctx.tenant_id, activity_id)
    await seal(ctx, row, track=track, new=True)
    return activity_id


async def _tell_records(ctx: TenantContext, row: Any, before: dict[tuple[str, str], Any]) -> None:
    for one in await queries.records(ctx.tx, ctx.tenant_id, row.person_id, None):
        held = before.get((one.sport, one.measure))
        if one.activity_id == row.id and (held is None or held.activity_id != row.id):
            ctx.emit(events.RecordSet(activity_id=row.id, person_id=row.person_id, measure=one.measure))


def pauses_of(row: Any, until: datetime, shift_ms: int) -> list[list[int]]:
    """The pauses in the device's milliseconds; one that lasts ends at `until`."""
    pauses = [list(one) for one in row.pauses]
    if row.paused_at is not None:
        pauses.append([milliseconds(row.paused_at) + shift_ms, milliseconds(until) + shift_ms])
    return pauses
