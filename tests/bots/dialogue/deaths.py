"""Servers and workers that die between two operations."""

import random
from contextvars import ContextVar
from typing import Any

from pp_core.kernel.call import Call
from pp_core.kernel.errors import DatabaseUnavailable
from pp_core.runtime.pulse import Pulse

UNLUCKY = 0.12
"""How likely it is that a server dies at one boundary of one operation."""
luck: ContextVar[random.Random | None] = ContextVar("luck", default=None)
"""What decides for the task at hand; None: nothing dies."""


class FatalPulse:
    """A pipeline whose process dies at times: before an operation, or after it was committed and before anybody heard."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self.deaths = 0

    async def run(self, op: Any, call: Call) -> Any:
        self._boundary()
        answer = await self._pulse.run(op, call)
        self._boundary()
        return answer

    def _boundary(self) -> None:
        dice = luck.get()
        if dice is not None and dice.random() < UNLUCKY:
            self.deaths += 1
            raise DatabaseUnavailable if dice.random() < 0.5 else ConnectionResetError("this server is dead")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pulse, name)
