"""Every topic on the day it is written: who is refused, and that nobody is told of another gym."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from pp_core.kernel import events
from pp_core.kernel.call import Anonymous, BearerToken, Call, Credentials, Operator, System, VerifiedPhone
from pp_core.kernel.errors import NotOfThisGym, NotSignedIn, PermissionMissing, Problem, WrongScope
from pp_core.kernel.events import Event
from pp_core.kernel.ids import new_id
from pp_core.kernel.policy import ROLE_PERMISSIONS, Door, Role
from pp_core.kernel.watching import Change, Topic
from pp_core.runtime import catalog
from tests.conftest import Gym

from .world import GYM_ROLES, World

TOPICS = {name: one for name, one in catalog.load_topics().items() if one.__module__.startswith("pp_core.")}
PATIENCE = 20
each_topic = pytest.mark.parametrize("topic", [pytest.param(one, id=name) for name, one in TOPICS.items()])


def test_there_are_topics() -> None:
    assert TOPICS
    assert not set(TOPICS) & set(catalog.load_operations())


async def begun(world: World, topic: type[Topic], credentials: Credentials) -> Change | Problem:
    """The first change of a watch, or why there is none."""
    call = Call(door=Door.REST, credentials=credentials, ip="203.0.113.7")
    async with aclosing(world.runtime.pulse.watch(topic(), call)) as changes:
        try:
            return await asyncio.wait_for(anext(changes), PATIENCE)
        except Problem as problem:
            return problem


@each_topic
async def test_strangers_are_refused(world: World, topic: type[Topic]) -> None:
    for credentials in (Anonymous(), BearerToken("eyJhbGciOiJub25lIn0.e30.")):
        assert isinstance(await begun(world, topic, credentials), NotSignedIn)


@each_topic
async def test_who_is_in_no_gym_is_refused(world: World, topic: type[Topic]) -> None:
    for credentials in (world.who(world.a).gymless, Operator("tester"), System("tester")):
        assert isinstance(await begun(world, topic, credentials), WrongScope)


@pytest.mark.parametrize("role", GYM_ROLES)
@each_topic
async def test_a_role_may_what_its_permissions_say(world: World, topic: type[Topic], role: Role) -> None:
    caller = world.who(world.a, role)
    before = world.everything(but=("audit_entries",))
    first = await begun(world, topic, caller.token)
    if topic.policy.permission in ROLE_PERMISSIONS[role]:
        assert first == Change(began=True)
    else:
        assert isinstance(first, PermissionMissing)
        assert role is not Role.GYM_ADMIN
    assert world.everything(but=("audit_entries",)) == before


@each_topic
async def test_a_phone_or_a_token_of_another_gym_is_refused(world: World, topic: type[Topic]) -> None:
    caller = world.who(world.a)
    strayed = VerifiedPhone(caller.phone, world.b.id, caller.person_id)
    for credentials in (strayed, world.token(caller, world.b)):
        assert isinstance(await begun(world, topic, credentials), NotOfThisGym)


@each_topic
async def test_a_suspended_gym_watches(world: World, topic: type[Topic]) -> None:
    with world.gym_with(world.a, status="suspended"):
        assert await begun(world, topic, world.who(world.a).token) == Change(began=True)


def example(kind: type[Event]) -> Event:
    """An event with some id in every field that takes one, its subject among them."""
    values: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if name == kind.subject or name.endswith("_id"):
            values[name] = new_id()
        elif field.is_required():
            values[name] = {"date": "2026-11-21", "str": "word", "int": 1}[getattr(field.annotation, "__name__", "")]
    return kind.model_validate(values)


async def emit(gym: Gym, topic: type[Topic]) -> list[Any]:
    """Have every event of the topic happen in the gym; gives their subjects."""
    told = []
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        for key in topic.events:
            kind = events.event_named(key)
            assert kind is not None
            assert kind.subject is not None
            happened = example(kind)
            ctx.emit(happened)
            told.append(getattr(happened, kind.subject))
    return told


@each_topic
async def test_another_gym_is_told_nothing(world: World, topic: type[Topic]) -> None:
    """What gym A hears between two of its own events holds nothing of gym B, whose watcher hears B's alone."""
    watch: Callable[[Gym], Any] = lambda gym: world.runtime.pulse.watch(  # noqa: E731
        topic(), Call(door=Door.REST, credentials=world.who(gym).token)
    )
    async with aclosing(watch(world.a)) as ours, aclosing(watch(world.b)) as theirs:
        assert (await anext(ours)).began
        assert (await anext(theirs)).began
        for gym, changes in ((world.b, theirs), (world.a, ours)):
            wanted, heard = await emit(gym, topic), []
            async with asyncio.timeout(PATIENCE):
                while len(heard) < len(wanted):
                    heard += (await anext(changes)).ids
            assert heard == wanted
