"""What nobody should send and somebody does: buttons that nobody showed, old ones, texts beyond all measure."""

from datetime import timedelta

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.memberships.operations import SellMembership, ShowDoorCode
from pp_core.memberships.rules import CODE_TRIES, DOOR_CODES
from pp_core.notifications.operations import ListUnread
from pp_core.tenants.operations import Member
from pp_core.workouts.operations import LONGEST_TEXT, ListWorkouts
from tests.bots.talking import Chatter, Texter, own_code
from tests.conftest import Gym, new_phone

PASSED = "That question has passed."


async def chatting(gym: Gym, member: Member) -> Chatter:
    chat = Chatter(gym, await own_code(gym, "telegram"))
    assert member.phone is not None
    await chat.say(member.phone, "contact")
    return chat


@pytest.mark.parametrize("question", ["menu", "prices", "language"])
@pytest.mark.parametrize("word", ["", "nothing", "guess", "resume", "1", "menu:menu"])
async def test_a_button_that_nobody_showed_does_nothing(gym: Gym, question: str, word: str) -> None:
    chat = await chatting(gym, await gym.add_member())
    await chat.say(question)
    assert ((await chat.say(f"{chat.token}:{word}", "button")).reply or "").startswith(PASSED)


@pytest.mark.parametrize("data", ["go:menu", "go:guess", ":", "", "yes"])
async def test_a_button_of_no_question_does_nothing(gym: Gym, data: str) -> None:
    chat = await chatting(gym, await gym.add_member())
    await chat.say("menu")
    assert ((await chat.say(data, "button")).reply or "").startswith(PASSED)


async def test_a_button_is_good_as_long_as_its_question(clocked_gym: Gym, clock: ManualClock) -> None:
    amina = await clocked_gym.add_member()
    chat = await chatting(clocked_gym, amina)
    await chat.say("squat 5x5 100")
    await chat.say("undo")
    clock.advance(timedelta(minutes=16))
    assert ((await chat.say(f"{chat.token}:yes", "button")).reply or "").startswith(PASSED)
    assert len((await clocked_gym.person(amina).run(ListWorkouts())).items) == 1
    await chat.say("undo")
    await chat.say(f"{chat.token}:yes", "button")
    assert (await clocked_gym.person(amina).run(ListWorkouts())).items == []


@pytest.mark.parametrize("begun", ["no, 3x8 ", "correct ", "log ", "", "check in ", "weight ", "join ", "language "])
async def test_what_is_too_long_is_answered(gym: Gym, begun: str) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    phone = Texter(gym, amina.phone)
    await phone.say("squat 5x5 100")
    assert (await phone.say(begun + "and then 3x8 more " * (LONGEST_TEXT // 10))).reply
    [workout] = (await gym.person(amina).run(ListWorkouts())).items
    assert workout.canonical == "Squat 5x5 100kg"


async def test_an_edit_that_is_too_long_is_answered(gym: Gym) -> None:
    chat = await chatting(gym, await gym.add_member())
    await chat.say("squat 5x5 100", message_ref="7")
    answer = await chat.say("squat 5x5 100 " * (LONGEST_TEXT // 10), "edit", message_ref="7")
    assert "longer than" in (answer.reply or "")


async def test_a_message_of_another_bot_is_not_what_a_reply_is_about(gym: Gym) -> None:
    amina = await gym.add_member()
    first = await chatting(gym, amina)
    await first.say("squat 5x5 100", message_ref="7")
    second = Chatter(gym, await own_code(gym, "telegram"), first.chat)
    await second.say(amina.phone or "", "contact")
    await second.say("bench 3x8 60", "edit", message_ref="7")
    done = sorted(one.canonical for one in (await gym.person(amina).run(ListWorkouts())).items)
    assert done == ["Bench Press 3x8 60kg", "Squat 5x5 100kg"]


async def test_every_wrong_code_is_answered_and_none_is_for_the_staff(gym: Gym) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    await gym.operator.run(SellMembership(member=amina.code, plan="MONTHLY"))
    right = (await gym.operator.run(ShowDoorCode())).code
    phone = Texter(gym, amina.phone)
    await phone.say("check in")
    wrong = [code for code in DOOR_CODES if code != right][:CODE_TRIES]
    answers = [(await phone.say(code)).reply for code in wrong]
    assert all(answers)
    assert "today" in (answers[-1] or "")
    assert (await gym.operator.run(ListUnread())).items == []


async def test_the_last_workout_is_that_of_who_logged_it(gym: Gym) -> None:
    phone = new_phone()
    amina = await gym.add_member(phone=phone)
    await gym.add_member("Brian Otieno", phone=phone)
    shared = Texter(gym, phone)
    await shared.say("Amina squat 5x5 100")
    assert ((await shared.say("Brian undo")).reply or "").startswith("There is no workout")
    assert ((await shared.say("Amina undo")).reply or "").startswith("Delete")
    await shared.say("Amina yes")
    assert (await gym.person(amina).run(ListWorkouts())).items == []


@pytest.mark.parametrize("command", ["/log", "/log@gym_bot"])
async def test_a_command_says_what_follows_it_whoever_it_names(gym: Gym, command: str) -> None:
    amina = await gym.add_member()
    chat = await chatting(gym, amina)
    await chat.say(f"{command} squat 5x5 100")
    [workout] = (await gym.person(amina).run(ListWorkouts())).items
    assert workout.canonical == "Squat 5x5 100kg"
