"""Texts from members: each is kept, understood or not, and answered once."""

import re
import secrets

import pytest

from pp_core.notifications.operations import LONGEST_REPLY, ListMessages, ListUnread, ReceiveText, TextTaken
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import ConnectChannel
from pp_core.workouts.operations import ListWorkouts
from tests.conftest import Gateway, Gym, new_phone


async def write(gym: Gym, phone: str, text: str, gateway_id: str | None = None, address: str = "20880") -> TextTaken:
    return await gym.system.run(
        ReceiveText(
            channel="sms", gateway_id=gateway_id or secrets.token_hex(8), sender=phone, address=address, text=text
        )
    )


async def test_a_workout_by_text_is_logged_and_answered(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    await write(gym, amina.phone, "squat 5x5 100, bench 3x8 60")
    await worker.drain()
    [workout] = (await gym.person(amina).run(ListWorkouts())).items
    assert workout.door == "sms"
    answers = [one.text for one in gateway.sent if one.to == amina.phone]
    assert answers == [
        "Logged: Squat 5x5 100kg; Bench Press 3x8 60kg. New record: Squat, Bench Press! Wrong? Answer: no, 3x8"
    ]
    sent = (await gym.operator.run(ListMessages(status="sent"))).items
    [message] = [message for message in sent if message.purpose == "reply"]
    assert (message.recipient, message.parts, message.cost_minor) == (amina.phone, 1, 80)


async def test_the_same_delivery_twice_acts_and_answers_once(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    first = await write(gym, amina.phone, "squat 5x5 100", "ATXid_1" + gym.slug)
    await worker.drain()
    again = await write(gym, amina.phone, "squat 5x5 100", "ATXid_1" + gym.slug)
    await worker.drain()
    assert (again.text_id, again.repeated) == (first.text_id, True)
    assert len((await gym.person(amina).run(ListWorkouts())).items) == 1
    assert len([one for one in gateway.sent if one.to == amina.phone]) == 1


async def test_what_is_not_understood_is_kept_and_answered_but_not_for_ever(
    gym: Gym, worker: Worker, gateway: Gateway
) -> None:
    amina = await gym.add_member(language="sw")
    assert amina.phone is not None
    for number in range(5):
        await write(gym, amina.phone, f"habari za asubuhi {number}")
        await worker.drain()
    answers = [one.text for one in gateway.sent if one.to == amina.phone]
    assert len(answers) == 2
    assert answers[0].startswith("Sikuelewa")
    unread = (await gym.operator.run(ListUnread())).items
    assert len(unread) == 5


async def test_people_who_share_a_phone_say_who_they_are(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    phone = new_phone()
    amina, brian = await gym.add_member(phone=phone), await gym.add_member("Brian Otieno", phone=phone)
    await write(gym, phone, "squat 5x5 100")
    await worker.drain()
    assert gateway.sent[-1].text.endswith("Who are you? 1 Amina Wanjiru, 2 Brian Otieno")
    await write(gym, phone, "Brian squat 5x5 100")
    await worker.drain()
    assert len((await gym.person(brian).run(ListWorkouts())).items) == 1
    assert (await gym.person(amina).run(ListWorkouts())).items == []


async def test_a_gyms_own_short_code_finds_its_own_member(
    gym: Gym, other_gym: Gym, worker: Worker, gateway: Gateway
) -> None:
    phone = new_phone()
    here, there = await gym.add_member(phone=phone), await other_gym.add_member(phone=phone)
    code = str(10000 + secrets.randbelow(80000))
    await other_gym.operator.run(ConnectChannel(kind="sms", address=code))
    await write(gym, phone, "squat 5x5 100", address=code)
    await worker.drain()
    assert len((await other_gym.person(there).run(ListWorkouts())).items) == 1
    assert (await gym.person(here).run(ListWorkouts())).items == []


async def test_a_stranger_is_asked_to_join(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    phone, code = new_phone(), str(10000 + secrets.randbelow(80000))
    await gym.operator.run(ConnectChannel(kind="sms", address=code))
    await write(gym, phone, "squat 5x5 100", address="9" + code)  # no gym's own
    await write(gym, phone, "squat 5x5 100", address=code)
    await worker.drain()
    here, anywhere = sorted((one.text for one in gateway.sent if one.to == phone), key=lambda one: one[0] != "K")
    assert "JOIN and the gym's name" in anywhere
    assert here.startswith("Kilimani Strength")
    assert "JOIN and your name" in here
    assert len((await gym.operator.run(ListUnread())).items) == 1


async def test_nothing_at_all_is_answered_and_so_is_a_name_alone(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    shared, own = new_phone(), new_phone()
    await gym.add_member(phone=shared)
    await gym.add_member("Brian Otieno", phone=shared)
    await gym.add_member("Njeri Mwangi", phone=own)
    await write(gym, shared, "Brian")
    await write(gym, own, " ")
    await worker.drain()
    [asked] = [one.text for one in gateway.sent if one.to == shared]
    assert "1 Amina Wanjiru, 2 Brian Otieno" in asked
    [said] = [one.text for one in gateway.sent if one.to == own]
    assert "squat 5x5 100" in said


async def test_an_answer_longer_than_a_text_can_be_is_cut_at_a_word(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    phone = new_phone()
    for number in range(20):
        await gym.add_member(f"{chr(65 + number) * 79} Otieno"[:80], phone=phone)
    await write(gym, phone, "squat 5x5 100")
    await worker.drain()
    [said] = [one.text for one in gateway.sent if one.to == phone]
    assert LONGEST_REPLY - 90 < len(said) <= LONGEST_REPLY
    assert re.search(r" \d+ (\w)\1{78}, \d+\.\.\.$", said)


@pytest.mark.parametrize("word", ["STOP", "Acha.", "Ondoka", "toka"])
async def test_who_writes_stop_is_told_once_that_it_was_heard(
    gym: Gym, worker: Worker, gateway: Gateway, word: str
) -> None:
    amina, stranger = await gym.add_member(), new_phone()
    assert amina.phone is not None
    for _ in range(2):
        await write(gym, amina.phone, word)
        await write(gym, stranger, word)
        await worker.drain()
    said = [[one.text for one in gateway.sent if one.to == phone] for phone in (amina.phone, stranger)]
    assert [len(each) for each in said] == [1, 1]
    assert said[0][0].startswith("You will get no more messages from Kilimani Strength")
    assert (await gym.operator.run(ListUnread())).items == []


async def test_a_text_too_long_to_log_is_kept_and_said_to_be(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    amina = await gym.add_member(language="sw")
    assert amina.phone is not None
    await write(gym, amina.phone, "squat 5x5 100, " * 80)
    await worker.drain()
    [answer] = [one.text for one in gateway.sent if one.to == amina.phone]
    assert "1000" in answer
    assert "sehemu mbili" in answer
    assert (await gym.person(amina).run(ListWorkouts())).items == []
    assert len((await gym.operator.run(ListUnread())).items) == 1
