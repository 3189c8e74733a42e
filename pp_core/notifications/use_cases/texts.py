"""What happens to texts that come in: each is kept, taken up in its turn, and answered once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.context import SystemContext, TenantContext
from pp_core.kernel.errors import NotFound
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.notifications.operations.texts import (
    AnswerText,
    GetTurn,
    ReceiveText,
    TakeTurn,
    TextAnswered,
    TextTaken,
    Turn,
    TurnBusy,
    Understood,
)
from pp_core.notifications.public import keep_text, queue_text
from pp_core.notifications.queries import chats, unread
from pp_core.notifications.queries import texts as queries
from pp_core.notifications.rules import (
    HELD_SECONDS,
    LOOP_REPLIES,
    LOOP_WINDOW,
    MOST_REPLIES,
    WAITED_FOR_SECONDS,
    WIPED,
)
from pp_core.tenants.operations import Candidates
from pp_core.tenants.public import senders


@handles(ReceiveText)
async def receive_text(ctx: SystemContext, op: ReceiveText) -> TextTaken:
    """Keep it and have it answered; a repeat is the same text."""
    return await keep_text(ctx, **op.model_dump())


@handles(TakeTurn)
async def take_turn(ctx: SystemContext, op: TakeTurn) -> Turn:
    """Hold the conversation for this text and say where it stood when the text was first taken up."""
    now = ctx.now
    row = await queries.take(
        ctx.tx,
        id=new_id(),
        text_id=op.text_id,
        over=op.over,
        at=now,
        until=now + timedelta(seconds=HELD_SECONDS),
        waited_since=now - timedelta(seconds=WAITED_FOR_SECONDS),
        echo_since=now - timedelta(minutes=LOOP_WINDOW),
    )
    if row is not None:
        phone = row.sender if row.channel != "telegram" else await chats.owner(ctx.tx, row.address, row.sender)
        found = {**row._asdict(), "about": row.about or {}, "phone": phone}
        return Turn(**found, senders=await senders(ctx, row.channel, row.address, phone or ""))
    row = await queries.text(ctx.tx, op.text_id)
    if row is None:
        raise NotFound(what="text")
    if not row.answered:
        raise TurnBusy
    # It was answered while we waited for its conversation, which we may hold now for nothing.
    await queries.release(ctx.tx, row)
    nobody = Candidates(gym=None, items=[])
    return Turn(**{**row._asdict(), "state": {}}, about={}, echo=False, phone=None, senders=nobody)


@handles(AnswerText)
async def answer_text(ctx: SystemContext, op: AnswerText) -> TextAnswered:
    """Record the understanding and queue the answer; what was answered before stays as it is."""
    row = await queries.answer(
        ctx.tx,
        at=ctx.now,
        # Two machines that answer each other stop here: after two replies running to what was not understood, and after
        # many to what was, we fall silent.
        since=ctx.now - timedelta(minutes=LOOP_WINDOW),
        most_unread=LOOP_REPLIES,
        most=MOST_REPLIES,
        **{
            **op.model_dump(exclude={"buttons", "by_message", "secret", "picture"}),
            "reply": WIPED if op.secret and op.reply else op.reply,
        },
    )
    if row is None:
        before = await queries.text(ctx.tx, op.text_id)
        if before is None:
            raise NotFound(what="text")
        return TextAnswered(channel=before.channel, reply=before.reply, repeated=True)
    is_unread = not op.understood and row.channel != "ussd"
    is_sent = row.reply is not None and op.by_message
    gym = await ctx.enter_gym(op.tenant_id) if op.tenant_id is not None and (is_unread or is_sent) else None
    if is_sent:
        await queue_text(
            gym or ctx,
            to=row.sender,
            text=op.reply or row.reply,
            secret=op.secret,
            picture=op.picture,
            purpose="reply",
            person_id=op.person_id,
            link_id=row.link_id,
            channel="sms" if row.channel == "ussd" else row.channel,
            # A service code is no sender of texts.
            address=None if row.channel == "ussd" else row.address,
            buttons=op.buttons,
            text_id=op.text_id,
        )
    if gym is not None and is_unread:
        await _keep_unread(gym, op.text_id, op.person_id, row)
    return TextAnswered(channel=row.channel, reply=row.reply, repeated=False)


async def _keep_unread(gym: TenantContext, text_id: UUID, person_id: UUID | None, row: Any) -> None:
    await unread.keep(
        gym.tx,
        tenant_id=gym.tenant_id,
        id=new_id(),
        text_id=text_id,
        person_id=person_id,
        channel=row.channel,
        address=row.address,
        sender=row.sender,
        text=row.text,
        received_at=row.received_at,
    )


@handles(GetTurn)
async def get_turn(ctx: SystemContext, op: GetTurn) -> Understood:
    """How it was understood."""
    row = await queries.understood(ctx.tx, op.channel, op.gateway_id)
    if row is None:
        raise NotFound(what="text")
    return Understood(**row._asdict())
