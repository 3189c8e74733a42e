"""Logging workouts: what is written is stored, answered, repeated harmlessly and corrected."""

from decimal import Decimal

import pytest

from pp_core.kernel.errors import PermissionMissing
from pp_core.tenants.operations import PersonUnknown
from pp_core.workouts.operations import (
    DeleteSet,
    DeleteWorkout,
    GetWorkout,
    ListRecords,
    ListWorkouts,
    LogWorkout,
    NothingUnderstood,
    WorkoutUnknown,
)
from tests.conftest import Gym


async def test_a_member_logs_and_reads_back(gym: Gym) -> None:
    amina = await gym.add_member()
    logged = await gym.person(amina).run(LogWorkout(text="squat 5x5 100, bench 3x8 60"))
    assert [(one.exercise, one.reps, one.weight_kg) for one in logged.workout.sets] == [
        *[("Squat", 5, Decimal(100))] * 5,
        *[("Bench Press", 8, Decimal(60))] * 3,
    ]
    assert {(r.exercise, r.metric, r.value) for r in logged.records} == {
        ("Squat", "weight", Decimal(100)),
        ("Squat", "one_rep_max", Decimal("116.7")),
        ("Bench Press", "weight", Decimal(60)),
        ("Bench Press", "one_rep_max", Decimal("76.0")),
    }
    page = await gym.person(amina).run(ListWorkouts())
    assert page.items == [logged.workout]


async def test_the_same_key_acts_once(gym: Gym) -> None:
    amina = await gym.add_member()
    client = gym.person(amina)
    first = await client.run(LogWorkout(text="squat 5x5 100"), key="k1")
    again = await client.run(LogWorkout(text="squat 5x5 100"), key="k1")
    assert again == first
    assert len((await client.run(ListWorkouts())).items) == 1


async def test_a_member_cannot_log_for_another(gym: Gym) -> None:
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    with pytest.raises(PersonUnknown):
        await gym.person(amina).run(LogWorkout(text="squat 5x5 100", member=brian.code))


async def test_what_is_no_workout_is_answered_with_the_right_form(gym: Gym) -> None:
    amina = await gym.add_member()
    with pytest.raises(NothingUnderstood) as refused:
        await gym.person(amina).run(LogWorkout(text="habari za asubuhi"))
    assert refused.value.data["suggestion"]


async def test_records_follow_what_is_deleted(gym: Gym) -> None:
    amina = await gym.add_member()
    client = gym.person(amina)
    await client.run(LogWorkout(text="squat 5x5 100"))
    best = await client.run(LogWorkout(text="squat 3x3 120, 1x1 140"))

    async def heaviest() -> Decimal:
        records = (await client.run(ListRecords(exercise="squat"))).items
        return next(record.value for record in records if record.metric == "weight")

    assert await heaviest() == 140
    await client.run(DeleteSet(workout_id=best.workout.id, set_id=best.workout.sets[-1].id))
    assert await heaviest() == 120
    await client.run(DeleteWorkout(workout_id=best.workout.id))
    assert await heaviest() == 100
    with pytest.raises(WorkoutUnknown):
        await client.run(GetWorkout(workout_id=best.workout.id))


async def test_another_gyms_workout_does_not_exist(gym: Gym, other_gym: Gym) -> None:
    amina = await gym.add_member()
    logged = await gym.person(amina).run(LogWorkout(text="squat 5x5 100"))
    with pytest.raises(WorkoutUnknown):
        await other_gym.operator.run(GetWorkout(workout_id=logged.workout.id))


async def test_a_member_may_not_read_the_audit_trail(gym: Gym) -> None:
    from pp_core.audit.operations import ListAudit

    amina = await gym.add_member()
    with pytest.raises(PermissionMissing) as refused:
        await gym.person(amina).run(ListAudit())
    assert refused.value.data["permission"] == "audit:read"
