"""What a door holds: one way to run an operation, wherever the core is."""

from typing import Protocol, TypeVar

from pydantic import BaseModel

from pp_core.kernel.call import Credentials
from pp_core.kernel.operation import Operation

R = TypeVar("R", bound=BaseModel)


class Client(Protocol):
    """Runs operations for one caller."""

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        """Run `op`; `key` makes a repeat act once and answer the same. Raises a `Problem` for whatever was wrong."""
        ...

    def acting(self, credentials: Credentials) -> "Client":
        """The same client for another caller."""
        ...
