"""How long a USSD page takes while fifty people are in sessions, over HTTP."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from itertools import cycle

from bench.harness import Connection, Figure, at_most, directory, percentile, server, world
from bench.phones import Dialler, members, phone

SESSIONS = 50
THINK_SECONDS = 2.0
WARM_SECONDS = 8
LOAD_SECONDS = 60
PHONES = 20
"""For each of the sessions at once: who was in the gym this morning dials again at night."""


@dataclass
class _Load:
    code: str
    since: float
    until: float
    spent: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    sessions: int = 0


async def measure() -> list[Figure]:
    """Check-ins, workouts, memberships and records, each by the menu, with a pause before each key."""
    with directory("ussd") as path:
        async with world(path) as made, server(path) as served:
            code = await members(made, SESSIONS * PHONES)
            now = time.perf_counter()
            load = _Load(code, now + WARM_SECONDS, now + WARM_SECONDS + LOAD_SECONDS)
            await asyncio.gather(*(_people(served.port, number, load) for number in range(SESSIONS)))
    for told in load.errors[:3]:
        print(told)
    name = f"USSD page, {SESSIONS} sessions at once"
    milliseconds = [1e3 * one for one in load.spent]
    return [
        at_most(f"{name}: p99", percentile(milliseconds, 0.99), "ms", limit=1, of=100, to="100 ms"),
        at_most(f"{name}: p50", percentile(milliseconds, 0.5), "ms", limit=1, of=25, to="25 ms"),
        at_most(f"{name}: errors", len(load.errors), f"of {len(load.spent)} pages", limit=0, to="1 page"),
    ]


async def _people(port: int, number: int, load: _Load) -> None:
    chance = random.Random(number)
    connection = await Connection.open(port)
    tasks = cycle(chance.sample(sorted(_TASKS), len(_TASKS)))
    await asyncio.sleep(chance.uniform(0, THINK_SECONDS))
    phones = cycle(range(number * PHONES + 1, (number + 1) * PHONES + 1))
    while time.perf_counter() < load.until:
        dialler = Dialler(connection, phone(next(phones)))
        try:
            await _session(dialler, next(tasks), load, chance)
        except AssertionError as error:
            load.errors.append(str(error))
        await asyncio.sleep(chance.uniform(0.8, 1.2) * THINK_SECONDS)
    connection.close()


async def _session(dialler: Dialler, task: str, load: _Load, chance: random.Random) -> None:
    await _timed(dialler, None, load)
    while (number := dialler.number_of(f"{task}.title")) is None:
        assert "\n98 " in dialler.page, dialler.page
        await _think(chance)
        await _timed(dialler, "98", load)
    typed, said = _TASKS[task]
    for one in (number, *typed):
        await _think(chance)
        await _timed(dialler, one.format(code=load.code), load)
    assert dialler.page.startswith("END "), dialler.page
    assert any(word in dialler.page for word in said), dialler.page


_TASKS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "check_in": (("{code}",), ("Welcome to", "already in")),
    "log_workout": (("squat 5x5 100, bench 3x8 60",), ("Logged: Squat 5x5 100kg",)),
    "membership": ((), ("days left",)),
    "records": ((), ("records:", "No records yet")),
}
"""What is typed after the number of the task, and what the last page says when it went well."""


async def _think(chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0.8, 1.2) * THINK_SECONDS)


async def _timed(dialler: Dialler, typed: str | None, load: _Load) -> None:
    started = time.perf_counter()
    await dialler.send(typed)
    ended = time.perf_counter()
    if load.since <= started < load.until:
        load.spent.append(ended - started)
