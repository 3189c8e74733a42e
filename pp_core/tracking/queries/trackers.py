"""Statements about trackers and what they send."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.tracking.models import Tracker

_COLUMNS = (
    "id, app, label, sport, auto_start, points, outside, rejected, rejection, rejected_at, last_seen_at, revoked_at,"
    " created_at"
)
_BY_DIGEST = sql("SELECT tenant_id, id, revoked, gym_status FROM pp_tracker(%(digest)s)")
_HELD = sql(
    f"SELECT person_id, {_COLUMNS} FROM trackers WHERE tenant_id = %(tenant_id)s AND id = %(tracker_id)s FOR UPDATE"
)
_OF_PERSON = sql(
    f"SELECT {_COLUMNS} FROM trackers WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s"
    " ORDER BY created_at DESC, id DESC"
)
_WORKING = sql(
    "SELECT count(*) FROM trackers WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND revoked_at IS NULL"
)
_NAMES = ("tenant_id", "id", "person_id", "app", "label", "sport", "digest", "auto_start", "created_at")
_INSERT = sql(insert(Tracker).values({name: bindparam(name) for name in _NAMES}))
_REVOKE = sql(
    "UPDATE trackers SET revoked_at = %(now)s WHERE tenant_id = %(tenant_id)s AND id = %(tracker_id)s"
    " AND revoked_at IS NULL"
)
_COUNT = sql(
    "UPDATE trackers SET last_seen_at = %(now)s, points = points + %(points)s, outside = outside + %(outside)s,"
    " rejected = rejected + %(rejected)s, rejection = coalesce(%(rejection)s, rejection),"
    " rejected_at = CASE WHEN %(rejection)s::text IS NULL THEN rejected_at ELSE %(now)s END"
    " WHERE tenant_id = %(tenant_id)s AND id = %(tracker_id)s"
)
# What was measured while it went on; files and what was typed came whole, and take no points of another device.
_AROUND = sql(
    "SELECT id, least(started_at, spanned_from) AS begins, greatest(ended_at, spanned_until) AS ends, ended_at, closed_by,"
    " kept_until, clock_shift_ms FROM activities"
    " WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND status = 'finished'"
    " AND closed_by IN ('owner', 'forgotten') AND least(started_at, spanned_from) <= %(last)s"
    " AND greatest(ended_at, spanned_until) >= %(first)s"
    " ORDER BY started_at DESC LIMIT 20"
)


async def by_digest(tx: Transaction, digest: str) -> Any | None:
    """The tracker (tenant_id, id, revoked, gym_status) of a token's digest."""
    return await tx.maybe(_BY_DIGEST, digest=digest)


async def held(tx: Transaction, tenant_id: UUID, tracker_id: UUID) -> Any | None:
    """One tracker with its owner, locked: what it sends at once is taken one after another."""
    return await tx.maybe(_HELD, tenant_id=tenant_id, tracker_id=tracker_id)


async def of_person(tx: Transaction, tenant_id: UUID, person_id: UUID) -> Rows:
    """A person's trackers, the newest first."""
    return await tx.all(_OF_PERSON, tenant_id=tenant_id, person_id=person_id)


async def working(tx: Transaction, tenant_id: UUID, person_id: UUID) -> int:
    """How many of a person's trackers were not taken back."""
    return int(await tx.value(_WORKING, tenant_id=tenant_id, person_id=person_id) or 0)


async def insert_tracker(tx: Transaction, **values: Any) -> None:
    """Store a new tracker."""
    await tx.run(_INSERT, **values)


async def revoke(tx: Transaction, tenant_id: UUID, tracker_id: UUID, now: datetime) -> None:
    """Take it back, unless it was."""
    await tx.run(_REVOKE, tenant_id=tenant_id, tracker_id=tracker_id, now=now)


async def count(
    tx: Transaction,
    tenant_id: UUID,
    tracker_id: UUID,
    *,
    now: datetime,
    points: int,
    outside: int,
    rejected: int,
    rejection: str | None,
) -> None:
    """Store what one delivery came to."""
    await tx.run(
        _COUNT,
        tenant_id=tenant_id,
        tracker_id=tracker_id,
        now=now,
        points=points,
        outside=outside,
        rejected=rejected,
        rejection=rejection,
    )


async def around(
    tx: Transaction, tenant_id: UUID, person_id: UUID, *, first: datetime, last: datetime, slack: timedelta
) -> Rows:
    """Finished live activities of a person at most `slack` from a span: id, ended_at, closed_by, kept_until, clock_shift_ms.

    What was cut off one still belongs to it: `begins` and `ends` are those it had before.
    """
    return await tx.all(_AROUND, tenant_id=tenant_id, person_id=person_id, first=first - slack, last=last + slack)
