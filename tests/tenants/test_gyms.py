"""Gyms: onboarded with what they need, branches, channels of their own, suspended and resumed."""

import secrets

import pytest

from pp_core.kernel.errors import GymSuspended
from pp_core.tenants.operations import AddBranch, ConnectChannel, FindSender, GetGym, ListBranches, SetGymStatus
from pp_core.tenants.operations.gyms import BranchExists, ChannelTaken
from tests.conftest import Gym, new_phone


async def test_a_new_gym_has_a_branch(gym: Gym) -> None:
    branches = await gym.operator.run(ListBranches())
    assert [(one.id, one.name) for one in branches.items] == [(gym.onboarded.branch_id, "Main")]


async def test_a_branch_is_added_once(gym: Gym) -> None:
    added = await gym.operator.run(AddBranch(name="Ngong Road"))
    assert {one.name for one in (await gym.operator.run(ListBranches())).items} == {"Main", added.name}
    with pytest.raises(BranchExists):
        await gym.operator.run(AddBranch(name="Ngong Road"))


async def test_a_suspended_gym_reads_and_does_not_write(gym: Gym) -> None:
    platform = gym.system
    await platform.run(SetGymStatus(gym_id=gym.id, status="suspended"))
    assert (await gym.operator.run(GetGym())).status == "suspended"
    with pytest.raises(GymSuspended):
        await gym.operator.run(AddBranch(name="Ngong Road"))
    await platform.run(SetGymStatus(gym_id=gym.id, status="active"))
    await gym.operator.run(AddBranch(name="Ngong Road"))


async def test_a_channel_of_its_own_leads_to_this_gym_alone(gym: Gym, other_gym: Gym) -> None:
    phone, address = new_phone(), f"2{secrets.randbelow(10**6):06d}"
    here = await gym.add_member(phone=phone)
    await other_gym.add_member(phone=phone)
    await gym.operator.run(ConnectChannel(kind="sms", address=address))
    found = await gym.system.run(FindSender(channel="sms", address=address, phone=phone))
    assert [one.person_id for one in found.items] == [here.id]
    with pytest.raises(ChannelTaken):
        await other_gym.operator.run(ConnectChannel(kind="sms", address=address))
