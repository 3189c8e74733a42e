"""`pp workout`, `pp exercise` and `pp records`."""

from typing import Any

from pp_cli.binding import command, group
from pp_cli.commands.parsing import parse
from pp_cli.output import said, show_record, show_rows, write
from pp_cli.session import narrate
from pp_core.workouts.operations import (
    SURE_ENOUGH,
    AddExercise,
    CorrectWorkout,
    DeleteSet,
    DeleteWorkout,
    GetExercise,
    GetWorkout,
    ListExercises,
    ListRecords,
    ListWorkouts,
    LogWorkout,
    RecordList,
    Workout,
    WorkoutLogged,
)

EXERCISE = "slug name category primary_muscles equipment measure own"
RECORD = "exercise metric value achieved_at"


workout = group("Log, list and read workouts.")


def _shown(result: Workout) -> None:
    show_record(result, "id day canonical note door")
    if result.sets:
        write()
        show_rows(result.sets, "position exercise reps weight_kg rpe seconds")


def _logged(result: WorkoutLogged) -> None:
    _shown(result.workout)
    for record in result.records:
        narrate(
            said(
                "cli.workout.record",
                exercise=record.exercise,
                metric=_metric(record.metric),
                value=_figure(record.value),
            )
        )
    for piece in result.unread:
        narrate(said("cli.workout.unread", text=piece.text, suggestion=piece.suggestion or "squat 5x5 100"))
    if result.confidence < SURE_ENOUGH and not result.unread:
        narrate(said("cli.workout.unsure", id=result.workout.id))


def _metric(metric: str) -> str:
    return said(f"cli.metric.{metric}")


def _listed(result: RecordList) -> None:
    show_rows([{**row.model_dump(), "metric": _metric(row.metric)} for row in result.items], RECORD)


def _figure(value: Any) -> str:
    return f"{value.normalize():f}"


workout.command("log")(command(LogWorkout, arguments=["text"], words="text", present=_logged))
workout.command("correct")(
    command(CorrectWorkout, arguments=["text"], words="text", names={"workout_id": "--workout"}, present=_logged)
)
workout.command("list")(command(ListWorkouts, arguments=["member"], columns="day canonical note door id"))
workout.command("show")(command(GetWorkout, arguments=["workout_id"], present=_shown))
workout.command("delete")(command(DeleteWorkout, arguments=["workout_id"]))
workout.command("delete-set")(command(DeleteSet, arguments=["workout_id", "set_id"], present=_shown))
workout.command("parse")(parse)

exercise = group("Find exercises and add your own.")
exercise.command("list")(command(ListExercises, arguments=["search"], columns=EXERCISE))
exercise.command("show")(command(GetExercise, arguments=["exercise"]))
exercise.command("add")(command(AddExercise, arguments=["name_en"], names={"aliases": "--alias"}))

records = command(ListRecords, arguments=["member"], columns=RECORD, present=_listed)
