"""Sending what was queued. An attempt is committed before the gateway is called, its outcome after."""

from typing import Any

from pp_core.kernel.context import TenantContext
from pp_core.kernel.gsm7 import parts, to_gsm7
from pp_core.kernel.handlers import TryLater, on_outside
from pp_core.kernel.ids import PLATFORM
from pp_core.kernel.ports import Ports, SendOutcome, SendStatus, Work
from pp_core.notifications.events import MessageFinished, MessageQueued
from pp_core.notifications.queries import messages as queries
from pp_core.notifications.queries import texts
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
    outcome = await _hand_over(work.ports, message)
    status = {
        SendStatus.SENT: "sent",
        SendStatus.REFUSED: "refused",
        SendStatus.UNKNOWN: "unknown",
        SendStatus.RETRY: "queued" if message.attempts < MOST_ATTEMPTS else "failed",
    }[outcome.status]
    async with work.transaction(last=status != "queued") as ctx:
        if status in ("refused", "failed") and message.fallback_phone is not None:
            words = to_gsm7(message.text)
            if await queries.fall_back(
                ctx.tx, tenant_id, event.message_id, text=words, parts=parts(words).parts, reason=outcome.reason
            ):
                ctx.emit(MessageQueued(message_id=event.message_id))
                return
        await queries.record_outcome(
            ctx.tx,
            tenant_id,
            event.message_id,
            status=status,
            gateway_id=_own_id(message, outcome.gateway_id),
            cost_minor=outcome.cost_minor,
            currency=outcome.currency,
            reason=outcome.reason,
        )
        if message.channel == "telegram" and message.text_id is not None and outcome.gateway_id is not None:
            await texts.keep_reply_ref(ctx.tx, message.text_id, outcome.gateway_id)
        # A messenger sends no reports: what it took is the last that is heard.
        if status in ("refused", "unknown", "failed") or (status == "sent" and message.channel == "telegram"):
            ctx.emit(MessageFinished(message_id=event.message_id, status=status))
    if status == "queued":
        raise GatewayBusyError(outcome.reason)


async def _hand_over(ports: Ports, message: Any) -> SendOutcome:
    if message.channel == "telegram":
        if message.picture is not None:
            return await ports.chat.send_picture(
                chat=message.recipient, picture=message.picture, text=message.text, buttons=message.buttons
            )
        return await ports.chat.send(chat=message.recipient, text=message.text, buttons=message.buttons)
    # A reply comes from the short code that was written to; the rest from the account's own sender.
    return await ports.sms.send(
        to=message.recipient, text=message.text, sender=message.address, link_id=message.link_id
    )


def _own_id(message: Any, gateway_id: str | None) -> str | None:
    # Telegram counts messages by chat.
    return f"{message.recipient}:{gateway_id}" if message.channel == "telegram" and gateway_id else gateway_id
