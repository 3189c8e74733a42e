"""Where examples are registered, and what several of them need."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from pp_core.kernel.money import Money
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Role
from pp_core.memberships import operations as memberships
from pp_core.notifications import operations as notifications
from pp_core.workouts import operations as workouts
from tests.isolation.world import Caller, World

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
