"""Screens: what a flow wants said, as data. Channels turn them into pages, texts and messages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pp_core.kernel import wording
from pp_core.kernel.locale import text
from pp_core.kernel.money import Money

from .wording import bare


class Expect(StrEnum):
    """The kind of answer that a screen waits for."""

    NOTHING = "nothing"  # the conversation ends here
    CHOICE = "choice"  # one of its choices, by number, word or button
    CODE = "code"  # a few digits
    TEXT = "text"  # anything


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast somebody was, as people of the sport say it."""

    metres_a_second: float
    sport: str


@dataclass(frozen=True, slots=True)
class Distance:
    """How far."""

    metres: float


@dataclass(frozen=True, slots=True)
class Duration:
    """How long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence: the key of its text and the values that it needs.

    A value is a string, a number, `Money`, a day, a kilogram (`Decimal`), a `Pace`, `Distance` or `Duration`, another `Say`, or a
    sequence of these.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


def say(key: str, /, **values: Any) -> Say:
    """A sentence."""
    return Say(key, values)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers. `word` is what the flow hears; `label` is what people see, and may say as well."""

    word: str
    label: Say


@dataclass(frozen=True, slots=True)
class Screen:
    """What is said at one point of a conversation, and what kind of answer it waits for."""

    lines: tuple[Say, ...]
    choices: tuple[Choice, ...] = ()
    expects: Expect = Expect.NOTHING
    asks_contact: bool = False
    """Whether a channel that can should offer to share one's own phone number."""
    picture: UUID | None = None
    """An activity whose picture a channel that can should show."""
    secret: bool = False
    """Whether what is said is kept nowhere once it was sent."""

    @property
    def ends(self) -> bool:
        """Whether nothing is waited for."""
        return self.expects is Expect.NOTHING


def ask(*lines: Say, choices: Iterable[Choice] = (), expects: Expect | None = None, contact: bool = False) -> Screen:
    """A screen that waits: for one of the choices when there are any, else for a text."""
    chosen = tuple(choices)
    return Screen(lines, chosen, expects or (Expect.CHOICE if chosen else Expect.TEXT), contact)


YES_NO = (Choice("yes", Say("dialogue.yes")), Choice("no", Say("dialogue.no")))


def shorten(text: str, length: int) -> str:
    """The text cut at a word's end where there is one near, with dots where something is missing."""
    if len(text) <= length:
        return text
    cut = text.rfind(" ", length // 2, length - 2)
    return text[: cut if cut > 0 else length - 3].rstrip(" ,.;:-") + "..."


def worded(one: Say, language: str, today: date) -> str:
    """The sentence in `language`."""
    return text(one.key, language, **{name: _value(value, language, today) for name, value in one.values.items()})


def _value(value: Any, language: str, today: date) -> Any:
    match value:
        case Say():
            return worded(value, language, today)
        case Money():
            return wording.money(value)
        case Pace():
            return wording.pace(value.metres_a_second, value.sport, language)
        case Duration():
            return wording.duration(value.seconds)
        case Distance():
            return wording.distance(value.metres, language)
        case date():
            return wording.day(value, language, today)
        case Decimal():
            return wording.number(value)
        case list() | tuple():
            return ", ".join(str(_value(one, language, today)) for one in value)
        case _:
            return value


_SPOKEN: Mapping[str, frozenset[str]] = {
    "yes": frozenset({"y", "yes", "yeah", "yep", "ok", "okay", "sawa", "ndio", "ndiyo", "naam", "eeh", "ee"}),
    "no": frozenset({"n", "no", "nope", "la", "hapana", "sitaki", "siyo", "sio"}),
}


def chosen_of(choices: tuple[Choice, ...], text: str, today: date) -> Choice | None:
    """The choice that a text names: by its number, its word, or its label in either language."""
    said = bare(text)
    if said.isdecimal() and said.isascii():
        number = int(said) if len(said) < 4 else 0
        return choices[number - 1] if 1 <= number <= len(choices) else None
    for choice in choices:
        labels = {bare(worded(choice.label, language, today)) for language in ("en", "sw")}
        if said == choice.word or said in labels or said in _SPOKEN.get(choice.word, ()):
            return choice
    return None
