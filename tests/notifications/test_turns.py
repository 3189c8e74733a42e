"""Turns of a conversation: each is kept once, held by one at a time, answered once, and followed up once."""

import asyncio
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import NotFound, WrongScope
from pp_core.kernel.ids import new_id
from pp_core.notifications.operations import (
    AnswerText,
    EndSession,
    FollowUp,
    GetTurn,
    LinkChat,
    PickUpTurns,
    ReceiveText,
    TakeTurn,
    TurnBusy,
)
from pp_core.notifications.rules import HELD_SECONDS, OVERDUE_SECONDS, TOO_LATE_SECONDS, WAITED_FOR_SECONDS
from tests.bots.talking import own_code
from tests.conftest import Gym, TestHome, new_phone


def rows(home: TestHome, statement: str, *values: object) -> list[tuple[Any, ...]]:
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        return connection.execute(statement.encode(), values).fetchall()


async def keep(gym: Gym, phone: str, text: str = "squat 5x5 100", channel: Any = "sms", **more: Any) -> UUID:
    taken = await gym.system.run(
        ReceiveText(
            channel=channel,
            gateway_id=more.pop("gateway_id", secrets.token_hex(12)),
            sender=phone,
            address=more.pop("address", "20880"),
            text=text,
            **more,
        )
    )
    return taken.text_id


def answering(text_id: UUID, **more: Any) -> AnswerText:
    return AnswerText(text_id=text_id, **{"intent": "log_workout", "understood": True, "confidence": 0.9, **more})


# Taking a turn


async def test_the_next_text_waits_until_the_one_before_is_answered(gym: Gym) -> None:
    phone = new_phone()
    first, second = await keep(gym, phone), await keep(gym, phone, "no, 3x8")
    with pytest.raises(TurnBusy):  # not even taken up, and yet it comes first
        await gym.system.run(TakeTurn(text_id=second))
    assert not (await gym.system.run(TakeTurn(text_id=first))).answered
    with pytest.raises(TurnBusy):
        await gym.system.run(TakeTurn(text_id=second, over=True))
    await gym.system.run(answering(first, reply="Logged.", state={"memory": {"told": "correct"}}))
    turn = await gym.system.run(TakeTurn(text_id=second))
    assert (turn.text, turn.state) == ("no, 3x8", {"memory": {"told": "correct"}})


async def test_two_at_one_text_are_one_after_the_other(gym: Gym) -> None:
    text_id = await keep(gym, new_phone())
    await gym.system.run(TakeTurn(text_id=text_id))
    with pytest.raises(TurnBusy):
        await gym.system.run(TakeTurn(text_id=text_id))
    assert (await gym.system.run(TakeTurn(text_id=text_id, over=True))).text_id == text_id


async def test_of_many_at_once_one_holds_the_conversation(gym: Gym) -> None:
    text_id = await keep(gym, new_phone())
    came = await asyncio.gather(*(gym.system.run(TakeTurn(text_id=text_id)) for _ in range(8)), return_exceptions=True)
    assert [type(one).__name__ for one in came].count("Turn") == 1
    assert {type(one).__name__ for one in came} == {"Turn", "TurnBusy"}


async def test_who_takes_a_text_up_again_sees_the_conversation_as_the_first_did(
    clocked_gym: Gym, clock: ManualClock
) -> None:
    gym, phone = clocked_gym, new_phone()
    first = await keep(gym, phone, "one")
    await gym.system.run(TakeTurn(text_id=first))
    await gym.system.run(answering(first, state={"memory": {"at": "one"}}))
    second = await keep(gym, phone, "two")
    assert (await gym.system.run(TakeTurn(text_id=second))).state == {"memory": {"at": "one"}}
    clock.advance(timedelta(seconds=WAITED_FOR_SECONDS + 1))  # its worker died, and a third has come meanwhile
    third = await keep(gym, phone, "three")
    assert (await gym.system.run(TakeTurn(text_id=third))).state == {"memory": {"at": "one"}}
    await gym.system.run(answering(third, state={"memory": {"at": "three"}}))
    assert (await gym.system.run(TakeTurn(text_id=second))).state == {"memory": {"at": "one"}}
    await gym.system.run(answering(second, state={"memory": {"at": "two"}}))
    fourth = await keep(gym, phone, "four")  # the conversation stays where the newer text led
    assert (await gym.system.run(TakeTurn(text_id=fourth))).state == {"memory": {"at": "three"}}


