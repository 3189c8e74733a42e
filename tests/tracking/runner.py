"""A runner with a phone that streams: a gym's person with a login, their activity, and the socket its points go by."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from pp_core.client.local import LocalClient
from pp_core.kernel.call import BearerToken
from pp_core.kernel.policy import Door
from pp_core.tracking.operations import PointIn, StartActivity
from tests.api.conftest import rows
from tests.conftest import Gym, TestHome
from tests.staff import hire

PATIENCE = 20
Frame = dict[str, Any]


@dataclass(frozen=True)
class Runner:
    """Somebody who is out."""

    gym: Gym
    person_id: UUID
    token: str
    activity_id: UUID

    @property
    def client(self) -> LocalClient:
        return self.gym.acting(BearerToken(self.token), Door.REST)


async def set_out(gym: Gym, **more: Any) -> Runner:
    """Somebody of the gym's own who signs in and starts to run."""
    staff = await hire(gym)
    token = (await staff.sign_in(gym=gym.slug)).access_token
    client = gym.acting(BearerToken(token), Door.REST)
    started = await client.run(StartActivity(**more))
    return Runner(gym, staff.person_id, token, started.id)


def wire(point: PointIn) -> Frame:
    """A point as a phone writes it."""
    shown: Frame = json.loads(point.model_dump_json(exclude_none=True))
    return shown


@dataclass
class Socket:
    """An open stream. Answers and news are told apart; both wait until they are asked for."""

    connection: ClientConnection
    news: list[Frame] = field(default_factory=list)
    answers: list[Frame] = field(default_factory=list)
    seq: int = 0

    async def _read(self) -> None:
        said = json.loads(await self.connection.recv())
        for frame in said if isinstance(said, list) else [said]:
            (self.answers if "seq" in frame else self.news).append(frame)

    async def answer(self, seq: int | None = None) -> Frame:
        """The next answer, or that to one message."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for place, frame in enumerate(self.answers):
                    if seq is None or frame["seq"] == seq:
                        return self.answers.pop(place)
                await self._read()

    async def told(self, kind: str) -> Any:
        """The next of `opened`, `live`, `hint` and `error`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for place, frame in enumerate(self.news):
                    if kind in frame:
                        return self.news.pop(place)[kind]
                await self._read()

    async def write(self, frame: Any) -> None:
        await self.connection.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def send(self, *points: PointIn | Frame) -> int:
        """Send points as one message; returns its number."""
        self.seq += 1
        shown = [wire(one) if isinstance(one, PointIn) else one for one in points]
        await self.write({"seq": self.seq, **shown[0]} if len(shown) == 1 else {"seq": self.seq, "points": shown})
        return self.seq

    async def ask(self, *points: PointIn | Frame) -> Frame:
        """Send points as one message and wait for its answer."""
        return await self.answer(await self.send(*points))

    async def ended(self) -> tuple[int, Frame | None]:
        """The close code, and the last error told before it."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    await self._read()
        except ConnectionClosed as closed:
            code = 1006 if closed.rcvd is None else closed.rcvd.code
        errors = [frame["error"] for frame in self.news if "error" in frame]
        return code, errors[-1] if errors else None

    async def hang_up(self) -> None:
        await self.connection.close()


@asynccontextmanager
async def dialled(
    url: str, token: str | None, *, activity: UUID | None = None, query: str = "", language: str = "en"
) -> AsyncIterator[Socket]:
    """A socket to the server at `url`, whatever it answers."""
    asked = "&".join(part for part in (query, f"activity={activity}" if activity else "") if part)
    address = f"{url.replace('http', 'ws', 1)}/ws/tracking{'?' if asked else ''}{asked}"
    headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {token}"} if token else {})
    async with connect(address, additional_headers=headers, compression=None, max_queue=None) as connection:
        yield Socket(connection)


class Streaming:
    """`async with Streaming(url, runner) as socket`: a socket whose stream is open."""

    def __init__(self, url: str, runner: Runner, **how: Any) -> None:
        self._dialled = dialled(url, runner.token, activity=runner.activity_id, **how)
        self.opened: Frame = {}

    async def __aenter__(self) -> Socket:
        socket = await self._dialled.__aenter__()
        self.opened = await socket.told("opened")
        return socket

    async def __aexit__(self, *failure: Any) -> None:
        await self._dialled.__aexit__(*failure)


async def sent_in_batches(socket: Socket, points: Sequence[PointIn], size: int = 100) -> list[Frame]:
    """All points, `size` a message, and the answers."""
    numbers = [await socket.send(*points[begin : begin + size]) for begin in range(0, len(points), size)]
    return [await socket.answer(number) for number in numbers]


def ago(seconds: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=seconds)


def stored(home: TestHome, runner: Runner) -> list[datetime]:
    found = rows(
        home, "SELECT device_ts FROM activity_points WHERE activity_id = %s ORDER BY device_ts", runner.activity_id
    )
    return [row[0] for row in found]


async def until_blocked(home: TestHome) -> None:
    """Return once a flush waits for a lock."""
    asked = (
        "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE a.datname = current_database() AND a.usename = 'pp_ingest' AND NOT l.granted"
    )
    async with asyncio.timeout(PATIENCE):
        while not rows(home, asked):
            await asyncio.sleep(0.01)


@contextmanager
def blocked(home: TestHome) -> Iterator[None]:
    """Nobody can store a point meanwhile."""
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin) as blocking:
        blocking.execute("LOCK TABLE activity_points IN EXCLUSIVE MODE")
        yield
        blocking.rollback()


def alter(home: TestHome, how: str) -> None:
    assert home.urls.owner is not None
    with psycopg.connect(home.urls.owner, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE activity_points {how}".encode())


def told_of(home: TestHome, runner: Runner) -> list[int]:
    """The counts that the activity's events name."""
    found = rows(
        home,
        "SELECT payload->>'count' FROM outbox WHERE name = 'tracking.point.ingested' AND payload->>'activity_id' = %s",
        str(runner.activity_id),
    )
    return [int(row[0]) for row in found]
