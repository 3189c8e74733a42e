"""A walk through everything that can be said: every flow from every step with every sort of input and answer of the core.

The core is played by `longest`: each operation a flow runs comes to each of its results and problems in turn. Nothing here
knows a flow by name, so a new one is walked on its first day.
"""

import copy
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel

from pp_bots.channels.wire import Reply
from pp_bots.dialogue import conversation
from pp_bots.dialogue.engine import Engine
from pp_bots.dialogue.flow import Flow, Talk
from pp_bots.dialogue.screen import Screen, worded
from pp_bots.dialogue.state import State
from pp_bots.flows import flows
from pp_core.kernel.errors import Problem
from pp_core.kernel.operation import Operation
from pp_core.notifications.operations import Turn
from pp_core.tenants.operations import Candidate, Candidates, GymBrief

from .longest import GYM, NAME, NOW, answers, longest_people

WHO = ("member", "staff", "stranger", "nobody", "family", "two_gyms", "unlinked")
CHANNELS = ("sms", "ussd", "telegram")
HERE, THERE = UUID(int=1), UUID(int=2)
WORKOUT = "5e3c8a52-0000-4000-8000-000000000001"
REFUSED = 'refused {"code": "tracking.file_not_track", "data": {"why": "it is a picture"}}'
SAID = (
    *("", "0", "00", "98", "99", "1", "2", "x", "abc xyz", "\N{FLEXED BICEPS}", "1" * 30, "x" * 160, "word " * 250),
    *(
        "4821",
        "48 21",
        NAME,
        "squat 5x5 100",
        "RUN 5.2km 28:30",
        "no, 3x8 60",
        "no",
        "yes",
        "82.4",
        "swahili",
        "english",
        "stop",
        "cancel",
        "hi",
        "asante",
        "TKL4AB9XYZ Confirmed. Ksh500.00 sent to A GYM on 21/11/26",
    ),
    *("habari", "asante", "SJK4H7L2M9 Confirmed. Ksh4,000.00 paid to KILIMANI STRENGTH on 21/11/26."),
)
"""What is tried at every question, beside its choices."""


@dataclass(frozen=True, slots=True)
class World:
    """Who speaks, and where. The other language's words are said by the same screens."""

    who: str
    channel: str
    language: str = "en"

    def talk(self) -> Talk:
        """What is known when a turn begins."""
        own = self.who not in ("nobody", "two_gyms")
        gyms = [(HERE, GYM)] if self.who != "two_gyms" else [(HERE, GYM), (THERE, GYM.replace("[A]", "[B]"))]
        count = {"member": 1, "staff": 1, "family": 6, "two_gyms": 2}.get(self.who, 0)
        role = "GYM_ADMIN" if self.who == "staff" else "CLIENT"
        people = tuple(Candidate(**one) for one in longest_people(count, gyms, self.language, role))
        gym = GymBrief(
            tenant_id=HERE, name=GYM, slug="g" * 40, language=self.language, currency="KES", text_doors=True, suspended=False
        )  # fmt: skip
        return Talk(
            language=self.language,
            now=NOW,
            today=NOW.date(),
            person=people[0] if len(people) == 1 else None,
            gym=gym if own else None,
            phone=None if self.who == "unlinked" else "+254711000001",
            channel=self.channel,
            others=people,
        )


def worlds() -> list[World]:
    """Each that there is: only a chat can be without a phone."""
    return [World(who, channel) for who in WHO for channel in CHANNELS if who != "unlinked" or channel == "telegram"]


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that arrives. `redials` begins a new session, where there are such."""

    text: str
    sort: str = "text"
    about: Mapping[str, str] = field(default_factory=dict)
    redials: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One answer that was met, and the inputs that led to it."""

    path: tuple[str, ...]
    reply: Reply
    before: State


@dataclass
class Walk:
    """What was met in one world."""

    world: World
    said: list[Said] = field(default_factory=list)
    visited: set[tuple[str, str, str]] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    asked: set[tuple[Any, ...]] = field(default_factory=set)
    """Where which operation has been answered in every way: what comes of that does not hang on the text that led to it."""


def parts_of(flow: Flow) -> Iterator[tuple[str, str, str]]:
    """Every function of a flow, as the walk marks it."""
    if flow.begin is not None:
        yield flow.name, "starts", ""
    for sort, steps in (("asks", flow.screens), ("hears", flow.heard), ("gets", flow.results)):
        yield from ((flow.name, sort, step) for step in steps)
    for step, refused in flow.problems.items():
        yield from ((flow.name, "refused", f"{step} {kind.__name__}") for kind, _ in refused)