async def test_who_waited_while_a_text_was_answered_holds_nothing(gym: Gym) -> None:
    phone = new_phone()
    for _ in range(10):
        text_id = await keep(gym, phone)
        await gym.system.run(TakeTurn(text_id=text_id))
        again = [gym.system.run(TakeTurn(text_id=text_id, over=over)) for over in (False, True, False)]
        await asyncio.gather(gym.system.run(answering(text_id)), *again, return_exceptions=True)
        assert (await gym.system.run(TakeTurn(text_id=text_id))).answered
        following = await keep(gym, phone, "menu")  # nobody keeps it waiting
        assert not (await gym.system.run(TakeTurn(text_id=following))).answered
        await gym.system.run(answering(following))


async def test_a_turn_says_whose_phone_it_is(gym: Gym) -> None:
    amina, code = await gym.add_member(), await own_code(gym)
    assert amina.phone is not None
    turn = await gym.system.run(TakeTurn(text_id=await keep(gym, amina.phone, "", "ussd", address=code)))
    assert turn.senders.gym is not None
    assert (turn.phone, turn.senders.gym.slug) == (amina.phone, gym.slug)
    assert [one.person_id for one in turn.senders.items] == [amina.id]
    stranger = await gym.system.run(TakeTurn(text_id=await keep(gym, "7001", "menu", "telegram", address="some_bot")))
    assert (stranger.phone, stranger.senders.gym, stranger.senders.items) == (None, None, [])


async def test_a_conversation_held_by_the_dead_is_free_again(clocked_gym: Gym, clock: ManualClock) -> None:
    gym, phone, code = clocked_gym, new_phone(), "*384*77#"
    first = await keep(gym, phone, "", "ussd", address=code, session="ATUid_1")
    second = await keep(gym, phone, "1", "ussd", address=code, session="ATUid_1")
    await gym.system.run(TakeTurn(text_id=first))
    with pytest.raises(TurnBusy):
        await gym.system.run(TakeTurn(text_id=second))
    clock.advance(timedelta(seconds=HELD_SECONDS))
    assert (await gym.system.run(TakeTurn(text_id=second))).text == "1"


async def test_phones_channels_and_addresses_do_not_wait_for_each_other(gym: Gym) -> None:
    phone = new_phone()
    await gym.system.run(TakeTurn(text_id=await keep(gym, phone)))
    for other in (
        await keep(gym, new_phone()),
        await keep(gym, phone, address="20881"),
        await keep(gym, phone, "", "ussd", address="*384*77#", session="ATUid_1"),
    ):
        assert not (await gym.system.run(TakeTurn(text_id=other))).answered


async def test_an_answered_turn_is_told_so_with_its_answer(gym: Gym) -> None:
    text_id = await keep(gym, new_phone())
    await gym.system.run(TakeTurn(text_id=text_id))
    await gym.system.run(answering(text_id, reply="Logged."))
    turn = await gym.system.run(TakeTurn(text_id=text_id))
    assert (turn.answered, turn.reply, turn.state) == (True, "Logged.", {})
    again = await gym.system.run(answering(text_id, reply="Something else."))
    assert (again.reply, again.repeated) == ("Logged.", True)


async def test_what_we_wrote_ourselves_is_known_when_it_comes_back(gym: Gym) -> None:
    phone = new_phone()
    first = await keep(gym, phone)
    await gym.system.run(TakeTurn(text_id=first))
    await gym.system.run(answering(first, reply="Logged: Squat 5x5 100kg."))
    for spelled in ("Logged: Squat 5x5 100kg.", " logged:  Squat 5x5 100kg.\n"):
        echo = await keep(gym, phone, spelled)
        assert (await gym.system.run(TakeTurn(text_id=echo))).echo
        await gym.system.run(answering(echo, intent="echo", understood=False))
    told = await keep(gym, phone, "squat 5x5 100")
    assert not (await gym.system.run(TakeTurn(text_id=told))).echo


