"""Live locations shared with the bot, as activities."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.context import SystemContext, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.notifications.public import keep_text, phone_of_chat
from pp_core.tenants.operations import Candidate
from pp_core.tenants.public import senders
from pp_core.tracking import events
from pp_core.tracking.operations import Sport, Status
from pp_core.tracking.operations.activities import Closed
from pp_core.tracking.operations.chats import (
    ChatLocationTaken,
    EndChatLocations,
    FollowLocation,
    LocationFollowed,
    NotYourChat,
    ReceiveChatFile,
    ReceiveChatLocation,
)
from pp_core.tracking.operations.points import TrackFull
from pp_core.tracking.queries import activities
from pp_core.tracking.queries import chats as queries

from .activities import set_out
from .points import add_points
from .sealing import finish

SOURCE = "telegram"
PATIENCE = timedelta(minutes=2)
"""How long after its time ran out a location is waited for: the last moves may be on their way."""
ENDED_AT_ONCE = 50


@handles(FollowLocation)
async def follow_location(ctx: SystemContext, op: FollowLocation) -> LocationFollowed:
    """The activity of this location: the one it has, the live one, or a new one."""
    if (op.tenant_id, op.person_id) not in [(one.tenant_id, one.person_id) for one in await _owners(ctx, op)]:
        raise NotYourChat
    gym = await ctx.enter_gym(op.tenant_id)
    activity_id = await queries.activity_of(gym.tx, gym.tenant_id, bot=op.bot, chat=op.chat, message_id=op.message_id)
    if activity_id is None:
        activity_id = await _follow(gym, op.person_id, op, started_at=gym.now)
    row = await activities.activity(gym.tx, gym.tenant_id, activity_id)
    assert row is not None
    if row.person_id != op.person_id:
        raise NotYourChat
    ctx.touched("activity", activity_id)
    return LocationFollowed(activity_id=activity_id, sport=row.sport, joined=row.source != SOURCE)


async def _owners(ctx: SystemContext, op: FollowLocation | ReceiveChatLocation) -> Sequence[Candidate]:
    phone = await phone_of_chat(ctx, op.bot, op.chat)
    return () if phone is None else (await senders(ctx, SOURCE, op.bot, phone)).items


@handles(ReceiveChatLocation)
async def receive_chat_location(ctx: SystemContext, op: ReceiveChatLocation) -> ChatLocationTaken:
    """Store the position where it belongs; what began or ended is told in a text of its own."""
    # A gym that is suspended records nothing; its people are told so by the rest of what they write.
    found = await queries.find(ctx.tx, bot=op.bot, chat=op.chat, message_id=op.message_id)
    if found is not None:
        if found.gym_status == "suspended":
            return ChatLocationTaken(activity_id=None, stored=False, ended=False)
        gym = await ctx.enter_gym(found.tenant_id)
        location = await queries.held(gym.tx, gym.tenant_id, found.id)
        assert location is not None
        return await _moved(ctx, gym, location, op)
    if not op.live and not op.first:
        return ChatLocationTaken(activity_id=None, stored=False, ended=True)
    owners = await _owners(ctx, op)
    if len(owners) != 1:
        if op.first:  # the bot asks whose chat it is, or who of several shares
            await _tell(ctx, op, f"live {op.bot} {op.chat} {op.message_id} {_seconds(op)}")
        return ChatLocationTaken(activity_id=None, stored=False, ended=False)
    gym = await ctx.enter_gym(owners[0].tenant_id)
    activity_id = await _follow(gym, owners[0].person_id, op, started_at=min(op.point.ts, gym.now))
    stored = await _store(gym, activity_id, op)
    await _tell(ctx, op, f"live {op.bot} {op.chat} {op.message_id} {_seconds(op)}")
    return ChatLocationTaken(activity_id=activity_id, stored=stored, ended=False)


@handles(ReceiveChatFile)
async def receive_chat_file(ctx: SystemContext, op: ReceiveChatFile) -> Done:
    """Hand it to the worker, once: fetching and reading it takes longer than a messenger waits."""
    kept = await keep_text(
        ctx,
        channel=SOURCE,
        gateway_id=op.gateway_id,
        sender=op.chat,
        address=op.bot,
        text="gone",
        sort="file",
        waits=True,
    )
    if not kept.repeated:
        ctx.emit(events.ChatFileSent(**op.model_dump()))
    return Done()


@handles(EndChatLocations)
async def end_chat_locations(ctx: SystemContext, op: EndChatLocations) -> Closed:
    """Finish what is shared no longer without anybody having said so."""
    found = await queries.due(ctx.tx, before=ctx.now - PATIENCE, limit=ENDED_AT_ONCE)
    for one in found:
        gym = await ctx.enter_gym(one.tenant_id)
        location = await queries.held(gym.tx, gym.tenant_id, one.id)
        if location is not None and location.ended_at is None:
            await _ended(ctx, gym, location, gateway_id=f"location:{location.id}")
    return Closed(count=len(found))


async def _moved(ctx: SystemContext, gym: TenantContext, location: Any, op: ReceiveChatLocation) -> ChatLocationTaken:
    if location.ended_at is not None:
        return ChatLocationTaken(activity_id=location.activity_id, stored=False, ended=True)
    row = await activities.activity(gym.tx, gym.tenant_id, location.activity_id)
    assert row is not None
    if row.status == Status.FINISHED and op.point.ts > row.ended_at + timedelta(milliseconds=row.clock_shift_ms):
        # Somebody stopped it by another door; the phone shares on, and nobody follows.
        await queries.end(gym.tx, gym.tenant_id, location.id, gym.now)
        return ChatLocationTaken(activity_id=row.id, stored=False, ended=True)
    stored = await _store(gym, row.id, op)
    if not op.live:
        await _ended(ctx, gym, location, gateway_id=op.gateway_id)
    elif op.until != location.ends_at:
        await queries.lasts(gym.tx, gym.tenant_id, location.id, op.until)
    return ChatLocationTaken(activity_id=row.id, stored=stored, ended=not op.live)


async def _follow(
    ctx: TenantContext, person_id: UUID, op: FollowLocation | ReceiveChatLocation, *, started_at: datetime
) -> UUID:
    activity_id = await set_out(ctx, person_id=person_id, sport=Sport.RUN, source=SOURCE, started_at=started_at)
    if activity_id is None:
        activity_id = await activities.live_of(ctx.tx, ctx.tenant_id, person_id)
    assert activity_id is not None
    await queries.insert_location(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=new_id(),
        activity_id=activity_id,
        bot=op.bot,
        chat=op.chat,
        message_id=op.message_id,
        ends_at=op.until,
        created_at=ctx.now,
    )
    return activity_id


async def _store(gym: TenantContext, activity_id: UUID, op: ReceiveChatLocation) -> bool:
    row = await activities.held(gym.tx, gym.tenant_id, activity_id)
    try:
        return (await add_points(gym, row, [op.point])).accepted > 0
    except TrackFull:
        return False


async def _ended(ctx: SystemContext, gym: TenantContext, location: Any, *, gateway_id: str) -> None:
    row = await activities.held(gym.tx, gym.tenant_id, location.activity_id)
    assert row is not None
    if row.status != Status.FINISHED:
        await finish(gym, row, ended_at=gym.now, closed_by="owner")
    await queries.end(gym.tx, gym.tenant_id, location.id, gym.now)
    await keep_text(
        ctx,
        channel=SOURCE,
        gateway_id=gateway_id,
        sender=location.chat,
        address=location.bot,
        text=f"ended {location.activity_id}",
        sort="location",
    )


async def _tell(ctx: SystemContext, op: ReceiveChatLocation, text: str) -> None:
    await keep_text(
        ctx,
        channel=SOURCE,
        gateway_id=op.gateway_id,
        sender=op.chat,
        address=op.bot,
        text=text,
        sort="location",
        message_ref=str(op.message_id),
        sender_name=op.sender_name,
        language=op.language,
    )


def _seconds(op: ReceiveChatLocation) -> int:
    """When it runs out, in seconds since 1970; 0 for never."""
    return 0 if op.until is None else round(op.until.timestamp())
