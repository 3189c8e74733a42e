"""Statements on chats that belong to phones, and on USSD sessions."""

from typing import Any

from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Transaction

_UNLINK = sql(
    "UPDATE chat_links SET unlinked_at = %(at)s WHERE channel = 'telegram' AND address = %(address)s"
    " AND unlinked_at IS NULL AND (chat = %(chat)s OR phone = %(phone)s) AND NOT (chat = %(chat)s AND phone = %(phone)s)"
)
_LINK = sql(
    "INSERT INTO chat_links (id, channel, address, chat, phone, linked_at)"
    " VALUES (%(id)s, 'telegram', %(address)s, %(chat)s, %(phone)s, %(at)s) ON CONFLICT DO NOTHING"
)
_OWNER = sql(
    "SELECT phone FROM chat_links WHERE channel = 'telegram' AND address = %(address)s AND chat = %(chat)s"
    " AND unlinked_at IS NULL"
)
_TURN = sql("SELECT pg_advisory_xact_lock(hashtextextended(%(address)s || '|' || %(phone)s, 7))")
_END = sql(
    "INSERT INTO ussd_sessions (id, session, phone, service_code, network, status, cost_minor, currency, milliseconds,"
    " hops, reason, tenant_id, ended_at) VALUES (%(id)s, %(session)s, %(phone)s, %(service_code)s, %(network)s, %(status)s,"
    " %(cost_minor)s, %(currency)s, %(milliseconds)s, %(hops)s, %(reason)s, %(tenant_id)s, %(ended_at)s)"
    " ON CONFLICT (session) DO NOTHING"
)


async def link(tx: Transaction, **values: Any) -> None:
    """Link a chat and a phone, and neither to anything else."""
    await tx.run(_TURN, address=values["address"], phone=values["phone"])
    await tx.run(_UNLINK, **{name: values[name] for name in ("address", "chat", "phone", "at")})
    await tx.run(_LINK, **values)


async def owner(tx: Transaction, address: str, chat: str) -> str | None:
    """The phone of a chat."""
    row = await tx.maybe(_OWNER, address=address, chat=chat)
    return None if row is None else row.phone


async def end_session(tx: Transaction, **values: Any) -> None:
    """Store how a session ended; the first word stands."""
    await tx.run(_END, **values)
