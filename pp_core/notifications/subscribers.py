"""Sending what was queued. An attempt is committed before the gateway is called, its outcome after."""

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import TryLater, on_outside
from pp_core.kernel.ids import PLATFORM
from pp_core.kernel.ports import SendStatus, Work
from pp_core.notifications import queries
from pp_core.notifications.events import MessageFinished, MessageQueued
from pp_core.notifications.rules import MOST_ATTEMPTS


class GatewayBusyError(TryLater):
    """The gateway certainly did not take the message: the job is tried again later."""


@on_outside(MessageQueued)
async def send(work: Work, event: MessageQueued) -> None:
    """Hand a message to its gateway once; whoever finds it half sent says so instead of repeating it."""
    async with work.transaction() as ctx:
        tenant_id = ctx.tenant_id if isinstance(ctx, TenantContext) else PLATFORM
        message = await queries.claim(ctx.tx, tenant_id, event.message_id, ctx.now)
        if message is None:
            if await queries.give_up_half_sent(ctx.tx, tenant_id, event.message_id):
                ctx.emit(MessageFinished(message_id=event.message_id, status="unknown"))
            return
    outcome = await work.ports.sms.send(to=message.recipient, text=message.text, sender=None, link_id=message.link_id)
    status = {
        SendStatus.SENT: "sent",
        SendStatus.REFUSED: "refused",
        SendStatus.UNKNOWN: "unknown",
        SendStatus.RETRY: "queued" if message.attempts < MOST_ATTEMPTS else "failed",
    }[outcome.status]
    async with work.transaction() as ctx:
        await queries.record_outcome(
            ctx.tx,
            tenant_id,
            event.message_id,
            status=status,
            gateway_id=outcome.gateway_id,
            cost_minor=outcome.cost_minor,
            currency=outcome.currency,
            reason=outcome.reason,
        )
        if status in ("refused", "unknown", "failed"):
            ctx.emit(MessageFinished(message_id=event.message_id, status=status))
    if status == "queued":
        raise GatewayBusyError(outcome.reason)
