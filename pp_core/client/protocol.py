"""What a door holds: one way to run an operation, wherever the core is."""

from collections.abc import AsyncGenerator
from typing import Protocol, TypeVar

from pydantic import BaseModel

from pp_core.kernel.call import Credentials
from pp_core.kernel.operation import Operation
from pp_core.kernel.watching import Change, Topic

R = TypeVar("R", bound=BaseModel)


class Client(Protocol):
    """Runs operations for one caller."""

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        """Run `op`; `key` makes a repeat act once and answer the same. Raises a `Problem` for whatever was wrong."""
        ...

    def watch(self, topic: Topic) -> AsyncGenerator[Change, None]:
        """Follow `topic`: `async for change in client.watch(WatchVisits())`. The first change comes at once and says `began`.

        Ends by raising the `Problem` that ended it, such as `ServerUnreachable` or `SessionEnded`, or without one when this
        process closes its core. Nothing is tried again here: the caller watches again when it wants to. Whoever stops before
        the end closes it (`contextlib.aclosing`).
        """
        ...

    def acting(self, credentials: Credentials) -> "Client":
        """The same client for another caller."""
        ...