async def test_a_turn_that_was_never_kept(gym: Gym) -> None:
    for operation in (TakeTurn(text_id=new_id()), answering(new_id()), GetTurn(channel="sms", gateway_id="never")):
        with pytest.raises(NotFound):
            await gym.system.run(operation)
    with pytest.raises(WrongScope):
        await gym.operator.run(TakeTurn(text_id=new_id()))


async def test_a_turn_is_found_by_the_gateways_id(gym: Gym) -> None:
    text_id = await keep(gym, new_phone(), gateway_id=f"ATXid_{gym.slug}")
    before = await gym.system.run(GetTurn(channel="sms", gateway_id=f"ATXid_{gym.slug}"))
    assert (before.text, before.intent, before.understood, before.reply) == ("squat 5x5 100", None, None, None)
    await gym.system.run(answering(text_id, reply="Logged.", flow="log_workout", confidence=0.75))
    after = await gym.system.run(GetTurn(channel="sms", gateway_id=f"ATXid_{gym.slug}"))
    assert (after.intent, after.understood, after.confidence) == ("log_workout", True, 0.75)
    assert (after.flow, after.reply) == ("log_workout", "Logged.")


async def test_a_question_that_was_not_put_does_not_wait_for_its_answer(gym: Gym) -> None:
    """The third text in a row that is not understood is not answered, so nothing that comes next can be its answer."""
    phone = new_phone()
    for number in range(3):
        text_id = await keep(gym, phone, f"sqat {number}")
        turn = await gym.system.run(TakeTurn(text_id=text_id))
        asks = answering(text_id, understood=False, reply="Did you mean?", state={"heard": str(number)})
        assert (await gym.system.run(asks)).reply == (None if number == 2 else "Did you mean?")
    assert turn.state == {"heard": "1"}
    assert (await gym.system.run(TakeTurn(text_id=await keep(gym, phone, "yes")))).state == {"heard": "1"}


# Chats


async def test_a_phone_has_one_chat_and_a_chat_one_phone(gym: Gym) -> None:
    bot, amina, brian = f"bot_{secrets.token_hex(4)}", new_phone(), new_phone()

    async def owner(chat: str) -> str | None:
        text_id = await keep(gym, chat, "menu", "telegram", address=bot)
        turn = await gym.system.run(TakeTurn(text_id=text_id))
        await gym.system.run(answering(text_id))
        return turn.phone

    assert await owner("1001") is None
    for _ in range(2):
        await gym.system.run(LinkChat(address=bot, chat="1001", phone=amina))
    assert await owner("1001") == amina
    await gym.system.run(LinkChat(address=bot, chat="1002", phone=amina))  # a new handset
    assert (await owner("1001"), await owner("1002")) == (None, amina)
    await gym.system.run(LinkChat(address=bot, chat="1002", phone=brian))  # the handset was sold
    assert await owner("1002") == brian
    await gym.system.run(LinkChat(address=f"{bot}_2", chat="1001", phone=amina))
    assert (await owner("1001"), await owner("1002")) == (None, brian)


async def test_chats_linked_at_once_leave_one_owner(gym: Gym, home: TestHome) -> None:
    bot, phone = f"bot_{secrets.token_hex(4)}", new_phone()
    await asyncio.gather(*(gym.system.run(LinkChat(address=bot, chat=str(n), phone=phone)) for n in range(6)))
    await asyncio.gather(*(gym.system.run(LinkChat(address=bot, chat="9", phone=new_phone())) for _ in range(6)))
    linked = rows(
        home, "SELECT count(*) FILTER (WHERE phone = %s), count(*) FILTER (WHERE chat = '9') FROM chat_links"
        " WHERE address = %s AND unlinked_at IS NULL", phone, bot,
    )  # fmt: skip
    assert linked == [(1, 1)]


