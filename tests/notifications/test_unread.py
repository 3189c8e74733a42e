"""The staff answer or close what could not be understood, once."""

import secrets
from uuid import UUID

import pytest

from pp_core.kernel.errors import NotFound
from pp_core.notifications.operations import (
    AnswerText,
    AnswerUnread,
    HasOptedOut,
    LinkChat,
    ListMessages,
    ListUnread,
    MessageRow,
    OptOut,
    ReceiveText,
    SendMessage,
    TextHandled,
)
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import Member
from tests.conftest import Gateway, Gym


async def unread(gym: Gym, member: Member, words: str = "mnafungua lini", **more: str) -> UUID:
    """A text of the member that nobody understood and nobody answered."""
    assert member.phone is not None
    came = {"channel": "sms", "sender": member.phone, "address": "22384", **more}
    taken = await gym.system.run(ReceiveText(gateway_id=secrets.token_hex(12), text=words, **came))  # type: ignore[arg-type]
    answer = AnswerText(
        text_id=taken.text_id, intent="unknown", understood=False, tenant_id=gym.id, person_id=member.id
    )
    await gym.system.run(answer)
    return taken.text_id


async def messages(gym: Gym) -> list[MessageRow]:
    """What went out, but for the administrator's invitation."""
    return [one for one in (await gym.operator.run(ListMessages())).items if one.purpose != "invitation"]


async def test_a_reply_goes_back_the_way_the_text_came(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    amina = await gym.add_member()
    text_id = await unread(gym, amina)
    [row] = (await gym.operator.run(ListUnread())).items
    assert (row.text_id, row.channel, row.person_name) == (text_id, "sms", "Amina Wanjiru")
    done = await gym.operator.run(AnswerUnread(text_id=text_id, reply="Saa 12 asubuhi – karibu"))
    assert not done.repeated
    assert (await gym.operator.run(ListUnread())).items == []
    await worker.drain()
    sent = [(one.text, one.sender, one.link_id) for one in gateway.sent if one.to == amina.phone]
    assert sent == [("Saa 12 asubuhi - karibu", "22384", None)]


async def test_a_text_from_a_chat_is_answered_there(gym: Gym) -> None:
    amina = await gym.add_member()
    text_id = await unread(gym, amina, channel="telegram", sender="4711", address="progress_bot")
    [row] = (await gym.operator.run(ListUnread())).items
    assert (row.channel, row.sender, row.person_name) == ("telegram", "4711", "Amina Wanjiru")
    done = await gym.operator.run(AnswerUnread(text_id=text_id, reply="Saa 12 – karibu"))
    [message] = await messages(gym)
    assert (message.id, message.channel, message.recipient) == (done.message_id, "telegram", "4711")
    assert (message.purpose, message.text) == ("reply", "Saa 12 – karibu")


async def test_the_same_answer_twice_is_one(gym: Gym) -> None:
    amina = await gym.add_member()
    answer = AnswerUnread(text_id=await unread(gym, amina), reply="Saa 12 – karibu")
    first, again = await gym.operator.run(answer), await gym.operator.run(answer)
    assert (again.repeated, again.message_id, again.handled_at) == (True, first.message_id, first.handled_at)
    assert len(await messages(gym)) == 1
    with pytest.raises(TextHandled):
        await gym.operator.run(AnswerUnread(text_id=answer.text_id, reply="Samahani, saa 11"))


async def test_a_text_is_closed_without_a_reply(gym: Gym) -> None:
    amina = await gym.add_member()
    close = AnswerUnread(text_id=await unread(gym, amina))
    assert (await gym.operator.run(close)).message_id is None
    assert (await gym.operator.run(close)).repeated
    assert (await gym.operator.run(ListUnread())).items == []
    assert await messages(gym) == []
    with pytest.raises(TextHandled):
        await gym.operator.run(AnswerUnread(text_id=close.text_id, reply="Saa 12"))


async def test_a_text_of_another_gym_is_none(gym: Gym, other_gym: Gym) -> None:
    text_id = await unread(gym, await gym.add_member())
    with pytest.raises(NotFound):
        await other_gym.operator.run(AnswerUnread(text_id=text_id, reply="Saa 12"))
    assert len((await gym.operator.run(ListUnread())).items) == 1


@pytest.mark.parametrize("channel", ["sms", "telegram"])
async def test_who_said_stop_with_it_is_left_alone_and_may_still_be_answered_later(gym: Gym, channel: str) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    came = {"channel": channel, "sender": "4712", "address": "progress_bot"} if channel == "telegram" else {}
    stop = await unread(gym, amina, "STOP", **came)
    await gym.system.run(OptOut(phone=amina.phone, tenant_ids=[gym.id], source="text"))
    with pytest.raises(HasOptedOut, match="Amina Wanjiru"):
        await gym.operator.run(AnswerUnread(text_id=stop, reply="Kwa nini?"))
    assert len((await gym.operator.run(ListUnread())).items) == 1
    await gym.operator.run(AnswerUnread(text_id=stop))
    later = await unread(gym, amina, "mnafungua lini", **came)
    await gym.operator.run(AnswerUnread(text_id=later, reply="Saa 12"))
    assert len(await messages(gym)) == 1


async def test_a_reply_needs_no_linked_chat(gym: Gym) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    await gym.system.run(LinkChat(address="progress_bot", chat="4713", phone=amina.phone))
    await gym.operator.run(AnswerUnread(text_id=await unread(gym, amina), reply="Saa 12"))
    await gym.operator.run(SendMessage(member=amina.code, text="Karibu"))
    sent = await messages(gym)
    assert [(one.purpose, one.channel) for one in sent] == [("staff", "telegram"), ("reply", "sms")]
