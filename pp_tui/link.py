"""The screen's way to the core: whether it answers, what is asked of it, what is followed."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from pp_core.kernel.errors import Kind, Problem
from pp_tui.texts import is_unreachable

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pp_core.client.protocol import Client
    from pp_core.kernel.operation import Operation
    from pp_core.kernel.watching import Change, Topic

R = TypeVar("R", bound="BaseModel")
PAUSE_SECONDS = 1.0
"""Between two tries to reach a core that does not answer."""
LOOK_SECONDS = 5.0
"""Between two looks at what cannot be followed: behind a pooler nobody is told of changes."""
_PASSING = frozenset({Kind.UNAVAILABLE, Kind.LIMITED, Kind.INTERNAL})
"""Problems that say nothing of whether one may follow."""


class State(StrEnum):
    """How the way to the core is."""

    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"


class Link:
    """Runs and follows for whoever is signed in.

    `changed` is told whenever the state is another one, `ended` when the session is over; `shown` tells whether there
    still is a screen. What is asked before there is a client waits for it. Being unreachable is told by raising, as by
    any client: what to do with what was asked is the caller's to decide.
    """

    def __init__(
        self,
        changed: "Callable[[State], None]",
        ended: "Callable[[Problem], None]",
        shown: Callable[[], bool] = lambda: True,
    ) -> None:
        self._changed = changed
        self._ended = ended
        self._shown = shown
        self._client: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self.state = State.CONNECTING

    def use(self, client: "Client") -> None:
        """Act for this one from now on."""
        if self._client.done():
            self._client = asyncio.get_running_loop().create_future()
        self._client.set_result(client)

    def close(self) -> None:
        """Act for nobody: what is asked waits for the next one who signs in."""
        if self._client.done():
            self._client = asyncio.get_running_loop().create_future()
        self._note(State.CONNECTING)

    async def there(self) -> None:
        """Return once there is somebody to act for, and with them what requests are made of: nothing loads it before."""
        await asyncio.shield(self._client)

    @property
    def acts(self) -> bool:
        """Whether there is somebody to act for."""
        return self._client.done()

    async def run(self, op: "Operation[R]", *, key: str | None = None) -> R:
        """Run `op`; see `Client.run`."""
        return await self.ask(await asyncio.shield(self._client), op, key=key)

    async def ask(self, client: "Client", op: "Operation[R]", *, key: str | None = None) -> R:
        """Run `op` for another caller over the same way."""
        try:
            answer = await client.run(op, key=key)
        except Problem as problem:
            self._demand_screen()
            self._learn(problem, client)
            raise
        self._demand_screen()
        self._note(State.ONLINE)
        return answer

    async def follow(self, topic: "Topic") -> "AsyncGenerator[Change, None]":
        """The changes of `topic` for as long as anybody listens, whatever happens to the way there.

        Each time it is there again a change with `began` comes first; where nothing can be followed one comes every few
        seconds. A problem that will not pass by itself is raised.
        """
        from pp_core.kernel.watching import Change, Unwatchable

        while True:
            client = await asyncio.shield(self._client)
            try:
                async with aclosing(client.watch(topic)) as changes:
                    async for change in changes:
                        self._note(State.ONLINE)
                        yield change
                self._note(State.OFFLINE)
            except Unwatchable:
                yield Change(began=True)
                await asyncio.sleep(LOOK_SECONDS)
            except Problem as problem:
                if not self.acts_for(client):
                    continue  # the session that ended is not the one that runs
                self._learn(problem, client)
                if problem.kind not in _PASSING:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)

    def _demand_screen(self) -> None:
        """Go no further when the screen is being taken down: there is nothing left to show an answer on."""
        if not self._shown():
            raise asyncio.CancelledError

    def acts_for(self, client: "Client | None") -> bool:
        """Whether what is asked is asked for this one."""
        return self._client.done() and self._client.result() is client

    def _learn(self, problem: Problem, client: "Client") -> None:
        self._note(State.OFFLINE if is_unreachable(problem) else State.ONLINE)
        if problem.kind is Kind.UNAUTHENTICATED and self.acts_for(client):
            self._ended(problem)

    def _note(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self._changed(state)
