"""What the figures share: how one is told, a server to measure, and a load generator that costs little itself."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pp_core.client.local import LocalClient
from pp_core.identity.operations import SignIn
from pp_core.kernel.call import NOBODY, Operator
from pp_core.kernel.policy import Door
from pp_core.kernel.ports import SendOutcome, SendStatus
from pp_core.kernel.settings import Settings
from pp_core.runtime.database import Home
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import AcceptInvitation, AddMember, OnboardGym
from pp_core.workouts.operations import LogWorkout

PASSWORD = "a bench of oak and steel"
HOOK = "bench-hook"
"""The unguessable part of the webhooks' addresses."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `ratio` is to `ratio_to`, both taken in this run; `target` is what the ratio may be."""

    name: str
    value: float
    unit: str
    ratio_to: str
    ratio: float
    target: str
    met: bool

    def row(self) -> dict[str, Any]:
        """The figure as it stands in `results.json`."""
        return asdict(self)


def at_most(name: str, value: float, unit: str, *, limit: float, of: float = 1.0, to: str) -> Figure:
    """A figure that may be at most `limit` times `of`."""
    ratio = value / of
    return Figure(name, round(value, 4), unit, to, round(ratio, 3), f"<= {limit:g}", ratio <= limit)


def at_least(name: str, value: float, unit: str, *, limit: float, of: float = 1.0, to: str) -> Figure:
    """A figure that must be at least `limit` times `of`."""
    ratio = value / of
    return Figure(name, round(value, 4), unit, to, round(ratio, 3), f">= {limit:g}", ratio >= limit)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class SilentGateway:
    """A gateway that takes every text."""

    async def send(self, *, to: str, text: str, sender: str | None, link_id: str | None) -> SendOutcome:
        """Take it."""
        return SendOutcome(SendStatus.SENT)


@contextmanager
def directory(name: str) -> Iterator[Path]:
    """A data directory that is gone afterwards."""
    path = Path(tempfile.gettempdir()) / f"pp-bench-{name}-{os.getpid()}"
    shutil.rmtree(path, ignore_errors=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def unlimited(path: Path) -> dict[str, str]:
    """The environment of a measured server: rate limits are on, and too high to be reached."""
    return {
        **os.environ,
        "PP_DATA_DIR": str(path),
        "PP_SECRET_KEY": "bench",
        "PP_LOG_LEVEL": "WARNING",
        "PP_AT_CALLBACK_TOKEN": HOOK,
        **{
            f"PP_RATE_{name}": "1000000000/minute"
            for name in ("STANDARD", "SCREEN", "SEARCH", "AUTH", "UPLOAD", "POINTS", "TRACKER", "AUTH_ADDRESS")
        },
    }


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class World:
    """A gym with its administrator signed in, one member with twenty workouts, and the core they live in."""

    runtime: Runtime
    gym_id: str
    slug: str
    admin: str
    """The administrator's phone; their password is `PASSWORD`."""
    token: str
    member_id: str
    member_code: str


@asynccontextmanager
async def world(path: Path) -> AsyncIterator[World]:
    """Fill a fresh database on the embedded server, as durable as in production."""
    settings = Settings.from_environment(unlimited(path))
    with Home(settings) as home:
        async with Runtime(settings, home, sms=SilentGateway()) as runtime:
            operator = LocalClient(runtime.pulse, Door.CLI, Operator("bench"))
            phone = f"+2547{secrets.randbelow(10**8):08d}"
            gym = await operator.run(
                OnboardGym(name="Bench Gym", slug="bench", admin_name="Bench Admin", admin_phone=phone)
            )
            assert gym.invitation is not None
            anyone = operator.acting(NOBODY)
            await anyone.run(AcceptInvitation(invitation=gym.invitation, password=PASSWORD))
            signed_in = await anyone.run(SignIn(identifier=phone, password=PASSWORD, gym="bench"))
            desk = operator.acting(Operator("bench", "bench"))
            member = await desk.run(AddMember(name="Amina Wanjiru", phone=f"+2547{secrets.randbelow(10**8):08d}"))
            for _ in range(20):
                await desk.run(LogWorkout(text="squat 5x5 100", member=member.code))
            yield World(runtime, str(gym.gym_id), gym.slug, phone, signed_in.access_token, str(member.id), member.code)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens."""

    port: int
    pid: int


@asynccontextmanager
async def server(path: Path) -> AsyncIterator[Served]:
    """The product's application with the bare routes beside it, in a process of its own."""
    port = free_port()
    with process(path, "bench.server", str(port)) as pid:
        await wait_for_port(port)
        yield Served(port, pid)


@contextmanager
def process(path: Path, module: str, *arguments: str) -> Iterator[int]:
    """`python -m module` on the data directory, ended afterwards; yields its id."""
    started = subprocess.Popen([sys.executable, "-m", module, *arguments], env=unlimited(path))
    try:
        yield started.pid
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(30)


async def wait_for_port(port: int, seconds: float = 30) -> None:
    """Return once somebody listens; TimeoutError otherwise."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


class Connection:
    """One kept-alive HTTP/1.1 connection that sends prepared bytes: an ordinary client would be half of what it measures."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send and return status and body."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def request(method: str, path: str, *, token: str | None = None, body: Any = None, key: str | None = None) -> bytes:
    """The bytes of a request."""
    payload = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(payload)}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines.append("Content-Type: application/json")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    return "\r\n".join([*lines, "", ""]).encode() + payload


def form(path: str, fields: Mapping[str, str]) -> bytes:
    """The bytes of a form that is posted, as gateways post theirs."""
    payload = urlencode(fields).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: bench",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(payload)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + payload


def megabytes(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


async def seconds_per_request(
    port: int, make: Callable[[int], bytes], *, count: int, connections: int = 4, expect: int = 200
) -> float:
    """Wall seconds for each of `count` requests over some connections at once; AssertionError on another status."""
    opened = [await Connection.open(port) for _ in range(connections)]
    numbers = iter(range(count))

    async def drive(connection: Connection) -> None:
        for number in numbers:
            status, body = await connection.ask(make(number))
            assert status == expect, (status, body[:400])

    started = time.perf_counter()
    await asyncio.gather(*(drive(connection) for connection in opened))
    spent = time.perf_counter() - started
    for connection in opened:
        connection.close()
    return spent / count


async def compared(
    first: Callable[[], Awaitable[float]], second: Callable[[], Awaitable[float]], rounds: int = 7
) -> tuple[float, float]:
    """Medians of two measurements taken in turns, so that what else the machine does hits both."""
    firsts, seconds = [], []
    for _ in range(rounds):
        firsts.append(await first())
        seconds.append(await second())
    return statistics.median(firsts), statistics.median(seconds)
