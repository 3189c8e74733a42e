"""Reception's screen on a real terminal, beside a server with 100,000 people and fifty check-ins a second.

The screen, the server with its worker, PostgreSQL, the crowd and the terminal share the machine's cores. A time is from the key
(or the answer to somebody else's check-in) to the arrival of the bytes that paint what it led to.
"""

import asyncio
import json
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.harness import (
    PASSWORD,
    Connection,
    Figure,
    World,
    at_least,
    at_most,
    directory,
    free_port,
    megabytes,
    percentile,
    request,
    unlimited,
    wait_for_port,
    world,
)
from bench.people import PEOPLE, code, enrol, fill, name, phone
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator
from pp_core.kernel.money import Money
from pp_core.kernel.policy import Door
from pp_core.memberships.operations import CreatePlan
from tests.tui.reception import Reception, hits, let_in
from tests.tui.terminal import Lines, Terminal

STARTS = 9
SAMPLES = 220
WARM = 20
"""Samples at the beginning that are not counted: everything is imported and cached then."""
PER_SECOND = 50
COLUMNS, LINES = 120, 40
_PP = [sys.executable, "-m", "pp_cli"]
_BARE = [sys.executable, "-m", "bench.bare_tui"]
_PARTS = ("otie", "wanj", "kama", "kipt", "mutu", "chebe", "omon", "hass")


@dataclass
class _Spent:
    """Seconds from key to paint, by what was done."""

    search: list[float] = field(default_factory=list)
    check_in: list[float] = field(default_factory=list)
    live: list[float] = field(default_factory=list)


async def measure() -> list[Figure]:
    """The start, then a morning at the desk with the whole gym coming in, at a server and in process."""
    with directory("screen") as path:
        async with world(path) as made:
            await _fill(made)
            with _up(path) as port:
                await wait_for_port(port)
                environment = _keep_login(path, port, made)
                start, bare = await _starts(environment)
                async with _crowd(port, made.token) as came, _screen([*_PP, "tui"], environment) as terminal:
                    remote = await _morning(terminal, port, made.token, first=60_000)
                    remote_size = megabytes(terminal.pid)
                rate = came()
    return [
        at_most("pp tui: first key echoed", start * 1e3, "ms", limit=1.5, of=bare * 1e3, to="an empty Textual app's"),
        *_paints("at a server", remote),
        at_least("check-ins a second meanwhile", rate, "/s", limit=0.98, of=PER_SECOND, to=f"{PER_SECOND} /s"),
        at_most("pp tui: resident after it", remote_size, "MB", limit=1, of=150, to="150 MB"),
    ]


def _paints(where: str, spent: _Spent) -> list[Figure]:
    shown = {"search": spent.search, "check-in": spent.check_in, "a visit comes in": spent.live}
    return [
        at_most(
            f"pp tui {where}: {what}, p95", percentile(values[WARM:], 0.95) * 1e3, "ms", limit=1, of=100, to="100 ms"
        )
        for what, values in shown.items()
    ]


async def _fill(made: World) -> None:
    admin = made.runtime.home.urls.admin or ""
    desk = LocalClient(made.runtime.pulse, Door.TUI, Operator("bench", made.slug))
    plan = await desk.run(
        CreatePlan(code="BENCH", name="Bench monthly", duration_days=30, price=Money(minor=250_000, currency="KES"))
    )
    fill(admin, made.gym_id)
    enrol(admin, made.gym_id, str(plan.id))


