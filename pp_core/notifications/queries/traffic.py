"""Statements on what a gym sends and is sent, and how it goes."""

from datetime import datetime
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

# By reason as well: whose fault a failure is, is read from the gateway's word (`rules.answered`), and there are few of them.
_OUTGOING = sql(
    "SELECT channel, status, reason, gateway_id IS NOT NULL AS taken, attempts > 0 AS tried, count(*) AS messages,"
    " count(*) FILTER (WHERE attempted_at >= %(lately)s) AS lately, max(attempted_at) AS last,"
    " (array_agg(attempted_at ORDER BY attempted_at DESC) FILTER (WHERE attempted_at >= %(lately)s))[1:%(newest)s] AS newest"
    " FROM outgoing_messages WHERE tenant_id = %(tenant_id)s AND created_at >= %(since)s GROUP BY 1, 2, 3, 4, 5"
)
_INCOMING = sql(
    "SELECT channel, received, late, received_lately, late_lately, last FROM pp_incoming(%(since)s, %(lately)s)"
)


async def outgoing(tx: Transaction, tenant_id: UUID, *, since: datetime, lately: datetime, newest: int) -> Rows:
    """Messages queued since `since`, by channel and outcome, with the `newest` moments of those attempted since `lately`."""
    return await tx.all(_OUTGOING, tenant_id=tenant_id, since=since, lately=lately, newest=newest)


async def incoming(tx: Transaction, *, since: datetime, lately: datetime) -> Rows:
    """Texts of the gym of the setting, by channel; channels that it was never written to on are left out."""
    return await tx.all(_INCOMING, since=since, lately=lately)
