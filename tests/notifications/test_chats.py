"""A phone is linked to one chat of a bot; how a text was taken is told."""

import secrets

import pytest

from pp_core.kernel.errors import NotFound
from pp_core.notifications.operations import (
    AnswerText,
    GetTurn,
    LinkChat,
    ReceiveText,
    TakeTurn,
)
from tests.conftest import Gym, new_phone


async def owner(gym: Gym, chat: str, bot: str = "progress_bot") -> str | None:
    """Whom the bot takes a message of the chat to be from."""
    kept = await gym.system.run(
        ReceiveText(channel="telegram", gateway_id=secrets.token_hex(8), sender=chat, address=bot, text="menu")
    )
    turn = await gym.system.run(TakeTurn(text_id=kept.text_id))
    await gym.system.run(AnswerText(text_id=kept.text_id, intent="menu", understood=True))
    return turn.phone


async def test_a_phone_leaves_its_old_chat_and_a_chat_its_old_phone(gym: Gym) -> None:
    phone, other = new_phone(), new_phone()
    old, new = secrets.token_hex(6), secrets.token_hex(6)
    assert await owner(gym, old) is None
    for _ in range(2):
        await gym.system.run(LinkChat(address="progress_bot", chat=old, phone=phone))
        assert await owner(gym, old) == phone
    await gym.system.run(LinkChat(address="progress_bot", chat=new, phone=phone))
    assert (await owner(gym, old), await owner(gym, new)) == (None, phone)
    assert await owner(gym, new, "another_bot") is None
    await gym.system.run(LinkChat(address="progress_bot", chat=new, phone=other))
    assert await owner(gym, new) == other


async def test_how_a_text_was_taken_is_told(gym: Gym) -> None:
    kept = ReceiveText(
        channel="sms", gateway_id=secrets.token_hex(12), sender=new_phone(), address="22384", text="squat 5x5 100"
    )
    asked = GetTurn(channel="sms", gateway_id=kept.gateway_id)
    with pytest.raises(NotFound):
        await gym.system.run(asked)
    text_id = (await gym.system.run(kept)).text_id
    before = await gym.system.run(asked)
    assert (before.text, before.intent, before.reply) == ("squat 5x5 100", None, None)
    await gym.system.run(
        AnswerText(text_id=text_id, reply="Poa", intent="log_workout", confidence=0.9, understood=True)
    )
    after = await gym.system.run(asked)
    assert (after.intent, after.understood, after.confidence, after.reply) == ("log_workout", True, 0.9, "Poa")
