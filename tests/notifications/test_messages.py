"""Texts that come in are kept once and answered once; messages that go out end as the gateway says."""

import asyncio
import secrets
from typing import Any

import psycopg
import pytest
import structlog

from pp_core.kernel.db.statement import sql
from pp_core.kernel.errors import NotFound
from pp_core.kernel.ports import SendOutcome, SendStatus
from pp_core.kernel.settings import Settings
from pp_core.notifications.operations import (
    AnswerText,
    ListMessages,
    ListUnread,
    NoPhone,
    ReceiveText,
    RecordDelivery,
    SendMessage,
    TakeTurn,
)
from pp_core.runtime.delivery import Deliverer
from pp_core.runtime.wiring import ports_for
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import AddMember
from tests.conftest import Gateway, Gym, TestHome, new_phone


def text(sender: str, words: str = "habari") -> ReceiveText:
    """A text as a gateway delivers it."""
    return ReceiveText(channel="sms", gateway_id=secrets.token_hex(12), sender=sender, address="22384", text=words)


async def test_a_text_is_kept_once(gym: Gym) -> None:
    received = text(new_phone())
    first, again = await gym.system.run(received), await gym.system.run(received)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.text_id == first.text_id
    kept = await gym.system.run(TakeTurn(text_id=first.text_id))
    assert (kept.sender, kept.text, kept.answered) == (received.sender, "habari", False)


async def test_what_was_not_understood_is_answered_once_and_kept_for_the_staff(gym: Gym) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    taken = await gym.system.run(text(amina.phone))
    answer = AnswerText(
        text_id=taken.text_id,
        reply="Andika: squat 5x5 100",
        intent="unknown",
        understood=False,
        tenant_id=gym.id,
        person_id=amina.id,
    )
    await gym.system.run(answer)
    await gym.system.run(answer)
    sent = await gym.operator.run(ListMessages())
    assert [one.text for one in sent.items if one.recipient == amina.phone] == ["Andika: squat 5x5 100"]
    unread = await gym.operator.run(ListUnread())
    assert [(one.person_id, one.text) for one in unread.items] == [(amina.id, "habari")]
    assert (await gym.system.run(TakeTurn(text_id=taken.text_id))).answered


async def test_a_message_ends_as_the_gateway_says(gym: Gym, gateway: Gateway, worker: Worker) -> None:
    amina = await gym.add_member()
    await worker.drain()
    known = f"ATXid_{secrets.token_hex(12)}"
    gateway.answers.append(SendOutcome(SendStatus.SENT, gateway_id=known, cost_minor=80, currency="KES"))
    queued = await gym.operator.run(SendMessage(member=amina.code, text="Karibu tena"))
    assert queued.status == "queued"
    await worker.drain()
    assert await status(gym, queued.id) == "sent"
    await gym.system.run(RecordDelivery(gateway_id=known, status="Buffered", delivered=False, final=False))
    assert await status(gym, queued.id) == "sent"
    await gym.system.run(RecordDelivery(gateway_id=known, status="Success", delivered=True, final=True))
    assert await status(gym, queued.id) == "delivered"


async def test_a_report_of_nobodys_message_is_refused(gym: Gym) -> None:
    with pytest.raises(NotFound):
        await gym.system.run(RecordDelivery(gateway_id="ATXid_nobody", status="Success", delivered=True, final=True))


async def test_a_member_without_a_phone_gets_no_message(gym: Gym) -> None:
    amina = await gym.operator.run(AddMember(name="Amina Wanjiru"))
    with pytest.raises(NoPhone):
        await gym.operator.run(SendMessage(member=amina.code, text="Karibu tena"))


async def status(gym: Gym, message_id: object) -> str:
    """What a message is."""
    found = [one for one in (await gym.operator.run(ListMessages())).items if one.id == message_id]
    return found[0].status


async def test_a_late_answer_of_the_gateway_beats_not_knowing(gym: Gym, gateway: Gateway) -> None:
    amina = await gym.add_member()
    queued = await gym.operator.run(SendMessage(member=amina.code, text="Karibu tena"))
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        event_id = await ctx.tx.value(
            sql("SELECT id FROM outbox WHERE tenant_id = %(gym)s AND payload->>'message_id' = %(id)s"),
            gym=gym.id,
            id=str(queued.id),
        )
    asked, answered = asyncio.Event(), asyncio.Event()
    take = gateway.send

    async def slowly(**message: Any) -> SendOutcome:
        asked.set()
        await answered.wait()
        return await take(**message)

    gateway.send = slowly  # type: ignore[method-assign]
    deliverer = Deliverer(gym.runtime.pulse, gym.runtime.ports)
    first = asyncio.create_task(deliverer.deliver(gym.id, event_id))
    await asked.wait()
    await deliverer.deliver(gym.id, event_id)  # by a worker that took the first one for dead
    assert await status(gym, queued.id) == "unknown"
    answered.set()
    await first
    assert await status(gym, queued.id) == "sent"
    assert len(gateway.sent) == 1


async def test_a_gateway_that_is_away_for_minutes_loses_no_message(
    gym: Gym, gateway: Gateway, worker: Worker, home: TestHome
) -> None:
    amina = await gym.add_member()
    await worker.drain()
    busy = SendOutcome(SendStatus.RETRY, reason="HTTP 503")
    gateway.answers += [busy] * 8  # the job waits 2, 4, 8 ... seconds: this is some minutes
    queued = await gym.operator.run(SendMessage(member=amina.code, text="Karibu tena"))
    for _ in range(9):
        await worker.drain()
        with psycopg.connect(home.urls.worker, autocommit=True) as connection:
            connection.execute("UPDATE jobs.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    assert await status(gym, queued.id) == "sent"


async def test_a_busy_gateway_is_no_error_of_ours(gym: Gym, gateway: Gateway, worker: Worker) -> None:
    amina = await gym.add_member()
    await worker.drain()
    gateway.answers.append(SendOutcome(SendStatus.RETRY, reason="ConnectionError"))
    queued = await gym.operator.run(SendMessage(member=amina.code, text="Karibu tena"))
    with structlog.testing.capture_logs() as logs:
        await worker.drain()
    assert await status(gym, queued.id) == "queued"
    told = [entry for entry in logs if entry["event"] == "a subscriber tries again later"]
    assert [(entry["log_level"], entry["reason"]) for entry in told] == [("warning", "ConnectionError")]
    assert not [entry for entry in logs if "exc_info" in entry]


async def test_without_an_account_nothing_leaves() -> None:
    sender = ports_for(Settings(), "secret").sms
    outcome = await sender.send(to="+254711000001", text="Karibu", sender=None, link_id=None)
    assert (outcome.status, outcome.reason) == (SendStatus.REFUSED, "no account is set up")
