"""How the system is, as it is told to the people of one gym."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from pp_core.client.local import door_reactions
from pp_core.health.operations import HealthPart, HealthReport, ShowHealth
from pp_core.kernel.db.transaction import Transaction
from pp_core.kernel.errors import PermissionMissing
from pp_core.kernel.policy import Role
from pp_core.kernel.ports import SendOutcome, SendStatus
from pp_core.kernel.settings import UssdSettings
from pp_core.notifications.operations import AnswerText, FollowUp, ReceiveText, SendMessage
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import ConnectChannel
from tests.conftest import Gateway, Gym, TestHome, new_phone, onboard
from tests.staff import hire

EMPTY = SendOutcome(SendStatus.REFUSED, reason="InsufficientBalance")
NO_NUMBER = SendOutcome(SendStatus.REFUSED, reason="InvalidPhoneNumber")
BROKEN = SendOutcome(SendStatus.UNKNOWN, reason="ReadTimeout")


async def look(gym: Gym) -> HealthReport:
    return await gym.operator.run(ShowHealth())


async def part(gym: Gym, name: str) -> HealthPart:
    return next(one for one in (await look(gym)).parts if one.name == name)


async def send(gym: Gym, worker: Worker, gateway: Gateway, *answers: SendOutcome | None) -> None:
    """Send a text for each answer of the gateway; None is its ordinary one."""
    await worker.drain()  # the invitation of the gym's administrator
    member = await gym.add_member()
    for answer in answers:
        gateway.answers[:] = [] if answer is None else [answer]
        await gym.operator.run(SendMessage(member=str(member.id), text="Habari"))
        await worker.drain()


def change(home: TestHome, statement: str, *values: object) -> None:
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.worker if "jobs." in statement else home.urls.admin, autocommit=True) as connection:
        connection.execute(statement, values)  # type: ignore[arg-type]


async def test_a_fresh_gym(gym: Gym) -> None:
    before = datetime.now(UTC)
    report = await look(gym)
    assert [one.name for one in report.parts] == ["database", "worker", "sms", "ussd", "telegram"]
    assert before <= report.at <= datetime.now(UTC)
    database, _, sms, ussd, telegram = report.parts
    assert (database.state, database.reason) == ("ok", "database.well")
    assert database.about is not None
    assert database.about.startswith("PostgreSQL 1")
    assert 0 < database.figures["round_trip_ms"] <= 250
    assert 0 < database.figures["connections"] < database.figures["connections_allowed"]
    assert (database.figures["pool_size"], database.figures["pool_used"] >= 1) == (6, True)
    assert [(one.state, one.reason) for one in (sms, ussd)] == [("ok", "channel.quiet")] * 2
    assert (telegram.state, telegram.reason, telegram.at) == ("absent", "channel.absent", None)


async def test_who_may_see_it(gym: Gym) -> None:
    for role in (Role.GYM_ADMIN, Role.RECEPTION):
        staff = await hire(gym, role)
        assert (await staff.holding(await staff.sign_in(gym=gym.slug)).run(ShowHealth())).parts
    for role in (Role.TRAINER, Role.NUTRITIONIST):
        staff = await hire(gym, role)
        with pytest.raises(PermissionMissing):
            await staff.holding(await staff.sign_in(gym=gym.slug)).run(ShowHealth())
    with pytest.raises(PermissionMissing):
        await gym.person(await gym.add_member()).run(ShowHealth())


async def test_what_went_out_is_counted(gym: Gym, other_gym: Gym, worker: Worker, gateway: Gateway) -> None:
    await send(gym, worker, gateway, None, None, NO_NUMBER)
    member = await gym.add_member()
    await gym.operator.run(SendMessage(member=str(member.id), text="Habari"))
    sms = await part(gym, "sms")
    assert {name: sms.figures[name] for name in ("sent", "delivered", "waiting", "failed", "unknown")} == {
        "sent": 3,
        "delivered": 0,
        "waiting": 1,
        "failed": 1,
        "unknown": 0,
    }
    # A number that cannot be sent to is no fault of the gateway's.
    assert (sms.state, sms.reason) == ("ok", "channel.well")
    assert (sms.failure, sms.about) == ("InvalidPhoneNumber", None)
    assert sms.last_out is not None
    assert sms.failed_at is not None
    assert sms.at == sms.last_out <= sms.failed_at
    elsewhere = await part(other_gym, "sms")
    assert (elsewhere.reason, elsewhere.figures["sent"], elsewhere.failure) == (
        "channel.well",
        1,
        None,
    )  # an invitation
    await worker.drain()


async def test_a_gateway_that_takes_nothing_is_down_until_it_takes_something(
    gym: Gym, worker: Worker, gateway: Gateway
) -> None:
    await send(gym, worker, gateway, None, EMPTY, EMPTY, BROKEN, EMPTY)
    sms = await part(gym, "sms")
    assert (sms.state, sms.reason) == ("warning", "channel.some_failed")
    assert (sms.figures["lately"], sms.figures["failed_lately"]) == (6, 4)
    await send(gym, worker, gateway, EMPTY)
    report = await look(gym)
    sms = report.parts[2]
    assert (sms.state, sms.reason, sms.failure) == ("down", "channel.all_failed", "InsufficientBalance")
    assert report.state == "down"
    await send(gym, worker, gateway, None)
    sms = await part(gym, "sms")
    assert (sms.state, sms.reason) == ("warning", "channel.some_failed")


async def test_what_failed_long_ago_and_was_not_tried_since_is_a_warning(
    gym: Gym, worker: Worker, gateway: Gateway, home: TestHome
) -> None:
    await send(gym, worker, gateway, None, EMPTY)
    change(
        home,
        "UPDATE outgoing_messages SET attempted_at = attempted_at - interval '20 minutes' WHERE tenant_id = %s",
        gym.id,
    )
    sms = await part(gym, "sms")
    assert (sms.state, sms.reason, sms.figures["lately"]) == ("warning", "channel.last_failed", 0)
    change(
        home,
        "UPDATE outgoing_messages SET created_at = created_at - interval '25 hours' WHERE tenant_id = %s",
        gym.id,
    )
    assert (await part(gym, "sms")).reason == "channel.quiet"


async def turn(gym: Gym, *, late: bool) -> None:
    phone = new_phone()
    kept = await gym.system.run(
        ReceiveText(
            channel="ussd",
            gateway_id=secrets.token_hex(12),
            sender=phone,
            address="*384*77#",
            text="",
            session=f"ATUid_{uuid4().hex}",
        )
    )
    await gym.system.run(
        AnswerText(
            text_id=kept.text_id, reply="END Karibu", intent="menu", understood=True, tenant_id=gym.id, by_message=False
        )
    )
    if late:
        await gym.system.run(FollowUp(text_id=kept.text_id, text="Karibu"))


async def test_pages_that_came_too_late(gym: Gym, other_gym: Gym) -> None:
    for _ in range(2):
        await turn(gym, late=False)
    await turn(gym, late=True)
    await turn(other_gym, late=True)
    ussd = await part(gym, "ussd")
    assert (ussd.state, ussd.reason) == ("ok", "channel.well")
    assert ussd.figures == {"received": 3, "late": 1, "lately": 3, "failed_lately": 1}
    assert ussd.last_in is not None
    assert ussd.at == ussd.last_in
    await turn(gym, late=True)
    assert (await part(gym, "ussd")).reason == "ussd.some_failed"
    for _ in range(5):
        await turn(other_gym, late=True)
    assert (await part(other_gym, "ussd")).state == "down"


async def test_the_last_turn_is_told_however_long_ago(gym: Gym, home: TestHome) -> None:
    await turn(gym, late=False)
    change(home, "UPDATE incoming_texts SET received_at = received_at - interval '3 days' WHERE tenant_id = %s", gym.id)
    ussd = await part(gym, "ussd")
    assert (ussd.reason, ussd.figures["received"]) == ("channel.quiet", 0)
    assert ussd.last_in is not None
    assert timedelta(days=2, hours=23) < datetime.now(UTC) - ussd.last_in < timedelta(days=3, hours=1)


async def test_a_channel_of_its_own(home: TestHome, gateway: Gateway) -> None:
    settings = replace(home.settings, ussd=UssdSettings())
    async with Runtime(settings, home, sms=gateway) as runtime:  # type: ignore[arg-type]
        gym = await onboard(runtime)
        code, bot = f"2{secrets.randbelow(10**4):04d}", f"g{secrets.token_hex(4)}bot"
        await gym.operator.run(ConnectChannel(kind="sms", address=code))
        await gym.operator.run(ConnectChannel(kind="telegram", address=bot))
        _, _, sms, ussd, telegram = (await look(gym)).parts
    assert (sms.about, sms.state) == (code, "ok")
    assert (ussd.state, ussd.reason) == ("absent", "channel.absent")
    # It is the gym's, and nobody here can speak for it.
    assert (telegram.about, telegram.state, telegram.reason) == (bot, "down", "channel.not_served")


@pytest.fixture
async def own(make_home: Callable[[], TestHome], gateway: Gateway) -> AsyncIterator[tuple[Gym, TestHome, Worker]]:
    """A gym on a database of its own, where nobody works yet."""
    home = make_home()
    async with (
        Runtime(home.settings, home, sms=gateway) as runtime,  # type: ignore[arg-type]
        Runtime(home.settings, home, sms=gateway, as_worker=True) as working,  # type: ignore[arg-type]
    ):
        yield await onboard(runtime), home, Worker(working, door_reactions(working.pulse))


async def test_nobody_works_and_somebody_does(own: tuple[Gym, TestHome, Worker]) -> None:
    gym, _, worker = own
    none = await part(gym, "worker")
    assert (none.state, none.reason, none.at) == ("down", "worker.none", None)
    assert none.figures["waiting"] > 0
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    try:
        async with asyncio.timeout(20):
            while (seen := await part(gym, "worker")).figures["workers"] < 1 or seen.figures["waiting"]:
                await asyncio.sleep(0.05)
        assert (seen.state, seen.reason) == ("ok", "worker.well")
        assert seen.at is not None
        assert datetime.now(UTC) - seen.at < timedelta(seconds=10)
    finally:
        stop.set()
        await running


async def test_a_worker_that_went_silent(own: tuple[Gym, TestHome, Worker]) -> None:
    gym, home, worker = own
    await worker.drain()
    change(home, "INSERT INTO jobs.procrastinate_workers (last_heartbeat) VALUES (now() - interval '40 seconds')")
    silent = await part(gym, "worker")
    assert (silent.state, silent.reason) == ("warning", "worker.silent")
    assert silent.figures["silent_seconds"] >= 40
    change(
        home,
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, scheduled_at) VALUES ('events', 'deliver', %s)",
        datetime.now(UTC) - timedelta(seconds=61),
    )
    stuck = await part(gym, "worker")
    assert (stuck.state, stuck.reason, stuck.figures["oldest_seconds"] >= 61) == ("down", "worker.stuck", True)
    change(home, "UPDATE jobs.procrastinate_workers SET last_heartbeat = now()")
    assert (await part(gym, "worker")).reason == "worker.behind"
    change(home, "UPDATE jobs.procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
    left = await part(gym, "worker")
    assert (left.reason, left.figures["running"], left.figures["stalled"]) == ("worker.stalled", 1, 1)
    change(home, "UPDATE jobs.procrastinate_jobs SET status = 'failed' WHERE status = 'doing'")
    failed = await part(gym, "worker")
    assert (failed.state, failed.reason, failed.figures["failed_lately"]) == ("warning", "worker.failed", 1)
    change(home, "UPDATE jobs.procrastinate_events SET at = at - interval '25 hours'")
    assert (await part(gym, "worker")).reason == "worker.well"


async def test_it_takes_as_many_statements_whatever_there_is_to_tell(
    gym: Gym, worker: Worker, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    for name in ("all", "maybe"):
        plain = getattr(Transaction, name)

        def noting(plain: Callable[..., object]) -> Callable[..., object]:
            def note(self: Transaction, statement: object, /, **values: object) -> object:
                seen.append(statement.prepared(values)[0])  # type: ignore[attr-defined]
                return plain(self, statement, **values)

            return note

        monkeypatch.setattr(Transaction, name, noting(plain))
    await look(gym)
    few = len(seen)
    await send(gym, worker, gateway, None, EMPTY, NO_NUMBER, BROKEN)
    await turn(gym, late=True)
    await gym.operator.run(ConnectChannel(kind="ussd", address=f"*384*{secrets.randbelow(10**6)}#"))
    seen.clear()
    await look(gym)
    assert len(seen) == few == 6  # one of them begins
