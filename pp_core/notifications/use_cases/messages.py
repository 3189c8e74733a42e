"""What happens to messages that go out."""

from uuid import UUID

from pp_core.kernel.context import PublicContext, SystemContext, TenantContext
from pp_core.kernel.errors import NotFound
from pp_core.kernel.handlers import handles
from pp_core.kernel.operation import Done
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission
from pp_core.notifications.events import MessageFinished
from pp_core.notifications.operations.messages import (
    ListMessages,
    MessagePage,
    MessagePreview,
    MessageRow,
    NoPhone,
    PreviewMessage,
    RecordDelivery,
    SendMessage,
)
from pp_core.notifications.public import queue_text
from pp_core.notifications.queries import messages as queries
from pp_core.notifications.rules import final_status, preview
from pp_core.tenants.public import access_person


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
    message_id = await queue_text(
        ctx, to=person.phone, text=op.text, purpose="staff", person_id=person.id, name=person.name
    )
    ctx.touched("message", message_id)
    row = await queries.message(ctx.tx, ctx.tenant_id, message_id)
    assert row is not None
    return MessageRow(**row._asdict())


@handles(PreviewMessage)
async def preview_message(ctx: PublicContext, op: PreviewMessage) -> MessagePreview:
    """Its parts, and what makes it long."""
    return preview(op.text)
