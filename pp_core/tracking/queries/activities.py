"""Statements about activities and who is out."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.tracking.models import Activity

_LISTED = (
    "a.id, a.person_id, n.name AS person_name, n.code AS person_code, a.sport, a.status, a.visibility, a.hidden, a.title,"
    " a.source, a.started_at, a.ended_at, a.paused_at, a.clock_shift_ms, a.flagged, a.elevation_gain_m, a.heart_rate_avg,"
    " a.kcal, a.elapsed_s, coalesce(l.distance_m, a.distance_m) AS distance_m,"
    " coalesce(l.moving_s, a.moving_s)::int AS moving_s, l.last_ts, l.lat, l.lon, l.speed, l.heart_rate"
)
# The summary and the way are kilobytes that no list shows; of the way on streets it is enough to know that there is one.
_COLUMNS = (
    f"{_LISTED}, a.note, a.pauses, a.points, a.summary, a.route, a.route_id, a.fingerprint, a.sealed_at, a.max_speed,"
    " a.matched IS NOT NULL AS on_streets, l.points AS live_points, l.updated_at AS live_at"
)
_FROM = (
    " FROM activities a JOIN people_names n ON n.tenant_id = a.tenant_id AND n.id = a.person_id"
    " LEFT JOIN activity_live l ON l.tenant_id = a.tenant_id AND l.id = a.id"
)
_ONE = sql(f"SELECT {_COLUMNS}{_FROM} WHERE a.tenant_id = %(tenant_id)s AND a.id = %(activity_id)s")
_HELD = sql(f"SELECT {_COLUMNS}{_FROM} WHERE a.tenant_id = %(tenant_id)s AND a.id = %(activity_id)s FOR UPDATE OF a")
_LIVE = sql(
    "SELECT id FROM activities WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND status <> 'finished'"
)
_PAGE = sql(
    f"SELECT {_LISTED}{_FROM} WHERE a.tenant_id = %(tenant_id)s"
    " AND (%(person_id)s::uuid IS NULL OR a.person_id = %(person_id)s)"
    " AND (a.person_id = %(viewer)s::uuid OR a.visibility = ANY (%(visible)s))"
    " AND (%(sport)s::text IS NULL OR a.sport = %(sport)s)"
    " AND (%(before_at)s::timestamptz IS NULL OR (a.started_at, a.id) < (%(before_at)s, %(before_id)s::uuid))"
    " ORDER BY a.started_at DESC, a.id DESC LIMIT %(limit)s"
)
_BOARD = sql(
    f"SELECT {_LISTED}{_FROM} WHERE a.tenant_id = %(tenant_id)s AND a.status <> 'finished'"
    " AND (a.person_id = %(viewer)s::uuid OR a.visibility <> 'private') ORDER BY a.started_at DESC, a.id DESC"
)
_SEEN_OF = sql(
    f"SELECT {_COLUMNS}{_FROM} WHERE a.tenant_id = %(tenant_id)s AND a.id = ANY (%(ids)s)"
    " AND (a.person_id = %(viewer)s::uuid OR a.visibility = ANY (%(visible)s)) ORDER BY a.started_at DESC, a.id DESC"
)
_LAST_OF_SOURCE = sql(
    "SELECT id FROM activities WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND source = %(source)s"
    " AND created_at >= %(since)s ORDER BY created_at DESC, id DESC LIMIT 1"
)
_NAMES = (
    "tenant_id", "id", "person_id", "sport", "status", "visibility", "title", "source", "door", "source_key", "started_at",
    "ended_at", "closed_by", "pauses", "created_at",
)  # fmt: skip
_INSERT = sql(
    insert(Activity).values({name: bindparam(name) for name in _NAMES}).on_conflict_do_nothing().returning(Activity.id)
)
_SET_PAUSED = sql(
    "UPDATE activities SET status = %(status)s, paused_at = %(paused_at)s, pauses = %(pauses)s::jsonb"
    " WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s"
)
_END = sql(
    "WITH over AS (DELETE FROM activity_live WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s"
    "   RETURNING distance_m, moving_s, points)"
    " UPDATE activities SET status = 'finished', paused_at = NULL, ended_at = %(ended_at)s, closed_by = %(closed_by)s,"
    " distance_m = coalesce((SELECT distance_m FROM over), 0), moving_s = coalesce((SELECT moving_s FROM over), 0),"
    " points = coalesce((SELECT points FROM over), 0), elapsed_s = extract(epoch FROM %(ended_at)s - started_at)"
    " WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s"
)
_EDIT = sql(
    "UPDATE activities SET sport = %(sport)s, title = %(title)s, note = %(note)s, visibility = %(visibility)s,"
    " hidden = %(hidden)s WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s"
)
_MATCHED = sql("SELECT matched FROM activities WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s")
_SET_MATCHED = sql(
    "UPDATE activities SET matched = %(matched)s"
    " WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s AND sealed_at = %(sealed_at)s"
)
_DELETE = sql("DELETE FROM activities WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s")
_FORGOTTEN = sql("SELECT tenant_id, id FROM pp_forgotten_activities(%(quiet)s, %(silent)s, %(limit)s)")


async def activity(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> Any | None:
    """One activity, with the figures of its last point while it goes on."""
    return await tx.maybe(_ONE, tenant_id=tenant_id, activity_id=activity_id)


async def held(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> Any | None:
    """The same, locked: whoever changes an activity or its points waits for the other."""
    return await tx.maybe(_HELD, tenant_id=tenant_id, activity_id=activity_id)


async def live_of(tx: Transaction, tenant_id: UUID, person_id: UUID) -> UUID | None:
    """The id of the person's live (or paused) activity."""
    found: UUID | None = await tx.value(_LIVE, tenant_id=tenant_id, person_id=person_id)
    return found


