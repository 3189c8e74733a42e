"""The way to the core breaks while reception works."""

import pytest

from pp_core.memberships.operations import CancelMembership, CheckIn, ListMemberships, ListVisits
from pp_tui import app as application
from pp_tui import link
from pp_tui.screens.alert import AlertScreen
from pp_tui.screens.confirm import ConfirmScreen
from pp_tui.screens.desk import DeskScreen
from tests.tui.conftest import Desk


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other quickly."""
    monkeypatch.setattr(link, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(application, "PAUSE_SECONDS", 0.05)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Offline", "is looked up once it does", "The server answers again.", "Good, 29 days left")),
        ("sw", ("Nje ya mtandao", "kitatafutwa ikijibu", "Seva inajibu tena.", "Sawa, zimebaki siku 29")),
    ],
)
async def test_what_is_typed_meanwhile_is_looked_up_afterwards(
    desk: Desk, language: str, words: tuple[str, ...]
) -> None:
    await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire, language=language) as screen:
        await screen.until(lambda: "10:00" in screen.text)
        wire.cut()
        await screen.sees(words[0])
        await screen.type("amina")
        await screen.until(lambda: words[1] in " ".join(screen.text.split()))
        wire.mend()
        await screen.sees(words[2], words[3], "Amina Wanjiru")
        assert screen.value == "amina"


async def test_a_check_in_whose_answer_was_lost_is_sent_again_and_counts_once(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.finds("amina", "M00003")
        wire.hold("memberships.check_in")
        await screen.press("enter")
        await screen.sees("1 check-in waits")
        wire.cut()
        wire.release()
        await screen.sees("Offline", "Amina Wanjiru is kept here")
        wire.mend()
        await screen.sees(
            "Amina Wanjiru is in. Good, 29 days left. First visit this month.", "Today: 1 visit", "Online"
        )
        assert "waits" not in screen.text
    assert len((await desk.gym.operator.run(ListVisits())).items) == 1


async def test_many_are_let_in_meanwhile_and_each_comes_in_once(desk: Desk) -> None:
    names = ["Amina Wanjiru", "Brian Otieno", "Cynthia Achieng"]
    for name in names:
        await desk.member(name)
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        wire.hold("memberships.check_in")
        for number, name in enumerate(names, start=1):
            await screen.type(name.split()[0].lower())
            await screen.sees(f"✓ {name}")
            await screen.press("enter")
            await screen.until(lambda number=number: screen.app.standing.waiting == number)
            await screen.press("escape")
        wire.cut()
        wire.release()
        await screen.sees("3 check-ins wait", "Offline")
        await screen.press("ctrl+q")
        await screen.until(lambda: isinstance(screen.app.screen, ConfirmScreen))
        await screen.sees("3 check-ins were not sent yet and would be lost.")
        await screen.press("escape")
        wire.mend()
        await screen.sees("Today: 3 visits")
        await screen.until(lambda: screen.app.standing.waiting == 0)
    visits = (await desk.gym.operator.run(ListVisits())).items
    assert sorted(visit.person_name for visit in visits) == names


async def test_somebody_refused_afterwards_must_be_read(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.finds("amina", "M00003")
        wire.cut()
        await screen.press("enter")
        await screen.sees("1 check-in waits")
        [held] = (await desk.gym.operator.run(ListMemberships(member=member.code))).items
        await desk.gym.operator.run(CancelMembership(membership_id=held.id))
        wire.mend()
        await screen.until(lambda: isinstance(screen.app.screen, AlertScreen))
        await screen.until(
            lambda: "Amina Wanjiru was let in while the server did not answer, and is refused now" in _flat(screen.text)
        )
        await screen.press(*"bri", "enter")
        assert isinstance(screen.app.screen, AlertScreen), "the Enter of the next name closed it unread"
        await screen.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, DeskScreen))
        assert screen.value.endswith("bri")
    assert (await desk.gym.operator.run(ListVisits())).items == []


async def test_who_is_known_to_have_no_membership_is_refused_meanwhile_too(desk: Desk) -> None:
    await desk.member("Esther Wanza", plan=None)
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.finds("esther", "M00003")
        wire.cut()
        await screen.sees("Offline")
        await screen.press("enter")
        await screen.sees("✗ Esther Wanza: No membership. F3 lets them in")
        await screen.press("f3")
        await screen.sees("Let Esther Wanza in all the same?")
        await screen.type("pays tonight")
        await screen.press("enter")
        await screen.sees("1 check-in waits")
        wire.mend()
        await screen.sees("let in: pays tonight", "Today: 1 visit")


async def test_pressing_twice_while_it_waits_asks_once(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.finds("amina", "M00003")
        wire.hold("memberships.check_in")
        await screen.press("enter", "enter")
        await screen.sees("Amina Wanjiru is let in already")
        wire.release()
        await screen.sees("Today: 1 visit")


async def test_visits_that_came_meanwhile_are_shown_afterwards(desk: Desk) -> None:
    member = await desk.member("Amina Wanjiru")
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await screen.sees("Today: 0 visits")
        wire.cut()
        await screen.sees("Offline")
        await desk.gym.operator.run(CheckIn(member=member.code))
        wire.mend()
        await screen.sees("Online", "Today: 1 visit")


def _flat(text: str) -> str:
    """The words in their order, whatever frames stand around them; only of lines within the dialog."""
    return " ".join(" ".join(line.split("┃")[1] for line in text.splitlines() if line.count("┃") == 2).split())
