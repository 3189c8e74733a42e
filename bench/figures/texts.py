"""Texts: from the gateway's callback to the answer handed back to it, by one worker; and a burst of them at once."""

import asyncio
import time
from itertools import count

import procrastinate
import psycopg
from procrastinate.types import JSONValue

from bench.harness import (
    Connection,
    Figure,
    at_least,
    at_most,
    compared,
    directory,
    percentile,
    process,
    seconds_per_request,
    server,
    world,
)
from bench.phones import members, phone, sms
from bench.worker import EMPTY_JOB

TEXTS = 300
ROUNDS = 3
PHONES = 1_000
BURST = 1_000
BURST_CONNECTIONS = 100
JOBS_OF_A_TEXT = 2
"""One for what came in, one for what goes out."""
_WRITTEN = ("squat 5x5 100, bench 3x8 60", "membership", "records", "deadlift 3x5 120kg", "menu")
_HANDED_OVER = "SELECT count(*) FROM outgoing_messages WHERE purpose = 'reply' AND status = 'sent'"
_EMPTY_JOBS_LEFT = (
    f"SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = '{EMPTY_JOB}' AND status IN ('todo', 'doing')"
)
_numbers = count()


async def measure() -> list[Figure]:
    """The peer of a text is two jobs of the same queue that do nothing: what the queue alone costs."""
    with directory("texts") as path:
        async with world(path) as made, server(path) as served:
            await members(made, PHONES)
            admin = made.runtime.home.urls.admin or ""
            queue = procrastinate.App(
                connector=procrastinate.PsycopgConnector(
                    conninfo=made.runtime.home.urls.worker, kwargs={"options": "-c search_path=jobs,public"}
                )
            )
            async with queue.open_async():
                with process(path, "bench.worker"):
                    await _texts(served.port, admin, 50)
                    seconds, empty_seconds = await compared(
                        lambda: _texts(served.port, admin, TEXTS), lambda: _empty(queue, admin), rounds=ROUNDS
                    )
                    latencies, caught_up = await _burst(served.port, admin)
    return [
        at_least(
            "texts answered, one worker", 1 / seconds, "texts/s", limit=0.2, of=1 / empty_seconds, to="two empty jobs"
        ),
        at_most(
            "burst of 1,000 texts in a second: kept, p99", percentile(latencies, 0.99) * 1e3, "ms", limit=1, of=1_000, to="1 s"
        ),
        at_least("burst of 1,000 texts: answered", BURST / caught_up, "texts/s", limit=0.8, of=1 / seconds, to="the steady rate"),
    ]  # fmt: skip


async def _texts(port: int, admin: str, texts: int) -> float:
    """Seconds a text from the first callback to the last answer handed over."""
    before = _handed_over(admin)
    started = time.perf_counter()
    await seconds_per_request(port, lambda _: _one(), count=texts, connections=8)
    await _until_handed_over(admin, before + texts)
    return (time.perf_counter() - started) / texts


def _one() -> bytes:
    number = next(_numbers)
    return sms(phone(1 + number % PHONES), _WRITTEN[number % len(_WRITTEN)])


async def _burst(port: int, admin: str) -> tuple[list[float], float]:
    """Each text's seconds until it was kept, counted from when it was due; and seconds until all were answered."""
    connections: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(BURST_CONNECTIONS):
        connections.put_nowait(await Connection.open(port))
    before = _handed_over(admin)
    started = time.perf_counter()

    async def post(number: int) -> float:
        due = started + number / BURST
        await asyncio.sleep(due - time.perf_counter())
        connection = await connections.get()
        status, body = await connection.ask(_one())
        connections.put_nowait(connection)
        assert (status, body) == (200, b"OK"), (status, body)
        return time.perf_counter() - due

    latencies = await asyncio.gather(*(post(number) for number in range(BURST)))
    await _until_handed_over(admin, before + BURST)
    return list(latencies), time.perf_counter() - started


def _handed_over(admin: str) -> int:
    return _counted(admin, _HANDED_OVER)


def _counted(admin: str, statement: str) -> int:
    with psycopg.connect(admin, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


async def _until_handed_over(admin: str, wanted: int) -> None:
    async with asyncio.timeout(300):
        while _handed_over(admin) < wanted:  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.05)


# The peer


async def _empty(queue: procrastinate.App, admin: str) -> float:
    """Seconds that so many empty jobs as one text needs take the same worker."""
    job = queue.configure_task(EMPTY_JOB, queue="events")
    given: list[dict[str, JSONValue]] = [{"events": [["gym", "event"]]}] * (TEXTS * JOBS_OF_A_TEXT)
    started = time.perf_counter()
    await job.batch_defer_async(*given)
    async with asyncio.timeout(300):
        while _counted(admin, _EMPTY_JOBS_LEFT):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.02)
    return (time.perf_counter() - started) / TEXTS
