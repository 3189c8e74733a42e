"""Correcting workouts: what is named changes, what is not stays, and records follow."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from pp_core.audit.operations import ListAudit
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Role
from pp_core.workouts.operations import (
    AddExercise,
    CorrectionNotSure,
    CorrectWorkout,
    DeleteSet,
    GetWorkout,
    ListRecords,
    ListWorkouts,
    LogWorkout,
    NothingToCorrect,
    NothingUnderstood,
    NotSure,
    WorkoutUnknown,
)
from tests.conftest import Gym
from tests.staff import hire


async def test_the_last_workout_keeps_what_the_correction_does_not_name(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    await client.run(LogWorkout(text="deadlift 1x5 140"))
    logged = await client.run(LogWorkout(text="squat 5x5 100, bench 3x8 60 goti linauma"))
    fixed = await client.run(CorrectWorkout(text="no, 3x10"))
    assert fixed.workout.id == logged.workout.id
    assert fixed.workout.performed_at == logged.workout.performed_at
    assert fixed.workout.canonical == "Squat 5x5 100kg; Bench Press 3x10 60kg"
    assert fixed.workout.text == "squat 5x5 100, bench 3x8 60 goti linauma\nno, 3x10"
    assert fixed.workout.note == "goti linauma"
    assert fixed.confidence == 1.0
    again = await client.run(CorrectWorkout(text="squat 110kg felt easy"))
    assert again.workout.canonical == "Squat 5x5 110kg; Bench Press 3x10 60kg"
    assert again.workout.note == "goti linauma; felt easy"
    assert [one.position for one in again.workout.sets] == list(range(1, 9))
    assert await client.run(GetWorkout(workout_id=logged.workout.id)) == again.workout
    assert len((await client.run(ListWorkouts())).items) == 2


async def test_a_whole_text_replaces_everything(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    logged = await client.run(LogWorkout(text="squat 5x5 100, bench 3x8 60 felt easy"))
    fixed = await client.run(CorrectWorkout(text="row 3x10 50", workout_id=logged.workout.id, whole=True))
    assert fixed.workout.id == logged.workout.id
    assert fixed.workout.canonical == "Barbell Row 3x10 50kg"
    assert (fixed.workout.text, fixed.workout.note) == ("row 3x10 50", None)
    records = (await client.run(ListRecords())).items
    assert {record.exercise for record in records} == {"Barbell Row"}


async def test_records_follow_the_correction(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    await client.run(LogWorkout(text="squat 5x5 100"))
    await client.run(LogWorkout(text="squat 3x3 140"))

    async def heaviest() -> Decimal:
        return next(r.value for r in (await client.run(ListRecords(exercise="squat"))).items if r.metric == "weight")

    assert await heaviest() == 140
    fixed = await client.run(CorrectWorkout(text="90kg"))
    assert await heaviest() == 100
    assert not [record for record in fixed.records if record.metric == "weight"]
    fixed = await client.run(CorrectWorkout(text="120kg"))
    assert [(r.exercise, r.value) for r in fixed.records if r.metric == "weight"] == [("Squat", Decimal(120))]
    assert await heaviest() == 120
    fixed = await client.run(CorrectWorkout(text="bench 3x8 60"))
    assert await heaviest() == 100
    assert {r.exercise for r in fixed.records} == {"Bench Press"}


async def test_the_same_key_acts_once(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    await client.run(LogWorkout(text="squat 5x5 100"))
    first = await client.run(CorrectWorkout(text="3x8"), key="c1")
    await client.run(CorrectWorkout(text="110kg"))
    assert await client.run(CorrectWorkout(text="3x8"), key="c1") == first
    assert (await client.run(ListWorkouts())).items[0].canonical == "Squat 3x8 110kg"


async def test_only_what_was_logged_within_a_day_is_corrected_unnamed(clocked_gym: Gym, clock: ManualClock) -> None:
    client = clocked_gym.person(await clocked_gym.add_member())
    with pytest.raises(NothingToCorrect) as nothing:
        await client.run(CorrectWorkout(text="3x8"))
    assert nothing.value.data == {"hours": 24}
    # When it was done does not matter, only when it was logged.
    logged = await client.run(LogWorkout(text="squat 5x5 100", performed_at=clock.now() - timedelta(days=3)))
    clock.advance(timedelta(hours=23, minutes=59))
    assert (await client.run(CorrectWorkout(text="3x8"))).workout.performed_at == logged.workout.performed_at
    clock.advance(timedelta(minutes=2))
    with pytest.raises(NothingToCorrect):
        await client.run(CorrectWorkout(text="3x8"))
    named = await client.run(CorrectWorkout(text="4x8", workout_id=logged.workout.id))
    assert named.workout.canonical == "Squat 4x8 100kg"


async def test_what_cannot_be_read_changes_nothing(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    await client.run(LogWorkout(text="bench 60x10, 70x8, 80x6"))
    before = (await client.run(ListWorkouts())).items
    with pytest.raises(NothingUnderstood) as nothing:
        await client.run(CorrectWorkout(text="habari za asubuhi"))
    assert nothing.value.data["suggestion"] == "Bench Press 1x10 60kg, 1x8 70kg, 1x6 80kg"
    with pytest.raises(CorrectionNotSure) as unsure:
        await client.run(CorrectWorkout(text="90"))
    assert unsure.value.data["canonical"] == "Bench Press 1x10 90kg, 1x8 90kg, 1x6 90kg"
    with pytest.raises(NotSure):
        await client.run(CorrectWorkout(text="bench 100", whole=True))
    assert (await client.run(ListWorkouts())).items == before
    whole = await client.run(CorrectWorkout(text=unsure.value.data["canonical"], whole=True))
    assert whole.workout.canonical == unsure.value.data["canonical"]
    assert (await client.run(CorrectWorkout(text="85", sure_from=0))).workout.sets[0].weight_kg == 85


async def test_a_gyms_own_exercise_is_corrected_too(gym: Gym) -> None:
    await gym.operator.run(AddExercise(name_en="Kiboko Carry"))
    client = gym.person(await gym.add_member())
    logged = await client.run(LogWorkout(text="kiboko carry 3x10 20"))
    fixed = await client.run(CorrectWorkout(text="25kg"))
    assert {one.exercise_id for one in fixed.workout.sets} == {one.exercise_id for one in logged.workout.sets}
    assert {(one.exercise, one.reps, one.weight_kg) for one in fixed.workout.sets} == {
        ("Kiboko Carry", 10, Decimal(25))
    }
    assert (await client.run(CorrectWorkout(text="squat 5x5 100"))).workout.canonical == "Squat 5x5 100kg"
    assert (await client.run(CorrectWorkout(text="kiboko carry"))).workout.sets[0].exercise == "Kiboko Carry"


async def test_a_workout_without_sets_is_read_as_a_whole(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    logged = await client.run(LogWorkout(text="squat 1x5 100"))
    await client.run(DeleteSet(workout_id=logged.workout.id, set_id=logged.workout.sets[0].id))
    with pytest.raises(NothingUnderstood):
        await client.run(CorrectWorkout(text="3x8"))
    assert (await client.run(CorrectWorkout(text="squat 3x8 90"))).workout.canonical == "Squat 3x8 90kg"


async def test_nobody_else_corrects_it_but_a_trainer(gym: Gym, other_gym: Gym) -> None:
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    logged = await gym.person(amina).run(LogWorkout(text="squat 5x5 100"))
    of_amina = CorrectWorkout(text="3x8", workout_id=logged.workout.id)
    for stranger in (gym.person(brian), other_gym.operator):
        with pytest.raises(WorkoutUnknown):
            await stranger.run(of_amina)
    with pytest.raises(NothingToCorrect):  # an operator has no workouts
        await gym.operator.run(CorrectWorkout(text="3x8"))
    with pytest.raises(WorkoutUnknown):
        await gym.person(amina).run(CorrectWorkout(text="3x8", workout_id=UUID(int=7)))
    njeri = await hire(gym, Role.TRAINER)
    trainer = njeri.holding(await njeri.sign_in())
    fixed = await trainer.run(of_amina)
    assert fixed.workout.person_id == amina.id
    audited = (await gym.operator.run(ListAudit(operation="workouts.correct"))).items
    changed = next(row for row in audited if row.outcome == "done")
    assert changed.resource_id == logged.workout.id
    assert changed.detail["was"] == "Squat 5x5 100kg"
