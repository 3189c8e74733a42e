"""What tracking does in the background."""

import json
from datetime import timedelta
from typing import Any

from pp_core.kernel.context import TenantContext
from pp_core.kernel.errors import Problem
from pp_core.kernel.handlers import TryLater, on, on_outside
from pp_core.kernel.ports import BotError, Work
from pp_core.notifications.public import phone_of_chat, word_text
from pp_core.tenants.operations import Candidate
from pp_core.tenants.public import senders
from pp_core.tracking.events import (
    ActivityFinished,
    ActivitySummarised,
    ChatFileSent,
    PointsIngested,
    SegmentDrawn,
    StreetsWanted,
)
from pp_core.tracking.operations import Status
from pp_core.tracking.operations.files import ActivitiesImported, ImportActivities
from pp_core.tracking.queries import activities, geofences, points
from pp_core.tracking.rules.geofences import Position

from .use_cases.files import import_for
from .use_cases.geofences import notice
from .use_cases.routes import find_route
from .use_cases.sealing import seal
from .use_cases.segments import find_efforts, find_efforts_over
from .use_cases.streets import lay_on_streets, want_streets

MOST_POINTS = 2000
"""Points of one flush that are looked at: at one a second more than half an hour."""


@on(PointsIngested)
async def check_in_by_place(ctx: TenantContext, event: PointsIngested) -> None:
    """Check in who stays at a branch; what was looked at before says nothing new."""
    row = await activities.activity(ctx.tx, ctx.tenant_id, event.activity_id)
    if row is None:
        return
    shift = timedelta(milliseconds=row.clock_shift_ms)
    latest = await geofences.latest_points(ctx.tx, ctx.tenant_id, row.id, min(event.count, MOST_POINTS))
    await notice(
        ctx, row.person_id, [Position(one.device_ts - shift, one.lat, one.lon, one.accuracy) for one in latest]
    )


@on(PointsIngested)
async def seal_late_points(ctx: TenantContext, event: PointsIngested) -> None:
    """Summarise a finished activity anew when points came after it was; all that are there by now are one summary."""
    row = await activities.held(ctx.tx, ctx.tenant_id, event.activity_id)
    if row is None or row.status != Status.FINISHED:
        return
    if await points.came_late(ctx.tx, ctx.tenant_id, row.id, since=row.sealed_at):
        await seal(ctx, row)


# Times and routes each in a transaction of their own: the one holds an activity, the other a person and then activities.


@on(ActivityFinished)
async def time_over_segments(ctx: TenantContext, event: ActivityFinished) -> None:
    """Find its times over the gym's segments."""
    await find_efforts(ctx, event.activity_id)


@on(ActivitySummarised)
async def time_over_segments_again(ctx: TenantContext, event: ActivitySummarised) -> None:
    """Find them anew: it may have been cut, or late points came."""
    await find_efforts(ctx, event.activity_id)


@on(ActivityFinished)
async def match_route(ctx: TenantContext, event: ActivityFinished) -> None:
    """Find the route that it was on."""
    await find_route(ctx, event.activity_id)


@on(ActivitySummarised)
async def match_route_again(ctx: TenantContext, event: ActivitySummarised) -> None:
    """Find it anew."""
    await find_route(ctx, event.activity_id)


@on(SegmentDrawn)
async def time_what_was_before(ctx: TenantContext, event: SegmentDrawn) -> None:
    """Find who went over a new segment before it was one."""
    await find_efforts_over(ctx, event.segment_id, event.after)


# The server is asked by an event of its own: nobody's summary waits for it.


@on(ActivityFinished)
async def find_streets(ctx: TenantContext, event: ActivityFinished) -> None:
    """Have it laid on streets, where there is a server that knows them."""
    await want_streets(ctx, event.activity_id)


@on(ActivitySummarised)
async def find_streets_again(ctx: TenantContext, event: ActivitySummarised) -> None:
    """Have it laid anew, unless its points are the same."""
    await want_streets(ctx, event.activity_id)


@on_outside(StreetsWanted)
async def ask_for_streets(work: Work, event: StreetsWanted) -> None:
    """Ask the operator's server, and store the line if nothing came between."""
    await lay_on_streets(work, event.activity_id)


LARGEST_FILE = 20 * 1024 * 1024
"""Bytes that the Bot API hands out of one file (getFile)."""


@on_outside(ChatFileSent)
async def import_file(work: Work, event: ChatFileSent) -> None:
    """Fetch a file that was sent to the bot, import it for who sent it, and have them told; twice, it is there already."""
    owner = await _owner(work, event)
    if owner is None:
        return
    bot = work.ports.bot
    try:
        if bot is None:
            raise BotError("no bot is set up", final=True)
        name, content = await bot.file(event.file, most=LARGEST_FILE)
    except BotError as error:
        if not error.final:
            raise TryLater(str(error)) from error
        await _tell(work, event, "gone")
        return
    operation = ImportActivities(content=content or b" ", name=name or "file")
    try:
        async with work.transaction() as ctx:
            gym = await ctx.enter_gym(owner.tenant_id)
            gym.call.language = owner.language
            imported = await import_for(gym, operation, owner.person_id)
            await _keep(ctx, event, _said_of(imported))
    except Problem as problem:
        await _tell(work, event, "refused " + json.dumps({"code": problem.code, "data": problem.data}, default=str))


async def _owner(work: Work, event: ChatFileSent) -> Candidate | None:
    """Who sent it; where that is not one person, they are asked for more."""
    async with work.transaction() as ctx:
        phone = await phone_of_chat(ctx, event.bot, event.chat)
        owners = [] if phone is None else (await senders(ctx, "telegram", event.bot, phone)).items
        if len(owners) == 1:
            return owners[0]
        await _keep(ctx, event, "shared")
        return None


def _said_of(imported: ActivitiesImported) -> str:
    known = [one.activity_id for one in imported.tracks if one.activity_id is not None]
    if len(imported.tracks) == len(known) == 1:
        return f"{'known' if imported.duplicates else 'imported'} {known[0]}"
    return f"counted {imported.imported} {imported.duplicates} {imported.refused}"


async def _tell(work: Work, event: ChatFileSent, text: str) -> None:
    async with work.transaction(last=True) as ctx:
        await _keep(ctx, event, text)


async def _keep(ctx: Any, event: ChatFileSent, text: str) -> None:
    await word_text(ctx, channel="telegram", gateway_id=event.gateway_id, text=text)
