"""Membership, language, help, stop and start, and people who share a phone, as they meet them."""

import re

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.memberships.operations import CancelMembership, SellMembership
from pp_core.notifications.operations import ListOptOuts
from pp_core.tenants.operations import GetMember, Member
from pp_core.workouts.operations import ListWorkouts
from tests.bots.talking import Dialler, Texter, own_code
from tests.conftest import Gym, new_phone


async def texter_of(gym: Gym, **more: object) -> tuple[Member, Texter]:
    member = await gym.add_member(**more)
    assert member.phone is not None
    return member, Texter(gym, member.phone)


# Membership


@pytest.mark.parametrize(
    ("starts_on", "plan", "answer"),
    [
        (None, "MONTHLY", r"One month until Sun 20 Dec, 29 days left\."),
        (None, "WEEKLY", r"One week until Fri 27 Nov, 6 days left\. Renew it at the desk: KES [\d,]+\."),
        ("2026-11-15", "WEEKLY", r"One week ends today\. Renew"),
        ("2026-11-14", "WEEKLY", r"One week ended on Fri 20 Nov\. You may still come in for a few days\. Renew"),
        ("2026-12-01", "MONTHLY", r"One month begins on Tue 1 Dec and lasts until Wed 30 Dec\."),
        ("2026-01-01", "MONTHLY", r"One month ended on Fri 30 Jan\. Renew it at the desk"),
    ],
)
async def test_how_a_membership_stands(clocked_gym: Gym, starts_on: str | None, plan: str, answer: str) -> None:
    amina, texter = await texter_of(clocked_gym)
    await clocked_gym.operator.run(SellMembership(member=amina.code, plan=plan, starts_on=starts_on))
    assert re.match(answer, said := await texter.hears("membership")), said


async def test_none_one_cancelled_and_one_that_follows(clocked_gym: Gym) -> None:
    amina, texter = await texter_of(clocked_gym, language="sw")
    assert await texter.hears("uanachama") == "Bado huna uanachama wa Kilimani Strength. Lipia mapokezi."
    sold = await clocked_gym.operator.run(SellMembership(member=amina.code, plan="MONTHLY"))
    await clocked_gym.operator.run(CancelMembership(membership_id=sold.id))
    assert (await texter.hears("hali")).startswith("One month umeghairiwa. Lipia tena mapokezi: KES ")
    for _ in range(2):
        await clocked_gym.operator.run(SellMembership(member=amina.code, plan="WEEKLY"))
    said = await texter.hears("salio")
    assert said.startswith("One week hadi Ijumaa 27 Nov, zimebaki siku 6. One week unaanza Jumamosi 28 Nov"), said


# Language


async def test_a_members_language_is_changed_for_good(gym: Gym) -> None:
    amina, texter = await texter_of(gym)
    assert (await texter.hears("SWAHILI")).startswith("Kuanzia sasa kwa Kiswahili. Kilimani Strength. Hujambo Amina!")
    assert (await gym.operator.run(GetMember(member=amina.code))).language == "sw"
    dialler = Dialler(gym, texter.phone, await own_code(gym))
    assert "Hujambo Amina!" in await dialler.dial()
    said = await dialler.type("6") if "6 Lugha" in await dialler.post() else await dialler.type("7")
    assert said.startswith("CON Kiswahili au English?")
    assert (await dialler.type("1")).startswith("CON From now on in English.")
    assert (await gym.operator.run(GetMember(member=amina.code))).language == "en"


async def test_a_strangers_language_is_remembered(gym: Gym) -> None:
    texter = Texter(gym, new_phone(), await own_code(gym, "sms"))
    assert (await texter.hears("kiswahili")).startswith("Kuanzia sasa kwa Kiswahili. Karibu Kilimani Strength.")
    assert (await texter.hears("ghairi")).startswith("Sawa.")
    assert (await texter.hears("habari")).startswith("Karibu Kilimani Strength. 1 Jiunge")
    assert await texter.hears("lugha") == "Kiswahili au English? 1 English, 2 Kiswahili"
    assert (await texter.hears("english")).startswith("From now on in English.")


# Help, stop and start


async def test_help_for_a_member_and_for_a_stranger(gym: Gym) -> None:
    _, texter = await texter_of(gym)
    assert "CHECKIN 4821" in await texter.hears("Help?")
    stranger = Texter(gym, new_phone(), texter.address)
    assert "write JOIN" in await stranger.hears("HELP")


@pytest.mark.parametrize(("stop", "start", "language"), [("STOP", "START", "en"), ("acha", "Anza", "sw")])
async def test_stop_is_confirmed_once_and_start_undoes_it(gym: Gym, stop: str, start: str, language: str) -> None:
    amina, texter = await texter_of(gym, language=language)
    said = await texter.hears(stop)
    assert said.startswith("You will get no more" if language == "en" else "Hutapata tena ujumbe")
    assert (await texter.say(stop)).reply is None
    assert [one.phone for one in (await gym.operator.run(ListOptOuts())).items] == [amina.phone]
    assert (await texter.hears("squat 5x5 100")).startswith("Logged" if language == "en" else "Imehifadhiwa")
    assert "Kilimani Strength" in await texter.hears(start)
    assert (await gym.operator.run(ListOptOuts())).items == []
    assert "1 " in await texter.hears(start), "who is not opted out sees the menu"


