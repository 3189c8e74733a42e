"""Gyms: onboarded with what they need, branches, suspended and resumed."""

import pytest

from pp_core.kernel.errors import GymSuspended
from pp_core.tenants.operations import AddBranch, GetGym, ListBranches, SetGymStatus
from pp_core.tenants.operations.gyms import BranchExists
from tests.conftest import Gym


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
