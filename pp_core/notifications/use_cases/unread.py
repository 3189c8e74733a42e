"""What happens to texts that wait for the staff."""

from typing import Any
from uuid import UUID

from pp_core.kernel.clock import local_day
from pp_core.kernel.context import TenantContext
from pp_core.kernel.errors import NotFound
from pp_core.kernel.gsm7 import to_gsm7
from pp_core.kernel.handlers import handles
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission
from pp_core.notifications.operations.messages import HasOptedOut
from pp_core.notifications.operations.texts import (
    AnswerUnread,
    ListUnread,
    TextHandled,
    UnreadAnswered,
    UnreadPage,
    UnreadRow,
)
from pp_core.notifications.public import opted_out_since, queue_text
from pp_core.notifications.queries import messages
from pp_core.notifications.queries import unread as queries
from pp_core.tenants.public import access_person


@handles(ListUnread)
async def list_unread(ctx: TenantContext, op: ListUnread) -> UnreadPage:
    """Texts that wait for the staff."""
    (after,) = decode_cursor(op.cursor, UUID)
    rows = await queries.page(ctx.tx, ctx.tenant_id, after=after, limit=op.limit + 1)
    shown = rows[: op.limit]
    items = [UnreadRow(**{key: value for key, value in row._asdict().items() if key != "id"}) for row in shown]
    return UnreadPage(items=items, next=encode_cursor(shown[-1].id) if len(rows) > op.limit else None)


@handles(AnswerUnread)
async def answer_unread(ctx: TenantContext, op: AnswerUnread) -> UnreadAnswered:
    """Close it and queue the reply from where it was written to; what was closed stays as it is."""
    now = ctx.now
    row = await queries.close(ctx.tx, ctx.tenant_id, op.text_id, at=now)
    if row is None:
        return await _closed(ctx, op)
    message_id = None
    if op.reply is not None:
        await _refuse_if_opted_out_by_it(ctx, row)
        message_id = await queue_text(
            ctx,
            to=row.sender,
            text=op.reply,
            purpose="reply",
            person_id=row.person_id,
            channel=row.channel,
            address=row.address,
            text_id=op.text_id,
        )
        await queries.keep_message(ctx.tx, ctx.tenant_id, op.text_id, message_id)
    ctx.touched("text", op.text_id)
    return UnreadAnswered(text_id=op.text_id, handled_at=now, message_id=message_id, repeated=False)


async def _closed(ctx: TenantContext, op: AnswerUnread) -> UnreadAnswered:
    row = await queries.closed(ctx.tx, ctx.tenant_id, op.text_id)
    if row is None:
        raise NotFound(what="text")
    if op.reply is not None:
        sent = None if row.message_id is None else await messages.message(ctx.tx, ctx.tenant_id, row.message_id)
        if sent is None or sent.text not in (op.reply, to_gsm7(op.reply)):
            raise TextHandled(since=local_day(row.handled_at, ctx.timezone).isoformat())
    return UnreadAnswered(text_id=op.text_id, handled_at=row.handled_at, message_id=row.message_id, repeated=True)


async def _refuse_if_opted_out_by_it(ctx: TenantContext, row: Any) -> None:
    """Who said stop with this text, or after it, waits for no reply to it."""
    person = None if row.person_id is None else await access_person(ctx, str(row.person_id), to=Permission.MESSAGE_SEND)
    phone = row.sender if row.channel == "sms" else person and person.phone
    since = None if phone is None else await opted_out_since(ctx, phone)
    if since is not None and since >= row.received_at:
        raise HasOptedOut(name=person.name if person else phone, since=local_day(since, ctx.timezone).isoformat())