async def test_cancel_is_about_the_question_that_waits_and_else_an_opt_out(gym: Gym) -> None:
    _, texter = await texter_of(gym)
    await texter.hears("weight")
    assert (await texter.hears("cancel")).startswith("All right.")
    assert (await texter.hears("cancel")).startswith("You will get no more messages")


async def test_stop_is_heard_while_a_question_waits_but_only_alone(gym: Gym) -> None:
    _, texter = await texter_of(gym)
    await texter.say("log")
    assert (await texter.hears("stop")).startswith("You will get no more")
    assert (await texter.hears("2")).startswith("That question has passed.")
    assert (await texter.say("start")).intent == "start"
    assert (await texter.say("stop squat 5x5 100")).intent != "stop"
    assert (await gym.operator.run(ListOptOuts())).items == []


# Who


async def test_a_family_on_one_phone_is_asked_once_and_remembered(gym: Gym) -> None:
    phone = new_phone()
    amina, brian = await gym.add_member(phone=phone), await gym.add_member("Brian Otieno", phone=phone)
    texter = Texter(gym, phone)
    assert (await texter.hears("squat 5x5 100")).startswith("Several people use this phone. Who are you? 1 ")
    assert (await texter.hears("2")).startswith("Logged: Squat 5x5 100kg"), "what was held is taken up"
    assert (await texter.hears("bench 3x8 60")).startswith("Logged: ")
    assert len((await gym.person(brian).run(ListWorkouts())).items) == 2
    assert (await texter.hears("amina bench 3x5 40")).startswith("Logged: ")
    assert len((await gym.person(amina).run(ListWorkouts())).items) == 1
    assert (await texter.hears("bench 3x8 62.5")).startswith("Logged: "), "a name speaks for its own text alone"
    assert len((await gym.person(brian).run(ListWorkouts())).items) == 3
    await texter.say("WHO")
    assert "Hi Amina!" in await texter.hears("Amina Wanjiru")


async def test_one_phone_of_two_gyms_on_a_shared_address(gym: Gym, other_gym: Gym) -> None:
    phone = new_phone()
    await gym.add_member(phone=phone)
    there = await other_gym.add_member(phone=phone)
    texter = Texter(gym, phone, "990880")
    said = await texter.hears("menu")
    assert "Amina Wanjiru, Kilimani Strength" in said
    number = re.search(r"(\d) Amina Wanjiru, Westlands Fitness", said)
    assert number is not None
    assert (await texter.hears(number[1])).startswith("Westlands Fitness. Hi Amina!")
    await texter.say("squat 5x5 100")
    assert len((await other_gym.person(there).run(ListWorkouts())).items) == 1


async def test_alone_on_a_phone_who_says_so_and_a_stranger_is_asked_to_join(gym: Gym) -> None:
    _, texter = await texter_of(gym)
    assert (await texter.hears("who")).startswith("You are Amina at Kilimani Strength.")
    stranger = Texter(gym, new_phone(), await own_code(gym, "sms"))
    assert "JOIN" in await stranger.hears("who")


# Guesses and the menu


async def test_a_near_miss_is_asked_about_and_then_done(gym: Gym) -> None:
    _, texter = await texter_of(gym)
    assert await texter.hears("membreship") == 'Did you mean "My membership"? 1 Yes, 2 No'
    assert (await texter.hears("yes")).startswith("You have no membership")
    await texter.say("recrods")
    assert (await texter.hears("2")).startswith("All right.")


async def test_the_menu_by_text_and_by_ussd(gym: Gym) -> None:
    _, texter = await texter_of(gym)
    assert (await texter.hears("MENU")).startswith("Kilimani Strength. Hi Amina! 1 Check in, 2 Log workout, 3 My")
    assert (await texter.hears("My membership")).startswith("You have no membership")
    dialler = Dialler(gym, texter.phone, await own_code(gym))
    page = await dialler.dial()
    assert page.startswith("CON Kilimani Strength. Hi Amina!\n1 Check in\n2 Log workout\n3 My membership")
    if page.endswith("98 More"):
        assert (await dialler.type("98")).startswith("CON ")
    assert (await dialler.type("77")).startswith("CON Choose a number.")
    assert (await dialler.type("3")).startswith("END You have no membership")


async def test_a_session_that_broke_off_is_taken_up_again(clocked_gym: Gym, clock: ManualClock) -> None:
    _, texter = await texter_of(clocked_gym)
    dialler = Dialler(clocked_gym, texter.phone, await own_code(clocked_gym))
    await dialler.dial("2")
    assert (
        await dialler.dial() == "CON Kilimani Strength: the line was cut.\n1 Go on: Log workout\n2 Menu\n0 Back 00 Menu"
    )
    assert (await dialler.type("1")).startswith("CON What did you do?")
    assert (await dialler.type("squat 5x5 100")).startswith("END Logged")
    assert (await dialler.dial()).startswith("CON Kilimani Strength. Hi Amina!")
