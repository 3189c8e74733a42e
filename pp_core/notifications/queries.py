"""Every SQL statement of texts and messages."""

from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, bindparam, case, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.notifications.models import IncomingText, OutgoingMessage, UnreadText

WIPED = literal_column("'********'", Text)
_KEEP = sql(
    insert(IncomingText)
    .values(
        {
            name: bindparam(name)
            for name in (
                "id",
                "channel",
                "gateway_id",
                "sender",
                "address",
                "text",
                "link_id",
                "sent_at",
                "received_at",
            )
        }
    )
    .on_conflict_do_nothing()
    .returning(IncomingText.id)
)
_KEPT = sql(
    select(IncomingText.id).where(
        IncomingText.channel == bindparam("channel"), IncomingText.gateway_id == bindparam("gateway_id")
    )
)
_TEXT = sql(
    select(
        IncomingText.id.label("text_id"), IncomingText.channel, IncomingText.gateway_id, IncomingText.sender,
        IncomingText.address, IncomingText.text, IncomingText.link_id, IncomingText.received_at,
        IncomingText.answered_at.is_not(None).label("answered"),
    ).where(IncomingText.id == bindparam("text_id"))
)  # fmt: skip
_CLAIM_ANSWER = sql(
    update(IncomingText)
    .where(IncomingText.id == bindparam("text_id"), IncomingText.answered_at.is_(None))
    .values(
        answered_at=bindparam("at"),
        intent=bindparam("new_intent"),
        understood=bindparam("new_understood"),
        tenant_id=bindparam("new_tenant_id"),
        person_id=bindparam("new_person_id"),
    )
    .returning(
        IncomingText.channel, IncomingText.sender, IncomingText.text, IncomingText.link_id, IncomingText.received_at
    )
)
_RECENT_UNREAD = sql(
    select(func.count())
    .select_from(IncomingText)
    .where(
        IncomingText.sender == bindparam("sender"),
        IncomingText.received_at > bindparam("since"),
        IncomingText.understood.is_(literal_column("false")),
    )
)
_KEEP_UNREAD = sql(
    insert(UnreadText)
    .values(
        {name: bindparam(name) for name in ("tenant_id", "id", "text_id", "person_id", "sender", "text", "received_at")}
    )
    .on_conflict_do_nothing()
)
_UNREAD = sql(
    "SELECT id, text_id, sender, person_id, text, received_at FROM unread_texts"
    " WHERE tenant_id = %(tenant_id)s AND handled_at IS NULL AND (%(after)s::uuid IS NULL OR id < %(after)s)"
    " ORDER BY id DESC LIMIT %(limit)s"
)
_QUEUE = sql(
    insert(OutgoingMessage).values(
        {
            name: bindparam(name)
            for name in (
                "tenant_id", "id", "channel", "recipient", "person_id", "purpose", "text", "secret", "parts", "link_id",
            )
        }
    )
)  # fmt: skip
_ROW = (
    OutgoingMessage.id, OutgoingMessage.channel, OutgoingMessage.recipient, OutgoingMessage.person_id,
    OutgoingMessage.purpose, OutgoingMessage.text, OutgoingMessage.parts, OutgoingMessage.status, OutgoingMessage.reason,
    OutgoingMessage.cost_minor, OutgoingMessage.currency, OutgoingMessage.created_at, OutgoingMessage.delivered_at,
)  # fmt: skip
_IN_GYM = OutgoingMessage.tenant_id == bindparam("tenant_id")
_MESSAGE = sql(select(*_ROW).where(_IN_GYM, OutgoingMessage.id == bindparam("id")))
_MESSAGES = sql(
    "SELECT id, channel, recipient, person_id, purpose, text, parts, status, reason, cost_minor, currency, created_at,"
    " delivered_at FROM outgoing_messages WHERE tenant_id = %(tenant_id)s"
    " AND (%(status)s::text IS NULL OR status = %(status)s) AND (%(after)s::uuid IS NULL OR id < %(after)s)"
    " ORDER BY id DESC LIMIT %(limit)s"
)
_CLAIM = sql(
    update(OutgoingMessage)
    .where(_IN_GYM, OutgoingMessage.id == bindparam("message_id"), OutgoingMessage.status == literal_column("'queued'"))
    .values(status="sending", attempts=OutgoingMessage.attempts + 1, attempted_at=bindparam("at"))
    .returning(OutgoingMessage.recipient, OutgoingMessage.text, OutgoingMessage.link_id, OutgoingMessage.attempts)
)
_GIVE_UP_HALF_SENT = sql(
    update(OutgoingMessage)
    .where(
        _IN_GYM, OutgoingMessage.id == bindparam("message_id"), OutgoingMessage.status == literal_column("'sending'")
    )
    .values(
        status="unknown",
        reason="interrupted while sending",
        text=case((OutgoingMessage.secret, WIPED), else_=OutgoingMessage.text),
    )
    .returning(OutgoingMessage.id)
)
# Also of a message that another worker gave up while the gateway was slow: an answer beats not knowing.
_OUTCOME = sql(
    update(OutgoingMessage)
    .where(
        _IN_GYM,
        OutgoingMessage.id == bindparam("message_id"),
        or_(
            OutgoingMessage.status == literal_column("'sending'"),
            and_(
                OutgoingMessage.status == literal_column("'unknown'"),
                bindparam("new_status", type_=Text).in_((literal_column("'sent'"), literal_column("'refused'"))),
            ),
        ),
    )
    .values(
        status=bindparam("new_status", type_=Text),
        gateway_id=bindparam("new_gateway_id"),
        cost_minor=bindparam("new_cost"),
        currency=bindparam("new_currency"),
        reason=bindparam("new_reason"),
        text=case(
            (and_(OutgoingMessage.secret, bindparam("new_status", type_=Text) != literal_column("'queued'")), WIPED),
            else_=OutgoingMessage.text,
        ),
    )
)
_BY_GATEWAY_ID = sql("SELECT tenant_id, id FROM pp_message_by_gateway_id(%(gateway_id)s)")
_DELIVERED = sql(
    update(OutgoingMessage)
    .where(
        _IN_GYM,
        OutgoingMessage.id == bindparam("message_id"),
        literal_column("outgoing_messages.status IN ('sending', 'sent', 'unknown')"),
    )
    .values(status=bindparam("new_status"), reason=bindparam("new_reason"), delivered_at=bindparam("at"))
    .returning(OutgoingMessage.id)
)


