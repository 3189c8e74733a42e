"""Flows: a task a person came to do, written once as a small state machine of pure functions.

Each function gets a `Talk` (what is known) and what happened: a text that was heard, the result of an operation, or the
problem that it raised. It returns what comes next: `Ask`, `Run`, `End`, `Go` or `Pass`. No function of a flow does anything
itself; the engine runs the operations, as the person who wrote.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from pp_core.kernel.errors import Problem
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Permission, Role, permissions_of
from pp_core.tenants.operations import Candidate, GymBrief

from .screen import Say, Screen, shorten

_LONGEST_GYM = 40
_LONGEST_FIRST = 20


@dataclass(frozen=True, slots=True)
class Talk:
    """What a flow may know: who speaks, in which language, where they stand. All of it is data."""

    language: str
    now: datetime
    today: date
    person: Candidate | None = None
    gym: GymBrief | None = None  # the gym that the address belongs to, for people it does not know yet
    phone: str | None = None
    channel: str = "sms"
    others: tuple[Candidate, ...] = ()  # everybody the phone belongs to
    data: Mapping[str, Any] = field(default_factory=dict)  # what this flow has put by
    memory: Mapping[str, Any] = field(default_factory=dict)  # what outlives it
    word: str = ""  # the keyword that began the flow
    about: Mapping[str, str] = field(default_factory=dict)  # what the message replied to or edited had made
    edited: bool = False

    @property
    def gym_name(self) -> str:
        """The gym's name, not too long to say, or the product's where there is none yet."""
        if self.person is not None:
            return shorten(self.person.gym_name, _LONGEST_GYM)
        return shorten(self.gym.name, _LONGEST_GYM) if self.gym is not None else "Progress Pulse"

    @property
    def first_name(self) -> str:
        """What to call the person."""
        return first_of(self.person.name) if self.person is not None else ""

    def may(self, permission: Permission) -> bool:
        """Whether the person's roles include `permission`: what the menu offers. The core decides for itself."""
        roles = frozenset(Role(role) for role in self.person.roles) if self.person is not None else frozenset()
        return permission in permissions_of(roles)


def first_of(name: str) -> str:
    """What to call somebody of this name: the first of their names, not too long to say."""
    return shorten(name.split()[0], _LONGEST_FIRST)


@dataclass(frozen=True, slots=True)
class Ask:
    """Show the screen of `step` and wait. `sorry` is said first, when the answer before was of no use."""

    step: str
    data: Mapping[str, Any] = field(default_factory=dict)
    sorry: Say | None = None
    memory: Mapping[str, Any] = field(default_factory=dict)
    sure: float = 1.0  # of what led here: a guess that is put as a question tells how good it is
    understood: bool = False  # what `sorry` is about: a wrong code is understood, and may be answered for ever


@dataclass(frozen=True, slots=True)
class Run:
    """Run an operation and hand its result, or the problem it raised, to the functions of `then`."""

    operation: Operation[Any]
    then: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class End:
    """Say something and be done. `made` names what came to be, by kind; `memory` is kept for later conversations."""

    screen: Screen
    made: Mapping[str, str] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)
    sure: float = 1.0
    understood: bool = True
    silent: bool = False


def end(*lines: Say, made: Mapping[str, str] | None = None, memory: Mapping[str, Any] | None = None) -> End:
    """Say something and be done."""
    return End(Screen(lines), made or {}, memory or {})


@dataclass(frozen=True, slots=True)
class Go:
    """Go on with another flow, as if `said` had been written after its keyword; with none, understand `said` afresh.

    `step` and `data` take a flow up in the middle; `lead` is said before whatever that flow says.
    """

    flow: str
    said: str = ""
    memory: Mapping[str, Any] = field(default_factory=dict)
    step: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    lead: Say | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """The text is not for this flow after all. `example` is the nearest right form that it knows."""

    example: str | None = None


Next = Ask | Run | End | Go | Pass
Starts = Callable[[Talk, str], Next]
Asks = Callable[[Talk], Screen]
Hears = Callable[[Talk, str], Next]
Gets = Callable[[Talk, Any], Next]
Refused = Callable[[Talk, Any], Next]
F = TypeVar("F", bound=Callable[..., Any])


class Flow:
    """A task, its keywords in both languages, and its steps."""

    def __init__(
        self,
        name: str,
        *,
        words: tuple[str, ...],
        title: str | None = None,
        place: int | None = None,
        command: str | None = None,
        takes: bool = False,
        strangers: bool = False,
        members: bool = True,
        acts: bool = True,
        alone: bool = False,
        needs: Permission | None = None,
        aside: bool = False,
    ) -> None:
        """`words` are its keywords in both languages, in lower case.

        `title` is the key of its name, `place` where it stands in the menu, `command` its Telegram command. `takes` says that
        something may follow the keyword; `alone` that the keyword counts only as the whole text. `strangers` and `members`
        say who may do it, `needs` what a member of the staff must be permitted; `acts` whether it changes anything (what only
        shows may be less sure). What its grammar claims `aside` is no answer to a question, which goes on waiting.
        """
        self.name = name
        self.words = words
        self.title = title
        self.place = place
        self.command = command
        self.takes = takes
        self.strangers = strangers
        self.members = members
        self.acts = acts
        self.alone = alone
        self.needs = needs
        self.aside = aside
        self.screens: dict[str, Asks] = {}
        self.heard: dict[str, Hears] = {}
        self.results: dict[str, Gets] = {}
        self.problems: dict[str, list[tuple[type[Problem], Refused]]] = {}
        self.begin: Starts | None = None
        self.reading: Callable[[str], tuple[str, float] | None] | None = None

    def starts(self, function: F) -> F:
        """`(talk, said) -> Next`: where the flow begins; `said` is what followed the keyword."""
        self.begin = function
        return function

    def reads(self, function: F) -> F:
        """`(text) -> (said, confidence) | None`: the flow's own small grammar for texts without its keyword."""
        self.reading = function
        return function

    def asks(self, step: str) -> Callable[[F], F]:
        """`(talk) -> Screen`: what the step shows."""
        return self._bind(self.screens, step)

    def hears(self, step: str) -> Callable[[F], F]:
        """`(talk, said) -> Next`: what the answer to the step means."""
        return self._bind(self.heard, step)

    def gets(self, step: str) -> Callable[[F], F]:
        """`(talk, result) -> Next`: what follows when the operation has run."""
        return self._bind(self.results, step)

    def refused(self, step: str, *problems: type[Problem]) -> Callable[[F], F]:
        """`(talk, problem) -> Next`: what follows when the operation was refused so; by default the problem is said."""

        def bind(function: F) -> F:
            self.problems.setdefault(step, []).extend((problem, function) for problem in problems)
            return function

        return bind

    def may(self, talk: Talk) -> bool:
        """Whether this person may do it."""
        if talk.person is None:
            return self.strangers
        return self.members and (self.needs is None or talk.may(self.needs))

    def _bind(self, into: dict[str, Any], step: str) -> Callable[[F], F]:
        def bind(function: F) -> F:
            if step in into:
                raise ValueError(f"{self.name}: {step} is bound twice")
            into[step] = function
            return function

        return bind


def data_id(data: Mapping[str, Any], name: str) -> UUID:
    """An id that a flow had put by: state is JSON and holds it as text."""
    return UUID(str(data[name]))
