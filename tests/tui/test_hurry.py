"""Whoever stands at the desk types faster than anything answers, pastes, and does not look where the cursor is."""

import pytest
from textual.events import Key as KeyPressed
from textual.widgets import Input

from pp_core.memberships.operations import CheckIn, ListVisits
from pp_tui.screens.alert import AlertScreen
from pp_tui.screens.desk import DeskScreen
from pp_tui.widgets.people import People
from tests.staff import PASSWORD
from tests.tui.conftest import NAMES, Desk, Driven


def at_once(screen: Driven, typed: str) -> None:
    """All keys in one go, as a scanner or a slow line delivers them; a line's end is Enter."""
    for char in typed:
        screen.app.post_message(KeyPressed("enter", "\r") if char == "\n" else KeyPressed(NAMES.get(char, char), char))


async def came_in(desk: Desk) -> list[str]:
    return sorted(visit.person_name for visit in (await desk.gym.operator.run(ListVisits())).items)


async def test_codes_scanned_one_behind_the_other_are_all_let_in(desk: Desk) -> None:
    names = ["Amina Wanjiru", "Brian Otieno", "Cynthia Achieng"]
    codes = [(await desk.member(name)).code for name in names]
    async with desk.at_the_desk() as screen:
        at_once(screen, "".join(f"{code.lower()}\n" for code in codes))
        await screen.sees("Today: 3 visits")
        await screen.until(lambda: screen.value == "", "left the field empty")
    assert await came_in(desk) == names


async def test_the_next_name_takes_the_place_of_the_one_that_is_asked(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    await desk.member("Brian Otieno")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.type("amina")
        await screen.sees("M00003")
        wire.hold("memberships.check_in")
        await screen.press("enter")
        await screen.sees("1 check-in waits")
        await screen.type("bri")
        assert screen.value == "bri"
        wire.release()
        await screen.sees("Amina Wanjiru is in.", "Brian Otieno")
        assert screen.value == "bri", "what was begun meanwhile stays"


@pytest.mark.parametrize(
    ("language", "refused"),
    [("en", "Esther Oloo has no membership."), ("sw", "Esther Oloo hana uanachama.")],
)
async def test_whoever_is_refused_behind_the_next_name_must_be_read(desk: Desk, language: str, refused: str) -> None:
    await desk.member("Esther Oloo", plan=None)
    code = (await desk.member("Cynthia Achieng")).code
    async with desk.at_the_desk(language=language) as screen:
        at_once(screen, f"esther\n{code.lower()}\n")
        await screen.until(lambda: isinstance(screen.app.screen, AlertScreen), "told it")
        await screen.sees(refused)
        await screen.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, DeskScreen))
        await screen.sees("Cynthia Achieng")
    assert await came_in(desk) == ["Cynthia Achieng"]


async def test_letters_typed_into_the_list_reach_the_search(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        await screen.sees("Today: 0 visits")
        await screen.press("tab")
        at_once(screen, "ami")
        await screen.sees("Amina Wanjiru")
        assert screen.value == "ami"


async def test_a_password_typed_at_once_never_stands_in_plain_sight(desk: Desk) -> None:
    async with desk.driven() as screen:
        await screen.until(lambda: screen.app.screen.query("#password"))
        at_once(screen, f"{desk.staff.phone}\n{PASSWORD}\n")
        await screen.until(lambda: isinstance(screen.app.screen, DeskScreen))


async def test_enter_on_nothing_goes_nowhere(desk: Desk) -> None:
    async with desk.driven() as screen:
        await screen.until(lambda: screen.app.screen.query("#password"))
        await screen.press("enter")
        await screen.sees("Type your e-mail or phone first.")
        await screen.type("0722")
        assert screen.app.screen.query_one("#identifier", Input).value == "0722"


async def test_a_hint_that_nobody_is_found_goes_when_somebody_is(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        await screen.type("aminaz")
        await screen.sees("Nobody's name, phone or code holds")
        await screen.press("backspace")
        await screen.sees("Amina Wanjiru")
        await screen.until(lambda: "Nobody's name" not in screen.text, "took it away")


async def test_who_was_let_in_is_not_shown_again_by_an_answer_that_was_late(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    brian = await desk.member("Brian Otieno")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.type("amina")
        await screen.sees("M00003")
        wire.hold("memberships.find_at_desk")
        await desk.gym.operator.run(CheckIn(member=brian.code))  # those found are asked for again
        await screen.sees("Today: 1 visit")
        await screen.press("enter")
        await screen.sees("Amina Wanjiru is in.", "Today: 2 visits")
        wire.release()
        await screen.until(lambda: screen.app.screen._search.settled)
        assert screen.app.screen.query_one(People).rows == []
        assert screen.value == ""
