"""The client in the same process as the core."""

from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel

from pp_core.kernel.call import NOBODY, Call, Credentials
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door
from pp_core.runtime.pulse import Pulse

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class LocalClient:
    """Runs operations through the pipeline of this process."""

    pulse: Pulse
    door: Door
    credentials: Credentials = NOBODY
    language: str = "en"

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        """Run `op` for this caller; see `protocol.Client`."""
        call = Call(door=self.door, credentials=self.credentials, idempotency_key=key, language=self.language)
        return await self.pulse.run(op, call)

    def acting(self, credentials: Credentials) -> "LocalClient":
        """The same client for another caller."""
        return replace(self, credentials=credentials)

    def through(self, door: Door, language: str | None = None) -> "LocalClient":
        """The same client behind another door, speaking another language."""
        return replace(self, door=door, language=language or self.language)
