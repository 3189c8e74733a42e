"""A valid instance of every operation, fresh each time, made for a caller in their gym.

Whatever an example names (a member, a workout, a session) exists in the caller's gym or belongs to the caller's login, and every
optional id is filled in: that is what another gym's caller then tries to reach.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from pp_core.analytics.operations import GetAttendance
from pp_core.audit.operations import ListAudit
from pp_core.identity import operations as identity
from pp_core.kernel.call import Operator
from pp_core.kernel.ids import new_id
from pp_core.kernel.money import Money
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Role
from pp_core.memberships import operations as memberships
from pp_core.notifications import operations as notifications
from pp_core.tenants import operations as tenants
from pp_core.tenants.operations.members import MemberInput
from pp_core.workouts import operations as workouts
from tests.conftest import new_phone

from .world import PASSWORD, Caller, World, refresh_token, texted_code

Example = Callable[[World, Caller], Awaitable[Operation[Any]]]
EXAMPLES: dict[str, Example] = {}


def example(operation: type[Operation[Any]]) -> Callable[[Example], Example]:
    """Register how an operation's example is made."""

    def register(make: Example) -> Example:
        assert operation.policy.name not in EXAMPLES
        EXAMPLES[operation.policy.name] = make
        return make

    return register


def simple(operation: type[Operation[Any]], **values: Callable[[], Any]) -> None:
    """Register an operation whose example names nothing that must exist."""

    async def make(_world: World, _caller: Caller) -> Operation[Any]:
        return operation(**{name: value() for name, value in values.items()})

    EXAMPLES[operation.policy.name] = make


def naming(operation: type[Operation[Any]], field: str = "member", **values: Callable[[], Any]) -> None:
    """Register an operation that names a member of the gym, somebody else than the caller, by id."""

    async def make(world: World, caller: Caller) -> Operation[Any]:
        member = await world.member(caller.gym)
        return operation(**{field: str(member.id)}, **{name: value() for name, value in values.items()})

    EXAMPLES[operation.policy.name] = make


def word() -> str:
    """A word that nobody else uses."""
    return "w" + secrets.token_hex(5)


def email() -> str:
    """An address that nobody else uses."""
    return f"{word()}@example.com"


async def plan(world: World, caller: Caller) -> str:
    """The code of a new plan of the caller's gym."""
    code = word().upper()
    made = memberships.CreatePlan(code=code, name="Monthly", duration_days=30, price=Money(minor=250000))
    await caller.gym.operator.run(made)
    return code


async def workout(world: World, caller: Caller) -> workouts.Workout:
    """A workout of a new member of the caller's gym."""
    member = await world.member(caller.gym)
    logged = await caller.gym.operator.run(workouts.LogWorkout(text="squat 3x5 100", member=str(member.id)))
    return logged.workout


async def staff(world: World, caller: Caller) -> UUID:
    """Somebody of the staff, with a login."""
    return world.join(caller.gym, Role.TRAINER).person_id


def gateway_id() -> str:
    """A gateway's id of a message."""
    return f"ATXid_{secrets.token_hex(12)}"


async def kept_text(world: World, caller: Caller) -> UUID:
    """A text that a member of the gym sent."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    text = notifications.ReceiveText(
        channel="sms", gateway_id=gateway_id(), sender=member.phone, address="22384", text="squat 5x5 100"
    )
    return (await caller.gym.system.run(text)).text_id


# audit and analytics


@example(ListAudit)
async def list_audit(world: World, caller: Caller) -> ListAudit:
    """The caller's own acts."""
    return ListAudit(person_id=caller.person_id)


@example(GetAttendance)
async def get_attendance(world: World, caller: Caller) -> GetAttendance:
    """One branch's."""
    return GetAttendance(branch_id=caller.gym.onboarded.branch_id)


# identity

simple(identity.SignOut)
simple(identity.SignOutEverywhere)
simple(identity.ListDevices)
simple(identity.GetProfile)
simple(identity.UpdateProfile, language=lambda: "sw")
simple(identity.RequestVerification)


@example(identity.SignIn)
async def sign_in(world: World, caller: Caller) -> identity.SignIn:
    """With the right password."""
    return identity.SignIn(identifier=caller.phone, password=SecretStr(PASSWORD), device=word())


@example(identity.RefreshSession)
async def refresh(world: World, caller: Caller) -> identity.RefreshSession:
    """With a token that was not used."""
    return identity.RefreshSession(refresh_token=SecretStr(refresh_token(world, caller)))


@example(identity.RevokeDevice)
async def revoke_device(world: World, caller: Caller) -> identity.RevokeDevice:
    """Another device of the caller."""
    session_id = new_id()
    world.sign_in(caller.user_id, session_id)
    return identity.RevokeDevice(session_id=session_id)


@example(identity.ChangePassword)
async def change_password(world: World, caller: Caller) -> identity.ChangePassword:
    """To one that will do."""
    return identity.ChangePassword(current_password=SecretStr(PASSWORD), new_password=SecretStr(f"chui-{word()}-bahari"))


@example(identity.RequestPasswordReset)
async def request_reset(world: World, caller: Caller) -> identity.RequestPasswordReset:
    """By phone."""
    return identity.RequestPasswordReset(identifier=caller.phone)


@example(identity.ResetPassword)
async def reset_password(world: World, caller: Caller) -> identity.ResetPassword:
    """With the code that was sent."""
    return identity.ResetPassword(
        identifier=caller.phone,
        code=SecretStr(texted_code(world, caller, "password_reset")),
        new_password=SecretStr(f"chui-{word()}-bahari"),
    )


