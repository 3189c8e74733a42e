"""By USSD every task takes at most six pages, in both languages."""

import re

import pytest

from pp_core.memberships.operations import SellMembership, ShowDoorCode
from tests.bots.talking import Dialler, own_code
from tests.conftest import Gym, new_phone

MOST = 6


def numbered(page: str, label: str) -> str:
    """The number before a choice."""
    [number] = re.findall(rf"^(\d) {label}$", page, re.MULTILINE)
    return str(number)


async def test_joining_in_english(gym: Gym) -> None:
    phone = Dialler(gym, new_phone(), await own_code(gym))
    pages = [await phone.dial()]
    for said in (numbered(pages[0], "Join"), "Amina Wanjiru", "1"):
        pages.append(await phone.type(said))
    assert pages[-1].startswith("END Welcome to Kilimani Strength, Amina!")
    assert len(pages) <= MOST


async def test_joining_in_swahili_the_language_chosen_first(gym: Gym) -> None:
    phone = Dialler(gym, new_phone(), await own_code(gym))
    pages = [await phone.dial()]
    pages.append(await phone.type(numbered(pages[-1], "Language/Lugha")))
    pages.append(await phone.type(numbered(pages[-1], "Kiswahili")))
    for said in (numbered(pages[-1], "Jiunge"), "Amina Wanjiru", "1"):
        pages.append(await phone.type(said))
    assert pages[-1].startswith("END Karibu Kilimani Strength, Amina!")
    assert len(pages) <= MOST


@pytest.mark.parametrize(
    ("language", "labels", "ends"),
    [
        ("en", ("Check in", "Log workout"), ("END Welcome to", "END Logged: Squat 5x5 100kg")),
        ("sw", ("Ingia gym", "Andika mazoezi"), ("END Karibu", "END Imehifadhiwa: Squat 5x5 100kg")),
    ],
)
async def test_checking_in_and_logging(gym: Gym, language: str, labels: tuple[str, str], ends: tuple[str, str]) -> None:
    amina = await gym.add_member(language=language)
    assert amina.phone is not None
    await gym.operator.run(SellMembership(member=amina.code, plan="MONTHLY"))
    code = (await gym.operator.run(ShowDoorCode())).code
    phone = Dialler(gym, amina.phone, await own_code(gym))
    for label, answer, end in zip(labels, (code, "squat 5x5 100"), ends, strict=True):
        menu = await phone.dial()
        pages = [menu, await phone.type(numbered(menu, label)), await phone.type(answer)]
        assert pages[-1].startswith(end)
        assert len(pages) <= MOST
