"""A thousand ways in which callbacks may come: nothing is lost, nothing is doubled, and every repetition hears the same."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
import structlog

from pp_api.app import create
from pp_bots.dialogue import conversation
from pp_bots.simulator.telegram import TelegramSimulator
from pp_core.kernel.settings import TelegramSettings, UssdSettings
from pp_core.runtime.wiring import Runtime
from tests.bots.dialogue.deaths import FatalPulse
from tests.bots.dialogue.schedules import SECRET, TOKEN, Person, World, doors
from tests.bots.dialogue.scripts import script
from tests.conftest import Gateway, TestHome, onboard

SCHEDULES = int(os.environ.get("PP_SCHEDULES", "200"))
SHARDS = 4
AT_ONCE = 16
SCHEDULES_OF_A_SCRIPT = 5


@pytest.fixture(scope="module")
async def world(make_home: Callable[[], TestHome]) -> AsyncIterator[World]:
    """A gym on a database of its own, whose processes die when told to."""
    home = make_home()
    gateway = Gateway()
    async with TelegramSimulator() as telegram:
        settings = replace(
            home.settings,
            pool_size=12,
            ussd=UssdSettings(callback_token=TOKEN, deadline=9.5),
            telegram=TelegramSettings(
                token=telegram.settings.token, base_url=telegram.url, webhook_url="https://gym.example", secret=SECRET
            ),
        )
        async with Runtime(settings, home, sms=gateway) as runtime:
            gym = await onboard(runtime)
            pulse = FatalPulse(runtime.pulse)
            runtime.pulse = pulse  # type: ignore[assignment]
            async with doors(create(runtime)) as http:
                # Every death is logged, and drawn at length.
                with structlog.testing.capture_logs(), psycopg.connect(home.urls.admin, autocommit=True) as admin:
                    made = World(gym, http, pulse, gateway, admin, telegram.settings.token)
                    await made.open()
                    yield made


@pytest.mark.parametrize("shard", range(SHARDS))
async def test_however_callbacks_come_the_same_comes_of_them(
    world: World, shard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever waits for a conversation takes the other for dead at once: two at one text are the rule here.
    monkeypatch.setattr(conversation, "_PATIENCE", (0.002, 0.005, 0.01))
    scripts = SCHEDULES // SHARDS // SCHEDULES_OF_A_SCRIPT
    seeds = range(shard * scripts, (shard + 1) * scripts)
    turn, deaths = asyncio.Semaphore(AT_ONCE), world.pulse.deaths

    async def once(seed: int) -> list[str]:
        steps = script(random.Random(seed))
        async with turn:
            careful = Person(world, None)
            await careful.live(steps)
        assert careful.broken() == [], steps
        wanted = careful.facts()
        found: list[str] = []
        for number in range(SCHEDULES_OF_A_SCRIPT):
            async with turn:
                rough = Person(world, random.Random(f"{seed}.{number}"))
                await rough.live(steps)
            found += [f"{seed}.{number} {one} in {steps}" for one in rough.broken()]
            facts = rough.facts()
            found += [
                f"{seed}.{number} {name}: {extra} instead of {missing} in {steps}"
                for name in wanted
                if (extra := _beyond(facts[name], wanted[name])) != (missing := _beyond(wanted[name], facts[name]))
            ]
        return found

    found: list[Any] = await asyncio.gather(*(once(seed) for seed in seeds))
    assert world.pulse.deaths > deaths + len(seeds)
    broken = "\n".join(one for each in found for one in each)
    assert broken == "", broken


def _beyond(rows: list[Any], others: list[Any]) -> list[Any]:
    """The rows that differ from what stands in the same place of the others."""
    return [row for place, row in enumerate(rows) if place >= len(others) or others[place] != row]
