"""Statements about workouts, sets and records."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.kernel.ids import new_id
from pp_core.workouts.rules import Best, DoneSet

# One statement for a whole workout: it is the hottest write, and each round trip costs more than the rows.
_LOG = sql(
    """
    WITH held AS MATERIALIZED (
      SELECT pg_advisory_xact_lock(hashtextextended(%(person_id)s::text, 4711))
    ), session AS (
      INSERT INTO workout_sessions (tenant_id, id, person_id, day, performed_at, text, note, door, logged_by, created_at)
      SELECT %(tenant_id)s, %(session_id)s, %(person_id)s, %(day)s, %(performed_at)s, %(text)s, %(note)s, %(door)s,
             %(logged_by)s, %(now)s FROM held
    ), sets AS (
      INSERT INTO workout_sets (tenant_id, id, session_id, person_id, exercise_id, position, reps, weight_kg, rpe, seconds)
      SELECT %(tenant_id)s, id, %(session_id)s, %(person_id)s, exercise_id, position, reps, weight_kg, rpe, seconds
        FROM unnest(%(ids)s::uuid[], %(exercise_ids)s::uuid[], %(positions)s::int[], %(reps)s::int[], %(weights)s::numeric[],
                    %(rpes)s::numeric[], %(seconds)s::int[])
          AS given (id, exercise_id, position, reps, weight_kg, rpe, seconds)
    )
    INSERT INTO personal_records AS kept
           (tenant_id, id, person_id, exercise_id, metric, value, set_id, session_id, achieved_at)
    SELECT %(tenant_id)s, id, %(person_id)s, exercise_id, metric, value, set_id, %(session_id)s, %(performed_at)s
      FROM unnest(%(best_ids)s::uuid[], %(best_exercises)s::uuid[], %(best_metrics)s::text[], %(best_values)s::numeric[],
                  %(best_sets)s::uuid[]) AS best (id, exercise_id, metric, value, set_id)
     ORDER BY exercise_id, metric
        ON CONFLICT (tenant_id, person_id, exercise_id, metric) DO UPDATE
       SET value = excluded.value, set_id = excluded.set_id, session_id = excluded.session_id,
           achieved_at = excluded.achieved_at
     WHERE excluded.value > kept.value
    RETURNING kept.exercise_id, kept.metric
    """
)
_SESSIONS = sql(
    "SELECT id, person_id, day, performed_at, text, note, door FROM workout_sessions"
    " WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s"
    " AND (%(after_at)s::timestamptz IS NULL OR (performed_at, id) < (%(after_at)s, %(after_id)s::uuid))"
    " ORDER BY performed_at DESC, id DESC LIMIT %(limit)s"
)
_SESSION = sql(
    "SELECT id, person_id, day, performed_at, text, note, door FROM workout_sessions"
    " WHERE tenant_id = %(tenant_id)s AND id = %(session_id)s"
)
_LAST_LOGGED = sql(
    "SELECT id, person_id, day, performed_at, text, note, door FROM workout_sessions"
    " WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s AND created_at > %(since)s"
    " ORDER BY created_at DESC, id DESC LIMIT 1"
)
_REWRITE = sql(
    "UPDATE workout_sessions SET text = %(text)s, note = %(note)s"
    " WHERE tenant_id = %(tenant_id)s AND id = %(session_id)s RETURNING id"
)
_CLEAR_SETS = sql("DELETE FROM workout_sets WHERE tenant_id = %(tenant_id)s AND session_id = %(session_id)s")
_INSERT_SETS = sql(
    "INSERT INTO workout_sets (tenant_id, id, session_id, person_id, exercise_id, position, reps, weight_kg, rpe, seconds)"
    " SELECT %(tenant_id)s, id, %(session_id)s, %(person_id)s, exercise_id, position, reps, weight_kg, rpe, seconds"
    " FROM unnest(%(ids)s::uuid[], %(exercise_ids)s::uuid[], %(positions)s::int[], %(reps)s::int[], %(weights)s::numeric[],"
    " %(rpes)s::numeric[], %(seconds)s::int[]) AS given (id, exercise_id, position, reps, weight_kg, rpe, seconds)"
)
_SETS = sql(
    "SELECT s.id, s.session_id, s.exercise_id, e.name_en AS exercise, e.slug, e.measure, s.position, s.reps, s.weight_kg, s.rpe,"
    " s.seconds FROM workout_sets s JOIN exercises e ON e.tenant_id = s.tenant_id AND e.id = s.exercise_id"
    " WHERE s.tenant_id = %(tenant_id)s AND s.session_id = ANY (%(session_ids)s) ORDER BY s.session_id, s.position"
)
_DELETE_SESSION = sql(
    "DELETE FROM workout_sessions WHERE tenant_id = %(tenant_id)s AND id = %(session_id)s RETURNING id"
)
_DELETE_SET = sql(
    "DELETE FROM workout_sets WHERE tenant_id = %(tenant_id)s AND session_id = %(session_id)s AND id = %(set_id)s"
    " RETURNING exercise_id"
)
# Whoever logs or deletes for a person takes this lock, so that a record is never computed from half of another's change.
_LOCK_PERSON = sql("SELECT pg_advisory_xact_lock(hashtextextended(%(person_id)s::text, 4711))")
_RECORDED = sql(
    "SELECT s.id, s.session_id, s.exercise_id, s.position, s.reps, s.weight_kg, s.rpe, s.seconds, w.performed_at"
    " FROM workout_sets s JOIN workout_sessions w ON w.tenant_id = s.tenant_id AND w.id = s.session_id"
    " WHERE s.tenant_id = %(tenant_id)s AND s.person_id = %(person_id)s AND s.exercise_id = ANY (%(exercise_ids)s)"
    " ORDER BY w.performed_at, s.session_id, s.position"
)
_FORGET_RECORDS = sql(
    "DELETE FROM personal_records WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s"
    " AND exercise_id = ANY (%(exercise_ids)s)"
)
_INSERT_RECORD = sql(
    "INSERT INTO personal_records (tenant_id, id, person_id, exercise_id, metric, value, set_id, session_id, achieved_at)"
    " VALUES (%(tenant_id)s, %(id)s, %(person_id)s, %(exercise_id)s, %(metric)s, %(value)s, %(set_id)s, %(session_id)s,"
    " %(achieved_at)s)"
)
_RECORDS = sql(
    "SELECT r.exercise_id, e.name_en AS exercise, r.metric, r.value, r.session_id, r.achieved_at"
    " FROM personal_records r JOIN exercises e ON e.tenant_id = r.tenant_id AND e.id = r.exercise_id"
    " WHERE r.tenant_id = %(tenant_id)s AND r.person_id = %(person_id)s"
    " AND (%(exercise_id)s::uuid IS NULL OR r.exercise_id = %(exercise_id)s) ORDER BY e.name_en, r.metric"
)


async def log(
    tx: Transaction,
    tenant_id: UUID,
    *,
    session_id: UUID,
    person_id: UUID,
    day: date,
    performed_at: datetime,
    text: str,
    note: str | None,
    door: str,
    logged_by: UUID | None,
    now: datetime,
    sets: Sequence[DoneSet],
    bests: Sequence[Best],
) -> set[tuple[UUID, str]]:
    """Store a workout with its sets, and raise the records that it beats; returns (exercise, metric) of those."""
    rows = await tx.all(
        _LOG,
        tenant_id=tenant_id,
        session_id=session_id,
        person_id=person_id,
        day=day,
        performed_at=performed_at,
        text=text,
        note=note,
        door=door,
        logged_by=logged_by,
        now=now,
        **_columns(sets),
        best_ids=[new_id() for _ in bests],
        best_exercises=[best.exercise_id for best in bests],
        best_metrics=[best.metric for best in bests],
        best_values=[best.value for best in bests],
        best_sets=[best.set_id for best in bests],
    )
    return {(row.exercise_id, row.metric) for row in rows}


async def sessions(
    tx: Transaction, tenant_id: UUID, person_id: UUID, *, after_at: datetime | None, after_id: UUID | None, limit: int
) -> Rows:
    """A person's workouts, newest first."""
    return await tx.all(
        _SESSIONS, tenant_id=tenant_id, person_id=person_id, after_at=after_at, after_id=after_id, limit=limit
    )


