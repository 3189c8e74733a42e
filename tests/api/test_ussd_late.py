"""USSD turns whose answer is late or lost: a page in time, and later one text with what came of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from pp_bots import texts
from pp_core.kernel.ids import ussd_turn_key
from pp_core.kernel.locale import text as worded
from pp_core.kernel.settings import UssdSettings
from pp_core.memberships.operations import ListVisits, ShowDoorCode
from pp_core.notifications.operations import PickUpTurns, ReceiveText, TakeTurn
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import Member
from pp_core.workouts.operations import ListWorkouts
from tests.api.conftest import Api, SignedInGym, handset, rows, running_api
from tests.bots.talking import Handset
from tests.conftest import Gateway, Gym, TestHome, new_phone

HOOK = "/hooks/ussd/test-callback-token"
AWAY, SLOW, UNFINISHED = (
    "END " + " ".join(worded(key, one) for one in ("en", "sw")) for key in ("ussd.away", "ussd.slow", "ussd.unfinished")
)


@pytest.fixture(scope="module")
async def hurried(home: TestHome) -> AsyncIterator[Api]:
    """The application with a deadline that a lock outlasts."""
    async with running_api(home, ussd=UssdSettings(callback_token="test-callback-token", deadline=1.0)) as running:
        yield running


async def until(true: Callable[[], Any]) -> Any:
    async with asyncio.timeout(30):
        while not (found := true()):
            await asyncio.sleep(0.02)
    return found


@contextmanager
def nobody_checks_in(home: TestHome, member: Member) -> Iterator[None]:
    """Hold the lock that a check-in of this member takes."""
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin) as connection:
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('memberships ' || %s::text, 0))", (str(member.id),)
        )
        yield
        connection.rollback()


def late_texts(home: TestHome, phone: str) -> list[tuple[Any, ...]]:
    return rows(home, "SELECT text FROM outgoing_messages WHERE recipient = %s AND purpose = 'reply'", phone)


async def test_a_slow_core_is_answered_in_time_and_later_by_one_text(
    hurried: Api, admin: SignedInGym, amina: Member, home: TestHome, worker: Worker, gateway: Gateway
) -> None:
    code = (await admin.gym.operator.run(ShowDoorCode())).code
    phone = handset(hurried, amina)
    await phone.dial()
    await phone.type("1")
    with nobody_checks_in(home, amina):
        assert await phone.type(code) == SLOW
        assert late_texts(home, phone.phone) == []
    [(text,)] = await until(lambda: late_texts(home, phone.phone))
    assert text == worded("check_in.done", "en", gym=admin.gym.onboarded.name, count=1)
    rows(home, "UPDATE incoming_texts SET received_at = now() - interval '2 minutes' WHERE sender = %s RETURNING 1",
         phone.phone)  # fmt: skip
    await admin.gym.system.run(PickUpTurns())
    await worker.drain()
    assert [one.text for one in gateway.sent if one.to == phone.phone] == [text]
    assert len((await admin.gym.operator.run(ListVisits())).items) == 1
    assert "END " + text == (await phone.post()).replace("\n0 Back 00 Menu", "")  # asked again, it is that answer


async def test_a_slow_core_asked_twice_still_answers_by_one_text(
    hurried: Api, admin: SignedInGym, amina: Member, home: TestHome, worker: Worker, gateway: Gateway
) -> None:
    code = (await admin.gym.operator.run(ShowDoorCode())).code
    phone = handset(hurried, amina)
    await phone.dial()
    await phone.type("1")
    phone.inputs.append(code)
    with nobody_checks_in(home, amina):
        assert await asyncio.gather(phone.post(), phone.post(), phone.post()) == [SLOW] * 3
    await until(lambda: late_texts(home, phone.phone))
    await worker.drain()
    await until(lambda: [one for one in gateway.sent if one.to == phone.phone])
    assert len(late_texts(home, phone.phone)) == 1
    assert len((await admin.gym.operator.run(ListVisits())).items) == 1


async def test_a_turn_whose_server_is_gone_is_answered_by_the_worker(
    api: Api, admin: SignedInGym, amina: Member, home: TestHome, worker: Worker, gateway: Gateway
) -> None:
    phone = handset(api, amina)
    await phone.dial()
    await phone.type("2")
    left = await leave(admin.gym, phone, "squat 5x5 100")
    await admin.gym.system.run(TakeTurn(text_id=left))
    forget(home, left)
    for _ in range(2):
        await admin.gym.system.run(PickUpTurns())
        await worker.drain()
    [sent] = [one.text for one in gateway.sent if one.to == phone.phone]
    assert sent.startswith("Logged: Squat 5x5 100kg")
    assert len((await admin.gym.person(amina).run(ListWorkouts())).items) == 1
    phone.inputs.append("squat 5x5 100")
    assert await phone.post() == f"END {sent}"


async def test_a_turn_whose_server_acted_and_died_acts_once(
    api: Api, admin: SignedInGym, amina: Member, home: TestHome, worker: Worker, gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    phone = handset(api, amina)
    await phone.dial()
    await phone.type("2")
    run = type(admin.gym.system).run

    async def dying(self: Any, op: Any, **how: Any) -> Any:
        if op.policy.name == "notifications.answer_text" and op.made:
            raise ConnectionResetError
        return await run(self, op, **how)

    monkeypatch.setattr(type(admin.gym.system), "run", dying)
    assert await phone.type("squat 5x5 100") == UNFINISHED  # whoever dialled again at once would log it twice
    monkeypatch.undo()
    [(left,)] = rows(home, "SELECT id FROM incoming_texts WHERE sender = %s AND answered_at IS NULL", phone.phone)
    forget(home, left)
    await admin.gym.system.run(PickUpTurns())
    await worker.drain()
    assert len([one for one in gateway.sent if one.to == phone.phone]) == 1
    assert len((await admin.gym.person(amina).run(ListWorkouts())).items) == 1


async def leave(gym: Gym, phone: Handset, said: str) -> UUID:
    """A turn that is kept and that nobody answers."""
    text = "*".join((*phone.inputs, said))
    key = ussd_turn_key(phone.code, phone.phone, phone.session, text)
    kept = await gym.system.run(
        ReceiveText(
            channel="ussd", gateway_id=key, sender=phone.phone, address=phone.code, text=text, session=phone.session
        )
    )
    return kept.text_id


def forget(home: TestHome, text_id: UUID) -> None:
    """Let a minute pass for this turn, and with it its server's hold on the conversation."""
    rows(
        home, "UPDATE conversations SET held_until = now() - interval '1 second' WHERE holder = %s RETURNING 1", text_id
    )
    rows(home, "UPDATE incoming_texts SET received_at = received_at - interval '1 minute' WHERE id = %s RETURNING 1",
         text_id)  # fmt: skip


