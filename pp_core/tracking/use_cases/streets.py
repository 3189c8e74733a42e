"""Ways on streets: asking an operator's server for them, keeping them, and who sees what of them.

The points stay what an activity is counted on: distance, splits, records, segments, matched routes, geofences, searches and the
club's heat map. Only what is drawn of one activity is drawn on streets.
"""

import asyncio
from typing import Any
from uuid import UUID

import structlog

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import TryLater
from pp_core.kernel.ports import MapMatcher, MatchError, Work
from pp_core.tracking import events
from pp_core.tracking.formats import stream
from pp_core.tracking.operations import Sport, Status
from pp_core.tracking.queries import activities, points
from pp_core.tracking.rules.filtering import kept
from pp_core.tracking.rules.lines import DRAWN_METRES, Zones, seen_line
from pp_core.tracking.rules.simplify import polyline_decoded, polyline_encoded, simplified
from pp_core.tracking.rules.streets import MEANS, Question, joined, laid, questions, seen_on_streets
from pp_core.tracking.rules.summary import Shaped, shaped
from pp_core.tracking.rules.track import Track

from .sealing import stored_track

_log = structlog.stdlib.get_logger(__name__)

LONGEST_S = 60.0
"""Seconds that the worker spends on one activity: others wait behind it."""

Pauses = list[list[int]]


async def want_streets(ctx: TenantContext, activity_id: UUID) -> None:
    """Have an activity laid on streets by the worker, if it can be and is not."""
    if ctx.ports.matcher is None:
        return
    row = await activities.activity(ctx.tx, ctx.tenant_id, activity_id)
    if row is not None and _can_be_laid(row):
        ctx.emit(events.StreetsWanted(activity_id=activity_id))


async def lay_on_streets(work: Work, activity_id: UUID) -> None:
    """Ask for the streets of an activity and keep its line; what cannot be matched or believed stays as the points tell it.

    No transaction is open while the server thinks. `TryLater` when it was not there; a server that answers is asked once.
    """
    matcher = work.ports.matcher
    if matcher is None:
        return
    async with work.transaction() as ctx:
        row = await activities.activity(ctx.tx, ctx.tenant_id, activity_id)
        if row is None or not _can_be_laid(row):
            return
        track = await stored_track(ctx, row.id)
        # What lies there is not sent, not even to a server of the house.
        zones = (await points.zones(ctx.tx, ctx.tenant_id, [row.person_id]))[row.person_id]
    sport = Sport(row.sport)
    shape, asked = await asyncio.to_thread(_asked, track, sport, row.pauses, zones, matcher.most)
    parts: list[Track] = []
    try:
        async with asyncio.timeout(LONGEST_S):
            for one in asked:
                parts += await _matched(matcher, sport, shape, one, activity_id)
    except TimeoutError:
        _log.warning("a way was matched in part: the server is slow", activity_id=str(activity_id))
    way = await asyncio.to_thread(joined, shape.track, parts)
    if way is None:
        _log.info("no street was found", activity_id=str(activity_id), questions=len(asked))
        return
    encoded = await asyncio.to_thread(stream.encode, way)
    async with work.transaction(last=True) as ctx:
        stored = await activities.set_matched(
            ctx.tx, ctx.tenant_id, activity_id, sealed_at=row.sealed_at, matched=encoded
        )
    if not stored:
        _log.info("an activity went another way meanwhile", activity_id=str(activity_id))


async def matched_of(ctx: TenantContext, row: Any) -> Track | None:
    """The way of an activity on streets; None where there is none."""
    data = await activities.matched_of(ctx.tx, ctx.tenant_id, row.id) if row.on_streets else None
    return None if data is None else await asyncio.to_thread(stream.decode, data)


async def way_of(ctx: TenantContext, row: Any, *, mine: bool) -> str:
    """The line of an activity as an encoded polyline, as its owner or anybody else may see it."""
    zones = [] if mine else (await points.zones(ctx.tx, ctx.tenant_id, [row.person_id]))[row.person_id]
    matched = await matched_of(ctx, row)
    if matched is not None:
        track = await stored_track(ctx, row.id) if zones else Track.empty()
        return await asyncio.to_thread(_line, matched, track, Sport(row.sport), zones)
    return polyline_encoded(*seen_line(*polyline_decoded(row.route), zones)) if zones else str(row.route)


def _can_be_laid(row: Any) -> bool:
    return (
        row.status == Status.FINISHED
        and row.sealed_at is not None
        and row.route is not None
        and row.sport in MEANS
        and not row.on_streets
    )


def _asked(track: Track, sport: Sport, pauses: Pauses, zones: Zones, most: int) -> tuple[Shaped, tuple[Question, ...]]:
    shape = shaped(track, sport, [(first, last) for first, last in pauses])
    return shape, questions(shape, zones, most)


async def _matched(
    matcher: MapMatcher, sport: Sport, shape: Shaped, asked: Question, activity_id: UUID
) -> tuple[Track, ...]:
    """What is believed of the answer to one question."""
    try:
        found = await matcher.match(
            MEANS[sport],
            places=list(zip(asked.lat.tolist(), asked.lon.tolist(), strict=True)),
            seconds=asked.seconds.tolist(),
            radiuses=asked.radius.tolist(),
        )
    except MatchError as error:
        if not error.final:
            raise TryLater(str(error)) from error
        _log.warning("a way was not matched", activity_id=str(activity_id), reason=str(error))
        return ()
    believed = await asyncio.to_thread(laid, shape, asked, found)
    if len(believed) < len(found):
        _log.info("a match was not believed", activity_id=str(activity_id), parts=len(found) - len(believed))
    return believed


def _line(matched: Track, track: Track, sport: Sport, zones: Zones) -> str:
    seen = matched[seen_on_streets(matched, track[kept(track, sport)], zones)] if zones else matched
    places = simplified(seen.lat, seen.lon, DRAWN_METRES)
    return polyline_encoded(seen.lat[places], seen.lon[places])
