"""Live points over the WebSocket: how many a second are stored, and how long each waits to hear so.

Server, PostgreSQL and the load generator share the machine. Every point is judged, and answered behind its commit; what is
stored is counted in the table afterwards. Throughput is compared with what the same machine does in the same minute: one psycopg
process that writes the same rows, and an echo on the same server.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import degrees
from uuid import UUID, uuid4

import psycopg
import uvloop

from bench.harness import Figure, Served, World, at_least, at_most, compared, directory, percentile, server, world
from bench.sockets import Socket, frame
from pp_core.kernel.db import roles

PATH = "/ws/tracking"
ECHO = "/bare/echo"
CROWD = 200
BATCHING, SINGLE = 20, 8
IN_FLIGHT = 32
BATCHES_IN_FLIGHT = 4
POINTS = 60_000
MESSAGES = 40_000
ROUNDS = 7
WARM_SECONDS, LOAD_SECONDS = 3.0, 30.0
_METRE = degrees(1 / 6_371_008.8)

_MEMBERS = """
INSERT INTO people (tenant_id, id, name, phone, code, roles, status, joined_on)
SELECT %(gym)s, gen_random_uuid(), 'Runner ' || n, '+25479' || lpad(n::text, 7, '0'), 'R' || n, '{MEMBER}', 'active', current_date
  FROM generate_series(1, %(count)s) AS n
"""
_ACTIVITIES = """
INSERT INTO activities (tenant_id, id, person_id, sport, status, visibility, source, door, started_at)
SELECT tenant_id, gen_random_uuid(), id, 'run', 'live', 'staff', 'app', 'rest', %(at)s
  FROM people WHERE tenant_id = %(gym)s AND name LIKE 'Runner %%' RETURNING id
"""
_NO_CAP = "UPDATE tenants SET limits = '{\"points_per_activity\": 100000000}' WHERE tenant_id = %(gym)s"
_STORED = "SELECT count(*) FROM activity_points"
_STAGE = """
CREATE TEMP TABLE stage (
  tenant_id uuid, activity_id uuid, device_ts timestamptz, received_at timestamptz, lat float8, lon float8, altitude real,
  speed real, accuracy real, heart_rate smallint) ON COMMIT DELETE ROWS
"""
_COPY = "COPY stage FROM STDIN (FORMAT BINARY)"
_INSERT = "INSERT INTO activity_points SELECT * FROM stage ON CONFLICT DO NOTHING"
_TYPES = ("uuid", "uuid", "timestamptz", "timestamptz", *["float8"] * 2, *["float4"] * 3, "int2")


@dataclass
class _Way:
    """A runner's endless way: each point a second and three metres further than the last."""

    begins: datetime
    taken: int = 0

    def points(self, count: int) -> list[dict[str, object]]:
        """The next points."""
        at = range(self.taken, self.taken + count)
        self.taken += count
        return [
            {
                "ts": (self.begins + timedelta(seconds=one)).isoformat(),
                "lat": -1.2921 + _METRE * 3 * one,
                "lon": 36.8219,
                "altitude": 1660.5,
                "speed": 3.0,
                "accuracy": 5.0,
                "hr": 142,
            }
            for one in at
        ]


async def measure() -> list[Figure]:
    """The three figures, one after the other, in one gym; on a loop that leaves the cores to the server."""
    return await asyncio.to_thread(uvloop.run, _measure())


async def _measure() -> list[Figure]:
    with directory("tracking") as path:
        async with world(path) as made:
            runners = _runners(made)
            async with server(path) as served:
                bench = _Bench(made, served, runners)
                batches, copied = await compared(bench.in_batches, bench.by_psycopg, ROUNDS)
                singly, echoed = await compared(bench.singly, bench.echoed, ROUNDS)
                waited = await bench.waits()
                bench.count()
    shown = f"{CROWD} connections, 1 point/s"
    return [
        at_least(
            "points stored, 20-100 a message", batches, "/s", limit=0.3, of=copied, to="psycopg COPY + ON CONFLICT"
        ),
        at_least(
            f"points stored, 1 a message, {IN_FLIGHT} in flight", singly, "/s", limit=0.4, of=echoed, to="an echo"
        ),
        at_most(f"acknowledgement, {shown}: p99", percentile(waited, 0.99) * 1e3, "ms", limit=1, of=120, to="120 ms"),
        at_most(f"acknowledgement, {shown}: p50", percentile(waited, 0.5) * 1e3, "ms", limit=1, of=40, to="40 ms"),
    ]