# Sessions


async def test_a_session_ends_once_and_belongs_to_the_gym_of_its_code(gym: Gym, home: TestHome) -> None:
    code, session = await own_code(gym), f"ATUid_{gym.slug}"
    ended = EndSession(session=session, phone=new_phone(), service_code=code, status="Success", cost_minor=80)
    await gym.system.run(ended)
    await gym.system.run(ended.model_copy(update={"status": "Failed", "cost_minor": 500}))
    assert rows(home, "SELECT status, cost_minor, tenant_id FROM ussd_sessions WHERE session = %s", session) == [
        ("Success", 80, gym.id)
    ]
    shared = f"ATUid_shared_{gym.slug}"
    await gym.system.run(EndSession(session=shared, phone=new_phone(), service_code="*384*77#", status="Incomplete"))
    assert rows(home, "SELECT status, tenant_id FROM ussd_sessions WHERE session = %s", shared) == [
        ("Incomplete", None)
    ]


# Turns that nobody finished


async def test_turns_left_alone_are_handed_to_the_worker_once(
    clocked_gym: Gym, clock: ManualClock, home: TestHome
) -> None:
    gym = clocked_gym
    dialled = {"channel": "ussd", "address": "*384*77#", "session": "ATUid_1"}
    left, answered = await keep(gym, new_phone(), "1", **dialled), await keep(gym, new_phone(), "1", **dialled)
    text = await keep(gym, new_phone())
    await gym.system.run(answering(answered, reply="END Karibu", by_message=False))

    async def picked_up() -> list[UUID]:
        await gym.system.run(PickUpTurns())
        found = rows(
            home, "SELECT (payload->>'text_id')::uuid FROM outbox WHERE name = 'notifications.text.received'"
            " AND payload->>'text_id' = ANY(%s)", [str(one) for one in (left, answered, text)],
        )  # fmt: skip
        return sorted(row[0] for row in found if row[0] != text)

    assert await picked_up() == []
    clock.advance(timedelta(seconds=OVERDUE_SECONDS))
    assert await picked_up() == [left]
    assert await picked_up() == [left]


async def test_turns_that_nobody_waits_for_any_more_are_left(
    clocked_gym: Gym, clock: ManualClock, home: TestHome
) -> None:
    gym = clocked_gym
    left = await keep(gym, new_phone(), "1", "ussd", address="*384*77#", session="ATUid_1")
    clock.advance(timedelta(seconds=TOO_LATE_SECONDS + 1))
    await gym.system.run(PickUpTurns())
    assert rows(home, "SELECT picked_up_at FROM incoming_texts WHERE id = %s", left) == [(None,)]


async def test_a_page_is_followed_up_by_one_text(gym: Gym, home: TestHome) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    turn = await keep(gym, amina.phone, "1", "ussd", address="*384*77#", session="ATUid_1")
    await gym.system.run(answering(turn, reply="END Karibu", by_message=False, tenant_id=gym.id, person_id=amina.id))
    await asyncio.gather(*(gym.system.run(FollowUp(text_id=turn, text=f"Karibu {n}")) for n in range(4)))
    [sent] = rows(
        home, "SELECT channel, recipient, purpose, tenant_id, person_id FROM outgoing_messages WHERE text_id = %s", turn
    )
    assert sent == ("sms", amina.phone, "reply", gym.id, amina.id)
    stranger = await keep(gym, new_phone(), "1", "ussd", address="*384*77#", session="ATUid_2")
    await gym.system.run(FollowUp(text_id=stranger, text="Try again."))
    [(owner,)] = rows(home, "SELECT tenant_id FROM outgoing_messages WHERE text_id = %s", stranger)
    assert owner == UUID(int=0)


async def test_only_pages_are_followed_up(gym: Gym, home: TestHome) -> None:
    text_id = await keep(gym, new_phone())
    await gym.system.run(FollowUp(text_id=text_id, text="Karibu"))
    assert rows(home, "SELECT 1 FROM outgoing_messages WHERE text_id = %s", text_id) == []
