"""Statements for the screen at the desk."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

# One look for all who are shown: the memberships of which one counts today (the same that `recent_memberships` finds for one
# person), beside the last visit.
_STANDINGS = sql(
    "SELECT wanted.id AS standing_of, last.at AS came_at, m.id, m.person_id, plan.code AS plan_code, plan.name AS plan_name,"
    "       m.tier, m.price_minor, m.currency, m.grace_days, m.starts_on, m.ends_on, m.cancelled_on"
    "  FROM unnest(%(person_ids)s::uuid[]) AS wanted (id)"
    "  LEFT JOIN LATERAL (SELECT v.at FROM visits v WHERE v.tenant_id = %(tenant_id)s AND v.person_id = wanted.id"
    "                      ORDER BY v.at DESC LIMIT 1) AS last ON true"
    "  LEFT JOIN LATERAL (SELECT max(l.ends_on) AS ends_on FROM memberships l"
    "                      WHERE l.tenant_id = %(tenant_id)s AND l.person_id = wanted.id) AS latest ON true"
    "  LEFT JOIN memberships m ON m.tenant_id = %(tenant_id)s AND m.person_id = wanted.id"
    "                         AND m.ends_on >= least(%(since)s, latest.ends_on)"
    "  LEFT JOIN membership_plans plan ON plan.tenant_id = %(tenant_id)s AND plan.id = m.plan_id"
)
_DAYS_OF = sql(
    "SELECT day FROM visits WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND at >= %(since)s"
)
# A visit of the last hours may be of yesterday; each half walks the index by day and moment.
_COUNTS = sql(
    "SELECT (SELECT count(*) FROM visits WHERE tenant_id = %(tenant_id)s AND day = %(day)s) AS visits,"
    "       (SELECT count(*) FROM visits WHERE tenant_id = %(tenant_id)s"
    "           AND day BETWEEN %(day)s::date - 1 AND %(day)s::date + 1 AND at > %(since)s) AS members_in"
)


async def standings(tx: Transaction, tenant_id: UUID, person_ids: Sequence[UUID], since: date) -> Rows:
    """For each person their last visit (`came_at`) with each membership that ends on `since` or later, else the latest.

    Everybody has a row; it holds no membership (`id` null) of who never had one.
    """
    return await tx.all(_STANDINGS, tenant_id=tenant_id, person_ids=list(person_ids), since=since)


async def days_of(tx: Transaction, tenant_id: UUID, person_id: UUID, since: datetime) -> list[date]:
    """The day of each visit that a person made since that moment."""
    return [row.day for row in await tx.all(_DAYS_OF, tenant_id=tenant_id, person_id=person_id, since=since)]


async def counts(tx: Transaction, tenant_id: UUID, *, day: date, since: datetime) -> Any:
    """How many `visits` are of that day, and how many came after `since`, a few hours ago (`members_in`)."""
    return await tx.one(_COUNTS, tenant_id=tenant_id, day=day, since=since)
