"""Live: follows a topic for somebody for as long as they may."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol
from uuid import UUID

from pp_core.kernel.db.listening import Listener
from pp_core.kernel.watching import Change, Topic

RECHECK_SECONDS = 30.0
"""How long a watcher who was signed out or lost a role may still be told that something changed."""


class Admit(Protocol):
    """Lets the watcher in, or raises the problem that ends the watch."""

    async def __call__(self, *, again: bool) -> UUID:
        """The gym that the watcher is in; `again` when they were let in before."""
        ...


async def follow(topic: Topic, listener: Listener, admit: Admit, *, recheck: float) -> AsyncGenerator[Change, None]:
    """The changes of `topic`, the first of them `began`. Ends without a problem when the listener is closed."""
    loop = asyncio.get_running_loop()
    tenant_id = await admit(again=False)
    async with listener.following(tenant_id, topic.events) as heard:
        due = loop.time() + recheck
        yield Change(began=True)
        while not heard.over:
            if loop.time() >= due:
                await admit(again=True)
                due = loop.time() + recheck
            change = await heard.take(due - loop.time())
            if change is not None:
                yield change
