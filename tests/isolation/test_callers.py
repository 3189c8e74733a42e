"""What became of a caller since they signed in decides, not what their token says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pp_core.kernel.errors import DoorClosed, FreshSignInNeeded, NotOfThisGym, PermissionMissing, SessionEnded
from pp_core.kernel.policy import Door, Role
from pp_core.tenants.operations import AddBranch, GetGym

from .world import Caller, World

CHANGES: dict[str, tuple[str, type[Exception]]] = {
    "left the gym": ("UPDATE people SET status = 'left' WHERE id = %(person)s", NotOfThisGym),
    "was unlinked": ("UPDATE people SET user_id = NULL WHERE id = %(person)s", NotOfThisGym),
    "lost the role": ("UPDATE people SET roles = '{CLIENT}' WHERE id = %(person)s", PermissionMissing),
    "was signed out": ("UPDATE user_sessions SET revoked_at = now() WHERE id = %(session)s", SessionEnded),
    "closed the login": ("UPDATE users SET status = 'closed' WHERE user_id = %(user)s", SessionEnded),
}


def values(caller: Caller) -> dict[str, Any]:
    return {"person": caller.person_id, "session": caller.session_id, "user": caller.user_id}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_token_is_worth_what_its_owner_is(world: World, what: str) -> None:
    caller = world.join(world.a, Role.GYM_ADMIN)
    op = AddBranch(name=f"{what} {caller.phone}")
    change, refusal = CHANGES[what]
    world.admin.execute(change, values(caller))  # type: ignore[arg-type]
    assert isinstance((await world.run(op, caller.token)).problem, refusal)


async def test_a_phone_is_worth_what_its_owner_is(world: World) -> None:
    caller = world.join(world.a, Role.CLIENT)
    assert (await world.run(GetGym(), caller.by_phone)).answer is not None
    world.admin.execute("UPDATE people SET phone = NULL WHERE id = %(person)s", values(caller))
    assert isinstance((await world.run(GetGym(), caller.by_phone)).problem, NotOfThisGym)


async def test_a_token_for_a_gym_one_does_not_belong_to(world: World) -> None:
    caller = world.join(world.a, Role.GYM_ADMIN)
    moved = world.token(caller, world.b)
    assert isinstance((await world.run(GetGym(), moved)).problem, NotOfThisGym)


async def test_an_address_of_another_gym_refuses_the_token(world: World) -> None:
    caller = world.who(world.a)
    outcome = await world.run(GetGym(), caller.token, host=world.b.slug)
    assert isinstance(outcome.problem, NotOfThisGym)
    assert (await world.run(GetGym(), caller.token, host=world.a.slug)).answer is not None


async def test_a_closed_door(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GetGym, "policy", replace(GetGym.policy, doors=frozenset({Door.CLI})))
    assert (await world.run(GetGym(), world.who(world.a).token)).answer is not None
    outcome = await world.run(GetGym(), world.who(world.a).token, door=Door.SMS)
    assert isinstance(outcome.problem, DoorClosed)


async def test_a_fresh_sign_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GetGym, "policy", replace(GetGym.policy, fresh=True))
    caller = world.join(world.a, Role.GYM_ADMIN)
    assert (await world.run(GetGym(), caller.token)).answer is not None
    world.admin.execute(
        "UPDATE user_sessions SET authenticated_at = %(at)s WHERE id = %(session)s",
        {**values(caller), "at": datetime.now(UTC) - timedelta(minutes=11)},
    )
    assert isinstance((await world.run(GetGym(), caller.token)).problem, FreshSignInNeeded)
    assert isinstance((await world.run(GetGym(), caller.by_phone)).problem, FreshSignInNeeded)
