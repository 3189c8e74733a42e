"""Logging workouts, reading and correcting them, and personal records."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from pp_core.kernel.clock import local_day
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import digest_id, new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.workouts import events
from pp_core.workouts.access import access_workout
from pp_core.workouts.formats.shorthand import ParsedSet, ParsedWorkout, parse, render
from pp_core.workouts.operations.sessions import (
    DeleteSet,
    DeleteWorkout,
    GetWorkout,
    ListRecords,
    ListWorkouts,
    LogWorkout,
    NothingUnderstood,
    NotSure,
    RecordList,
    RecordRow,
    SetRow,
    Workout,
    WorkoutInFuture,
    WorkoutLogged,
    WorkoutPage,
    WorkoutUnknown,
)
from pp_core.workouts.queries import sessions
from pp_core.workouts.rules import DoneSet, bests

from .exercises import access_exercise, gym_vocabulary
from .parsing import unread_pieces

CLOCK_TOLERANCE = timedelta(minutes=5)


@handles(LogWorkout)
async def log_workout(ctx: TenantContext, op: LogWorkout) -> WorkoutLogged:
    """Read the text, store what was understood, and say which records it set."""
    person = await access_brief(ctx, op.member, to=Permission.WORKOUT_LOG)
    performed_at = op.performed_at or ctx.now
    if performed_at > ctx.now + CLOCK_TOLERANCE:
        raise WorkoutInFuture(performed_at=performed_at.isoformat())
    parsed = await read_workout(ctx, op.text)
    if parsed.confidence < op.sure_from:
        raise NotSure(canonical=render(parsed), confidence=parsed.confidence)
    done = sets_to_store(parsed)
    session_id = new_id()
    best = bests(done)
    beaten = await sessions.log(
        ctx.tx,
        ctx.tenant_id,
        session_id=session_id,
        person_id=person.id,
        day=local_day(performed_at, ctx.timezone),
        performed_at=performed_at,
        text=op.text,
        note=parsed.note,
        door=ctx.call.door.value,
        logged_by=ctx.person_id,
        now=ctx.now,
        sets=done,
        bests=best,
    )
    ctx.emit(events.WorkoutCompleted(session_id=session_id, person_id=person.id))
    records = [
        RecordRow(
            exercise_id=one.exercise_id,
            exercise=one.exercise,
            metric=one.metric,
            value=one.value,
            session_id=session_id,
            achieved_at=performed_at,
        )
        for one in best
        if (one.exercise_id, one.metric) in beaten
    ]
    ctx.touched("workout", session_id)
    workout = Workout(
        id=session_id,
        person_id=person.id,
        day=local_day(performed_at, ctx.timezone),
        performed_at=performed_at,
        text=op.text,
        canonical=render(parsed),
        note=parsed.note,
        door=ctx.call.door.value,
        sets=_set_rows(done),
    )
    return WorkoutLogged(workout=workout, records=records, unread=unread_pieces(parsed), confidence=parsed.confidence)


async def read_workout(ctx: TenantContext, text: str) -> ParsedWorkout:
    """Read with the shipped names; the gym's own are fetched only when something was left over."""
    parsed = parse(text)
    if parsed.sets and not parsed.unread and parsed.confidence == 1.0:
        return parsed
    with_own = parse(text, await gym_vocabulary(ctx))
    if not with_own.sets:
        suggestion = next((piece.suggestion for piece in with_own.unread if piece.suggestion), "squat 5x5 100")
        raise NothingUnderstood(text=text, suggestion=suggestion)
    return with_own


def sets_to_store(parsed: ParsedWorkout) -> list[DoneSet]:
    """The sets one by one, numbered, with ids of their own."""
    done: list[DoneSet] = []
    for one in parsed.sets:
        exercise_id = UUID(one.own_id) if one.own_id else digest_id("exercise", one.slug)
        for _ in range(one.sets):
            done.append(
                DoneSet(
                    id=new_id(),
                    exercise_id=exercise_id,
                    exercise=one.exercise,
                    position=len(done) + 1,
                    reps=one.reps,
                    weight_kg=_decimal(one.weight_kg),
                    rpe=_decimal(one.rpe),
                    seconds=one.seconds,
                )
            )
    return done


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


@handles(ListWorkouts)
async def list_workouts(ctx: TenantContext, op: ListWorkouts) -> WorkoutPage:
    """A page of a person's workouts."""
    person = await access_brief(ctx, op.member, to=Permission.WORKOUT_READ)
    after_at, after_id = decode_cursor(op.cursor, datetime.fromisoformat, UUID)
    rows = await sessions.sessions(
        ctx.tx, ctx.tenant_id, person.id, after_at=after_at, after_id=after_id, limit=op.limit + 1
    )
    shown = rows[: op.limit]
    items = await workouts_of(ctx, shown)
    more = len(rows) > op.limit
    return WorkoutPage(items=items, next=encode_cursor(shown[-1].performed_at, shown[-1].id) if more else None)


