"""The exercises of a gym."""

import re
from typing import Any
from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.workouts.formats.catalogue import Exercise as Known
from pp_core.workouts.formats.catalogue import Vocabulary
from pp_core.workouts.operations.exercises import (
    AddExercise,
    Exercise,
    ExerciseExists,
    ExercisePage,
    ExerciseRow,
    ExerciseUnknown,
    GetExercise,
    ListExercises,
)
from pp_core.workouts.queries import exercises


@handles(ListExercises)
async def list_exercises(ctx: TenantContext, op: ListExercises) -> ExercisePage:
    """A page of exercises by name; words are sought in names and aliases of both languages."""
    after_name, after_id = decode_cursor(op.cursor, str, UUID)
    words = (op.search or "").casefold().split()
    found = [
        row
        for row in await exercises.every(ctx.tx, ctx.tenant_id)
        if (after_name is None or (row.name_en, row.id) > (after_name, after_id))
        and (op.muscle is None or op.muscle.casefold() in row.primary_muscles)
        and (op.equipment is None or op.equipment.casefold() == row.equipment)
        and _has(row, words)
    ]
    found.sort(key=lambda row: (row.name_en, row.id))
    page = found[: op.limit]
    more = len(found) > op.limit
    return ExercisePage(
        items=[ExerciseRow(**_brief(row, ctx.language)) for row in page],
        next=encode_cursor(page[-1].name_en, page[-1].id) if more else None,
    )


@handles(GetExercise)
async def get_exercise(ctx: TenantContext, op: GetExercise) -> Exercise:
    """One exercise."""
    return _full(await access_exercise(ctx, op.exercise), ctx.language)


@handles(AddExercise)
async def add_exercise(ctx: TenantContext, op: AddExercise) -> Exercise:
    """An exercise of the gym's own, unless one is called so already."""
    names = [name for name in (op.name_en, op.name_sw, *op.aliases) if name]
    vocabulary = await gym_vocabulary(ctx)
    for name in names:
        match = vocabulary.resolve(name)
        if match is not None and match.exact:
            raise ExerciseExists(name=match.exercise.name_en)
    exercise_id = new_id()
    values: dict[str, Any] = {
        "tenant_id": ctx.tenant_id,
        "id": exercise_id,
        "catalogue_id": None,
        "slug": _slug(op.name_en),
        "name_en": op.name_en,
        "name_sw": op.name_sw or op.name_en,
        "aliases": [alias for alias in op.aliases if alias],
        "category": op.category,
        "primary_muscles": [muscle.casefold() for muscle in op.primary_muscles],
        "secondary_muscles": [],
        "equipment": op.equipment,
        "measure": op.measure,
        "instructions_en": op.instructions,
        "instructions_sw": op.instructions,
    }
    if not await exercises.insert_own(ctx.tx, **values):
        raise ExerciseExists(name=op.name_en)
    ctx.touched("exercise", exercise_id)
    return _full(await exercises.by_id(ctx.tx, ctx.tenant_id, exercise_id), ctx.language)


async def access_exercise(ctx: TenantContext, exercise: str) -> Any:
    """The exercise that an id or slug names; `ExerciseUnknown` when the gym has none."""
    try:
        row = await exercises.by_id(ctx.tx, ctx.tenant_id, UUID(exercise))
    except ValueError:
        row = await exercises.by_slug(ctx.tx, ctx.tenant_id, exercise)
    if row is None:
        raise ExerciseUnknown(exercise=exercise)
    return row


async def gym_vocabulary(ctx: TenantContext) -> Vocabulary:
    """The shipped names and the gym's own, which win."""
    own = await exercises.own(ctx.tx, ctx.tenant_id)
    if not own:
        return Vocabulary.shipped()
    return Vocabulary.shipped().with_own(
        Known(
            slug=row.slug,
            name_en=row.name_en,
            name_sw=row.name_sw,
            aliases_en=tuple(row.aliases),
            category=row.category,
            equipment=row.equipment,
            measure=row.measure,
            own_id=str(row.id),
        )
        for row in own
    )


def _has(row: Any, words: list[str]) -> bool:
    haystack = " ".join((row.name_en, row.name_sw, row.slug, *row.aliases)).casefold()
    return all(word in haystack for word in words)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or new_id().hex


def _brief(row: Any, language: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "slug": row.slug,
        "name": row.name_sw if language == "sw" else row.name_en,
        "category": row.category,
        "equipment": row.equipment,
        "primary_muscles": row.primary_muscles,
        "measure": row.measure,
        "own": row.catalogue_id is None,
    }


def _full(row: Any, language: str) -> Exercise:
    return Exercise(
        **_brief(row, language),
        name_en=row.name_en,
        name_sw=row.name_sw,
        aliases=row.aliases,
        secondary_muscles=row.secondary_muscles,
        instructions=row.instructions_sw if language == "sw" else row.instructions_en,
    )
