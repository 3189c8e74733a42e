"""The worker and its clock: nothing is lost, stuck or done twice."""

import asyncio
import secrets
from datetime import UTC, datetime

import procrastinate
import psycopg
import pytest
from apscheduler.triggers.cron import CronTrigger

from pp_core.notifications.operations import ReceiveText
from pp_core.runtime import schedule
from pp_core.runtime import worker as workers
from pp_core.runtime.worker import Worker
from tests.conftest import Gateway, Gym, TestHome, new_phone


async def until(done: object, seconds: float = 15) -> None:
    """Wait for `done()` to be true."""
    async with asyncio.timeout(seconds):
        while not done():  # type: ignore[operator]
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("10:17:00", "10:17:00"),
        ("10:17:04", "10:17:00"),
        ("10:16:59", "09:17:00"),
        ("11:16:59", "10:17:00"),
    ],
)
def test_a_firing_is_named_by_the_moment_it_was_due(now: str, slot: str) -> None:
    trigger = CronTrigger.from_crontab("17 * * * *", timezone="UTC")
    assert schedule.last_slot(trigger, datetime.fromisoformat(f"2026-11-21T{now}Z")) == datetime.fromisoformat(
        f"2026-11-21T{slot}Z"
    )


def test_what_was_due_long_ago_is_not_fired() -> None:
    trigger = CronTrigger.from_crontab("17 3 * * *", timezone="UTC")
    assert schedule.last_slot(trigger, datetime(2026, 11, 21, 12, tzinfo=UTC)) is None


async def test_what_came_due_while_no_clock_ran_is_fired_once(worker: Worker, home: TestHome) -> None:
    with psycopg.connect(home.urls.worker, autocommit=True) as connection:
        connection.execute("DELETE FROM jobs.procrastinate_jobs WHERE task_name = 'tick'")
    for _ in range(2):
        stop = asyncio.Event()
        running = asyncio.create_task(worker.run(stop))
        await asyncio.sleep(1)
        stop.set()
        await running
    with psycopg.connect(home.urls.worker, autocommit=True) as connection:
        fired = connection.execute("SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = 'tick'").fetchone()
    assert fired == (1,)


async def test_a_worker_that_could_not_reach_the_database_goes_on(
    gym: Gym, worker: Worker, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell, failed = worker.queue.job_manager.update_heartbeat, asyncio.Event()

    async def fail_once(worker_id: int) -> None:
        if not failed.is_set():
            failed.set()
            raise procrastinate.exceptions.ConnectorException
        await tell(worker_id)

    monkeypatch.setattr(worker.queue.job_manager, "update_heartbeat", fail_once)
    monkeypatch.setitem(workers._RUN, "update_heartbeat_interval", 0.1)
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    phone = new_phone()
    try:
        async with asyncio.timeout(5):
            await failed.wait()
        await gym.system.run(
            ReceiveText(channel="sms", gateway_id=secrets.token_hex(8), sender=phone, address="20880", text="squat 5x5")
        )
        await until(lambda: running.done() or any(one.to == phone for one in gateway.sent))
        assert not running.done()
    finally:
        stop.set()
        await running


async def test_a_command_takes_up_the_job_of_one_that_was_killed(
    gym: Gym, worker: Worker, home: TestHome, gateway: Gateway
) -> None:
    phone = new_phone()
    await worker.drain()
    await gym.system.run(
        ReceiveText(channel="sms", gateway_id=secrets.token_hex(8), sender=phone, address="20880", text="habari")
    )
    with psycopg.connect(home.urls.worker, autocommit=True) as connection:
        connection.execute(
            "UPDATE jobs.procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE status = 'todo'"
        )
    await worker.drain()
    assert [one.to for one in gateway.sent if one.to == phone] == [phone]


async def test_a_command_that_drains_shows_that_it_lives(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweeping server takes ten silent seconds for death and would do the same job beside it."""
    said: list[dict[str, object]] = []

    async def run(**options: object) -> None:
        said.append(options)
        monkeypatch.setattr(worker, "_due", _nothing)

    async def _nothing() -> bool:
        return False

    async def _something() -> bool:
        return True

    monkeypatch.setattr(worker.queue, "run_worker_async", run)
    monkeypatch.setattr(worker, "_due", _something)
    await worker.drain()
    assert said[0]["update_heartbeat_interval"] == workers.HEARTBEAT_SECONDS < workers.STALLED_SECONDS / 2
