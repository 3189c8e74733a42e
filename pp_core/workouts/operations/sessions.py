"""Logging workouts, reading and correcting them, and personal records."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Moment
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.tenants.operations import PersonUnknown

from .parsing import LONGEST_TEXT, SURE_ENOUGH, UnreadPiece

Metric = Literal["weight", "reps", "seconds", "one_rep_max"]
"""Heaviest load, most repetitions without load, longest hold, and the estimated one-rep max."""


class NothingUnderstood(Problem):
    """No set could be read from the text: `suggestion` is the nearest right form."""

    kind = Kind.INVALID
    code = "workouts.nothing_understood"


class NotSure(Problem):
    """The reading is less sure than the door asked for: `canonical` shows it, and can be sent as it stands."""

    kind = Kind.INVALID
    code = "workouts.not_sure"


class CorrectionNotSure(NotSure):
    """A correction is less sure than the door asked for: `canonical` is the workout it would make, to be sent as `whole`."""

    kind = Kind.INVALID
    code = "workouts.correction_not_sure"


class NothingToCorrect(Problem):
    """The caller has logged no workout in the last `hours`."""

    kind = Kind.NOT_FOUND
    code = "workouts.nothing_to_correct"


class WorkoutUnknown(Problem):
    """There is no such workout, or it is not the caller's to see."""

    kind = Kind.NOT_FOUND
    code = "workouts.workout_unknown"


class WorkoutInFuture(Problem):
    """A workout cannot have been done later than now."""

    kind = Kind.INVALID
    code = "workouts.in_future"


class SetRow(Result):
    """One set."""

    id: UUID
    exercise_id: UUID
    exercise: str = Field(description="English name")
    position: int
    reps: int | None
    weight_kg: Decimal | None = Field(description="Load as said, in kilograms; null is body weight")
    rpe: Decimal | None
    seconds: int | None


class RecordRow(Result):
    """A person's best in one metric of one exercise."""

    exercise_id: UUID
    exercise: str
    metric: Metric
    value: Decimal = Field(description="Kilograms, repetitions or seconds, by the metric")
    session_id: UUID
    achieved_at: datetime


class Workout(Result):
    """A workout with its sets."""

    id: UUID
    person_id: UUID
    day: date
    performed_at: datetime
    text: str
    canonical: str
    note: str | None
    door: str
    sets: list[SetRow]


class WorkoutLogged(Result):
    """A workout as it was understood and stored."""

    workout: Workout
    records: list[RecordRow] = Field(description="Records that it set")
    unread: list[UnreadPiece] = Field(description="What of the text was not understood")
    confidence: float


class LogWorkout(Operation[WorkoutLogged]):
    """Log a workout written in shorthand, such as `squat 5x5 100`."""

    policy: ClassVar = Policy(
        name="workouts.log",
        scope=Scope.TENANT,
        permission=Permission.WORKOUT_LOG,
        own_permission=Permission.WORKOUT_LOG_OWN,
    )
    errors: ClassVar = (PersonUnknown, NothingUnderstood, NotSure, WorkoutInFuture)

    text: str = Field(min_length=1, max_length=LONGEST_TEXT, description="Workout shorthand, English or Swahili")
    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")
    sure_from: float = Field(
        default=SURE_ENOUGH,
        ge=0,
        le=1,
        description="Log nothing that was read with less confidence than this; 0 logs whatever could be read",
    )
    performed_at: Moment | None = Field(default=None, description="When it was done; now when left out")


class CorrectWorkout(Operation[WorkoutLogged]):
    """Correct a workout with what is right, such as `3x8`: what is not said stays, and records are recomputed.

    `3x8`, `110kg`, `rpe 8` and the like speak of the last exercise; with the name of an exercise of the workout (`squat 3x8`) of
    that one; another exercise (`bench 3x8 60`) takes the place of the last one. Id and time stay as they were.
    """

    policy: ClassVar = Policy(
        name="workouts.correct",
        scope=Scope.TENANT,
        permission=Permission.WORKOUT_LOG,
        own_permission=Permission.WORKOUT_LOG_OWN,
    )
    errors: ClassVar = (WorkoutUnknown, NothingToCorrect, NothingUnderstood, NotSure, CorrectionNotSure)

    text: str = Field(min_length=1, max_length=LONGEST_TEXT, description="What is right, in workout shorthand")
    workout_id: UUID | None = Field(
        default=None, description="The workout; left out: your own last one, logged within the last 24 hours"
    )
    whole: bool = Field(default=False, description="The text replaces the entire workout")
    sure_from: float = Field(
        default=SURE_ENOUGH,
        ge=0,
        le=1,
        description="Change nothing that was read with less confidence than this; 0 changes whatever could be read",
    )


class WorkoutPage(Page[Workout]):
    """One page of workouts, newest first."""


class ListWorkouts(Operation[WorkoutPage]):
    """List a member's workouts, newest first; without one, your own."""

    policy: ClassVar = Policy(
        name="workouts.list",
        scope=Scope.TENANT,
        permission=Permission.WORKOUT_READ,
        own_permission=Permission.WORKOUT_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class GetWorkout(Operation[Workout]):
    """Show one workout."""

    policy: ClassVar = Policy(
        name="workouts.get",
        scope=Scope.TENANT,
        permission=Permission.WORKOUT_READ,
        own_permission=Permission.WORKOUT_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (WorkoutUnknown,)

    workout_id: UUID = Field(description="The workout")


class DeleteWorkout(Operation[Done]):
    """Delete a workout; records that it held are recomputed."""

    policy: ClassVar = Policy(
        name="workouts.delete",
        scope=Scope.TENANT,
        permission=Permission.WORKOUT_LOG,
        own_permission=Permission.WORKOUT_LOG_OWN,
    )
    errors: ClassVar = (WorkoutUnknown,)

    workout_id: UUID = Field(description="The workout")


class DeleteSet(Operation[Workout]):
    """Delete one set of a workout; records that it held are recomputed."""

    policy: ClassVar = Policy(
        name="workouts.delete_set",
        scope=Scope.TENANT,
        permission=Permission.WORKOUT_LOG,
        own_permission=Permission.WORKOUT_LOG_OWN,
    )
    errors: ClassVar = (WorkoutUnknown,)

    workout_id: UUID = Field(description="The workout")
    set_id: UUID = Field(description="The set")


class RecordList(Result):
    """A person's records, by exercise."""

    items: list[RecordRow]


class ListRecords(Operation[RecordList]):
    """List a member's personal records; without one, your own."""

    policy: ClassVar = Policy(
        name="workouts.list_records",
        scope=Scope.TENANT,
        permission=Permission.WORKOUT_READ,
        own_permission=Permission.WORKOUT_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")
    exercise: str | None = Field(default=None, max_length=80, description="Only this exercise, by id or slug")
