"""Twenty runners who stream beside an installation that is killed: each resends what was not acknowledged, and nothing else."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from pp_core.client.remote import RemoteClient, Tokens
from pp_core.kernel.policy import Door
from pp_core.kernel.settings import Settings
from pp_core.runtime.database import Home
from pp_core.runtime.wiring import Runtime
from pp_core.tracking.operations import StopActivity
from tests.conftest import Gateway, onboard
from tests.kills.installation import RECOVERY_SECONDS, Installation
from tests.tracking.runner import Frame, Runner, set_out, wire
from tests.tracking.ways import north

RUNNERS = 20
PIPELINED = 6
"""Messages that a phone sends before it has the answer to the first."""
LONGEST = 40
"""Points of one message at most."""


@dataclass
class Phone:
    """One runner's phone: what it measured, what of it is acknowledged, and what it has to send again."""

    runner: Runner
    dice: random.Random
    points: list[Frame]
    sent: int = 0
    waiting: dict[int, list[Frame]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    refused: list[Any] = field(default_factory=list)
    stored_anew: int = 0
    resent: int = 0
    seq: int = 0

    async def stream(self, url: str, stop: asyncio.Event) -> None:
        """Send until told to stop, through whatever happens, and see everything acknowledged."""
        while not (stop.is_set() and not self.waiting):
            try:
                await self._stream_once(url, stop)
            except (OSError, WebSocketException, InvalidHandshake, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)

    async def _stream_once(self, url: str, stop: asyncio.Event) -> None:
        address = f"{url.replace('http', 'ws', 1)}/ws/tracking?activity={self.runner.activity_id}"
        headers = {"Authorization": f"Bearer {self.runner.token}"}
        async with connect(address, additional_headers=headers, compression=None, open_timeout=5) as connection:
            opened = json.loads(await connection.recv())
            assert "opened" in opened, opened  # before anything was sent there is nothing else to say
            again, self.waiting = [point for one in self.waiting.values() for point in one], {}
            self.resent += len(again)
            for begin in range(0, len(again), LONGEST):
                await self._send(connection, again[begin : begin + LONGEST])
            while not (stop.is_set() and not self.waiting):
                while len(self.waiting) < PIPELINED and not stop.is_set() and self.sent < len(self.points):
                    count = self.dice.randrange(1, LONGEST)
                    chosen = self.points[self.sent : self.sent + count]
                    self.sent += len(chosen)
                    await self._send(connection, chosen)
                if not self.waiting:
                    await stop.wait()
                    return
                said = json.loads(await connection.recv())
                for frame in said if isinstance(said, list) else [said]:
                    self._hear(frame)
                await asyncio.sleep(self.dice.uniform(0, 0.1))

    async def _send(self, connection: ClientConnection, points: list[Frame]) -> None:
        self.seq += 1
        self.waiting[self.seq] = points  # before it goes out: whether it arrived is never known without an answer
        await connection.send(json.dumps({"seq": self.seq, "points": points}))

    def _hear(self, frame: Frame) -> None:
        if "seq" not in frame:
            return
        points = self.waiting.pop(frame["seq"])
        self.refused += frame.get("rejected", [])
        self.stored_anew += frame["accepted"]
        assert frame["accepted"] + frame.get("duplicates", 0) + len(frame.get("rejected", [])) == len(points), frame
        self.acknowledged.update(point["ts"] for point in points)


async def phones_of(
    made: Installation, dice: random.Random, *, count: int = RUNNERS, hours: float = 8.0
) -> list[Phone]:
    """People who set out, with so many hours of points in their phones."""
    begins = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours + 1)
    settings = Settings.from_environment(made.environment)
    with Home(settings) as home:
        async with Runtime(settings, home, sms=Gateway()) as runtime:
            gym = await onboard(runtime)
            points = [wire(point) for point in north(begins, metres=3.0 * 3600 * hours, every=1.0)]
            return [Phone(await set_out(gym), random.Random(dice.random()), points) for _ in range(count)]


@asynccontextmanager
async def streaming(made: Installation, phones: list[Phone]) -> AsyncIterator[None]:
    """All phones send until the block ends; each then sees its last point acknowledged."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for phone in phones:
            group.create_task(phone.stream(made.url, stop))
        try:
            yield
        finally:
            stop.set()
            group.create_task(_in_time(phones))


async def _in_time(phones: list[Phone]) -> None:
    async with asyncio.timeout(RECOVERY_SECONDS):
        while any(phone.waiting for phone in phones):
            await asyncio.sleep(0.05)


async def strike(made: Installation, phones: list[Phone], victim: str, dice: random.Random) -> None:
    """Kill one process at a random moment under the load, once everybody was answered anew, and see it come back."""
    before = [len(phone.acknowledged) for phone in phones]
    async with asyncio.timeout(RECOVERY_SECONDS):
        while any(len(phone.acknowledged) <= known for phone, known in zip(phones, before, strict=True)):
            await asyncio.sleep(0.01)
    await asyncio.sleep(dice.uniform(0, 0.5))
    match victim:
        case "server":
            made.kill_server()
            await made.up()
        case "database":
            made.kill_database()
            await made.ready()


def losses(made: Installation, phones: list[Phone]) -> list[str]:
    """Everything that should not be: an acknowledged point that is missing, one twice, one that nobody sent, a wrong count."""
    found = []
    ids = [phone.runner.activity_id for phone in phones]
    kept: dict[UUID, list[str]] = {one: [] for one in ids}
    for activity, at in made.rows(
        "SELECT activity_id, device_ts FROM activity_points WHERE activity_id = ANY (%s)", ids
    ):
        kept[activity].append(at.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    counted = dict(made.rows("SELECT id, points FROM activity_live WHERE id = ANY (%s)", ids))
    for phone in phones:
        activity = phone.runner.activity_id
        stored, live = kept[activity], counted[activity]
        found += [f"acknowledged point {one} of {activity} is missing" for one in phone.acknowledged - set(stored)]
        if len(stored) != len(set(stored)):
            found.append(f"{len(stored) - len(set(stored))} points of {activity} are stored twice")
        sent = {point["ts"] for point in phone.points[: phone.sent]}
        found += [f"point {one} of {activity} was never sent" for one in set(stored) - sent]
        found += [f"a good point was refused: {one}" for one in phone.refused]
        if phone.stored_anew > len(stored):
            found.append(f"{phone.stored_anew} points of {activity} were told to be new, {len(stored)} are stored")
        if live != len(stored):
            found.append(f"the live row of {activity} counts {live} of {len(stored)} points")
    return found


async def summaries(made: Installation, phones: list[Phone]) -> list[str]:
    """Stop every activity; what its summary misses of the points acknowledged."""
    found = []
    for phone in phones:
        async with RemoteClient.connect(made.url, Tokens(phone.runner.token), door=Door.RPC) as client:
            finished = await client.run(StopActivity())
        counted = finished.summary.points + finished.summary.dropped
        if counted != len(phone.acknowledged):
            found.append(f"a summary is of {counted} points, {len(phone.acknowledged)} were acknowledged")
    return found


def told(phones: list[Phone]) -> str:
    """The counts, for who reads the run."""
    acknowledged = sum(len(phone.acknowledged) for phone in phones)
    resent = sum(phone.resent for phone in phones)
    return f"{len(phones)} streams: {acknowledged} points acknowledged, {resent} sent again"