@contextmanager
def _up(path: Path) -> Iterator[int]:
    port = free_port()
    up = subprocess.Popen([*_PP, "up", "--port", str(port)], env=unlimited(path), stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(30)


def _keep_login(path: Path, port: int, made: World) -> dict[str, str]:
    """The environment of a machine that is signed in to the server."""
    environment = {**unlimited(path), "PP_CONFIG_DIR": str(path / "config"), "PP_PASSWORD": PASSWORD}
    subprocess.run(
        [*_PP, "login", f"http://127.0.0.1:{port}", "-i", made.admin], env=environment, check=True, capture_output=True
    )
    return environment


@asynccontextmanager
async def _crowd(port: int, token: str) -> AsyncIterator[Callable[[], float]]:
    """Fifty others a second at the door; what it yields tells, afterwards, how many they were."""
    arguments = [str(port), token, str(PER_SECOND)]
    crowd = subprocess.Popen([sys.executable, "-m", "bench.crowd", *arguments], stdout=subprocess.PIPE)
    try:
        yield lambda: did["answered"] / did["seconds"]
    finally:
        crowd.send_signal(signal.SIGTERM)
        told, _ = crowd.communicate(timeout=30)
        did = json.loads(told)
        assert not did["errors"], did["errors"]


@asynccontextmanager
async def _screen(command: list[str], environment: dict[str, str]) -> AsyncIterator[Terminal]:
    async with Terminal(command, environment=environment, columns=COLUMNS, lines=LINES) as terminal:
        yield terminal


async def _starts(environment: dict[str, str]) -> tuple[float, float]:
    """Median seconds from the start to the echo of a key that is typed as soon as there is a field, ours and the bare app's."""
    ours, theirs = [], []
    for _ in range(STARTS):
        theirs.append(await _first_echo(_BARE, environment))
        ours.append(await _first_echo([*_PP, "tui"], environment))
    return statistics.median(ours[1:]), statistics.median(theirs[1:])


async def _first_echo(command: list[str], environment: dict[str, str]) -> float:
    async with _screen(command, environment) as terminal:
        await terminal.wait_for(lambda lines: any("▊" in line or "│" in line for line in lines))
        terminal.type("q7")
        return await terminal.wait_for("q7") - terminal.started


async def _morning(terminal: Terminal, port: int, token: str, *, first: int) -> _Spent:
    """Searches, check-ins, and others' check-ins watched; the people from number `first` on come in through it."""
    chance = random.Random(20261121)
    desk = Reception(terminal)
    await desk.online()
    spent = _Spent()
    for _ in range(SAMPLES):
        spent.search.append(await _search(terminal, chance))
    for number in range(first, first + SAMPLES):
        spent.check_in.append(await _check_in(desk, number, chance))
    connection = await Connection.open(port)
    for number in range(first + SAMPLES, first + 2 * SAMPLES):
        spent.live.append(await _live(desk, connection, token, number, chance))
    connection.close()
    return spent


async def _search(terminal: Terminal, chance: random.Random) -> float:
    """The last letter of a name, phone or code, or the first one of a name that thousands have."""
    number = chance.randrange(PEOPLE // 2, PEOPLE)
    kind = chance.choice(["code", "phone", "name", "letter", "part"])
    before, typed, met = "", "", _none
    match kind:
        case "letter":
            typed, met = chance.choice("abefgjklm"), lambda lines: len(hits(lines)) >= 5
        case "part":
            typed = chance.choice(_PARTS)
            met = lambda lines: len(found := hits(lines)) >= 5 and all(typed in one.lower() for one in found)  # noqa: E731
        case _:
            whole = {"code": code(number), "phone": phone(number), "name": name(number).split(" ", 1)[1]}[kind]
            before, typed = whole[:-1], whole[-1]
            met = lambda lines: hits(lines) == [name(number)]  # noqa: E731
    if before:
        terminal.type(before)
        await terminal.wait_for(lambda lines: len(hits(lines)) > 1)
    await _pause(chance)
    painted = terminal.watch(met)
    pressed = terminal.type(typed)
    spent = await terminal.seen(painted, f"hits for {before}{typed}") - pressed
    await _clear(terminal)
    return spent


def _none(lines: Lines) -> bool:
    return not hits(lines)


async def _clear(terminal: Terminal) -> None:
    terminal.press("escape")
    await terminal.wait_for(_none)


async def _check_in(desk: Reception, number: int, chance: random.Random) -> float:
    await desk.finds(code(number), name(number))
    await _pause(chance)
    painted = desk.terminal.watch(let_in(name(number)))
    pressed = desk.terminal.press("enter")
    spent = await desk.terminal.seen(painted, f"{name(number)} let in") - pressed
    await desk.terminal.wait_for(_none)
    return spent


async def _live(desk: Reception, connection: Connection, token: str, number: int, chance: random.Random) -> float:
    await _pause(chance)
    painted = desk.visit_of(name(number))
    status, body = await connection.ask(request("POST", "/api/v1/visits", token=token, body={"member": code(number)}))
    answered = time.monotonic()
    assert status == 201, body
    return max(0.0, await desk.terminal.seen(painted, f"the visit of {name(number)}") - answered)


async def _pause(chance: random.Random) -> None:
    """As long as a person takes, and never in step with the screen."""
    await asyncio.sleep(chance.uniform(0.05, 0.15))
