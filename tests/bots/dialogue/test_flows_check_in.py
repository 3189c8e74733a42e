"""Checking in with the desk's code: right, wrong, too often wrong, and with every sort of membership."""

from datetime import date, timedelta

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.memberships.operations import CancelMembership, ListMemberships, ListVisits, SellMembership, ShowDoorCode
from pp_core.memberships.rules import CODE_TRIES
from pp_core.tenants.operations import Member
from tests.bots.talking import Dialler, Texter, own_code
from tests.conftest import Gym


async def paid_up(gym: Gym, plan: str = "MONTHLY", **more: object) -> tuple[Member, Texter]:
    member = await gym.add_member(**more)
    await gym.operator.run(SellMembership(member=member.code, plan=plan))
    assert member.phone is not None
    return member, Texter(gym, member.phone)


async def shown(gym: Gym) -> str:
    return (await gym.operator.run(ShowDoorCode())).code


async def wrong(gym: Gym) -> str:
    return "1357" if await shown(gym) != "1357" else "2468"


@pytest.mark.parametrize(
    ("language", "word", "answer"),
    [
        ("en", "CHECKIN", "Welcome to Kilimani Strength! Your first visit this month."),
        ("en", "check in:", "Welcome to Kilimani Strength! Your first visit this month."),
        ("sw", "Nimefika", "Karibu Kilimani Strength! Umefika mara ya kwanza mwezi huu."),
    ],
)
async def test_the_code_after_the_word(clocked_gym: Gym, language: str, word: str, answer: str) -> None:
    amina, texter = await paid_up(clocked_gym, language=language)
    assert await texter.hears(f"{word} {await shown(clocked_gym)}") == answer
    [visit] = (await clocked_gym.operator.run(ListVisits())).items
    assert (visit.person_id, visit.door) == (amina.id, "sms")


async def test_the_word_alone_asks_for_the_code_and_again_is_the_same_visit(clocked_gym: Gym) -> None:
    _, texter = await paid_up(clocked_gym)
    assert await texter.hears("here") == "Which code does the desk show today?"
    code = await shown(clocked_gym)
    assert "first visit" in await texter.hears(f"{code[:2]} {code[2:]}")
    assert await texter.hears(f"here {code}") == "You are already in at Kilimani Strength. Train well!"
    assert len((await clocked_gym.operator.run(ListVisits())).items) == 1


async def test_wrong_codes_are_counted_and_then_only_the_desk_helps(clocked_gym: Gym) -> None:
    _, texter = await paid_up(clocked_gym)
    bad = await wrong(clocked_gym)
    await texter.say("checkin")
    for left in range(CODE_TRIES - 1, 0, -1):
        assert f"Tries left: {left}." in await texter.hears(bad)
    assert await texter.hears(bad) == "Too many wrong codes today. Ask at the desk to be checked in."
    assert "Too many wrong codes" in await texter.hears(f"checkin {await shown(clocked_gym)}")
    assert (await clocked_gym.operator.run(ListVisits())).items == []


async def test_what_is_no_code_is_asked_again_and_a_workout_is_logged(clocked_gym: Gym) -> None:
    _, texter = await paid_up(clocked_gym)
    assert (await texter.hears("checkin now")) == "Which code does the desk show today?"
    assert (await texter.hears("what code")).startswith("The code has four digits")
    assert (await texter.hears("squat 5x5 100")).startswith("Logged: Squat 5x5 100kg")


async def test_memberships_that_do_not_open_the_door_are_told_in_the_second_person(clocked_gym: Gym) -> None:
    gym = clocked_gym
    code = await shown(gym)
    njeri = await gym.add_member("Njeri Mwangi")
    assert njeri.phone is not None
    answer = await Texter(gym, njeri.phone).hears(f"checkin {code}")
    assert answer == "You have no membership at Kilimani Strength yet. Buy one at the desk."
    early = await gym.add_member("Brian Otieno")
    assert early.phone is not None
    await gym.operator.run(SellMembership(member=early.code, plan="DAY", starts_on=date(2026, 11, 25)))
    texter = Texter(gym, early.phone)
    assert (await texter.hears(f"checkin {code}")).startswith("Your membership begins on Wed 25 Nov.")
    gone, texter = await paid_up(gym, "DAY", name="Otieno Okoth")
    [sold] = (await gym.person(gone).run(ListMemberships())).items
    await gym.operator.run(CancelMembership(membership_id=sold.id))
    assert "Renew it at the desk" in await texter.hears(f"checkin {code}")


async def test_near_its_end_and_after_it_the_membership_is_spoken_of(clocked_gym: Gym, clock: ManualClock) -> None:
    _, texter = await paid_up(clocked_gym, "WEEKLY")
    clock.advance(timedelta(days=4))
    answer = await texter.hears(f"checkin {await shown(clocked_gym)}")
    assert answer.endswith("Your membership ends on Fri 27 Nov.")
    clock.advance(timedelta(days=3))
    answer = await texter.hears(f"checkin {await shown(clocked_gym)}")
    assert answer.endswith("Your membership ended on Fri 27 Nov; please renew it.")
    clock.advance(timedelta(days=30))
    answer = await texter.hears(f"checkin {await shown(clocked_gym)}")
    assert answer == "Your membership ended on Fri 27 Nov. Renew it at the desk."


async def test_by_ussd_it_takes_three_pages_or_one(clocked_gym: Gym) -> None:
    amina, _ = await paid_up(clocked_gym)
    assert amina.phone is not None
    dialler = Dialler(clocked_gym, amina.phone, await own_code(clocked_gym))
    await dialler.dial()
    assert await dialler.type("1") == "CON Which code does the desk show today?\n0 Back 00 Menu"
    bad = await dialler.type(await wrong(clocked_gym))
    assert bad.startswith("CON This is not the code that the desk shows today. Tries left: 4.")
    assert (await dialler.type(await shown(clocked_gym))).startswith("END Welcome to Kilimani Strength!")
    assert (await dialler.dial("1", await shown(clocked_gym))).startswith("END You are already in")
