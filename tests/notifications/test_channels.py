"""An unasked message goes to the chat that its phone's owner linked, and by SMS when the chat refuses it; replies go back."""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from pp_core.client.local import door_reactions
from pp_core.kernel.ports import SendOutcome, SendStatus
from pp_core.notifications.operations import (
    AnswerText,
    LinkChat,
    ListMessages,
    MessageRow,
    OptOut,
    ReceiveText,
    SendMessage,
)
from pp_core.notifications.rules import MOST_ATTEMPTS
from pp_core.runtime.database import Home
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import ConnectChannel, Member
from tests.conftest import Gateway, Gym


@dataclass
class Messenger:
    """A messenger that takes everything and remembers it; `answers` are given first, in order."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    answers: list[SendOutcome] = field(default_factory=list)

    async def send(self, *, chat: str, text: str, buttons: Mapping[str, Any] | None) -> SendOutcome:
        self.sent.append((chat, text))
        return self.answers.pop(0) if self.answers else SendOutcome(SendStatus.SENT, gateway_id=str(len(self.sent)))

    async def send_picture(
        self, *, chat: str, picture: bytes, text: str, buttons: Mapping[str, Any] | None
    ) -> SendOutcome:
        return await self.send(chat=chat, text=f"[picture] {text}", buttons=buttons)


@pytest.fixture
def messenger() -> Messenger:
    """What messages to chats are handed to."""
    return Messenger()


@pytest.fixture
async def worker(home: Home, gateway: Gateway, messenger: Messenger) -> AsyncIterator[Worker]:
    """A worker with both ways out."""
    async with Runtime(home.settings, home, sms=gateway, chat=messenger, as_worker=True) as opened:
        yield Worker(opened, door_reactions(opened.pulse))


async def quiet(worker: Worker, gateway: Gateway, messenger: Messenger) -> None:
    """Let everything that waits go out, and forget it."""
    await worker.drain()
    gateway.sent.clear()
    messenger.sent.clear()


async def link(gym: Gym, member: Member, bot: str) -> str:
    """A chat of the member with the bot."""
    chat = str(secrets.randbelow(10**12))
    assert member.phone is not None
    await gym.system.run(LinkChat(address=bot, chat=chat, phone=member.phone))
    return chat


async def send(gym: Gym, member: Member) -> MessageRow:
    return await gym.operator.run(SendMessage(member=member.code, text="Karibu tena – leo"))


async def now(gym: Gym, message: MessageRow) -> MessageRow:
    return next(one for one in (await gym.operator.run(ListMessages())).items if one.id == message.id)


async def test_a_linked_chat_is_preferred(gym: Gym, worker: Worker, gateway: Gateway, messenger: Messenger) -> None:
    amina = await gym.add_member()
    await quiet(worker, gateway, messenger)
    chat = await link(gym, amina, "shared_bot")
    message = await send(gym, amina)
    assert (message.channel, message.recipient, message.status) == ("telegram", chat, "queued")
    await worker.drain()
    assert (messenger.sent, gateway.sent) == ([(chat, "Karibu tena – leo")], [])
    assert (await now(gym, message)).status == "sent"


async def test_the_gyms_own_bot_goes_before_a_shared_one_and_another_gyms_is_none(
    gym: Gym, other_gym: Gym, worker: Worker
) -> None:
    amina = await gym.add_member()
    own, theirs = f"{gym.slug}_bot", f"{other_gym.slug}_bot"
    await gym.operator.run(ConnectChannel(kind="telegram", address=own))
    await other_gym.operator.run(ConnectChannel(kind="telegram", address=theirs))
    await link(gym, amina, theirs)
    assert (await send(gym, amina)).channel == "sms"
    here = await link(gym, amina, own)
    shared = await link(gym, amina, "shared_bot")
    assert (await send(gym, amina)).recipient == here
    elsewhere = await other_gym.add_member(phone=amina.phone)
    await gym.system.run(LinkChat(address=theirs, chat="1", phone="+254711000001"))
    assert (await send(other_gym, elsewhere)).recipient not in (here, shared)


async def test_a_chat_that_refuses_falls_back_to_sms_once(
    gym: Gym, worker: Worker, gateway: Gateway, messenger: Messenger
) -> None:
    amina = await gym.add_member()
    await quiet(worker, gateway, messenger)
    await link(gym, amina, "shared_bot")
    messenger.answers = [SendOutcome(SendStatus.REFUSED, reason="bot was blocked by the user")]
    gateway.answers = [SendOutcome(SendStatus.REFUSED, reason="UserInBlacklist")]
    message = await send(gym, amina)
    await worker.drain()
    assert len(messenger.sent) == 1
    assert [(one.to, one.text, one.sender) for one in gateway.sent] == [(amina.phone, "Karibu tena - leo", None)]
    after = await now(gym, message)
    assert (after.channel, after.recipient, after.status) == ("sms", amina.phone, "refused")
    assert after.reason == "UserInBlacklist"


async def test_a_chat_that_may_have_taken_it_is_not_repeated_by_sms(
    gym: Gym, worker: Worker, gateway: Gateway, messenger: Messenger
) -> None:
    amina = await gym.add_member()
    await quiet(worker, gateway, messenger)
    await link(gym, amina, "shared_bot")
    messenger.answers = [SendOutcome(SendStatus.UNKNOWN, reason="no answer")]
    message = await send(gym, amina)
    await worker.drain()
    assert gateway.sent == []
    assert (await now(gym, message)).status == "unknown"


async def test_a_messenger_that_stays_away_falls_back_too(
    gym: Gym, worker: Worker, gateway: Gateway, messenger: Messenger, home: Home
) -> None:
    import psycopg

    amina = await gym.add_member()
    await quiet(worker, gateway, messenger)
    await link(gym, amina, "shared_bot")
    messenger.answers = [SendOutcome(SendStatus.RETRY, reason="HTTP 429")] * MOST_ATTEMPTS
    message = await send(gym, amina)
    for _ in range(MOST_ATTEMPTS):
        await worker.drain()
        with psycopg.connect(home.urls.worker, autocommit=True) as connection:
            connection.execute("UPDATE jobs.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    await worker.drain()
    assert len(messenger.sent) == MOST_ATTEMPTS
    assert [one.to for one in gateway.sent] == [amina.phone]
    assert (await now(gym, message)).status == "sent"


async def test_a_chat_of_somebody_who_opted_out_gets_nothing_either(gym: Gym) -> None:
    amina = await gym.add_member()
    await link(gym, amina, "shared_bot")
    assert amina.phone is not None
    await gym.system.run(OptOut(phone=amina.phone, tenant_ids=[gym.id], source="text"))
    with pytest.raises(Exception, match=r"notifications\.opted_out"):
        await send(gym, amina)


@pytest.mark.parametrize(("channel", "address", "sender"), [("sms", "22384", "22384"), ("ussd", "*384*77#", None)])
async def test_a_reply_comes_from_the_code_that_was_written_to(
    gym: Gym,
    worker: Worker,
    gateway: Gateway,
    messenger: Messenger,
    channel: str,
    address: str,
    sender: str | None,
) -> None:
    amina = await gym.add_member()
    await quiet(worker, gateway, messenger)
    assert amina.phone is not None
    kept = ReceiveText(
        channel=channel,  # type: ignore[arg-type]
        gateway_id=secrets.token_hex(12),
        sender=amina.phone,
        address=address,
        text="squat 5x5 100",
        link_id="link-1" if channel == "sms" else None,
    )
    taken = await gym.system.run(kept)
    answer = AnswerText(text_id=taken.text_id, reply="Poa", intent="help", understood=True, tenant_id=gym.id)
    await gym.system.run(answer)
    await worker.drain()
    [sent] = gateway.sent
    assert (sent.to, sent.text, sent.sender) == (amina.phone, "Poa", sender)
    await send(gym, amina)
    await worker.drain()
    assert gateway.sent[-1].sender is None
