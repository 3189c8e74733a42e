"""Statements on messages that go out."""

from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, bindparam, case, literal_column, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.notifications.models import OutgoingMessage
from pp_core.notifications.rules import INTERRUPTED

WIPED = literal_column("'********'", Text)
_QUEUE = sql(
    insert(OutgoingMessage).values(
        {
            name: bindparam(name)
            for name in (
                "tenant_id", "id", "channel", "recipient", "person_id", "purpose", "text", "secret", "parts", "link_id",
                "buttons", "picture", "address", "fallback_phone", "text_id",
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
    .returning(
        OutgoingMessage.channel,
        OutgoingMessage.recipient,
        OutgoingMessage.text,
        OutgoingMessage.link_id,
        OutgoingMessage.buttons,
        OutgoingMessage.picture,
        OutgoingMessage.address,
        OutgoingMessage.fallback_phone,
        OutgoingMessage.text_id,
        OutgoingMessage.attempts,
    )
)
_GIVE_UP_HALF_SENT = sql(
    update(OutgoingMessage)
    .where(
        _IN_GYM, OutgoingMessage.id == bindparam("message_id"), OutgoingMessage.status == literal_column("'sending'")
    )
    .values(
        status="unknown",
        reason=INTERRUPTED,
        picture=null(),
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
        picture=case(
            (bindparam("new_status", type_=Text) != literal_column("'queued'"), null()), else_=OutgoingMessage.picture
        ),
        text=case(
            (and_(OutgoingMessage.secret, bindparam("new_status", type_=Text) != literal_column("'queued'")), WIPED),
            else_=OutgoingMessage.text,
        ),
    )
)
# Only of a message that the messenger certainly did not take, and once: the phone to fall back to is used up.
_FALL_BACK = sql(
    "UPDATE outgoing_messages SET channel = 'sms', recipient = fallback_phone, fallback_phone = NULL, address = NULL,"
    " buttons = NULL, picture = NULL, text = %(text)s, parts = %(parts)s, status = 'queued', attempts = 0, reason = %(reason)s"
    " WHERE tenant_id = %(tenant_id)s AND id = %(message_id)s AND fallback_phone IS NOT NULL"
    " AND status IN ('sending', 'unknown')"
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


async def fall_back(
    tx: Transaction, tenant_id: UUID, message_id: UUID, *, text: str, parts: int, reason: str | None
) -> bool:
    """Let a message that its chat refused go by SMS; False when it did before."""
    values = {"text": text, "parts": parts, "reason": reason}
    return await tx.run(_FALL_BACK, tenant_id=tenant_id, message_id=message_id, **values) > 0


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
