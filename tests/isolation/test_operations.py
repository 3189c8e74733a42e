"""Every operation, by scope, on the day it is written: who is refused, who sees nothing, what happens once, what is written."""

from collections.abc import Callable
from typing import Any

import pytest

from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Role, Scope
from pp_core.runtime import catalog

from . import checks
from .examples import EXAMPLES
from .world import GYM_ROLES, World

OPERATIONS = {name: one for name, one in catalog.load_operations().items() if one.__module__.startswith("pp_core.")}
Kinds = type[Operation[Any]]


def those(wanted: Callable[[Kinds], bool]) -> pytest.MarkDecorator:
    """Run the test for each operation that is meant."""
    chosen = [pytest.param(one, id=name) for name, one in OPERATIONS.items() if wanted(one)]
    return pytest.mark.parametrize("operation", chosen)


def test_every_operation_has_an_example() -> None:
    assert set(EXAMPLES) == set(OPERATIONS)


@those(lambda one: one.policy.scope is not Scope.PUBLIC)
async def test_strangers_are_refused(world: World, operation: Kinds) -> None:
    assert await checks.strangers(world, operation) == []


@those(lambda one: one.policy.scope is Scope.PUBLIC)
async def test_public_operations_ask_for_no_sign_in(world: World, operation: Kinds) -> None:
    assert await checks.strangers_are_served(world, operation) == []


@those(lambda one: one.policy.scope is not Scope.PUBLIC)
async def test_wrong_sorts_of_callers_are_refused(world: World, operation: Kinds) -> None:
    assert await checks.wrong_sorts(world, operation) == []


@those(lambda one: one.policy.scope is Scope.PLATFORM)
async def test_a_super_admin_runs_the_platform(world: World, operation: Kinds) -> None:
    assert await checks.platform_people(world, operation) == []


@pytest.mark.parametrize("role", GYM_ROLES)
@those(lambda one: one.policy.scope is Scope.TENANT)
async def test_a_role_may_what_its_permissions_say(world: World, operation: Kinds, role: Role) -> None:
    assert await checks.roles(world, operation, role) == []


@those(lambda one: one.policy.scope is Scope.TENANT)
async def test_another_gym_finds_and_changes_nothing(world: World, operation: Kinds) -> None:
    assert await checks.other_gym(world, operation) == []


@those(lambda one: one.policy.scope is Scope.TENANT)
async def test_a_suspended_gym_only_reads(world: World, operation: Kinds) -> None:
    assert await checks.suspended(world, operation) == []


@those(lambda one: one.policy.feature is not None)
async def test_a_gym_gets_what_its_subscription_includes(world: World, operation: Kinds) -> None:
    assert await checks.unentitled(world, operation) == []


@those(lambda one: one.policy.scope is Scope.USER)
async def test_another_login_finds_and_changes_nothing(world: World, operation: Kinds) -> None:
    assert await checks.other_login(world, operation) == []


@those(lambda one: one.policy.claims_keys)
async def test_the_same_key_acts_once(world: World, operation: Kinds) -> None:
    assert await checks.replays(world, operation) == []


@those(lambda one: one.policy.scope is Scope.SYSTEM and not one.policy.reads_only)
async def test_what_is_said_twice_is_done_once(world: World, operation: Kinds) -> None:
    assert await checks.repeats(world, operation) == []


@those(lambda one: one.policy.reads_only)
async def test_a_read_writes_nothing(world: World, operation: Kinds) -> None:
    assert await checks.reads(world, operation) == []


@those(lambda one: not one.policy.reads_only)
async def test_a_write_is_written_down_once(world: World, operation: Kinds) -> None:
    assert await checks.audits(world, operation) == []
