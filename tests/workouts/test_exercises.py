"""A gym's exercises: the shipped ones, its own, and what the shorthand makes of them."""

import pytest

from pp_core.workouts.operations import (
    AddExercise,
    ExerciseExists,
    ExerciseUnknown,
    GetExercise,
    ListExercises,
    LogWorkout,
    ParseTexts,
)
from tests.conftest import Gym


async def test_a_new_gym_has_the_shipped_exercises(gym: Gym) -> None:
    first = await gym.operator.run(ListExercises(limit=200))
    assert len(first.items) == 200
    second = await gym.operator.run(ListExercises(limit=200, cursor=first.next))
    names = [one.name for one in (*first.items, *second.items)]
    assert names == sorted(set(names))
    assert second.next is None
    assert not any(one.own for one in (*first.items, *second.items))


async def test_they_are_found_by_part_of_a_name(gym: Gym) -> None:
    found = await gym.operator.run(ListExercises(search="bench press"))
    assert "Bench Press" in {one.name for one in found.items}
    assert (await gym.operator.run(ListExercises(search="no such thing"))).items == []


async def test_one_is_shown_by_slug_and_by_id(gym: Gym) -> None:
    by_slug = await gym.operator.run(GetExercise(exercise="bench-press"))
    assert await gym.operator.run(GetExercise(exercise=str(by_slug.id))) == by_slug
    with pytest.raises(ExerciseUnknown):
        await gym.operator.run(GetExercise(exercise="moon-walk"))


async def test_the_gyms_own_is_understood_from_then_on(gym: Gym, other_gym: Gym) -> None:
    amina = await gym.add_member()
    added = await gym.operator.run(AddExercise(name_en="Kilimani Carry", aliases=["kc walk"]))
    assert added.own
    logged = await gym.person(amina).run(LogWorkout(text="kilimani carry 3x10 40"))
    assert {one.exercise for one in logged.workout.sets} == {"Kilimani Carry"}
    assert (await other_gym.operator.run(ListExercises(search="Kilimani Carry"))).items == []


async def test_a_name_is_given_once(gym: Gym) -> None:
    with pytest.raises(ExerciseExists):
        await gym.operator.run(AddExercise(name_en="Bench Press"))
    with pytest.raises(ExerciseExists):
        await gym.operator.run(AddExercise(name_en="Kilimani Push", aliases=["bench press"]))
    await gym.operator.run(AddExercise(name_en="Kilimani Carry"))
    with pytest.raises(ExerciseExists):
        await gym.operator.run(AddExercise(name_en="Kilimani carry"))


async def test_texts_are_read_without_a_gym(gym: Gym) -> None:
    read = await gym.operator.run(ParseTexts(texts=["squat 5x5 100", "habari za asubuhi"]))
    assert [(one.intent, [(s.exercise, s.sets, s.reps, s.weight_kg) for s in one.sets]) for one in read.items] == [
        ("log_workout", [("Squat", 5, 5, 100)]),
        ("unknown", []),
    ]
