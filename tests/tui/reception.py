"""Whoever sits at the desk, as they see and use its screen: for tests and figures on a real terminal."""

import re
from asyncio import Future
from dataclasses import dataclass

from pp_core.kernel.locale import text
from tests.tui.terminal import Lines, Terminal

_HIT = re.compile(r"[✓!✗] (?P<name>\S.{,23}?) +[A-Z]+\d+ ")
_VISIT = re.compile(r"\b\d\d:\d\d (?P<name>\S.{,23}?) +[A-Z]+\d+ ")
"""A line of each list: a sign or a time, the name, the member code."""


def hits(lines: Lines) -> list[str]:
    """The names that the search found, from the top."""
    return [found["name"] for line in lines if (found := _HIT.search(line))]


def visits(lines: Lines) -> list[str]:
    """The names of those who came in today, from the top, as far as the list shows them."""
    return [found["name"] for line in lines if (found := _VISIT.search(line))]


def let_in(name: str) -> str:
    """How the sentence begins that says somebody was let in."""
    return text("tui.desk.done", "en", name=name, state="\0", count=2).partition("\0")[0].strip()


@dataclass
class Reception:
    """The desk on a terminal."""

    terminal: Terminal

    async def online(self) -> float:
        """Wait until the screen says that its core answers."""
        return await self.terminal.wait_for(text("tui.link.online", "en"), 60)

    async def offline(self) -> float:
        """Wait until it says that it does not."""
        return await self.terminal.wait_for(text("tui.link.offline", "en"), 60)

    async def ready(self) -> float:
        """Wait until names can be typed; the core may not be reached yet."""
        return await self.terminal.wait_for(text("tui.desk.people", "en"))

    async def finds(self, typed: str, name: str) -> float:
        """Type into the empty field; when the hit was painted."""
        self.terminal.type(typed)
        return await self.sees_hit(name)

    async def sees_hit(self, name: str) -> float:
        """When this one was painted as the only hit."""
        return await self.terminal.wait_for(lambda lines: hits(lines) == [name], 60)

    def visit_of(self, name: str) -> "Future[float]":
        """When the next painting of a list of visits with this one came."""
        return self.terminal.watch(lambda lines: name in visits(lines))

    async def sees_visit(self, name: str) -> float:
        """When this one was painted among today's visits."""
        return await self.terminal.wait_for(lambda lines: name in visits(lines), 60)
