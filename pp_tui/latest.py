"""Asking again and again for something that changes while one asks: one request at a time, the newest wish last."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Runs `ask` for the newest wish.

    A wish made while another is asked replaces what waits, and nothing is cancelled: a request that is thrown away costs
    the connection it came on. An `ask` that raises does so to whoever wished for it, and the next wish is asked.
    """

    def __init__(self, ask: Callable[[T], Awaitable[None]]) -> None:
        self._ask = ask
        self._next: list[T] = []
        self._asking = asyncio.Lock()

    @property
    def settled(self) -> bool:
        """Whether nothing is asked or waits."""
        return not self._asking.locked() and not self._next

    async def want(self, wish: T) -> None:
        """Ask for `wish` as soon as nothing else is asked, unless a newer one came by then."""
        self._next = [wish]
        async with self._asking:
            if self._next:
                await self._ask(self._next.pop())
