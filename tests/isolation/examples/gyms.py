"""Examples of what happens to gyms and their people."""

from functools import partial
from itertools import cycle

from pydantic import SecretStr

from pp_core.health import operations as health
from pp_core.kernel.call import Operator
from pp_core.kernel.policy import Role
from pp_core.tenants import operations as tenants
from pp_core.tenants.operations.members import MemberInput
from tests.conftest import new_phone
from tests.isolation.world import Caller, World

from .registry import EXAMPLES, email, example, naming, simple, staff, word

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
simple(tenants.ListChannels)
simple(health.ShowHealth)
# One after the other: two requests are never the same.
simple(tenants.SetLanguage, language=partial(next, cycle(("sw", "en"))))
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
    rows = [
        MemberInput(line=2, name=f"Mwana {word()}", phone=new_phone()),
        MemberInput(line=3, name=there.name, phone=there.phone),
    ]
    return tenants.ImportMembers(rows=rows)


@example(tenants.CheckPin)
async def check_pin(world: World, caller: Caller) -> tenants.CheckPin:
    """Everybody who may ask has this one."""
    hashed = await world.runtime.ports.hasher.hash("2796")
    world.admin.execute("UPDATE people SET pin_hash = %s WHERE user_id IS NOT NULL", [hashed])
    return tenants.CheckPin(pin=SecretStr("2796"))


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


@example(tenants.FindGym)
async def find_gym(world: World, caller: Caller) -> tenants.FindGym:
    """The caller's."""
    return tenants.FindGym(words=caller.gym.slug)


@example(tenants.JoinGym)
async def join_gym(world: World, caller: Caller) -> tenants.JoinGym:
    """Somebody new."""
    return tenants.JoinGym(
        tenant_id=caller.gym.id,
        phone=new_phone(),
        name="Zawadi Atieno",
        language="sw",
        wording="The gym keeps my data.",
        channel="ussd",
    )


@example(tenants.DisconnectChannel)
async def disconnect_channel(world: World, caller: Caller) -> tenants.DisconnectChannel:
    """One that was just connected."""
    made = await caller.gym.operator.run(tenants.ConnectChannel(kind="sms", address=word()))
    return tenants.DisconnectChannel(channel_id=made.id)
