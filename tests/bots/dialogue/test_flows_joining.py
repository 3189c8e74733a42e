"""Joining by phone: behind a gym's own address and a shared one, with consent and without, once and again."""

import re

import pytest

from pp_core.tenants.operations import ListMembers, UpdateMember
from tests.bots.talking import Dialler, Texter, own_code
from tests.conftest import Gym, new_phone


async def members(gym: Gym, phone: str) -> list[str]:
    return [one.name for one in (await gym.operator.run(ListMembers(search=phone))).items]


@pytest.mark.parametrize(
    ("word", "asks", "yes", "welcome"),
    [
        ("JOIN", "what is your first and last name?", "yes", r"Welcome to Kilimani Strength, Amina! Your member code is M\d+"),
        ("jiunge", "majina yako mawili ni yapi?", "ndiyo", r"Karibu Kilimani Strength, Amina! Msimbo wako ni M\d+"),
    ],
)  # fmt: skip
async def test_joining_by_text(gym: Gym, word: str, asks: str, yes: str, welcome: str) -> None:
    phone = new_phone()
    texter = Texter(gym, phone, await own_code(gym, "sms"))
    if word == "jiunge":
        await texter.say("kiswahili")
    assert asks in await texter.hears(word)
    assert "1 " in (consent := await texter.hears("Amina Wanjiru"))
    assert consent.startswith("Amina, ")
    assert re.search(welcome, await texter.hears(yes))
    assert await members(gym, phone) == ["Amina Wanjiru"]
    assert (await texter.say("membership")).intent == "membership"


async def test_the_name_may_follow_the_word_and_a_second_time_is_no_second_member(gym: Gym) -> None:
    phone = new_phone()
    texter = Texter(gym, phone, await own_code(gym, "sms"))
    assert (await texter.hears("JOIN amina wanjiru")).startswith("amina, may Kilimani Strength keep")
    code = re.search(r"M\d+", await texter.hears("1"))
    assert code is not None
    assert await texter.say("JOIN amina wanjiru") is not None
    assert len(await members(gym, phone)) == 1


async def test_without_consent_nothing_is_kept(gym: Gym) -> None:
    phone = new_phone()
    texter = Texter(gym, phone, await own_code(gym, "sms"))
    await texter.say("JOIN Amina Wanjiru")
    assert await texter.hears("no") == "Nothing was kept. Write JOIN if you change your mind."
    assert await members(gym, phone) == []


@pytest.mark.parametrize("name", ["7", "12345", "x", "!!", "y" * 81])
async def test_what_is_no_name_is_asked_again(gym: Gym, name: str) -> None:
    phone = new_phone()
    texter = Texter(gym, phone, await own_code(gym, "sms"))
    await texter.say("join")
    assert (await texter.hears(name)).startswith("A name has letters")
    assert (await texter.hears("Amina Wanjiru")).startswith("Amina, ")


async def test_a_shared_address_asks_for_the_gym(gym: Gym) -> None:
    phone = new_phone()
    texter = Texter(gym, phone, "990880")
    assert await texter.hears("JOIN") == "Which gym? Write its short name, like: kilimani"
    assert (await texter.hears("no-such-gym")).startswith("There is no gym of that name.")
    assert (await texter.hears(gym.slug.upper())).startswith("Kilimani Strength: what is your")
    await texter.say("Amina Wanjiru")
    assert "Amina!" in await texter.hears("YES")
    assert await members(gym, phone) == ["Amina Wanjiru"]


async def test_joining_by_ussd_takes_four_pages(gym: Gym) -> None:
    phone = new_phone()
    dialler = Dialler(gym, phone, await own_code(gym))
    assert await dialler.dial() == "CON Welcome to Kilimani Strength.\n1 Join\n2 Language/Lugha\n3 Help"
    assert (await dialler.type("1")).startswith("CON Kilimani Strength: what is your first and last name?")
    assert (await dialler.type("Amina Wanjiru")).endswith("1 Yes\n2 No\n0 Back 00 Menu")
    assert (await dialler.type("1")).startswith("END Welcome to Kilimani Strength, Amina!")
    assert await dialler.dial() == (await dialler.post())
    assert "Hi Amina!" in await dialler.post()


async def test_going_back_asks_the_name_again(gym: Gym) -> None:
    dialler = Dialler(gym, new_phone(), await own_code(gym))
    await dialler.dial("1", "Brian Otieno")
    assert "first and last name" in await dialler.type("0")
    assert (await dialler.type("Amina Wanjiru")).startswith("CON Amina, ")
    assert (await dialler.type("00")).startswith("CON Welcome to Kilimani Strength.")


async def test_who_left_may_join_again(gym: Gym) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    await gym.operator.run(UpdateMember(member=amina.code, status="left"))
    texter = Texter(gym, amina.phone, await own_code(gym, "sms"))
    assert "JOIN and your name" in await texter.hears("membership")
    await texter.say("JOIN Amina Wanjiru")
    assert (await texter.hears("yes")).startswith("Welcome to Kilimani Strength, Amina!")
