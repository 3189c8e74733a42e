"""Statements on who wants no messages unasked, and on how a phone is reached."""

from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

_OPT_OUT = sql(
    "INSERT INTO opt_outs (tenant_id, id, phone, source, since)"
    " VALUES (%(tenant_id)s, %(id)s, %(phone)s, %(source)s, %(since)s) ON CONFLICT DO NOTHING"
)
_ENTERED = sql(
    "SELECT EXISTS (SELECT FROM opt_outs WHERE tenant_id = %(tenant_id)s AND phone = %(phone)s AND since = %(since)s)"
)
_OPT_IN = sql(
    "UPDATE opt_outs SET ended_at = %(at)s WHERE tenant_id = %(tenant_id)s AND phone = %(phone)s AND ended_at IS NULL"
)
_ENDED = sql(
    "SELECT EXISTS (SELECT FROM opt_outs WHERE tenant_id = %(tenant_id)s AND phone = %(phone)s AND ended_at = %(at)s)"
)
_STANDS = sql(
    "SELECT EXISTS (SELECT FROM opt_outs WHERE tenant_id = %(tenant_id)s AND phone = %(phone)s AND ended_at IS NULL)"
)
_REACH = sql("SELECT opted_out_since, bot, chat FROM pp_reach(%(phone)s)")
_PAGE = sql("SELECT id, phone, names, source, since, everywhere FROM pp_opt_outs(%(after)s, %(limit)s)")


async def opt_out(tx: Transaction, **values: Any) -> bool:
    """Enter a phone; False when it stood there since another moment, or was taken out again since this one."""
    if await tx.run(_OPT_OUT, **values) > 0:
        return True
    return bool(await tx.value(_ENTERED, **{name: values[name] for name in ("tenant_id", "phone", "since")}))


async def opt_in(tx: Transaction, **values: Any) -> bool:
    """End a phone's entry; False when there was none to end at this moment."""
    return await tx.run(_OPT_IN, **values) > 0 or bool(await tx.value(_ENDED, **values))


async def stands(tx: Transaction, tenant_id: UUID, phone: str) -> bool:
    """Whether a phone is entered."""
    return bool(await tx.value(_STANDS, tenant_id=tenant_id, phone=phone))


async def reach(tx: Transaction, phone: str) -> Any:
    """Since when a phone is opted out, by the gym of the setting or by the platform, and the chat that is its owner's."""
    return await tx.one(_REACH, phone=phone)


async def page(tx: Transaction, *, after: UUID | None, limit: int) -> Rows:
    """Opt-outs that hold in the gym of the setting, newest first."""
    return await tx.all(_PAGE, after=after, limit=limit)