async def last_of_source(
    tx: Transaction, tenant_id: UUID, person_id: UUID, source: str, since: datetime
) -> UUID | None:
    """The id of the person's last activity that came that way since then."""
    found: UUID | None = await tx.value(
        _LAST_OF_SOURCE, tenant_id=tenant_id, person_id=person_id, source=source, since=since
    )
    return found


async def page(
    tx: Transaction,
    tenant_id: UUID,
    *,
    person_id: UUID | None,
    viewer: UUID | None,
    visible: Sequence[str],
    sport: str | None,
    before_at: datetime | None,
    before_id: UUID | None,
    limit: int,
) -> Rows:
    """Activities of a person (None: of everybody) that the viewer owns or whose visibility is among `visible`, newest first."""
    return await tx.all(
        _PAGE,
        tenant_id=tenant_id,
        person_id=person_id,
        viewer=viewer,
        visible=list(visible),
        sport=sport,
        before_at=before_at,
        before_id=before_id,
        limit=limit,
    )


async def seen_of(
    tx: Transaction, tenant_id: UUID, activity_ids: Sequence[UUID], *, viewer: UUID | None, visible: Sequence[str]
) -> Rows:
    """Those of the activities that the viewer owns or whose visibility is among `visible`, newest first."""
    return await tx.all(_SEEN_OF, tenant_id=tenant_id, ids=list(activity_ids), viewer=viewer, visible=list(visible))


async def board(tx: Transaction, tenant_id: UUID, viewer: UUID | None) -> Rows:
    """Everybody who is out and does not hide it, the last to set out first."""
    return await tx.all(_BOARD, tenant_id=tenant_id, viewer=viewer)


async def insert_activity(
    tx: Transaction,
    *,
    title: str | None = None,
    source_key: str | None = None,
    ended_at: datetime | None = None,
    closed_by: str | None = None,
    pauses: Sequence[list[int]] = (),
    **values: Any,
) -> bool:
    """Store a new activity; False when the person has a live one, or this recording already."""
    found = await tx.maybe(
        _INSERT,
        **values,
        title=title,
        source_key=source_key,
        ended_at=ended_at,
        closed_by=closed_by,
        pauses=json.dumps(list(pauses)),
    )
    return found is not None


async def set_paused(
    tx: Transaction,
    tenant_id: UUID,
    activity_id: UUID,
    *,
    status: str,
    paused_at: datetime | None,
    pauses: list[list[int]],
) -> None:
    """Store that the activity pauses (since `paused_at`) or goes on."""
    await tx.run(
        _SET_PAUSED,
        tenant_id=tenant_id,
        activity_id=activity_id,
        status=status,
        paused_at=paused_at,
        pauses=json.dumps(pauses),
    )


async def end_unsummarised(
    tx: Transaction, tenant_id: UUID, activity_id: UUID, *, ended_at: datetime, closed_by: str
) -> None:
    """Finish an activity with what was known of it while it went on; its points stay as they are."""
    await tx.run(_END, tenant_id=tenant_id, activity_id=activity_id, ended_at=ended_at, closed_by=closed_by)


async def edit(tx: Transaction, tenant_id: UUID, activity_id: UUID, **values: Any) -> None:
    """Store what an activity was, is called, and who sees what of it."""
    await tx.run(_EDIT, tenant_id=tenant_id, activity_id=activity_id, **values)


async def matched_of(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> bytes | None:
    """The way on streets, encoded."""
    found: bytes | None = await tx.value(_MATCHED, tenant_id=tenant_id, activity_id=activity_id)
    return found


async def set_matched(
    tx: Transaction, tenant_id: UUID, activity_id: UUID, *, sealed_at: datetime, matched: bytes
) -> bool:
    """Store the way on streets of what was sealed then; False when it was sealed anew since, and went another way."""
    return (
        await tx.run(_SET_MATCHED, tenant_id=tenant_id, activity_id=activity_id, sealed_at=sealed_at, matched=matched)
        == 1
    )


async def delete(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> None:
    """Delete an activity and all that hangs on it but its points."""
    await tx.run(_DELETE, tenant_id=tenant_id, activity_id=activity_id)


async def forgotten(tx: Transaction, *, quiet: datetime, silent: datetime, limit: int) -> Rows:
    """Activities of all gyms whose last point came before `quiet`, or that had none (or are paused) since before `silent`."""
    return await tx.all(_FORGOTTEN, quiet=quiet, silent=silent, limit=limit)
