"""The client in the same process as the core."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, TypeVar

from pydantic import BaseModel

from pp_core.kernel.call import NOBODY, Call, Credentials, System
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door
from pp_core.kernel.watching import Change, Topic
from pp_core.runtime import doors
from pp_core.runtime.delivery import DoorReaction
from pp_core.runtime.pulse import Pulse

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class LocalClient:
    """Runs operations through the pipeline of this process."""

    pulse: Pulse
    door: Door
    credentials: Credentials = NOBODY
    language: str = "en"
    correlation_id: str | None = None  # of what this client acts on; a fresh one for each operation when None

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        """Run `op` for this caller; see `protocol.Client`."""
        call = Call(door=self.door, credentials=self.credentials, idempotency_key=key, language=self.language)
        if self.correlation_id is not None:
            call.correlation_id = self.correlation_id
        return await self.pulse.run(op, call)

    def watch(self, topic: Topic) -> AsyncGenerator[Change, None]:
        """Follow `topic` for this caller; see `protocol.Client`."""
        call = Call(door=self.door, credentials=self.credentials, language=self.language)
        if self.correlation_id is not None:
            call.correlation_id = self.correlation_id
        return self.pulse.watch(topic, call)

    def acting(self, credentials: Credentials) -> "LocalClient":
        """The same client for another caller."""
        return replace(self, credentials=credentials)

    def through(self, door: Door, language: str | None = None) -> "LocalClient":
        """The same client behind another door, speaking another language."""
        return replace(self, door=door, language=language or self.language)


def door_reactions(pulse: Pulse) -> dict[str, DoorReaction]:
    """Bind what doors do when something happened, by routing key, to a client that acts as the system.

    The reactions are found by import string, so that the core imports no door.
    """
    client = LocalClient(pulse, Door.WORKER, System("worker"))

    def bind(target: str) -> DoorReaction:
        module, _, function = target.partition(":")
        react = getattr(import_module(module), function)

        async def reaction(payload: dict[str, Any], correlation_id: str) -> None:
            await react(replace(client, correlation_id=correlation_id), payload)

        return reaction

    return {name: bind(target) for name, target in doors.REACTIONS.items()}
