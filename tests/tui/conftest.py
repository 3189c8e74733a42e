"""A screen over a real core in this process: a gym at ten in the morning, with somebody at its desk."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from pydantic import BaseModel
from textual.pilot import Pilot
from textual.widgets import Input

from pp_core.client.local import LocalClient
from pp_core.client.protocol import Client
from pp_core.client.signing_in import Reached
from pp_core.kernel.call import NOBODY, Credentials
from pp_core.kernel.errors import ServerUnreachable
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door, Role
from pp_core.kernel.watching import Change, Topic
from pp_core.memberships.operations import SellMembership
from pp_core.tenants.operations import Member
from pp_tui.app import PulseApp
from pp_tui.screens.desk import DeskScreen
from tests.conftest import Gym
from tests.staff import PASSWORD, Staff, hire
from tests.tui.snapshots import NARROW

R = TypeVar("R", bound=BaseModel)
NAMES = {" ": "space", "+": "plus", "-": "minus", ".": "full_stop", "?": "question_mark"}
SECONDS = 20.0
"""Until what a test waits for must be there."""


@dataclass
class Driven:
    """A screen and whoever sits before it."""

    app: PulseApp
    pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type letters into what has the focus."""
        await self.pilot.press(*(NAMES.get(char, char) for char in text))

    async def finds(self, query: str, *texts: str) -> None:
        """Type into the desk's search, and wait until what is shown was found for all that was typed."""
        await self.type(query)
        await self.until(
            lambda: isinstance(desk := self.app.screen, DeskScreen) and desk.found == query, f"found {query}"
        )
        await self.sees(*texts)

    async def until(self, holds: Callable[[], Any], what: str = "") -> None:
        """Wait until `holds()`; the screen's text is told when it never does."""
        deadline = asyncio.get_running_loop().time() + SECONDS
        while not holds():
            assert asyncio.get_running_loop().time() < deadline, f"never {what or 'came true'}:\n{self.text}"
            await self.pilot.pause(0.01)

    async def sees(self, *texts: str) -> None:
        """Wait until all of `texts` stand on the screen."""
        await self.until(lambda: all(text in self.text for text in texts), f"showed {texts}")

    async def sign_in(self, staff: Staff) -> None:
        """Sign in and wait for the desk."""
        await self.until(lambda: self.app.screen.query("#password"))
        self.app.screen.query_one("#identifier", Input).value = staff.phone
        self.app.screen.query_one("#password", Input).value = PASSWORD
        self.app.screen.query_one("#password").focus()
        await self.press("enter")
        await self.until(lambda: self.app.screen.query("#visits"), "showed the desk")

    @property
    def value(self) -> str:
        """What stands in the search field."""
        return self.app.screen.query_one("#search", Input).value

    @property
    def text(self) -> str:
        """What can be read on the screen, line by line."""
        return "\n".join(
            "".join(segment.text for segment in line) for line in self.app.screen._compositor.render_strips()
        )


class Line:
    """What a wire and the wires made from it share: whether it is cut, and which operation is held back."""

    def __init__(self) -> None:
        self.held = ""
        self.free = asyncio.Event()
        self.cut = asyncio.Event()


class Wire:
    """A client whose answers can be held back, and whose way to the core can be cut; a `Client`."""

    def __init__(self, inner: Client, line: Line | None = None) -> None:
        self._inner = inner
        self._line = line or Line()

    def hold(self, operation: str) -> None:
        """Let what is asked of this operation wait."""
        self._line.held = operation
        self._line.free.clear()

    def release(self) -> None:
        """Let it go on."""
        self._line.free.set()

    def cut(self) -> None:
        """Answer nothing any more; what is followed ends."""
        self._line.cut.set()

    def mend(self) -> None:
        """Answer again."""
        self._line.cut.clear()

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        """As the inner one. Cut while an answer is held back, the operation was done and its answer is lost."""
        self._demand()
        try:
            answer = await self._inner.run(op, key=key)
        finally:
            if op.policy.name == self._line.held:
                await self._line.free.wait()
        self._demand()
        return answer

    async def watch(self, topic: Topic) -> AsyncGenerator[Change, None]:
        """As the inner one, until cut."""
        self._demand()
        async with aclosing(self._inner.watch(topic)) as changes:
            cut = asyncio.ensure_future(self._line.cut.wait())
            while True:
                following = asyncio.ensure_future(anext(changes))
                try:
                    await asyncio.wait({following, cut}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not following.done():
                        following.cancel()
                        with suppress(asyncio.CancelledError):
                            await following
                self._demand()
                yield following.result()

    def acting(self, credentials: Credentials) -> Client:
        """The same wire for another caller."""
        return Wire(self._inner.acting(credentials), self._line)

    def _demand(self) -> None:
        if self._line.cut.is_set():
            raise ServerUnreachable(url="http://gym.example")


@dataclass
class Desk:
    """A gym with somebody who works at its desk."""

    gym: Gym
    staff: Staff

    def wire(self) -> "Wire":
        """A way to this core that can be cut."""
        return Wire(LocalClient(self.gym.runtime.pulse, Door.TUI, NOBODY))

    def reach(self, nobody: Client | None = None) -> Any:
        """What opens the way to this core."""

        @asynccontextmanager
        async def opened() -> AsyncIterator[Reached]:
            yield Reached(nobody or LocalClient(self.gym.runtime.pulse, Door.TUI, NOBODY), None)

        return opened

    @asynccontextmanager
    async def driven(
        self, *, size: tuple[int, int] = NARROW, nobody: Client | None = None, **more: Any
    ) -> AsyncIterator[Driven]:
        """A running screen at its first picture."""
        app = PulseApp(self.reach(nobody), clock=self.gym.runtime.clock, **more)
        async with app.run_test(size=size) as pilot:
            yield Driven(app, pilot)

    @asynccontextmanager
    async def at_the_desk(self, **more: Any) -> AsyncIterator[Driven]:
        """A running screen, signed in."""
        async with self.driven(**more) as driven:
            await driven.sign_in(self.staff)
            yield driven

    async def member(self, name: str, phone: str | None = None, plan: str | None = "MONTHLY", **more: Any) -> Member:
        """A member with a membership of that plan, or without any."""
        member = await self.gym.add_member(name, phone)
        if plan is not None:
            await self.gym.operator.run(SellMembership(member=member.code, plan=plan, **more))
        return member


@pytest.fixture
async def desk(clocked_gym: Gym) -> Desk:
    """A gym with somebody of RECEPTION."""
    return Desk(clocked_gym, await hire(clocked_gym, Role.RECEPTION))


@pytest.fixture
async def office(clocked_gym: Gym) -> Desk:
    """A gym with a manager at the desk, who may see everything."""
    return Desk(clocked_gym, await hire(clocked_gym, Role.GYM_ADMIN, name="Wairimu Njoroge"))
