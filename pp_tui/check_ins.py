"""Check-ins on their way: each is sent under one key until it was answered, so that nobody comes in twice or not at all."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.ids import new_id
from pp_tui.link import Link
from pp_tui.texts import is_unreachable

if TYPE_CHECKING:
    from pp_core.memberships.operations import CheckedIn


PATIENCE_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Asked:
    """A check-in that reception asked for."""

    person_id: UUID
    name: str
    override_reason: str | None = None
    key: str = field(default_factory=lambda: new_id().hex)


@dataclass(frozen=True, slots=True)
class Settled:
    """How it came out: `problem` when it was refused. `late`: it had to wait for the core."""

    asked: Asked
    answer: "CheckedIn | None"
    problem: Problem | None
    late: bool


class CheckIns:
    """What was asked and has no answer yet, oldest first. `changed` is told whenever that is another list."""

    def __init__(self, link: Link, changed: Callable[[], None]) -> None:
        self._link = link
        self._changed = changed
        self.waiting: list[Asked] = []
        self._sending: set[str] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()

    def is_waiting(self, person_id: UUID, override_reason: str | None = None) -> bool:
        """Whether this was asked already and only the core's answer is missing; a reason asks for more than none."""
        return any(
            asked.person_id == person_id and (override_reason is None or asked.override_reason is not None)
            for asked in self.waiting
        )

    async def answered(self) -> None:
        """Wait for the answers that are awaited, though not for long: what is less urgent comes after them."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), PATIENCE_SECONDS)

    async def ask(self, asked: Asked) -> Settled | None:
        """Send it; None when the core does not answer or the session is over, and it waits for `send_waiting`."""
        self.waiting.append(asked)
        self._changed()
        return await self._send(asked, late=False)

    async def send_waiting(self) -> list[Settled]:
        """Send what waits, oldest first, until the core does not answer again."""
        settled: list[Settled] = []
        for asked in list(self.waiting):
            if asked.key in self._sending:
                continue
            outcome = await self._send(asked, late=True)
            if outcome is None:
                break
            settled.append(outcome)
        return settled

    async def _send(self, asked: Asked, *, late: bool) -> Settled | None:
        from pp_core.memberships.operations import CheckIn

        self._sending.add(asked.key)
        self._quiet.clear()
        try:
            op = CheckIn(member=str(asked.person_id), override_reason=asked.override_reason)
            answer = await self._link.run(op, key=asked.key)
        except Problem as problem:
            if is_unreachable(problem) or problem.kind is Kind.UNAUTHENTICATED:
                return None
            outcome = Settled(asked, None, problem, late)
        else:
            outcome = Settled(asked, answer, None, late)
        finally:
            self._sending.discard(asked.key)
            if not self._sending:
                self._quiet.set()
        self.waiting.remove(asked)
        self._changed()
        return outcome
