"""The durable jobs as an operator sees them: what waits, what failed, what is stuck, who works."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from pp_core.kernel.settings import Settings

from .database import Home
from .delivery import DoorReaction
from .pulse import Pulse
from .wiring import Runtime
from .worker import STALLED_SECONDS, Worker

Reactions = Callable[[Pulse], Mapping[str, DoorReaction]]
"""What binds the doors' reactions to a pipeline: `client.local.door_reactions`."""

_SEES = "SELECT has_table_privilege('jobs.procrastinate_jobs', 'SELECT')"
_WORKING = """
SELECT count(*) FROM jobs.procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %(seconds)s)
"""
_WAITING = """
SELECT count(*) FROM jobs.procrastinate_jobs
 WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
"""
_TROUBLED = """
SELECT j.id, j.task_name AS task, j.attempts, j.args,
       CASE WHEN j.status = 'failed' THEN 'failed' WHEN j.status = 'doing' THEN 'stalled' ELSE 'retrying' END AS status,
       (SELECT max(e.at) FROM jobs.procrastinate_events e WHERE e.job_id = j.id) AS at
  FROM jobs.procrastinate_jobs j LEFT JOIN jobs.procrastinate_workers w ON w.id = j.worker_id
 WHERE j.status = 'failed'
    OR (j.status = 'todo' AND j.attempts > 0)
    OR (j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %(seconds)s)))
 ORDER BY j.id
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A job in trouble: `failed` for good, `stalled` with a worker that died, or `retrying` after a failure."""

    id: int
    task: str
    status: str
    attempts: int
    at: datetime | None
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """How the queue stands: workers with a heartbeat, jobs due, jobs in trouble."""

    workers: int
    waiting: int
    failed: int
    stalled: int


def figures(url: str) -> Figures:
    """How the queue stands; `url` is the worker's."""
    with psycopg.connect(url, autocommit=True) as connection:
        troubled = _troubled(connection)
        return Figures(
            workers=_count(connection, _WORKING),
            waiting=_count(connection, _WAITING),
            failed=sum(job.status == "failed" for job in troubled),
            stalled=sum(job.status == "stalled" for job in troubled),
        )


def troubled(url: str) -> list[Job]:
    """The jobs in trouble, oldest first; `url` is the worker's."""
    with psycopg.connect(url, autocommit=True) as connection:
        return _troubled(connection)


async def retry(settings: Settings, home: Home, ids: list[int]) -> list[int]:
    """Give failed and stalled jobs back to the queue and return those that were; empty `ids` means all of them."""
    async with Runtime(settings, home, as_worker=True) as runtime:
        worker = Worker(runtime, {})
        chosen = [
            job.id
            for job in troubled(home.urls.worker)
            if job.status in ("failed", "stalled") and (not ids or job.id in ids)
        ]
        async with worker.queue.open_async():
            for job_id in chosen:
                await worker.queue.job_manager.retry_job_by_id_async(job_id, retry_at=runtime.clock.now())
    return chosen


async def finish_own(settings: Settings, home: Home, reactions: Reactions) -> None:
    """Do the jobs that wait, unless a worker will: how a command on the server's machine leaves nothing undone."""
    # Asked again afterwards: another command may have left its jobs to us, seeing us at work.
    while _left_to_us(home.urls.worker):
        async with Runtime(replace(settings, pool_size=3), home, as_worker=True) as runtime:
            await Worker(runtime, reactions(runtime.pulse)).drain()


def _left_to_us(url: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        allowed = connection.execute(_SEES).fetchone()
        if not allowed or not allowed[0]:
            return False  # a machine that holds only the app's role leaves them to its worker
        return not _count(connection, _WORKING) and bool(_count(connection, _WAITING))


def _troubled(connection: psycopg.Connection[Any]) -> list[Job]:
    with connection.cursor(row_factory=class_row(Job)) as cursor:
        return cursor.execute(_TROUBLED, {"seconds": STALLED_SECONDS}).fetchall()


def _count(connection: psycopg.Connection[Any], statement: str) -> int:
    row = connection.execute(statement, {"seconds": STALLED_SECONDS}).fetchone()
    assert row is not None
    return int(row[0])