async def session(tx: Transaction, tenant_id: UUID, session_id: UUID) -> Any | None:
    """One workout."""
    return await tx.maybe(_SESSION, tenant_id=tenant_id, session_id=session_id)


async def last_logged(tx: Transaction, tenant_id: UUID, person_id: UUID, since: datetime) -> Any | None:
    """The workout of a person's that was logged last, if after `since`; when it was done does not matter."""
    return await tx.maybe(_LAST_LOGGED, tenant_id=tenant_id, person_id=person_id, since=since)


async def replace_sets(
    tx: Transaction,
    tenant_id: UUID,
    *,
    session_id: UUID,
    person_id: UUID,
    text: str,
    note: str | None,
    sets: Sequence[DoneSet],
) -> bool:
    """Put other sets, text and note into a workout; False when it is gone."""
    if await tx.maybe(_REWRITE, tenant_id=tenant_id, session_id=session_id, text=text, note=note) is None:
        return False
    await tx.run(_CLEAR_SETS, tenant_id=tenant_id, session_id=session_id)
    await tx.run(_INSERT_SETS, tenant_id=tenant_id, session_id=session_id, person_id=person_id, **_columns(sets))
    return True


async def sets_of(tx: Transaction, tenant_id: UUID, session_ids: list[UUID]) -> Rows:
    """The sets of these workouts, in order."""
    return await tx.all(_SETS, tenant_id=tenant_id, session_ids=session_ids) if session_ids else []


