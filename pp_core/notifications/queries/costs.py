"""Statements on what messages and USSD sessions cost."""

from typing import Any

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

_DAY = "to_char(m.created_at AT TIME ZONE %(timezone)s, 'YYYY-MM-DD')"
_MONTH = "to_char(m.created_at AT TIME ZONE %(timezone)s, 'YYYY-MM')"
_COUNTED = (
    " AS of, coalesce(m.currency, %(currency)s) AS currency, count(*) AS messages,"
    " coalesce(sum(m.parts) FILTER (WHERE m.channel = 'sms'), 0)::bigint AS parts,"
    " sum(m.cost_minor)::bigint AS cost_minor,"
    " count(*) FILTER (WHERE m.status IN ('queued', 'sending')) AS waiting,"
    " count(*) FILTER (WHERE m.status = 'sent') AS sent,"
    " count(*) FILTER (WHERE m.status = 'delivered') AS delivered,"
    " count(*) FILTER (WHERE m.status IN ('refused', 'failed')) AS failed,"
    " count(*) FILTER (WHERE m.status = 'unknown') AS unknown"
    "  FROM outgoing_messages m WHERE m.tenant_id = %(tenant_id)s AND m.created_at >= %(first)s"
    "   AND m.created_at < %(end)s GROUP BY 1, 2"
)
_MESSAGES = {
    "day": sql(f"SELECT {_DAY}{_COUNTED}"),
    "month": sql(f"SELECT {_MONTH}{_COUNTED}"),
    "purpose": sql(f"SELECT m.purpose{_COUNTED}"),
    "channel": sql(f"SELECT m.channel{_COUNTED}"),
}
_SESSIONS = sql(
    "SELECT day, sessions, cost_minor, coalesce(currency, %(currency)s) AS currency"
    " FROM pp_ussd_costs(%(first)s, %(end)s, %(timezone)s)"
)


async def messages(tx: Transaction, by: str, **values: Any) -> Rows:
    """Messages of the span by group and currency; a cost that came without a currency is in the gym's."""
    return await tx.all(_MESSAGES[by], **values)


async def sessions(tx: Transaction, **values: Any) -> Rows:
    """USSD sessions of the span by day and currency."""
    return await tx.all(_SESSIONS, **values)