async def keep_text(tx: Transaction, **values: Any) -> bool:
    """Store a text; False when the gateway had delivered it before."""
    return await tx.maybe(_KEEP, **values) is not None


async def kept_text(tx: Transaction, channel: str, gateway_id: str) -> UUID:
    """The id under which the gateway's text is kept."""
    found: UUID = await tx.value(_KEPT, channel=channel, gateway_id=gateway_id)
    return found


async def text(tx: Transaction, text_id: UUID) -> Any | None:
    """A kept text."""
    return await tx.maybe(_TEXT, text_id=text_id)


async def claim_answer(
    tx: Transaction,
    text_id: UUID,
    *,
    at: Any,
    intent: str,
    understood: bool,
    tenant_id: UUID | None,
    person_id: UUID | None,
) -> Any | None:
    """Mark a text as answered and return it; None when it was already."""
    return await tx.maybe(
        _CLAIM_ANSWER,
        text_id=text_id,
        at=at,
        new_intent=intent,
        new_understood=understood,
        new_tenant_id=tenant_id,
        new_person_id=person_id,
    )


async def recent_unread(tx: Transaction, sender: str, since: Any) -> int:
    """How many texts of this phone were not understood since then."""
    return int(await tx.value(_RECENT_UNREAD, sender=sender, since=since))


async def keep_unread(tx: Transaction, **values: Any) -> None:
    """Store a text for the gym's staff."""
    await tx.run(_KEEP_UNREAD, **values)


async def unread(tx: Transaction, tenant_id: UUID, *, after: UUID | None, limit: int) -> Rows:
    """Texts that wait for the staff, newest first."""
    return await tx.all(_UNREAD, tenant_id=tenant_id, after=after, limit=limit)


async def queue(tx: Transaction, **values: Any) -> None:
    """Store a message to be sent."""
    await tx.run(_QUEUE, **values)


async def message(tx: Transaction, tenant_id: UUID, message_id: UUID) -> Any | None:
    """One message."""
    return await tx.maybe(_MESSAGE, tenant_id=tenant_id, id=message_id)


async def messages(tx: Transaction, tenant_id: UUID, *, status: str | None, after: UUID | None, limit: int) -> Rows:
    """Messages, newest first."""
    return await tx.all(_MESSAGES, tenant_id=tenant_id, status=status, after=after, limit=limit)


async def claim(tx: Transaction, tenant_id: UUID, message_id: UUID, at: Any) -> Any | None:
    """Write down that it is about to be handed over; None when it is not waiting any more."""
    return await tx.maybe(_CLAIM, tenant_id=tenant_id, message_id=message_id, at=at)


async def give_up_half_sent(tx: Transaction, tenant_id: UUID, message_id: UUID) -> bool:
    """A message whose sending was interrupted may have gone out: say so and do not repeat it."""
    return await tx.maybe(_GIVE_UP_HALF_SENT, tenant_id=tenant_id, message_id=message_id) is not None


async def record_outcome(
    tx: Transaction,
    tenant_id: UUID,
    message_id: UUID,
    *,
    status: str,
    gateway_id: str | None,
    cost_minor: int | None,
    currency: str | None,
    reason: str | None,
) -> None:
    """Store what the gateway answered; a code is wiped once it has left."""
    await tx.run(
        _OUTCOME,
        tenant_id=tenant_id,
        message_id=message_id,
        new_status=status,
        new_gateway_id=gateway_id,
        new_cost=cost_minor,
        new_currency=currency,
        new_reason=reason,
    )


async def by_gateway_id(tx: Transaction, gateway_id: str) -> Any | None:
    """Gym and id of the message that the gateway calls so."""
    return await tx.maybe(_BY_GATEWAY_ID, gateway_id=gateway_id)


async def record_delivery(
    tx: Transaction, tenant_id: UUID, message_id: UUID, *, status: str, reason: str | None, at: Any
) -> bool:
    """Store the gateway's last word; False when there was one before."""
    return (
        await tx.maybe(
            _DELIVERED, tenant_id=tenant_id, message_id=message_id, new_status=status, new_reason=reason, at=at
        )
        is not None
    )
