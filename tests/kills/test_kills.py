"""kill -9 of the server, the worker and PostgreSQL under load: nothing acknowledged is lost, nothing is done twice."""

import asyncio
import random

import pytest

from tests.kills.installation import Installation, installation


async def strike(made: Installation, victim: str) -> None:
    """Kill one process in the middle of the load and see the installation come back."""
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
        async with made.load():
            await strike(made, victim)
        await made.settle()
        print(
            f"{victim}: {len(made.tally.workouts)} workouts and {len(made.tally.texts)} texts acknowledged,"
            f" {made.tally.retried} requests repeated"
        )
        assert made.tally.workouts
        assert made.tally.texts
        assert made.losses() == []
        assert made.stop() == 0
