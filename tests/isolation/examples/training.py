"""Examples of memberships, visits, workouts and reports."""

from pp_core.analytics.operations import GetAttendance
from pp_core.audit.operations import ListAudit
from pp_core.kernel.money import Money
from pp_core.memberships import operations as memberships
from pp_core.workouts import operations as workouts
from tests.isolation.world import Caller, World

from .registry import example, naming, plan, simple, word, workout


@example(ListAudit)
async def list_audit(world: World, caller: Caller) -> ListAudit:
    """The caller's own acts."""
    return ListAudit(person_id=caller.person_id)


@example(GetAttendance)
async def get_attendance(world: World, caller: Caller) -> GetAttendance:
    """One branch's."""
    return GetAttendance(branch_id=caller.gym.onboarded.branch_id)


simple(memberships.ListPlans)
simple(
    memberships.CreatePlan,
    code=lambda: word().upper(),
    name=lambda: "Monthly",
    duration_days=lambda: 30,
    price=lambda: Money(minor=250000),
)
naming(memberships.ListMemberships)
naming(memberships.ListVisits)


@example(memberships.RetirePlan)
async def retire_plan(world: World, caller: Caller) -> memberships.RetirePlan:
    """A plan of the gym."""
    return memberships.RetirePlan(code=await plan(world, caller))


@example(memberships.SellMembership)
async def sell(world: World, caller: Caller) -> memberships.SellMembership:
    """To a new member."""
    member = await world.member(caller.gym)
    return memberships.SellMembership(member=str(member.id), plan=await plan(world, caller))


@example(memberships.CancelMembership)
async def cancel(world: World, caller: Caller) -> memberships.CancelMembership:
    """One that was just sold."""
    sold = await caller.gym.operator.run(await sell(world, caller))
    return memberships.CancelMembership(membership_id=sold.id)


@example(memberships.CheckIn)
async def check_in(world: World, caller: Caller) -> memberships.CheckIn:
    """Of a member whose membership is good."""
    selling = await sell(world, caller)
    assert isinstance(selling, memberships.SellMembership)
    await caller.gym.operator.run(selling)
    return memberships.CheckIn(member=selling.member, branch_id=caller.gym.onboarded.branch_id)


@example(memberships.FindAtDesk)
async def find_at_desk(world: World, caller: Caller) -> memberships.FindAtDesk:
    """Found by name."""
    return memberships.FindAtDesk(query=(await world.member(caller.gym)).name)


@example(memberships.GetVisits)
async def get_visits(world: World, caller: Caller) -> memberships.GetVisits:
    """One that was just made."""
    came = await caller.gym.operator.run(await check_in(world, caller))
    return memberships.GetVisits(ids=[came.visit.id])


naming(memberships.ShowMemberCard)
simple(memberships.ShowDesk)


@example(memberships.ShowDoorCode)
async def show_door_code(world: World, caller: Caller) -> memberships.ShowDoorCode:
    """Of the gym's branch."""
    return memberships.ShowDoorCode(branch_id=caller.gym.onboarded.branch_id)


simple(workouts.ParseTexts, texts=lambda: ["squat 5x5 100"])
simple(workouts.AddExercise, name_en=lambda: f"Press {word()}")
naming(workouts.LogWorkout, text=lambda: "squat 5x5 100, bench 3x8 60")
naming(workouts.ListWorkouts)
naming(workouts.ListRecords)


@example(workouts.ListExercises)
async def list_exercises(world: World, caller: Caller) -> workouts.ListExercises:
    """Found by the gym's own word."""
    return workouts.ListExercises(search=(await own_exercise(world, caller)).name_en)


@example(workouts.GetExercise)
async def get_exercise(world: World, caller: Caller) -> workouts.GetExercise:
    """The gym's own."""
    return workouts.GetExercise(exercise=str((await own_exercise(world, caller)).id))


async def own_exercise(world: World, caller: Caller) -> workouts.Exercise:
    """An exercise that no other gym has."""
    made: workouts.Exercise = await caller.gym.operator.run(workouts.AddExercise(name_en=f"Press {word()}"))
    return made


@example(workouts.GetWorkout)
async def get_workout(world: World, caller: Caller) -> workouts.GetWorkout:
    """Somebody else's."""
    return workouts.GetWorkout(workout_id=(await workout(world, caller)).id)


@example(workouts.CorrectWorkout)
async def correct_workout(world: World, caller: Caller) -> workouts.CorrectWorkout:
    """Somebody else's."""
    return workouts.CorrectWorkout(text="3x8", workout_id=(await workout(world, caller)).id)


@example(workouts.DeleteWorkout)
async def delete_workout(world: World, caller: Caller) -> workouts.DeleteWorkout:
    """Somebody else's."""
    return workouts.DeleteWorkout(workout_id=(await workout(world, caller)).id)


@example(workouts.DeleteSet)
async def delete_set(world: World, caller: Caller) -> workouts.DeleteSet:
    """Of somebody else's workout."""
    done = await workout(world, caller)
    return workouts.DeleteSet(workout_id=done.id, set_id=done.sets[0].id)
