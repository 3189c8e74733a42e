"""Statements of reports: over the views that the contexts publish, and nothing else."""

from datetime import date
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

# The branch counts visits where they were made, and workouts and memberships where their people belong.
_AT_BRANCH = "(%(branch_id)s::uuid IS NULL OR v.branch_id = %(branch_id)s)"
_OF_BRANCH = (
    "(%(branch_id)s::uuid IS NULL OR EXISTS (SELECT 1 FROM people_facts p WHERE p.tenant_id = %(tenant_id)s"
    " AND p.person_id = {fact}.person_id AND p.branch_id = %(branch_id)s))"
)
_VISITS = sql(
    "SELECT v.day, count(*) AS visits, count(DISTINCT v.person_id) AS visitors FROM visit_facts v"
    f" WHERE v.tenant_id = %(tenant_id)s AND v.day BETWEEN %(first)s AND %(last)s AND {_AT_BRANCH} GROUP BY v.day"
)
_WORKOUTS = sql(
    "SELECT w.day, w.workouts, coalesce(s.sets, 0) AS sets, coalesce(s.volume_kg, 0) AS volume_kg"
    " FROM (SELECT f.day, count(*) AS workouts FROM workout_facts f"
    "        WHERE f.tenant_id = %(tenant_id)s AND f.day BETWEEN %(first)s AND %(last)s"
    f"         AND {_OF_BRANCH.format(fact='f')} GROUP BY f.day) AS w"
    " LEFT JOIN (SELECT f.day, count(*) AS sets, sum(f.volume_kg) AS volume_kg FROM set_facts f"
    "             WHERE f.tenant_id = %(tenant_id)s AND f.day BETWEEN %(first)s AND %(last)s"
    f"              AND {_OF_BRANCH.format(fact='f')} GROUP BY f.day) AS s ON s.day = w.day"
)
# The longest grace bounds how far back an end may lie, so that the index on it is of use.
_TOTALS = sql(
    "SELECT (SELECT count(DISTINCT v.person_id) FROM visit_facts v"
    f"        WHERE v.tenant_id = %(tenant_id)s AND v.day BETWEEN %(first)s AND %(last)s AND {_AT_BRANCH}) AS visitors,"
    "       (SELECT count(DISTINCT m.person_id) FROM membership_facts m"
    "          JOIN people_facts p ON p.tenant_id = m.tenant_id AND p.person_id = m.person_id"
    "         WHERE m.tenant_id = %(tenant_id)s AND m.ends_on >= %(last)s::date - %(longest_grace)s::integer"
    "           AND m.starts_on <= %(last)s AND m.ends_on + m.grace_days >= %(last)s"
    "           AND (m.cancelled_on IS NULL OR m.cancelled_on > %(last)s) AND p.status <> 'left'"
    "           AND (%(branch_id)s::uuid IS NULL OR p.branch_id = %(branch_id)s)) AS active_members"
)


async def visits_by_day(tx: Transaction, tenant_id: UUID, first: date, last: date, branch_id: UUID | None) -> Rows:
    """Visits and different visitors of each day that had any."""
    return await tx.all(_VISITS, tenant_id=tenant_id, first=first, last=last, branch_id=branch_id)


async def workouts_by_day(tx: Transaction, tenant_id: UUID, first: date, last: date, branch_id: UUID | None) -> Rows:
    """Workouts, sets and volume of each day that had any."""
    return await tx.all(_WORKOUTS, tenant_id=tenant_id, first=first, last=last, branch_id=branch_id)


async def totals(
    tx: Transaction, tenant_id: UUID, first: date, last: date, branch_id: UUID | None, *, longest_grace: int
) -> Any:
    """Different visitors of the span, and people with a membership good on its last day."""
    return await tx.one(
        _TOTALS, tenant_id=tenant_id, first=first, last=last, branch_id=branch_id, longest_grace=longest_grace
    )