async def test_a_bug_of_ours_is_a_page(api: Api, amina: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> str:
        raise KeyError("correct")

    monkeypatch.setattr(texts.conversation, "answer", broken)
    page = await handset(api, amina).dial()
    assert (page, len(page) <= 160) == (UNFINISHED, True)


@contextmanager
def gone(home: TestHome) -> Iterator[None]:
    """A database that lets nobody in."""
    assert home.urls.admin is not None
    database = home.urls.app.rsplit("/", 1)[1].split("?")[0]
    with psycopg.connect(home.urls.admin, dbname="postgres", autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false'.encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,))
        try:
            yield
        finally:
            connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true'.encode())


async def test_without_a_database_the_page_says_so_and_promises_nothing(make_home: Callable[[], TestHome]) -> None:
    away = make_home()
    async with running_api(away, ussd=UssdSettings(callback_token="test-callback-token", deadline=1.0)) as api:
        phone = Handset(api.http, new_phone())
        assert (await phone.dial()).startswith("CON ")
        with gone(away):
            assert await phone.dial() == AWAY
            ended = await phone.hang_up()
            assert ended.status_code == 503  # to be told again
        await until_there(phone)
        assert len(late_texts(away, phone.phone)) == 0


async def until_there(phone: Handset) -> None:
    async with asyncio.timeout(30):
        while not (await phone.dial()).startswith("CON "):
            await asyncio.sleep(0.2)


async def test_a_gateway_that_hangs_up_loses_no_turn(
    hurried: Api, admin: SignedInGym, amina: Member, home: TestHome
) -> None:
    code = (await admin.gym.operator.run(ShowDoorCode())).code
    phone = handset(hurried, amina)
    await phone.dial()
    await phone.type("1")
    phone.inputs.append(code)
    with nobody_checks_in(home, amina):
        async with httpx.AsyncClient(base_url=hurried.url, timeout=0.2) as impatient:
            with pytest.raises(httpx.TimeoutException):
                await impatient.post(HOOK, data=phone.form())
    await until(lambda: rows(home, "SELECT 1 FROM visits WHERE person_id = %s", amina.id))
    page = await phone.post()
    assert page.startswith("END ")
    assert page not in (AWAY, SLOW)