def _runners(made: World) -> list[UUID]:
    """The live activities of a crowd, made past the pipeline: how they set out is measured elsewhere."""
    given = {"gym": made.gym_id, "count": CROWD, "at": datetime.now(UTC) - timedelta(days=6)}
    with psycopg.connect(made.runtime.home.urls.admin or "") as connection:
        connection.execute(_NO_CAP, given)
        connection.execute(_MEMBERS, given)
        return [row[0] for row in connection.execute(_ACTIVITIES, given).fetchall()]


class _Bench:
    def __init__(self, made: World, served: Served, runners: list[UUID]) -> None:
        self._made, self._served = made, served
        begins = datetime.now(UTC).replace(microsecond=0) - timedelta(days=6)
        self._ways = {runner: _Way(begins) for runner in runners}
        self._chance = random.Random(20261121)
        self._sent = self._copied = 0

    async def _open(self, count: int) -> list[tuple[Socket, _Way]]:
        """Sockets of the first runners whose streams are open."""
        opened = []
        for runner in list(self._ways)[:count]:
            socket = await Socket.connect(self._served.port, f"{PATH}?activity={runner}", self._made.token)
            async with asyncio.timeout(20):
                await socket.spoken.wait()
            assert socket.early[0].startswith(b'{"opened"'), socket.early
            opened.append((socket, self._ways[runner]))
        return opened

    async def in_batches(self) -> float:
        """Points a second, 20 to 100 a message, some messages ahead of the answers."""
        opened = await self._open(BATCHING)
        prepared = []
        for _, way in opened:
            messages: list[bytes] = []
            left = POINTS // BATCHING
            while left > 0:
                count = min(left, self._chance.randint(20, 100))
                messages.append(frame(json.dumps({"seq": len(messages), "points": way.points(count)}).encode()))
                left -= count
            prepared.append(messages)
        began = time.perf_counter()
        await asyncio.gather(
            *(
                _pour(socket, messages, BATCHES_IN_FLIGHT, _taken)
                for (socket, _), messages in zip(opened, prepared, strict=True)
            )
        )
        spent = time.perf_counter() - began
        self._close(opened)
        self._sent += POINTS
        return POINTS / spent

    async def singly(self) -> float:
        """Points a second, one a message."""
        opened = await self._open(SINGLE)
        each = MESSAGES // SINGLE
        prepared = [_single(way, each) for _, way in opened]
        began = time.perf_counter()
        await asyncio.gather(
            *(
                _pour(socket, messages, IN_FLIGHT, _taken)
                for (socket, _), messages in zip(opened, prepared, strict=True)
            )
        )
        spent = time.perf_counter() - began
        self._close(opened)
        self._sent += each * SINGLE
        return each * SINGLE / spent

    async def echoed(self) -> float:
        """The same messages to a socket that sends them back."""
        each = MESSAGES // SINGLE
        sockets = [await Socket.connect(self._served.port, ECHO) for _ in range(SINGLE)]
        prepared = [_single(_Way(datetime.now(UTC)), each) for _ in sockets]
        began = time.perf_counter()
        await asyncio.gather(
            *(_pour(socket, messages, IN_FLIGHT, _said) for socket, messages in zip(sockets, prepared, strict=True))
        )
        spent = time.perf_counter() - began
        for socket in sockets:
            socket.close()
        return each * SINGLE / spent

    async def by_psycopg(self) -> float:
        """Rows a second that one process writes in batches of a thousand, each idempotent."""
        url = self._made.runtime.home.urls.ingest
        assert url is not None
        gym, runner, now = UUID(self._made.gym_id), uuid4(), datetime.now(UTC)
        begins = now - timedelta(days=6)
        rows = [
            (
                gym,
                runner,
                begins + timedelta(seconds=one),
                now,
                -1.2921 + _METRE * 3 * one,
                36.8219,
                1660.5,
                3.0,
                5.0,
                142,
            )
            for one in range(POINTS)
        ]
        return await asyncio.to_thread(self._copy, url, rows)

    def _copy(self, url: str, rows: Sequence[tuple[object, ...]]) -> float:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_STAGE)
            began = time.perf_counter()
            for begin in range(0, len(rows), 1000):
                with connection.transaction(), connection.cursor() as cursor:
                    with cursor.copy(_COPY) as copy:
                        copy.set_types(_TYPES)
                        for row in rows[begin : begin + 1000]:
                            copy.write_row(row)
                    cursor.execute(_INSERT)
            spent = time.perf_counter() - began
        self._copied += len(rows)
        return len(rows) / spent

    async def waits(self) -> list[float]:
        """Seconds from each point to its answer: a crowd, each with a point a second at its own moment."""
        opened = await self._open(CROWD)
        began = time.perf_counter()
        waited: list[float] = []

        async def run(socket: Socket, way: _Way) -> None:
            sent: dict[int, float] = {}
            socket.hears = lambda text: _heard(text, sent, waited, began + WARM_SECONDS)
            await asyncio.sleep(self._chance.random())
            for seq in range(int(WARM_SECONDS + LOAD_SECONDS)):
                message = frame(json.dumps({"seq": seq, **way.points(1)[0]}).encode())
                sent[seq] = time.perf_counter()
                socket.write(message)
                await asyncio.sleep(1.0)
            assert not sent, f"{len(sent)} points were not answered: {socket.lost}"

        await asyncio.gather(*(run(socket, way) for socket, way in opened))
        self._close(opened)
        self._sent += CROWD * int(WARM_SECONDS + LOAD_SECONDS)
        return waited

    def count(self) -> None:
        """AssertionError unless just what was sent is stored."""
        admin = roles.with_database(self._made.runtime.home.urls.admin or "", roles.DATABASE)
        with psycopg.connect(admin) as connection:
            [stored] = connection.execute(_STORED).fetchone() or (0,)
        assert stored == self._sent + self._copied, (stored, self._sent, self._copied)

    @staticmethod
    def _close(opened: list[tuple[Socket, _Way]]) -> None:
        for socket, _ in opened:
            socket.close()


