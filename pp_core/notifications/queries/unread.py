"""Statements on texts that wait for the staff."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.notifications.models import UnreadText

_KEPT_COLUMNS = (
    "tenant_id", "id", "text_id", "person_id", "channel", "address", "sender", "text", "received_at",
)  # fmt: skip
_KEEP = sql(insert(UnreadText).values({name: bindparam(name) for name in _KEPT_COLUMNS}).on_conflict_do_nothing())
_PAGE = sql(
    "SELECT u.id, u.text_id, u.channel, u.sender, u.person_id, p.name AS person_name, u.text, u.received_at"
    "  FROM unread_texts u LEFT JOIN people_names p ON p.tenant_id = u.tenant_id AND p.id = u.person_id"
    " WHERE u.tenant_id = %(tenant_id)s AND u.handled_at IS NULL AND (%(after)s::uuid IS NULL OR u.id < %(after)s)"
    " ORDER BY u.id DESC LIMIT %(limit)s"
)
_CLOSE = sql(
    "UPDATE unread_texts SET handled_at = %(at)s WHERE tenant_id = %(tenant_id)s AND text_id = %(text_id)s"
    " AND handled_at IS NULL RETURNING channel, address, sender, person_id, received_at"
)
_CLOSED = sql(
    "SELECT handled_at, message_id FROM unread_texts WHERE tenant_id = %(tenant_id)s AND text_id = %(text_id)s"
)
_KEEP_MESSAGE = sql(
    "UPDATE unread_texts SET message_id = %(message_id)s WHERE tenant_id = %(tenant_id)s AND text_id = %(text_id)s"
)


async def keep(tx: Transaction, **values: Any) -> None:
    """Store a text for the gym's staff."""
    await tx.run(_KEEP, **values)


async def page(tx: Transaction, tenant_id: UUID, *, after: UUID | None, limit: int) -> Rows:
    """Texts that wait for the staff, newest first."""
    return await tx.all(_PAGE, tenant_id=tenant_id, after=after, limit=limit)


async def close(tx: Transaction, tenant_id: UUID, text_id: UUID, *, at: Any) -> Any | None:
    """Mark a text as handled and return it; None when it was already, or is none of the gym's."""
    return await tx.maybe(_CLOSE, tenant_id=tenant_id, text_id=text_id, at=at)


async def closed(tx: Transaction, tenant_id: UUID, text_id: UUID) -> Any | None:
    """When a text was handled, and the reply it was given."""
    return await tx.maybe(_CLOSED, tenant_id=tenant_id, text_id=text_id)


async def keep_message(tx: Transaction, tenant_id: UUID, text_id: UUID, message_id: UUID) -> None:
    """Keep which message was the reply."""
    await tx.run(_KEEP_MESSAGE, tenant_id=tenant_id, text_id=text_id, message_id=message_id)
