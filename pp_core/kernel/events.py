"""Facts that others may react to, past tense, stored with the change that made them true."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

_by_name: dict[str, "type[Event]"] = {}


class Event(BaseModel):
    """A fact. Fields hold ids and small values, never secrets; `name` is its routing key.

    `subject` names the field with the id of what the fact is about: those who follow the event live are told it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: ClassVar[str]
    subject: ClassVar[str | None] = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not isinstance(cls.__dict__.get("name"), str) or not cls.__doc__:
            raise TypeError(f"{cls.__name__} needs a routing key in `name` and a docstring.")
        if cls.subject is not None and cls.subject not in cls.model_fields:
            raise TypeError(f"{cls.__name__} has no field {cls.subject} to be its subject.")
        if cls.name in _by_name:
            raise TypeError(f"{cls.__name__}: the routing key {cls.name} is already {_by_name[cls.name].__name__}'s.")
        _by_name[cls.name] = cls


def event_named(name: str) -> type[Event] | None:
    """The imported event with that routing key."""
    return _by_name.get(name)


def events() -> dict[str, type[Event]]:
    """All imported events by routing key."""
    return dict(sorted(_by_name.items()))
