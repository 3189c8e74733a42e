"""The worker: takes durable jobs, delivers events, and keeps the clock when it holds the clock's lock."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import procrastinate
import psycopg
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from procrastinate import RetryStrategy
from procrastinate.manager import JobManager

from pp_core.kernel.call import Call, System
from pp_core.kernel.db.statement import sql
from pp_core.kernel.errors import DatabaseUnavailable
from pp_core.kernel.operation import operation_named
from pp_core.kernel.policy import Door

from . import housekeeping, schedule
from .delivery import Deliverer, DoorReaction
from .wiring import Runtime

_log = structlog.stdlib.get_logger(__name__)

HEARTBEAT_SECONDS = 2
STALLED_SECONDS = 10
SWEEP_SECONDS = 5
CONCURRENCY = 4
CLOCK_LOCK = 7_267_001

# Whoever works says so at the same rhythm, a command that drains too: silence is taken for death.
_RUN: dict[str, Any] = {
    "concurrency": CONCURRENCY,
    "install_signal_handlers": False,
    "update_heartbeat_interval": HEARTBEAT_SECONDS,
    "stalled_worker_timeout": STALLED_SECONDS,
}
_FIRE = sql("SELECT pp_fire(%(name)s, %(slot)s)")
_DUE = sql(
    "SELECT EXISTS (SELECT 1 FROM jobs.procrastinate_jobs WHERE status = 'todo'"
    " AND (scheduled_at IS NULL OR scheduled_at <= now()))"
)
_SCOPE = sql("SELECT set_config('app.scope', 'system', true)")


class DatabaseLostError(Exception):
    """The database went away under the worker: it must begin anew, as another worker."""


class _Jobs(JobManager):
    """Notices when a heartbeat fails.

    Procrastinate's worker would go on in silence, be taken for dead, and have its running jobs done a second time beside it:
    its watch over such tasks ends with the first of them that ends, and one has nothing to do here.
    """

    def __init__(self, connector: procrastinate.PsycopgConnector) -> None:
        super().__init__(connector)
        self.silent = asyncio.Event()

    async def update_heartbeat(self, worker_id: int) -> None:
        try:
            await super().update_heartbeat(worker_id)
        except Exception:
            self.silent.set()
            raise


class Worker:
    """Runs the queue of one database. `runtime` must be open and hold the worker's role.

    `reactions` are the doors' (`client.local.door_reactions`): whoever composes the worker knows the doors.
    """

    def __init__(self, runtime: Runtime, reactions: Mapping[str, DoorReaction]) -> None:
        self._runtime = runtime
        connector = procrastinate.PsycopgConnector(
            conninfo=runtime.home.urls.worker,
            kwargs={"options": "-c search_path=jobs,public", "application_name": "pp worker queue"},
            min_size=1,
            max_size=3,
        )
        self.queue = procrastinate.App(connector=connector, worker_defaults={"listen_notify": True})
        self._jobs = self.queue.job_manager = _Jobs(connector)
        self._deliverer = Deliverer(runtime.pulse, runtime.ports, reactions)
        retry = RetryStrategy(max_attempts=12, exponential_wait=2)
        self.queue.task(name="deliver", queue="events", retry=retry)(self._deliver)
        self.queue.task(name="tick", queue="clock", retry=retry)(self._tick)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish the jobs in hand; `DatabaseLostError` when the database went away."""
        try:
            await self._run(stop)
        except procrastinate.exceptions.ConnectorException as error:
            raise DatabaseLostError from error

    async def _run(self, stop: asyncio.Event) -> None:
        async with self.queue.open_async():
            await self._retry_stalled(seconds=STALLED_SECONDS)
            tasks = [
                asyncio.create_task(self._work(), name="jobs"),
                asyncio.create_task(self._keep_clock(), name="clock"),
                asyncio.create_task(self._sweep(), name="sweep"),
                asyncio.create_task(self._until_silent(), name="heartbeat"),
            ]
            stopped = asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
            for task in (*tasks, stopped):
                task.cancel()
            await asyncio.gather(*tasks, stopped, return_exceptions=True)
            for task in done:
                if task is not stopped and not task.cancelled() and task.exception() is not None:
                    raise task.exception()  # type: ignore[misc]

    async def drain(self) -> None:
        """Do what is waiting now, then return: how a command on the server's machine finishes its own jobs."""
        async with self.queue.open_async():
            await self._retry_stalled(seconds=STALLED_SECONDS)
            # What a job leaves behind may be fetched only by the next round.
            while await self._due():
                await self.queue.run_worker_async(wait=False, listen_notify=False, **_RUN)

    async def _due(self) -> bool:
        async with self._runtime.database.transaction(read_only=True) as tx:
            return bool(await tx.value(_DUE))

    async def _work(self) -> None:
        await self.queue.run_worker_async(
            fetch_job_polling_interval=SWEEP_SECONDS, shutdown_graceful_timeout=10, **_RUN
        )
        raise DatabaseLostError  # nothing else ends it without an error

    async def _until_silent(self) -> None:
        await self._jobs.silent.wait()
        raise DatabaseLostError

    async def _deliver(self, events: list[list[str]]) -> None:
        failures: list[Exception] = []
        for tenant_id, event_id in events:
            try:
                await self._deliverer.deliver(UUID(tenant_id), UUID(event_id))
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]

    async def _tick(self, name: str, slot: str) -> None:
        if name == housekeeping.NAME:
            await housekeeping.sweep(self._runtime)
            return
        operation = operation_named(name)
        if operation is None:
            _log.error("the clock names an unknown operation", operation=name)
            return
        await self._runtime.pulse.run(operation(), Call(door=Door.WORKER, credentials=System("clock")))

    async def _sweep(self) -> None:
        """Give jobs of workers that died back to the queue."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._retry_stalled(seconds=STALLED_SECONDS)
            except (psycopg.Error, procrastinate.exceptions.ConnectorException):
                _log.warning("the sweep could not reach the database")

    async def _retry_stalled(self, seconds: float) -> None:
        for job in await self.queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
            _log.warning("a job of a dead worker is tried again", job=job.id, task=job.task_name)
            with suppress(procrastinate.exceptions.ConnectorException):  # another worker was quicker
                await self.queue.job_manager.retry_job(job, retry_at=datetime.now(UTC))

    async def _keep_clock(self) -> None:
        """Hold the clock's lock on a connection of its own; whoever holds it fires what is due.

        The connection is also how a worker notices that the database died: it raises `DatabaseLost`. Jobs whose start or end
        could not be told then would stay "doing" for as long as this worker's heart beats.
        """
        try:
            async with await psycopg.AsyncConnection.connect(
                self._runtime.home.urls.worker, autocommit=True, application_name="pp clock", connect_timeout=5
            ) as connection:
                await self._tick_while_leading(connection)
        except psycopg.Error as error:
            raise DatabaseLostError from error

    async def _tick_while_leading(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (CLOCK_LOCK,))
            row = await cursor.fetchone()
            if row is not None and row[0]:
                break
            await asyncio.sleep(2)
        clock = AsyncIOScheduler(timezone="UTC")
        grace = int(schedule.CATCH_UP.total_seconds())
        for name, trigger in schedule.entries():
            clock.add_job(self._fire, trigger, args=(name, trigger), coalesce=True, misfire_grace_time=grace)
            await self._fire(name, trigger)  # what came due while no clock ran
        clock.start()
        try:
            while True:
                await asyncio.sleep(5)
                await connection.execute("SELECT 1")  # notices a lost connection, and with it a lost lock
        finally:
            clock.shutdown(wait=False)

    async def _fire(self, name: str, trigger: Any) -> None:
        """Store a job for the moment that `name` was last due, unless a clock has; named by that moment and not by ours."""
        slot = schedule.last_slot(trigger, datetime.now(UTC))
        if slot is None:
            return
        try:
            async with self._runtime.database.transaction() as tx:
                await tx.run(_SCOPE)
                await tx.run(_FIRE, name=name, slot=slot.isoformat())
        except (DatabaseUnavailable, psycopg.Error):
            _log.exception("the clock could not fire; whoever leads next catches up", entry=name)
