"""The pipeline: a key is kept for what was done, never for what was refused."""

import pytest

from pp_core.kernel import handlers
from pp_core.kernel.context import TenantContext
from pp_core.tenants.operations import AddBranch, BranchRow, ListBranches
from pp_core.tenants.operations.staff import PinWrong
from tests.conftest import Gym


async def test_a_refusal_that_keeps_its_changes_leaves_the_key_free(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(ctx: TenantContext, op: AddBranch) -> BranchRow:
        raise PinWrong

    op, key = AddBranch(name="Westlands", city="Nairobi"), "the same key"
    with monkeypatch.context() as patched:
        patched.setitem(handlers._handlers, AddBranch, refuse)
        for _ in range(2):
            with pytest.raises(PinWrong):
                await gym.operator.run(op, key=key)
    added = await gym.operator.run(op, key=key)
    assert await gym.operator.run(op, key=key) == added
    assert [one.name for one in (await gym.operator.run(ListBranches())).items].count("Westlands") == 1