def _single(way: _Way, count: int) -> list[bytes]:
    return [frame(json.dumps({"seq": seq, **point}).encode()) for seq, point in enumerate(way.points(count))]


def _said(text: bytes) -> int:
    """How many answers a frame holds."""
    return text.count(b'{"seq"')


def _taken(text: bytes) -> int:
    """The same; AssertionError when one of them is no good one."""
    assert b"reason" not in text, text
    assert b"rejected" not in text, text
    return _said(text)


async def _pour(socket: Socket, messages: list[bytes], ahead: int, answers: Callable[[bytes], int]) -> None:
    """Send all messages, never more than so many ahead of the answers; TimeoutError when these stay away."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting: Iterator[bytes] = iter(messages)
    left = len(messages)

    def hear(text: bytes) -> None:
        nonlocal left
        count = answers(text)
        left -= count
        if following := list(islice(waiting, count)):
            socket.write(b"".join(following))
        elif not left and not done.done():
            done.set_result(None)

    socket.hears = hear
    for message in [next(waiting) for _ in range(min(ahead, len(messages)))]:
        socket.write(message)
    async with asyncio.timeout(120):
        await done


def _heard(text: bytes, sent: dict[int, float], waited: list[float], since: float) -> None:
    now = time.perf_counter()
    if not _taken(text):
        return
    said = json.loads(text)
    for answer in said if isinstance(said, list) else [said]:
        if "seq" in answer and (began := sent.pop(answer["seq"])) >= since:
            waited.append(now - began)