@handles(GetWorkout)
async def get_workout(ctx: TenantContext, op: GetWorkout) -> Workout:
    """One workout."""
    return (await workouts_of(ctx, [await access_workout(ctx, op.workout_id, to=Permission.WORKOUT_READ)]))[0]


@handles(DeleteWorkout)
async def delete_workout(ctx: TenantContext, op: DeleteWorkout) -> Done:
    """Delete it and recompute the records of its exercises."""
    workout = await access_workout(ctx, op.workout_id, to=Permission.WORKOUT_LOG)
    await sessions.lock_person(ctx.tx, workout.person_id)
    exercise_ids = {row.exercise_id for row in await sessions.sets_of(ctx.tx, ctx.tenant_id, [workout.id])}
    await sessions.delete_session(ctx.tx, ctx.tenant_id, workout.id)
    await recompute(ctx, workout.person_id, exercise_ids)
    ctx.emit(events.WorkoutDeleted(session_id=workout.id, person_id=workout.person_id))
    ctx.touched("workout", workout.id)
    return Done()


@handles(DeleteSet)
async def delete_set(ctx: TenantContext, op: DeleteSet) -> Workout:
    """Delete one set and recompute the records of its exercise."""
    workout = await access_workout(ctx, op.workout_id, to=Permission.WORKOUT_LOG)
    await sessions.lock_person(ctx.tx, workout.person_id)
    exercise_id = await sessions.delete_set(ctx.tx, ctx.tenant_id, workout.id, op.set_id)
    if exercise_id is None:
        raise WorkoutUnknown(workout_id=str(op.workout_id))
    await recompute(ctx, workout.person_id, {exercise_id})
    ctx.touched("workout", workout.id, set_id=str(op.set_id))
    return (await workouts_of(ctx, [workout]))[0]


async def recompute(ctx: TenantContext, person_id: UUID, exercise_ids: Iterable[UUID]) -> None:
    """Make a person's records in these exercises anew from all they ever did of them; their lock must be held."""
    wanted = sorted(exercise_ids)
    rows = await sessions.recorded_sets(ctx.tx, ctx.tenant_id, person_id, wanted)
    origin = {row.id: row for row in rows}
    done = [
        DoneSet(row.id, row.exercise_id, "", row.position, row.reps, row.weight_kg, row.rpe, row.seconds)
        for row in rows
    ]
    records = [
        {
            "tenant_id": ctx.tenant_id,
            "id": new_id(),
            "person_id": person_id,
            "exercise_id": best.exercise_id,
            "metric": best.metric,
            "value": best.value,
            "set_id": best.set_id,
            "session_id": origin[best.set_id].session_id,
            "achieved_at": origin[best.set_id].performed_at,
        }
        for best in bests(done)
    ]
    await sessions.replace_records(ctx.tx, ctx.tenant_id, person_id, wanted, records)


@handles(ListRecords)
async def list_records(ctx: TenantContext, op: ListRecords) -> RecordList:
    """A person's records."""
    person = await access_brief(ctx, op.member, to=Permission.WORKOUT_READ)
    exercise_id = None if op.exercise is None else (await access_exercise(ctx, op.exercise)).id
    rows = await sessions.records(ctx.tx, ctx.tenant_id, person.id, exercise_id)
    return RecordList(items=[RecordRow(**row._asdict()) for row in rows])


async def workouts_of(ctx: TenantContext, rows: Iterable[Any]) -> list[Workout]:
    """These workouts with their sets, in the order given."""
    listed = list(rows)
    by_session: dict[UUID, list[Any]] = {row.id: [] for row in listed}
    for row in await sessions.sets_of(ctx.tx, ctx.tenant_id, list(by_session)):
        by_session[row.session_id].append(row)
    return [
        Workout(**row._asdict(), canonical=_canonical(by_session[row.id]), sets=_set_rows(by_session[row.id]))
        for row in listed
    ]


def _set_rows(rows: list[Any]) -> list[SetRow]:
    return [
        SetRow(
            id=row.id,
            exercise_id=row.exercise_id,
            exercise=row.exercise,
            position=row.position,
            reps=row.reps,
            weight_kg=row.weight_kg,
            rpe=row.rpe,
            seconds=row.seconds,
        )
        for row in rows
    ]


_SAME = attrgetter("exercise", "exercise_id", "slug", "reps", "weight_kg", "rpe", "seconds")


def _canonical(rows: list[Any]) -> str:
    return render(ParsedWorkout(intent="log_workout", sets=sets_as_said(rows), confidence=1.0))


def sets_as_said(rows: Iterable[Any]) -> tuple[ParsedSet, ...]:
    """Stored sets as the shorthand has them, equal neighbours as one."""
    return tuple(
        ParsedSet(
            exercise=exercise,
            slug=slug,
            sets=sum(1 for _ in equal),
            reps=reps,
            weight_kg=None if weight_kg is None else float(weight_kg),
            rpe=None if rpe is None else float(rpe),
            seconds=seconds,
            own_id=None if exercise_id == digest_id("exercise", slug) else str(exercise_id),
        )
        for (exercise, exercise_id, slug, reps, weight_kg, rpe, seconds), equal in groupby(rows, _SAME)
    )
