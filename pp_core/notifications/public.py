"""What others may ask of messages, with their open transaction."""

from uuid import UUID

from pp_core.kernel.context import Context, TenantContext
from pp_core.kernel.gsm7 import parts, to_gsm7
from pp_core.kernel.ids import PLATFORM, new_id
from pp_core.notifications import queries
from pp_core.notifications.events import MessageQueued


async def queue_text(
    ctx: Context,
    *,
    to: str,
    text: str,
    purpose: str,
    secret: bool = False,
    person_id: UUID | None = None,
    link_id: str | None = None,
) -> UUID:
    """Queue one text to a phone with the open transaction; it is sent once that commits. Returns the message's id.

    Outside a gym it is the platform's. A `secret` text (a code) is wiped once it was handed over.
    """
    tenant_id = ctx.tenant_id if isinstance(ctx, TenantContext) else PLATFORM
    if tenant_id == PLATFORM:
        await ctx.tx.set_tenant(PLATFORM)
    message_id = new_id()
    words = to_gsm7(text)
    await queries.queue(
        ctx.tx,
        tenant_id=tenant_id,
        id=message_id,
        channel="sms",
        recipient=to,
        person_id=person_id,
        purpose=purpose,
        text=words,
        secret=secret,
        parts=parts(words).parts,
        link_id=link_id,
    )
    ctx.emit(MessageQueued(message_id=message_id))
    return message_id
