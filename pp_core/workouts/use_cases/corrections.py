"""Correcting a workout after it was logged."""

from datetime import timedelta
from typing import Any

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.policy import Permission
from pp_core.workouts import events
from pp_core.workouts.access import access_workout
from pp_core.workouts.formats.shorthand import ParsedSet, ParsedWorkout, correct, render, render_sets
from pp_core.workouts.operations.sessions import (
    CorrectionNotSure,
    CorrectWorkout,
    NothingToCorrect,
    NothingUnderstood,
    NotSure,
    RecordRow,
    WorkoutLogged,
    WorkoutUnknown,
)
from pp_core.workouts.queries import sessions

from .exercises import gym_vocabulary
from .parsing import unread_pieces
from .sessions import read_workout, recompute, sets_as_said, sets_to_store, workouts_of

CORRECTABLE_HOURS = 24
"""For so long the last workout is what a correction without a name speaks of."""


@handles(CorrectWorkout)
async def correct_workout(ctx: TenantContext, op: CorrectWorkout) -> WorkoutLogged:
    """Replace its sets by what is right, keep its id and time, and say which records it holds then."""
    workout = await _workout_meant(ctx, op)
    rows = await sessions.sets_of(ctx.tx, ctx.tenant_id, [workout.id])
    logged = sets_as_said(rows)
    parsed = await _read(ctx, op, logged)
    done = sets_to_store(parsed)
    replaced = await sessions.replace_sets(
        ctx.tx,
        ctx.tenant_id,
        session_id=workout.id,
        person_id=workout.person_id,
        # What was written stays readable beside what it was corrected with.
        text=op.text if op.whole else f"{workout.text}\n{op.text}",
        note=parsed.note if op.whole else "; ".join(filter(None, (workout.note, parsed.note))) or None,
        sets=done,
    )
    if not replaced:
        raise WorkoutUnknown(workout_id=str(workout.id))
    exercise_ids = {row.exercise_id for row in rows} | {one.exercise_id for one in done}
    await recompute(ctx, workout.person_id, exercise_ids)
    ctx.emit(events.WorkoutCorrected(session_id=workout.id, person_id=workout.person_id))
    ctx.touched("workout", workout.id, was=render_sets(logged))
    corrected = await sessions.session(ctx.tx, ctx.tenant_id, workout.id)
    held = await sessions.records(ctx.tx, ctx.tenant_id, workout.person_id, None)
    return WorkoutLogged(
        workout=(await workouts_of(ctx, [corrected]))[0],
        records=[
            RecordRow(**row._asdict())
            for row in held
            if row.session_id == workout.id and row.exercise_id in exercise_ids
        ],
        unread=unread_pieces(parsed),
        confidence=parsed.confidence,
    )


async def _workout_meant(ctx: TenantContext, op: CorrectWorkout) -> Any:
    """The workout that is named, or the caller's last one; its person's lock is held from here on."""
    if op.workout_id is not None:
        named = await access_workout(ctx, op.workout_id, to=Permission.WORKOUT_LOG)
        await sessions.lock_person(ctx.tx, named.person_id)
        return await access_workout(
            ctx, op.workout_id, to=Permission.WORKOUT_LOG
        )  # as it is now that nobody changes it
    last = None
    if ctx.person_id is not None:
        await sessions.lock_person(ctx.tx, ctx.person_id)
        since = ctx.now - timedelta(hours=CORRECTABLE_HOURS)
        last = await sessions.last_logged(ctx.tx, ctx.tenant_id, ctx.person_id, since)
    if last is None:
        raise NothingToCorrect(hours=CORRECTABLE_HOURS)
    return last


async def _read(ctx: TenantContext, op: CorrectWorkout, logged: tuple[ParsedSet, ...]) -> ParsedWorkout:
    """What the workout is after the correction; a workout without sets has nothing to keep and is read as a whole."""
    if op.whole or not logged:
        parsed = await read_workout(ctx, op.text)
        if parsed.confidence < op.sure_from:
            raise NotSure(canonical=render(parsed), confidence=parsed.confidence)
        return parsed
    parsed = correct(logged, op.text, await gym_vocabulary(ctx))
    if not parsed.sets:
        suggestion = next((piece.suggestion for piece in parsed.unread if piece.suggestion), "squat 5x5 100")
        raise NothingUnderstood(text=op.text, suggestion=suggestion)
    if parsed.confidence < op.sure_from:
        raise CorrectionNotSure(canonical=render(parsed), confidence=parsed.confidence)
    return parsed
