"""kill -9 of the server, the worker and PostgreSQL under load: nothing acknowledged is lost, nothing is done twice."""

import asyncio
import random

import pytest

from tests.kills.installation import Installation, installation


async def strike(made: Installation, victim: str) -> None:
    """Kill one process in the middle of the load, once each kind of it was acknowledged, and see the installation come back."""
    while not (made.tally.workouts and made.tally.texts and made.tally.sets):
        await asyncio.sleep(0.1)
    await asyncio.sleep(random.uniform(0.3, 1.2))
    match victim:
        case "server":
            made.kill_server()
            await made.up()
        case "worker":
            made.kill_worker()
        case "database":
            made.kill_database()
    await made.ready()
    await asyncio.sleep(0.5)


@pytest.mark.parametrize("victim", ["server", "worker", "database"])
async def test_a_kill_loses_nothing_and_repeats_nothing(victim: str) -> None:
    async with installation() as made:
        async with made.load(), asyncio.timeout(90):
            await strike(made, victim)
        await made.settle()
        print(
            f"{victim}: {len(made.tally.workouts)} workouts and {len(made.tally.texts)} texts acknowledged,"
            f" {made.tally.retried} requests repeated"
        )
        assert made.tally.workouts
        assert made.tally.texts
        assert made.tally.sets
        assert made.losses() == []
        assert made.stop() == 0
