"""Statements about live locations that people share with the bot."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.tracking.models import ChatLocation

_FIND = sql("SELECT tenant_id, id, gym_status FROM pp_chat_location(%(bot)s, %(chat)s, %(message_id)s)")
_DUE = sql("SELECT tenant_id, id FROM pp_due_chat_locations(%(before)s, %(limit)s)")
_HELD = sql(
    "SELECT id, activity_id, bot, chat, message_id, ends_at, ended_at FROM chat_locations"
    " WHERE tenant_id = %(tenant_id)s AND id = %(location_id)s FOR UPDATE"
)
_NAMES = ("tenant_id", "id", "activity_id", "bot", "chat", "message_id", "ends_at", "created_at")
_INSERT = sql(
    insert(ChatLocation)
    .values({name: bindparam(name) for name in _NAMES})
    .on_conflict_do_nothing()
    .returning(ChatLocation.id)
)
_OF_MESSAGE = sql(
    "SELECT activity_id FROM chat_locations WHERE tenant_id = %(tenant_id)s AND bot = %(bot)s AND chat = %(chat)s"
    " AND message_id = %(message_id)s"
)
_LASTS = sql("UPDATE chat_locations SET ends_at = %(ends_at)s WHERE tenant_id = %(tenant_id)s AND id = %(location_id)s")
_END = sql("UPDATE chat_locations SET ended_at = %(now)s WHERE tenant_id = %(tenant_id)s AND id = %(location_id)s")


async def find(tx: Transaction, *, bot: str, chat: str, message_id: int) -> Any | None:
    """The location (tenant_id, id, gym_status) that a message shows."""
    return await tx.maybe(_FIND, bot=bot, chat=chat, message_id=message_id)


async def due(tx: Transaction, *, before: datetime, limit: int) -> Rows:
    """Locations of all gyms (tenant_id, id) whose time ran out before then."""
    return await tx.all(_DUE, before=before, limit=limit)


async def held(tx: Transaction, tenant_id: UUID, location_id: UUID) -> Any | None:
    """One location, locked: its moves are taken one after another."""
    return await tx.maybe(_HELD, tenant_id=tenant_id, location_id=location_id)


async def insert_location(tx: Transaction, **values: Any) -> bool:
    """Store that a message's location is followed; False when it is already."""
    return await tx.maybe(_INSERT, **values) is not None


async def activity_of(tx: Transaction, tenant_id: UUID, *, bot: str, chat: str, message_id: int) -> UUID | None:
    """The activity that a message's location is followed as."""
    found: UUID | None = await tx.value(_OF_MESSAGE, tenant_id=tenant_id, bot=bot, chat=chat, message_id=message_id)
    return found


async def lasts(tx: Transaction, tenant_id: UUID, location_id: UUID, ends_at: datetime | None) -> None:
    """Store until when it is shared."""
    await tx.run(_LASTS, tenant_id=tenant_id, location_id=location_id, ends_at=ends_at)


async def end(tx: Transaction, tenant_id: UUID, location_id: UUID, now: datetime) -> None:
    """Store that it is followed no longer."""
    await tx.run(_END, tenant_id=tenant_id, location_id=location_id, now=now)
