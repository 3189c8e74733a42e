"""The exercise catalogue: the shipped one and the gym's own."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Permission, Policy, Rate, Scope


class ExerciseUnknown(Problem):
    """The gym has no such exercise."""

    kind = Kind.NOT_FOUND
    code = "workouts.exercise_unknown"


class ExerciseExists(Problem):
    """An exercise is called so already: `name` is the one."""

    kind = Kind.CONFLICT
    code = "workouts.exercise_exists"


class ExerciseRow(Result):
    """An exercise as a list shows it."""

    id: UUID
    slug: str
    name: str = Field(description="Its name in the caller's language")
    category: str
    equipment: str
    primary_muscles: list[str]
    measure: str = Field(description="What a set counts: reps, seconds or metres")
    own: bool = Field(description="The gym's own, not of the shipped catalogue")


class Exercise(ExerciseRow):
    """An exercise in full."""

    name_en: str
    name_sw: str
    aliases: list[str]
    secondary_muscles: list[str]
    instructions: str = Field(description="In the caller's language")


class ExercisePage(Page[ExerciseRow]):
    """One page of exercises, by name."""


class ListExercises(Operation[ExercisePage]):
    """List or search exercises by name or alias, in English or Swahili."""

    policy: ClassVar = Policy(
        name="workouts.list_exercises",
        scope=Scope.TENANT,
        permission=Permission.EXERCISE_READ,
        reads_only=True,
        rate=Rate.SEARCH,
    )

    search: str | None = Field(default=None, max_length=80, description="Any part of a name or alias")
    muscle: str | None = Field(default=None, max_length=40, description="Only those that work this muscle first")
    equipment: str | None = Field(default=None, max_length=40, description="Only those done with this")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class GetExercise(Operation[Exercise]):
    """Show one exercise, by id or slug."""

    policy: ClassVar = Policy(
        name="workouts.get_exercise", scope=Scope.TENANT, permission=Permission.EXERCISE_READ, reads_only=True
    )
    errors: ClassVar = (ExerciseUnknown,)

    exercise: str = Field(max_length=80, description="Id or slug")


class AddExercise(Operation[Exercise]):
    """Add an exercise of the gym's own; the shorthand understands it from then on."""

    policy: ClassVar = Policy(name="workouts.add_exercise", scope=Scope.TENANT, permission=Permission.EXERCISE_MANAGE)
    errors: ClassVar = (ExerciseExists,)

    name_en: str = Field(min_length=2, max_length=60, description="English name")
    name_sw: str | None = Field(default=None, min_length=2, max_length=60, description="Swahili name")
    aliases: list[str] = Field(default_factory=list, max_length=20, description="Other names people write")
    category: str = Field(default="strength", max_length=30, description="Such as strength or cardio")
    primary_muscles: list[str] = Field(default_factory=list, max_length=10, description="Muscles it works first")
    equipment: str = Field(default="none", max_length=40, description="What it is done with")
    measure: Literal["reps", "seconds", "metres"] = Field(default="reps", description="What a set counts")
    instructions: str = Field(default="", max_length=2000, description="How it is done")
