"""Topics: what a client may follow as it happens, declared like operations and held to the same policies."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from .errors import Kind, Problem
from .events import Event, event_named
from .operation import Operation, Result, operation_named
from .policy import Policy, Scope

_by_name: dict[str, "type[Topic]"] = {}
_followed: set[str] = set()


class Change(Result):
    """Something changed: which things, never what they hold. Whoever wants that reads it, and is asked for permission then.

    `began` says that from here on nothing is missed, but that something may have been before: read what you show afresh. The
    first change of every watch has it, and one that follows more changes than were kept for a slow reader; both name no ids.
    """

    ids: tuple[UUID, ...] = ()
    began: bool = False


class Unwatchable(Problem):
    """The server has no direct connection to its database, over which alone changes are told."""

    kind = Kind.UNAVAILABLE
    code = "live.unwatchable"


class Topic(BaseModel):
    """Base of every topic: a frozen name without fields. One without docstring, policy or events fails to import.

    `events` are the routing keys of the events that feed it; each names its `subject`, whose ids the topic's changes carry.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: ClassVar[Policy]
    events: ClassVar[tuple[str, ...]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        _check(cls)
        _by_name[cls.policy.name] = cls
        _followed.update(cls.events)


def _check(cls: type[Topic]) -> None:
    policy = cls.__dict__.get("policy")
    if not isinstance(policy, Policy):
        raise TypeError(f"{cls.__name__} declares no policy.")
    if not cls.__dict__.get("__doc__"):
        raise TypeError(f"{cls.__name__} has no docstring; it becomes the help of every door.")
    other = _by_name.get(policy.name) or operation_named(policy.name)
    if other is not None and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
        raise TypeError(f"{cls.__name__}: the name {policy.name} is already {other.__name__}'s.")
    if policy.scope is not Scope.TENANT or policy.permission is None or policy.own_permission is not None:
        raise TypeError(f"{cls.__name__} must be of a gym, under a permission that reaches everybody's rows.")
    if not policy.reads_only:
        raise TypeError(f"{cls.__name__} must say that it reads only: nothing is written by watching.")
    if cls.model_fields:
        raise TypeError(f"{cls.__name__} has fields; a topic is the same for everybody who follows it.")
    if not cls.__dict__.get("events"):
        raise TypeError(f"{cls.__name__} is fed by no event.")
    for key in cls.events:
        event = event_named(key)
        if event is None or event.subject is None:
            raise TypeError(f"{cls.__name__}: {key} is no imported event that names its subject.")


Request = Operation[Any] | Topic
"""What the pipeline lets in or refuses."""


def topic_named(name: str) -> type[Topic] | None:
    """The imported topic of that policy name; `runtime.catalog` imports them all."""
    return _by_name.get(name)


def topics() -> dict[str, type[Topic]]:
    """All imported topics by policy name."""
    return dict(sorted(_by_name.items()))


def subject_told(event: Event) -> UUID | None:
    """The id that those who follow the event are told; None when no topic does."""
    if event.subject is None or event.name not in _followed:
        return None
    subject: UUID = getattr(event, event.subject)
    return subject
