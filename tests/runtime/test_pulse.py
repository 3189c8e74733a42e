"""The pipeline: a key is kept for what was done, and for a refusal that left something behind."""

import pytest

from pp_core.kernel import handlers
from pp_core.kernel.context import TenantContext
from pp_core.kernel.errors import KeyReused
from pp_core.tenants.operations import AddBranch, BranchRow, ListBranches
from pp_core.tenants.operations.staff import PinWrong
from tests.conftest import Gym


async def test_a_refusal_that_keeps_its_changes_is_replayed(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong code is counted once, however often its request comes."""
    op, key, tried = AddBranch(name="Westlands", city="Nairobi"), "the same key", []

    async def refuse(ctx: TenantContext, op: AddBranch) -> BranchRow:
        tried.append(op)
        raise PinWrong

    with monkeypatch.context() as patched:
        patched.setitem(handlers._handlers, AddBranch, refuse)
        for _ in range(2):
            with pytest.raises(PinWrong):
                await gym.operator.run(op, key=key)
    with pytest.raises(PinWrong):
        await gym.operator.run(op, key=key)
    with pytest.raises(KeyReused):
        await gym.operator.run(op.model_copy(update={"name": "Karen"}), key=key)
    assert len(tried) == 1
    added = await gym.operator.run(op, key="another key")
    assert await gym.operator.run(op, key="another key") == added
    assert [one.name for one in (await gym.operator.run(ListBranches())).items].count("Westlands") == 1
