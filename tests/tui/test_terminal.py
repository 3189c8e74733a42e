"""The terminal that tests and figures type into: it understands what Textual writes, and knows when it came."""

import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.tui.terminal import Terminal, key_bytes

ECHO = [sys.executable, str(Path(__file__).with_name("echo_app.py"))]


@pytest.fixture
async def echo() -> AsyncIterator[Terminal]:
    async with Terminal(ECHO) as terminal:
        await terminal.wait_for("type here")
        yield terminal


async def test_what_is_typed_is_seen(echo: Terminal) -> None:
    typed = echo.type("amina")
    seen = await echo.wait_for("typed <amina>")
    assert typed < seen < time.monotonic()
    assert echo.shows("nothing yet") is False
    assert len(echo.screen()) == 24


async def test_keys_are_those_of_a_terminal(echo: Terminal) -> None:
    echo.press("f2")
    await echo.wait_for("F2 pressed")
    echo.press("ctrl+t")
    await echo.wait_for("ctrl+t pressed")
    echo.type("abc")
    echo.press("home", "delete", "end", "backspace")
    await echo.wait_for("typed <b>")
    echo.press("enter")
    await echo.wait_for("sent <b> Ålesund ✓ ⣿")


def test_a_key_of_no_terminal_is_refused() -> None:
    with pytest.raises(AssertionError, match="ctrl\\+f2"):
        key_bytes("ctrl+f2")


async def test_no_sequence_is_taken_for_text(echo: Terminal) -> None:
    echo.type("x")
    await echo.wait_for("typed <x>")
    assert [line.strip() for line in echo.screen() if line.strip(" ▊▎▔▁█")] == [
        next(line.strip() for line in echo.screen() if "x" in line),
        "typed <x>",
        "80 by 24",
    ]


async def test_a_resized_terminal_is_drawn_anew(echo: Terminal) -> None:
    echo.resize(132, 43)
    await echo.wait_for("132 by 43")
    assert len(echo.screen()) == 43
    echo.resize(80, 24)
    await echo.wait_for("80 by 24")
    assert len(echo.screen()) == 24


async def test_a_watch_begins_before_its_cause_and_names_the_first_painting(echo: Terminal) -> None:
    watched = echo.watch("sent <k>")
    echo.type("k")
    echo.press("enter")
    first = await echo.seen(watched, "sent <k>")
    echo.press("f2")
    await echo.wait_for("F2 pressed")
    assert first < echo.painted


async def test_what_does_not_come_is_told_with_the_screen(echo: Terminal) -> None:
    with pytest.raises(AssertionError, match=r"(?s)0\.1 seconds passed without 'elsewhere'.*nothing yet"):
        await echo.wait_for("elsewhere", 0.1)


async def test_a_command_that_ends_is_not_waited_for(echo: Terminal) -> None:
    echo.press("f10")
    with pytest.raises(AssertionError, match="the command ended"):
        await echo.wait_for("elsewhere")
    assert await echo.exited() == 7


async def test_a_closed_terminal_leaves_no_process() -> None:
    async with Terminal(ECHO) as terminal:
        await terminal.wait_for("type here")
        terminal.kill()
        assert await terminal.exited() == -9
    async with Terminal([sys.executable, "-c", "import time; print('up'); time.sleep(60)"]) as terminal:
        await terminal.wait_for("up")
    assert await terminal.exited() == -15


async def test_sequences_and_letters_cut_in_two_are_put_together() -> None:
    parts = [
        b"\x1b[",
        b"<u\x1b[>1;2mhello \xc3",
        b"\x85\x1b[?20",
        b"26$p\x1bP1$r",
        b"0m\x1b",
        b"\\there\x1b]0;ti",
        b"tle\x07!",
    ]
    program = f"import os,time\nfor part in {parts!r}:\n os.write(1, part)\n time.sleep(.02)\ninput()"
    async with Terminal([sys.executable, "-c", program]) as terminal:
        await terminal.wait_for("hello Åthere!")
