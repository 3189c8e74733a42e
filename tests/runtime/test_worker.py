"""The worker and its clock: nothing is lost, stuck or done twice."""

import asyncio
import secrets
from datetime import UTC, datetime

import procrastinate
import psycopg
import pytest
from apscheduler.triggers.cron import CronTrigger
from procrastinate.manager import JobManager

from pp_core.notifications.operations import ReceiveText
from pp_core.runtime import schedule
from pp_core.runtime import worker as workers
from pp_core.runtime.housekeeping import NAME as HOUSEKEEPING
from pp_core.runtime.worker import DatabaseLostError, Worker
from tests.conftest import Gateway, Gym, TestHome, new_phone


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
        fired = connection.execute(
            "SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = 'tick' AND args ->> 'name' = %s",
            [HOUSEKEEPING],
        ).fetchone()
    assert fired == (1,)


async def test_a_worker_whose_heartbeat_is_lost_says_so(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise procrastinate.exceptions.ConnectorException

    monkeypatch.setattr(JobManager, "update_heartbeat", fail)
    monkeypatch.setitem(workers._RUN, "update_heartbeat_interval", 0.1)
    async with asyncio.timeout(10):
        with pytest.raises(DatabaseLostError):
            await worker.run(asyncio.Event())


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