@cache
def walk(world: World) -> Walk:
    """Go everywhere from a conversation that never was."""
    import asyncio

    return asyncio.run(_walk(world))


async def _walk(world: World) -> Walk:
    found = Walk(world)
    watched = {name: _watched(flow, found.visited) for name, flow in flows().items()}
    seen: set[str] = set()
    waiting: deque[tuple[State, tuple[str, ...]]] = deque([(State(), ())])
    while waiting:
        state, path = waiting.popleft()
        for given in _inputs(found, state, watched):
            step = (*path, given.text[:40] + (f" ({given.sort})" if given.sort != "text" else ""))
            async for reply in _replies(found, watched, state, given):
                after = replace(reply.state, session="over") if _is_over(world, reply) else reply.state
                known = _key(after)
                fresh = known not in seen
                seen.add(known)
                found.said.append(Said(step, reply, state))
                found.keys.update(_keys(reply.outcome.screen))
                if fresh and not _is_walked_elsewhere(world, after):
                    waiting.append((after, step))
    return found


def _is_walked_elsewhere(world: World, state: State) -> bool:
    """Somebody of several who said who they are goes on as anybody does who is alone with their phone."""
    return (
        "person" in state.memory
        and world.who not in ("member", "staff")
        and state.at is not None
        and state.at.flow != "menu"
    )


def _is_over(world: World, reply: Reply) -> bool:
    return world.channel == "ussd" and (reply.text or "").startswith("END ")


_KNOWN = ("language", "person", "last", "last_activity", "keyboard")
"""What is remembered that leads elsewhere; the rest only keeps something from being said twice."""


def _key(state: State) -> str:
    """What tells two states apart for a walk: where they stand and what is known, not the words that were said."""
    at = None if state.at is None else [state.at.flow, state.at.step, _kinds(state.at.data)]
    memory = {name: state.memory.get(name) if name == "language" else name in state.memory for name in _KNOWN}
    return json.dumps([at, memory, bool(state.back), bool(state.pages), state.session == "over"], sort_keys=True)


def _kinds(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if name in ("step", "language") else bool(value) for name, value in data.items()}


def _keys(screen: Screen | None) -> Iterator[str]:
    waiting: list[Any] = [] if screen is None else [*screen.lines, *(choice.label for choice in screen.choices)]
    while waiting:
        one = waiting.pop()
        if hasattr(one, "key"):
            yield one.key
            waiting.extend(one.values.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)


# What is tried


def _inputs(found: Walk, state: State, known: Mapping[str, Flow]) -> list[Input]:
    world = found.world
    if world.channel == "ussd" and state.session in (None, "over"):
        return [Input("", redials=True), Input("1*4821", redials=True)]
    tried = [Input(text) for text in SAID]
    called = ("call", None if state.at is None else state.at.flow, "person" in state.memory)
    if (state.at is None or state.at.flow == "menu") and called not in found.asked:
        found.asked.add(called)
        tried += [Input(text) for flow in known.values() for text in _calls(flow)]
    if state.at is not None:
        screen = _screen(world, state)
        tried += [Input(str(number)) for number in range(3, len(screen.choices) + 1)]
        tried += [Input(worded(choice.label, world.language, NOW.date())) for choice in screen.choices[:3]]
        if world.channel == "telegram":
            tried += [Input(f"{state.at.token}:{choice.word}", "button") for choice in screen.choices[:15]]
    if world.channel == "ussd":
        return [*tried, Input("", redials=True), Input("1*squat 5x5 100", redials=True)]
    if world.channel == "telegram":
        tried += [Input("00000000:yes", "button"), Input("go:menu", "button"), Input("photo", "other")]
        tried += [Input("+254711000001", "contact"), Input("contact", "other"), Input("location", "other")]
        tried += [Input(f"live progress_bot 5551 71 {until}", "location") for until in (0, 1795245600)]
        tried += [Input(f"ended {WORKOUT}", "location")]
        tried += [Input(f"{word} {WORKOUT}", "file") for word in ("imported", "known")]
        tried += [Input(text, "file") for text in ("counted 3 1 2", "gone", "shared", REFUSED)]
        for about in ({"workout": WORKOUT}, {"activity": WORKOUT}, {"visit": WORKOUT}, {}):
            tried += [Input(text, "edit", about) for text in ("squat 5x5 90", "whatever")]
            tried += [Input(text, "text", about) for text in ("no, 3x8", "no", "3x8", "help")]
    return tried


