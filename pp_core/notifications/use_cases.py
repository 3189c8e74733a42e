"""What happens to texts and messages."""

from datetime import timedelta
from uuid import UUID

from pp_core.kernel.context import SystemContext, TenantContext
from pp_core.kernel.errors import NotFound
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission
from pp_core.notifications import queries
from pp_core.notifications.events import MessageFinished, TextReceived
from pp_core.notifications.operations import (
    AnswerText,
    GetText,
    IncomingText,
    ListMessages,
    ListUnread,
    MessagePage,
    MessageRow,
    NoPhone,
    ReceiveText,
    RecordDelivery,
    SendMessage,
    TextTaken,
    UnreadPage,
    UnreadRow,
)
from pp_core.notifications.public import queue_text
from pp_core.notifications.rules import LOOP_REPLIES, LOOP_WINDOW, final_status
from pp_core.tenants.public import access_person


@handles(ReceiveText)
async def receive_text(ctx: SystemContext, op: ReceiveText) -> TextTaken:
    """Keep it and have it answered; a repeat is the same text."""
    text_id = new_id()
    fresh = await queries.keep_text(
        ctx.tx,
        id=text_id,
        channel=op.channel,
        gateway_id=op.gateway_id,
        sender=op.sender,
        address=op.address,
        text=op.text,
        link_id=op.link_id,
        sent_at=op.sent_at,
        received_at=ctx.now,
    )
    if not fresh:
        return TextTaken(text_id=await queries.kept_text(ctx.tx, op.channel, op.gateway_id), repeated=True)
    ctx.emit(TextReceived(text_id=text_id))
    return TextTaken(text_id=text_id, repeated=False)


@handles(GetText)
async def get_text(ctx: SystemContext, op: GetText) -> IncomingText:
    """A kept text."""
    row = await queries.text(ctx.tx, op.text_id)
    if row is None:
        raise NotFound(what="text")
    return IncomingText(**row._asdict())


@handles(AnswerText)
async def answer_text(ctx: SystemContext, op: AnswerText) -> Done:
    """Record the understanding and queue the answer; what was answered before stays as it is."""
    row = await queries.claim_answer(
        ctx.tx,
        op.text_id,
        at=ctx.now,
        intent=op.intent,
        understood=op.understood,
        tenant_id=op.tenant_id,
        person_id=op.person_id,
    )
    if row is None:
        return Done()
    # Two machines that answer each other stop here: after two replies to what was not understood we fall silent.
    since = ctx.now - timedelta(minutes=LOOP_WINDOW)
    looping = not op.understood and await queries.recent_unread(ctx.tx, row.sender, since) > LOOP_REPLIES
    gym = await ctx.enter_gym(op.tenant_id) if op.tenant_id is not None else None
    if op.reply and not looping:
        await queue_text(
            gym or ctx,
            to=row.sender,
            text=op.reply,
            purpose="reply",
            person_id=op.person_id,
            link_id=row.link_id,
        )
    if gym is not None and not op.understood:
        await queries.keep_unread(
            gym.tx,
            tenant_id=gym.tenant_id,
            id=new_id(),
            text_id=op.text_id,
            person_id=op.person_id,
            sender=row.sender,
            text=row.text,
            received_at=row.received_at,
        )
    return Done()


@handles(RecordDelivery)
async def record_delivery(ctx: SystemContext, op: RecordDelivery) -> Done:
    """Store a delivery report; one for a message we do not know is for nobody."""
    found = await queries.by_gateway_id(ctx.tx, op.gateway_id)
    if found is None:
        raise NotFound(what="message")
    if not op.final:
        return Done()
    status = final_status(delivered=op.delivered)
    await ctx.tx.set_tenant(found.tenant_id)
    if await queries.record_delivery(
        ctx.tx,
        found.tenant_id,
        found.id,
        status=status,
        reason=op.reason,
        at=ctx.now if op.delivered else None,
    ):
        ctx.pending.append((found.tenant_id, MessageFinished(message_id=found.id, status=status)))
    return Done()


@handles(ListMessages)
async def list_messages(ctx: TenantContext, op: ListMessages) -> MessagePage:
    """A page of messages, newest first."""
    (after,) = decode_cursor(op.cursor, UUID)
    rows = await queries.messages(ctx.tx, ctx.tenant_id, status=op.status, after=after, limit=op.limit + 1)
    items = [MessageRow(**row._asdict()) for row in rows[: op.limit]]
    return MessagePage(items=items, next=encode_cursor(items[-1].id) if len(rows) > op.limit else None)


@handles(SendMessage)
async def send_message(ctx: TenantContext, op: SendMessage) -> MessageRow:
    """Queue one text to a member."""
    person = await access_person(ctx, op.member, to=Permission.MESSAGE_SEND)
    if person.phone is None:
        raise NoPhone(name=person.name)
    message_id = await queue_text(ctx, to=person.phone, text=op.text, purpose="staff", person_id=person.id)
    ctx.touched("message", message_id)
    row = await queries.message(ctx.tx, ctx.tenant_id, message_id)
    assert row is not None
    return MessageRow(**row._asdict())


@handles(ListUnread)
async def list_unread(ctx: TenantContext, op: ListUnread) -> UnreadPage:
    """Texts that wait for the staff."""
    (after,) = decode_cursor(op.cursor, UUID)
    rows = await queries.unread(ctx.tx, ctx.tenant_id, after=after, limit=op.limit + 1)
    shown = rows[: op.limit]
    items = [UnreadRow(**{key: value for key, value in row._asdict().items() if key != "id"}) for row in shown]
    return UnreadPage(items=items, next=encode_cursor(shown[-1].id) if len(rows) > op.limit else None)