@example(identity.VerifyContact)
async def verify_contact(world: World, caller: Caller) -> identity.VerifyContact:
    """With the code that was sent."""
    return identity.VerifyContact(code=SecretStr(texted_code(world, caller, "verify_phone")))


@example(identity.GrantPlatform)
async def grant_platform(world: World, caller: Caller) -> identity.GrantPlatform:
    """To a login of its own."""
    return identity.GrantPlatform(identifier=world.join(caller.gym).phone)


# tenants

simple(
    tenants.OnboardGym,
    name=lambda: f"Gym {word()}",
    slug=word,
    admin_name=lambda: "Wambui Kamau",
    admin_phone=new_phone,
    admin_email=email,
)
simple(tenants.ListGyms)
simple(tenants.GetGym)
simple(tenants.ListBranches)
simple(tenants.AddBranch, name=word)
simple(tenants.ConnectChannel, kind=lambda: "sms", address=word)
simple(tenants.ListStaff)
simple(tenants.InviteStaff, name=lambda: "Otieno Odhiambo", phone=new_phone, email=email, roles=lambda: [Role.TRAINER])
naming(tenants.GetMember)
naming(tenants.UpdateMember, name=lambda: f"Jina {word()}")
naming(tenants.SetPin, pin=lambda: SecretStr("2796"))
naming(tenants.AssignRoles, "person_id", roles=lambda: [Role.TRAINER])


@example(tenants.SetGymStatus)
async def set_gym_status(world: World, caller: Caller) -> tenants.SetGymStatus:
    """Of a gym that nobody else is in."""
    made = await caller.gym.acting(Operator("tester")).run(await EXAMPLES["tenants.onboard"](world, caller))
    return tenants.SetGymStatus(gym_id=made.gym_id, status="suspended")


@example(tenants.AddMember)
async def add_member(world: World, caller: Caller) -> tenants.AddMember:
    """In the gym's branch."""
    return tenants.AddMember(
        name=f"Mwana {word()}", phone=new_phone(), email=email(), branch_id=caller.gym.onboarded.branch_id
    )


@example(tenants.ListMembers)
async def list_members(world: World, caller: Caller) -> tenants.ListMembers:
    """Found by phone."""
    return tenants.ListMembers(search=(await world.member(caller.gym)).phone)


@example(tenants.ImportMembers)
async def import_members(world: World, caller: Caller) -> tenants.ImportMembers:
    """One new row and one of somebody who is there."""
    there = await world.member(caller.gym)
    assert there.phone is not None
    rows = [MemberInput(line=2, name=f"Mwana {word()}", phone=new_phone()), MemberInput(line=3, name=there.name, phone=there.phone)]
    return tenants.ImportMembers(rows=rows)


@example(tenants.UnlockStaff)
async def unlock_staff(world: World, caller: Caller) -> tenants.UnlockStaff:
    """Somebody with a login."""
    return tenants.UnlockStaff(person_id=await staff(world, caller))


@example(tenants.AcceptInvitation)
async def accept_invitation(world: World, caller: Caller) -> tenants.AcceptInvitation:
    """By somebody without a login."""
    sent = await caller.gym.operator.run(await EXAMPLES["tenants.invite_staff"](world, caller))
    return tenants.AcceptInvitation(invitation=SecretStr(sent.invitation), password=SecretStr(f"chui-{word()}-bahari"))


@example(tenants.FindSender)
async def find_sender(world: World, caller: Caller) -> tenants.FindSender:
    """A member's phone."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    return tenants.FindSender(channel="sms", address="22384", phone=member.phone)


# memberships

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


# workouts

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


@example(workouts.DeleteWorkout)
async def delete_workout(world: World, caller: Caller) -> workouts.DeleteWorkout:
    """Somebody else's."""
    return workouts.DeleteWorkout(workout_id=(await workout(world, caller)).id)


@example(workouts.DeleteSet)
async def delete_set(world: World, caller: Caller) -> workouts.DeleteSet:
    """Of somebody else's workout."""
    done = await workout(world, caller)
    return workouts.DeleteSet(workout_id=done.id, set_id=done.sets[0].id)


# notifications

simple(notifications.ListMessages)
simple(notifications.ListUnread)
naming(notifications.SendMessage, text=lambda: f"Karibu {word()}")


@example(notifications.ReceiveText)
async def receive_text(world: World, caller: Caller) -> notifications.ReceiveText:
    """From a member."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    return notifications.ReceiveText(
        channel="sms", gateway_id=gateway_id(), sender=member.phone, address="22384", text="squat 5x5 100"
    )


@example(notifications.GetText)
async def get_text(world: World, caller: Caller) -> notifications.GetText:
    """One that was kept."""
    return notifications.GetText(text_id=await kept_text(world, caller))


@example(notifications.AnswerText)
async def answer_text(world: World, caller: Caller) -> notifications.AnswerText:
    """Of somebody known."""
    return notifications.AnswerText(
        text_id=await kept_text(world, caller),
        reply="Sijaelewa. Andika: squat 5x5 100",
        intent="unknown",
        understood=False,
        tenant_id=caller.gym.id,
        person_id=caller.person_id,
    )


@example(notifications.RecordDelivery)
async def record_delivery(world: World, caller: Caller) -> notifications.RecordDelivery:
    """Of a message that went out."""
    known = gateway_id()
    sent = await caller.gym.operator.run(await EXAMPLES["notifications.send"](world, caller))
    world.admin.execute(
        "UPDATE outgoing_messages SET gateway_id = %s, status = 'sent', attempts = 1, attempted_at = now() WHERE id = %s",
        [known, sent.id],
    )
    return notifications.RecordDelivery(gateway_id=known, status="Success", delivered=True, final=True)