async def lock_person(tx: Transaction, person_id: UUID) -> None:
    """Let nobody else change this person's records until the transaction ends."""
    await tx.run(_LOCK_PERSON, person_id=person_id)


async def delete_session(tx: Transaction, tenant_id: UUID, session_id: UUID) -> bool:
    """Delete a workout with its sets and the records it held."""
    return await tx.maybe(_DELETE_SESSION, tenant_id=tenant_id, session_id=session_id) is not None


async def delete_set(tx: Transaction, tenant_id: UUID, session_id: UUID, set_id: UUID) -> UUID | None:
    """Delete one set and return its exercise; None when it is not there."""
    found: UUID | None = await tx.value(_DELETE_SET, tenant_id=tenant_id, session_id=session_id, set_id=set_id)
    return found


async def recorded_sets(tx: Transaction, tenant_id: UUID, person_id: UUID, exercise_ids: list[UUID]) -> Rows:
    """Everything a person ever did of these exercises, oldest first."""
    return await tx.all(_RECORDED, tenant_id=tenant_id, person_id=person_id, exercise_ids=exercise_ids)


async def replace_records(
    tx: Transaction, tenant_id: UUID, person_id: UUID, exercise_ids: list[UUID], rows: list[dict[str, Any]]
) -> None:
    """Put these records in the place of those a person had for the exercises."""
    await tx.run(_FORGET_RECORDS, tenant_id=tenant_id, person_id=person_id, exercise_ids=exercise_ids)
    await tx.many(_INSERT_RECORD, rows)


async def records(tx: Transaction, tenant_id: UUID, person_id: UUID, exercise_id: UUID | None) -> Rows:
    """A person's records, by exercise."""
    return await tx.all(_RECORDS, tenant_id=tenant_id, person_id=person_id, exercise_id=exercise_id)


def _columns(sets: Sequence[DoneSet]) -> dict[str, list[Any]]:
    return {
        "ids": [done.id for done in sets],
        "exercise_ids": [done.exercise_id for done in sets],
        "positions": [done.position for done in sets],
        "reps": [done.reps for done in sets],
        "weights": [done.weight_kg for done in sets],
        "rpes": [done.rpe for done in sets],
        "seconds": [done.seconds for done in sets],
    }
