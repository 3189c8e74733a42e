"""What others may ask of messages, with their open transaction."""

from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from pp_core.kernel.clock import NAIROBI, local_day
from pp_core.kernel.context import Context, SystemContext, TenantContext
from pp_core.kernel.gsm7 import parts, to_gsm7
from pp_core.kernel.ids import PLATFORM, new_id
from pp_core.notifications.events import MessageQueued, TextReceived
from pp_core.notifications.operations.messages import HasOptedOut
from pp_core.notifications.operations.texts import TextTaken
from pp_core.notifications.queries import chats, opt_outs
from pp_core.notifications.queries import messages as queries
from pp_core.notifications.queries import texts as text_queries
from pp_core.notifications.queries import traffic as traffic_queries
from pp_core.notifications.rules import ASKED, STREAK, Traffic, traffic
from pp_core.tenants.operations.channels import ChannelKind

__all__ = [
    "STREAK",
    "Traffic",
    "keep_text",
    "opted_out_since",
    "phone_of_chat",
    "queue_text",
    "traffic_of",
    "word_text",
]


async def queue_text(
    ctx: Context,
    *,
    to: str,
    text: str,
    purpose: str,
    secret: bool = False,
    person_id: UUID | None = None,
    link_id: str | None = None,
    channel: str = "sms",
    address: str | None = None,
    buttons: dict[str, Any] | None = None,
    picture: bytes | None = None,
    text_id: UUID | None = None,
    name: str | None = None,
) -> UUID:
    """Queue one text to a phone or chat with the open transaction; it is sent once that commits. Returns its id.

    Outside a gym it is the platform's. A `secret` text (a code) is wiped once it was handed over. `address` is ours that it
    is sent from, `text_id` the incoming text that it answers. A `picture` (PNG) goes along where the channel shows any.

    A purpose that is not in `rules.ASKED` is unasked: it goes `to` a phone, by the chat that its owner linked where there
    is one, and not at all after opting out: `HasOptedOut` then, which calls them `name`.
    """
    tenant_id = ctx.tenant_id if isinstance(ctx, TenantContext) else PLATFORM
    if tenant_id == PLATFORM:
        await ctx.tx.set_tenant(PLATFORM)
    fallback_phone = None
    if purpose not in ASKED:
        if channel != "sms":
            raise ValueError(f"{purpose} is unasked and names a chat: only a phone tells whether its owner opted out")
        reach = await opt_outs.reach(ctx.tx, to)
        if reach.opted_out_since is not None:
            raise HasOptedOut(name=name or to, since=_day(ctx, reach.opted_out_since))
        if reach.chat is not None:
            channel, to, address, fallback_phone = "telegram", reach.chat, reach.bot, to
    message_id = new_id()
    words = to_gsm7(text) if channel == "sms" else text
    await queries.queue(
        ctx.tx,
        tenant_id=tenant_id,
        id=message_id,
        channel=channel,
        recipient=to,
        person_id=person_id,
        purpose=purpose,
        text=words,
        secret=secret,
        parts=parts(words).parts if channel == "sms" else 1,
        link_id=link_id,
        buttons=buttons,
        picture=picture if channel == "telegram" else None,
        address=address,
        fallback_phone=fallback_phone,
        text_id=text_id,
    )
    ctx.emit(MessageQueued(message_id=message_id))
    return message_id


async def keep_text(
    ctx: SystemContext,
    *,
    channel: str,
    gateway_id: str,
    sender: str,
    address: str,
    text: str,
    sort: str = "text",
    message_ref: str | None = None,
    about_ref: str | None = None,
    sender_name: str | None = None,
    language: str | None = None,
    session: str | None = None,
    link_id: str | None = None,
    sent_at: datetime | None = None,
    waits: bool = False,
) -> TextTaken:
    """Keep what somebody sent, for the worker to answer in its turn; a repeat of the gateway's id is the same text.

    One that `waits` is answered once `word_text` has said what it is.
    """
    text_id = new_id()
    fresh = await text_queries.keep_text(
        ctx.tx,
        id=text_id,
        received_at=ctx.now,
        channel=channel,
        gateway_id=gateway_id,
        sender=sender,
        address=address,
        text=text,
        sort=sort,
        message_ref=message_ref,
        about_ref=about_ref,
        sender_name=sender_name,
        language=language,
        session=session,
        link_id=link_id,
        sent_at=sent_at,
    )
    if not fresh:
        return TextTaken(text_id=await text_queries.kept_text(ctx.tx, channel, gateway_id), repeated=True)
    if channel != "ussd" and not waits:
        ctx.emit(TextReceived(text_id=text_id))
    return TextTaken(text_id=text_id, repeated=False)


async def word_text(ctx: SystemContext, *, channel: str, gateway_id: str, text: str) -> None:
    """Say what a text that waits is, and have it answered; one that was answered stays as it is."""
    text_id = await text_queries.word(ctx.tx, channel, gateway_id, text)
    if text_id is not None:
        ctx.emit(TextReceived(text_id=text_id))


async def phone_of_chat(ctx: SystemContext, address: str, chat: str) -> str | None:
    """The phone that the chat's owner has proved to be theirs, at this bot."""
    return await chats.owner(ctx.tx, address, chat)


async def opted_out_since(ctx: TenantContext, phone: str) -> datetime | None:
    """Since when the phone wants nothing unasked from this gym, or from anybody here; None when it may be written to."""
    found: datetime | None = (await opt_outs.reach(ctx.tx, phone)).opted_out_since
    return found


async def traffic_of(ctx: TenantContext, *, since: datetime, lately: datetime) -> list[Traffic]:
    """What each channel of this gym carried since `since`, and how it went since `lately`; all channels, two statements."""
    outgoing = await traffic_queries.outgoing(ctx.tx, ctx.tenant_id, since=since, lately=lately, newest=STREAK)
    incoming = await traffic_queries.incoming(ctx.tx, since=since, lately=lately)
    return [traffic(channel, outgoing, incoming) for channel in get_args(ChannelKind)]


def _day(ctx: Context, moment: datetime) -> str:
    return local_day(moment, ctx.timezone if isinstance(ctx, TenantContext) else NAIROBI).isoformat()
