"""Exercises, workouts and records."""

from pp_api.routing import Routes
from pp_core.workouts.operations import (
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
    ParseTexts,
)

routes = Routes("Workouts")
routes.get("/exercises", ListExercises)
routes.post("/exercises", AddExercise, status=201, location="/exercises/{0.id}")
routes.get("/exercises/{exercise}", GetExercise)
routes.get("/workouts", ListWorkouts)
routes.post("/workouts", LogWorkout, status=201, location="/workouts/{0.workout.id}")
routes.post("/workouts/parse", ParseTexts)
routes.post("/workouts/correct", CorrectWorkout, without=["workout_id"])
routes.get("/workouts/{workout_id}", GetWorkout)
routes.patch("/workouts/{workout_id}", CorrectWorkout)
routes.delete("/workouts/{workout_id}", DeleteWorkout)
routes.delete("/workouts/{workout_id}/sets/{set_id}", DeleteSet)
routes.get("/records", ListRecords)
