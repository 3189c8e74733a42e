"""Where a conversation stands: JSON between turns, small frozen values during one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

QUESTION_GOOD_FOR = timedelta(minutes=15)
"""How long a question by text waits for its answer."""
SESSION_GOOD_FOR = timedelta(hours=1)
"""How long a task left in the middle of a USSD session can be taken up again by dialling."""
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Position:
    """A step of a flow that waits for an answer. `token` names this asking of it, for buttons."""

    flow: str
    step: str
    data: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"flow": self.flow, "step": self.step, "data": dict(self.data), "token": self.token}


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation stands.

    `at` is the question that waits, since `asked_at`; `back` the ones before it in this task. `memory` outlives tasks: the
    person chosen, the language of somebody not known yet. `pages` are what a long screen still has to show.
    """

    at: Position | None = None
    asked_at: datetime | None = None
    back: tuple[Position, ...] = ()
    memory: Mapping[str, Any] = field(default_factory=dict)
    pages: tuple[str, ...] = ()
    session: str | None = None
    heard: str = ""  # all that this session's inputs were, as the gateway joins them

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote; an empty mapping is a conversation that never was.

        What another version wrote and this one cannot read is nothing that waits; its memory is kept.
        """
        try:
            return cls._read(stored)
        except (LookupError, TypeError, ValueError, AttributeError):
            memory = stored.get("memory")
            return cls(memory=memory if isinstance(memory, Mapping) else {}, session=stored.get("session"))

    @classmethod
    def _read(cls, stored: Mapping[str, Any]) -> Self:
        def position(value: Mapping[str, Any]) -> Position:
            return Position(value["flow"], value["step"], value["data"], value["token"])

        return cls(
            at=position(stored["at"]) if stored.get("at") else None,
            asked_at=datetime.fromisoformat(stored["asked_at"]) if stored.get("asked_at") else None,
            back=tuple(position(value) for value in stored.get("back", ())),
            memory=dict(stored.get("memory", {})),
            pages=tuple(stored.get("pages", ())),
            session=stored.get("session"),
            heard=stored.get("heard", ""),
        )

    def as_json(self) -> dict[str, Any]:
        """As it is stored: what is not there is left out."""
        stored: dict[str, Any] = {
            "at": self.at.as_json() if self.at else None,
            "asked_at": self.asked_at.isoformat() if self.at and self.asked_at else None,
            "back": [position.as_json() for position in self.back],
            "memory": dict(self.memory),
            "pages": list(self.pages),
            "session": self.session,
            "heard": self.heard,
        }
        return {name: value for name, value in stored.items() if value}

    def is_waiting(self, now: datetime, good_for: timedelta) -> bool:
        """Whether a question waits that is not too old."""
        return self.at is not None and self.asked_at is not None and now - self.asked_at <= good_for

    def asking(self, position: Position, now: datetime) -> "State":
        """The state with another question waiting. Asking the same step again does not go deeper."""
        back = self.back
        if self.at is not None and (self.at.flow, self.at.step) != (position.flow, position.step):
            back = (*back, self.at)[-_DEEPEST:]
        return replace(self, at=position, asked_at=now, back=back)

    def done(self) -> "State":
        """The state with nothing waiting."""
        return replace(self, at=None, asked_at=None, back=())

    def remembering(self, memory: Mapping[str, Any]) -> "State":
        """The state with more in memory; None forgets."""
        if not memory:
            return self
        merged = {**self.memory, **memory}
        return replace(self, memory={name: value for name, value in merged.items() if value is not None})
