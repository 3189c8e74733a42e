"""How the screens look: narrow and wide, dark and light, in both languages."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from textual.widgets import Input

from pp_core.kernel.policy import Door
from pp_core.memberships.operations import CheckIn, ShowDoorCode
from pp_core.workouts.operations import LogWorkout
from pp_tui.widgets.visits import Visits
from tests.tui.conftest import Desk, Driven
from tests.tui.snapshots import DOCS, NARROW, WIDE, is_kept

SHAPES = [
    pytest.param(size, look, language, id=f"{size[0]}x{size[1]}-{look}-{language}")
    for size, look, language in [
        (NARROW, "dark", "en"), (NARROW, "light", "sw"), (WIDE, "light", "en"), (WIDE, "dark", "sw"),
        (NARROW, "light", "en"), (WIDE, "dark", "en"),
    ]
]  # fmt: skip

README = (100, 28)


async def furnished(desk: Desk) -> None:
    """A morning at the gym."""
    operator = desk.gym.operator
    clock = desk.gym.runtime.clock
    today = clock.now().date()
    amina = await desk.member("Amina Wanjiru", "+254711000001")
    brian = await desk.member("Brian Otieno", "+254711000002", starts_on=today - timedelta(days=31))
    await desk.member("Cynthia Wanjala", "+254711000003", starts_on=today - timedelta(days=90))
    await desk.member("David Kamau Wanyonyi wa Kilimani", "+254711000004", plan="DAY")
    await desk.member("Esther Wanza", "+254711000005", plan=None)
    await desk.member("Faith Wangari", "+254711000006", starts_on=today + timedelta(days=10))
    for minutes, member in ((3, amina), (9, brian)):
        clock.advance(timedelta(minutes=minutes))
        await operator.run(CheckIn(member=member.code))
    for weight in (80, 85, 90):
        await operator.run(LogWorkout(member=amina.code, text=f"squat 5x5 {weight}, bench 3x8 {weight - 30}"))


async def searching(screen: Driven) -> None:
    await screen.type("wan")
    await screen.sees("Amina Wanjiru", "Esther Wanza")


async def refused(screen: Driven) -> None:
    await screen.finds("esther", "M00007")
    await screen.press("enter")
    await screen.sees("Esther Wanza", "F3")
    await screen.until(lambda: "✗ Esther" in screen.text)


async def overriding(screen: Driven) -> None:
    await refused(screen)
    await screen.press("f3")
    await screen.until(lambda: screen.app.screen.query("#reason"))
    await screen.type("pays tonight")


async def helping(screen: Driven) -> None:
    await screen.press("f1")
    await screen.until(lambda: len(screen.app.screen_stack) == 3)


async def carding(screen: Driven) -> None:
    await screen.finds("amina", "M00003")
    await screen.press("f2")
    await screen.sees("+254711000001")


async def locked(screen: Driven) -> None:
    await screen.press("f9")
    await screen.until(lambda: screen.app.screen.query("#pin"))


VIEWS: dict[str, Callable[[Driven], Coroutine[Any, Any, None]]] = {
    "desk": searching, "refused": refused, "override": overriding, "help": helping, "card": carding, "lock": locked,
}  # fmt: skip


@pytest.mark.parametrize(("size", "look", "language"), SHAPES)
async def test_every_screen_looks_as_it_was_seen(office: Desk, size: tuple[int, int], look: str, language: str) -> None:
    await furnished(office)
    for name, view in VIEWS.items():
        async with office.at_the_desk(size=size, look=look, language=language) as screen:
            await screen.until(lambda: "10:12" in screen.text and "Amina" in screen.text)
            visits = screen.app.screen.query_one(Visits)
            await screen.until(lambda visits=visits: visits.border_subtitle)
            visits.show_code("4821")  # the gym's own is made by chance
            await view(screen)
            await screen.pilot.pause()
            is_kept(screen.app, f"{name}-{size[0]}x{size[1]}-{look}-{language}")


@pytest.mark.parametrize(("size", "look", "language"), SHAPES)
async def test_the_first_screen_looks_as_it_was_seen(
    office: Desk, size: tuple[int, int], look: str, language: str
) -> None:
    async with office.driven(size=size, look=look, language=language) as screen:
        screen.app.screen.query_one("#identifier", Input).value = "+254711000009"
        await screen.press("enter", "enter")
        await screen.until(lambda: "✗" in screen.text)
        is_kept(screen.app, f"sign-in-{size[0]}x{size[1]}-{look}-{language}")


async def test_the_readme_shows_the_desk_as_it_looks(office: Desk) -> None:
    await furnished(office)
    code = (await office.gym.operator.run(ShowDoorCode())).code
    async with office.at_the_desk(size=README) as screen:
        for minutes, name, phone in ((4, "Naomi Achieng", "+254711000011"), (2, "Omar Hassan", "+254711000012")):
            member = await office.member(name, phone)
            office.gym.runtime.clock.advance(timedelta(minutes=minutes))
            await office.gym.person(member, Door.USSD).run(CheckIn(code=code))
        await screen.sees("Omar Hassan", "Today: 4 visits")
        await searching(screen)
        await screen.press("enter")
        await screen.sees("came in already")
        await screen.type("wan")
        await screen.sees("Amina Wanjiru", "Esther Wanza")
        screen.app.screen.query_one(Visits).show_code("4821")
        is_kept(screen.app, "desk", DOCS)
