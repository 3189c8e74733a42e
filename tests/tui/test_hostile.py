"""What people call themselves is shown, and neither obeyed nor read as markup."""

import sys
from typing import Any

import psycopg
import pytest
from textual.events import Paste
from textual.widgets import Input

from pp_core.kernel.errors import Invalid
from pp_core.kernel.validation import is_line
from pp_core.memberships.operations import CheckIn
from pp_core.tenants.operations import AddMember
from pp_tui.terminal import OBEYED
from tests.conftest import TestHome
from tests.tui.conftest import Desk
from tests.tui.snapshots import NARROW, WIDE

OBEYED_NAME = "Amina \x1b[2J\x1b]0;owned\x07\x9b31m\u202eWanjiru\u2066"
"""Clears the screen, names the window, turns red, and turns the writing round."""
READ = "Amina [2J]0;owned31mWanjiru"
MARKED_UP = "[red]Amina[/] [@click=app.leave]x[/] {0.__class__} {name}"
WIDE_NAMES = (
    "李小龍王大明陳美麗" * 6,
    "👩‍👩‍👧‍👦" * 12,
    "A" + "\u0335\u0301\u0316" * 40,
    "אבגד הוזח" * 5,
    "\u200b" * 30 + "x",
)


def rename(home: TestHome, person_id: Any, name: str) -> None:
    """As only the database's owner could: the core refuses such names."""
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        connection.execute("UPDATE people SET name = %s WHERE id = %s", (name, person_id))


def test_what_is_left_out_is_what_the_core_calls_no_line() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    assert [char for char in every if bool(OBEYED.search(char)) is is_line(char)] == []


@pytest.mark.parametrize("name", [OBEYED_NAME, "Amina\nWanjiru", "\u202eurijnaW", "Amina\x00"])
async def test_the_core_takes_no_such_name_or_reason(desk: Desk, name: str) -> None:
    with pytest.raises((Invalid, ValueError)):
        await desk.gym.operator.run(AddMember(name=name, phone="+254711000001"))
    with pytest.raises((Invalid, ValueError)):
        await desk.gym.operator.run(CheckIn(member="M00002", override_reason=name))


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_terminal_is_told_nothing_by_a_name(office: Desk, home: TestHome, size: tuple[int, int]) -> None:
    member = await office.member("Amina Wanjiru", "+254711000001")
    await office.gym.operator.run(CheckIn(member=member.code))
    rename(home, member.id, OBEYED_NAME)
    async with office.at_the_desk(size=size) as screen:
        await screen.type("m00003")
        await screen.sees("Good, 29 days left", READ[:20])
        await screen.press("enter")
        await screen.sees("came in already")
        assert not OBEYED.search(screen.text.replace("\n", ""))
        await screen.type("m00003")
        await screen.sees("Good, 29 days left")
        await screen.press("f2")
        await screen.sees("+254711000001", READ)
        assert not OBEYED.search(screen.text.replace("\n", ""))


async def test_a_name_is_no_markup_and_no_template(office: Desk, home: TestHome) -> None:
    member = await office.member("Amina Wanjiru", "+254711000001", plan=None)
    rename(home, member.id, MARKED_UP)
    async with office.at_the_desk(size=WIDE) as screen:
        await screen.type("m00003")
        await screen.sees("[red]Amina[/]")
        await screen.press("enter")
        await screen.sees("✗")
        await screen.press("f3")
        await screen.sees("[red]Amina[/] [@click=app.leave]x[/] {0.__class__} {name}")
        await screen.type("[b]pays[/b] {x}")
        await screen.press("enter")
        await screen.sees("[b]pays[/b] {x}", "Today: 1 visit")
        await screen.press("f8")
        await screen.sees("memberships.check_in", "[b]pays[/b] {x}")
        await screen.press("escape")
        await screen.type("m00003")
        await screen.sees("[red]Amina[/]")
        await screen.press("f2")
        await screen.sees(MARKED_UP, "[b]pays[/b] {x}")


@pytest.mark.parametrize("name", WIDE_NAMES)
async def test_whatever_a_name_is_made_of_the_frames_stand(office: Desk, home: TestHome, name: str) -> None:
    member = await office.member("Amina Wanjiru", "+254711000001")
    rename(home, member.id, name)
    async with office.at_the_desk() as screen:
        await screen.type("m00003")
        await screen.sees("Good, 29 days left")
        lines = screen.app.screen._compositor.render_strips()
        assert {line.cell_length for line in lines} == {NARROW[0]}
        await screen.press("f2")
        await screen.sees("+254711000001")
        lines = screen.app.screen._compositor.render_strips()
        assert {line.cell_length for line in lines} == {NARROW[0]}


async def test_what_is_pasted_is_one_line_that_can_be_looked_up(desk: Desk) -> None:
    await desk.member("Amina Wanjiru")
    async with desk.at_the_desk() as screen:
        screen.app.screen.query_one("#search", Input).post_message(Paste("\x1b[31mami\x00na\u202e\t \nM00002\n"))
        await screen.until(lambda: screen.value)
        assert screen.value.strip() == "[31mamina"
        screen.app.screen.query_one("#search", Input).value = ""
        screen.app.screen.query_one("#search", Input).post_message(Paste("ami\x00na"))
        await screen.sees("Good, 29 days left")


async def test_a_gyms_name_is_no_markup_where_one_of_several_is_chosen(desk: Desk, home: TestHome) -> None:
    from pp_core.kernel.policy import Role
    from tests.conftest import onboard
    from tests.staff import PASSWORD, hire

    second = await onboard(desk.gym.runtime, "Westlands [blink]Fitness[/]")
    await hire(second, Role.RECEPTION, phone=desk.staff.phone)
    async with desk.driven() as screen:
        screen.app.screen.query_one("#identifier", Input).value = desk.staff.phone
        screen.app.screen.query_one("#password", Input).value = PASSWORD
        await screen.press("enter", "enter")
        await screen.sees("Westlands [blink]Fitness[/]")