def _calls(flow: Flow) -> Iterator[str]:
    """A flow's keywords alone, with something after them, and misspelt."""
    yield from flow.words[:1] + flow.words[-1:]
    for word in flow.words[:1]:
        yield f"{word} 4821"
        yield f"{word} {NAME}"
    yield from {word[:2] + word[3:] + "q" for word in flow.words if len(word) > 5}
    if flow.command is not None:
        yield f"/{flow.command}"


def _screen(world: World, state: State) -> Screen:
    assert state.at is not None
    engine = Engine(flows(), _never, fallback="log_workout", home="menu", stop="stop")
    return engine.screen_of(_known(world.talk(), state), state.at)


def _known(talk: Talk, state: State) -> Talk:
    person = next((one for one in talk.others if str(one.person_id) == state.memory.get("person")), talk.person)
    return replace(talk, person=person, memory=state.memory)


async def _never(operation: Operation[Any], talk: Talk) -> BaseModel:
    raise AssertionError("a screen runs nothing")


# What comes of it


async def _replies(found: Walk, known: Mapping[str, Flow], state: State, given: Input) -> AsyncIterator[Reply]:
    """The reply to an input, for every way the core could answer on the way to it."""
    world = found.world
    where = (None if state.at is None else (state.at.flow, state.at.step), given.sort, bool(given.about))
    scripts: list[tuple[int, ...]] = [()]
    while scripts:
        script = scripts.pop()
        done: list[int] = []

        async def run(
            operation: Operation[Any], talk: Talk, script: tuple[int, ...] = script, done: list[int] = done
        ) -> BaseModel:
            comes = answers(operation)
            if len(done) < len(script):
                chosen = script[len(done)]
            else:
                chosen = 0
                scripts.extend((*done, other) for other in _others(found, (_sort(operation), *where), comes))
            done.append(chosen)
            came = comes[chosen]
            if isinstance(came, Problem):
                raise came
            return came

        engine = Engine(known, run, fallback="log_workout", home="menu", stop="stop")
        yield await conversation.respond(engine, _turn(world, state, given), _talk(world, given), state)


def _sort(operation: Operation[Any]) -> tuple[str, ...]:
    """Which operation, and which of its fields were given: a flow asks differently in different steps."""
    return operation.policy.name, *sorted(operation.model_fields_set)


def _others(found: Walk, asked: tuple[Any, ...], comes: Sequence[BaseModel | Problem]) -> list[int]:
    """Which answers beside the first are worth a look: all of them where this was not asked before, else one refusal."""
    if asked in found.asked:
        return [index for index, one in enumerate(comes) if isinstance(one, Problem)][1:2]
    found.asked.add(asked)
    return list(range(1, len(comes)))


def _talk(world: World, given: Input) -> Talk:
    talk = replace(world.talk(), about=given.about, edited=given.sort == "edit")
    return replace(talk, phone="+254711000001") if given.sort == "contact" else talk


def _turn(world: World, state: State, given: Input) -> Turn:
    session, text = None, given.text
    if world.channel == "ussd":
        session = f"{state.session}+" if given.redials else state.session
        if not given.redials:
            text = f"{state.heard}*{given.text}" if state.heard else given.text
    return Turn(
        text_id=uuid4(),
        channel=world.channel,
        gateway_id="walk",
        sender="+254711000001",
        address="20880",
        text=text,
        sort=given.sort,
        about_ref=None,
        message_ref=None,
        sender_name=None,
        language=None,
        session=session,
        link_id=None,
        received_at=NOW,
        state={},
        answered=False,
        reply=None,
        about=dict(given.about),
        echo=False,
        phone="+254711000001",
        senders=Candidates(gym=None, items=[]),
    )


# Watching


def _watched(flow: Flow, visited: set[tuple[str, str, str]]) -> Flow:
    """The same flow, that marks each function that is called."""
    seen = copy.copy(flow)

    def watch(function: Callable[..., Any], *mark: str) -> Callable[..., Any]:
        def marked(*given: Any) -> Any:
            visited.add((flow.name, mark[0], mark[1]))
            return function(*given)

        return marked

    seen.begin = None if flow.begin is None else watch(flow.begin, "starts", "")
    seen.screens = {step: watch(function, "asks", step) for step, function in flow.screens.items()}
    seen.heard = {step: watch(function, "hears", step) for step, function in flow.heard.items()}
    seen.results = {step: watch(function, "gets", step) for step, function in flow.results.items()}
    seen.problems = {
        step: [(kind, watch(function, "refused", f"{step} {kind.__name__}")) for kind, function in refused]
        for step, refused in flow.problems.items()
    }
    return seen
