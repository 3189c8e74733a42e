"""The dialogue engine: takes one input through the flows, and runs the operations they ask for."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.locale import has
from pp_core.kernel.operation import Operation

from .flow import Ask, End, Flow, Go, Next, Pass, Run, Starts, Talk
from .router import SURE, Understanding, grammar, keyword, near_miss
from .screen import Expect, Say, Screen, chosen_of, say, worded
from .state import QUESTION_GOOD_FOR, Position, State
from .wording import bare, plain

RunOperation = Callable[[Operation[Any], Talk], Awaitable[BaseModel]]
EXAMPLE = "squat 5x5 100"
_LONGEST_CHAIN = 12
_BACK = frozenset({"0", "back", "rudi", "nyuma"})
_HOME = "00"
_LONGEST_CHOICE = 2
"""Digits: a shorter number alone can only have been meant for a question."""
_CANCEL = frozenset({"cancel", "ghairi"})
"""While a question waits, these are about the question; otherwise one of them is an opt-out word."""
_CODE = re.compile(r"\d[\d ]{1,9}")
_OURS = (Kind.INTERNAL, Kind.UNAVAILABLE)
_EXPIRED = End(Screen((say("dialogue.expired"),)))
_UNREADABLE = (LookupError, TypeError, ValueError)
"""What a flow raises over data that another version of it put by."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What arrived: a text, or the data of a pressed button. `token` names the question that the answer may put."""

    text: str
    token: str
    pressed: bool = False
    good_for: timedelta = QUESTION_GOOD_FOR


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one input.

    `screen` is None where nothing should be said. `intent` is what the text was taken for, `flow` where the conversation is
    now, `confidence` how sure the understanding was; `talk` is what is known after it (the person, the language).
    """

    screen: Screen | None
    state: State
    talk: Talk
    intent: str
    flow: str | None
    confidence: float
    understood: bool
    made: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One input on its way: what is known, where we stand, what it was taken for."""

    talk: Talk
    state: State
    heard: Heard
    intent: str = "unknown"
    confidence: float = 1.0
    sent_on: int = 0  # from flow to flow

    def taken_for(self, intent: str, confidence: float) -> "_Turn":
        return replace(self, intent=intent, confidence=confidence)


class Engine:
    """All flows by name, and the way to run operations.

    `fallback` is the flow that gets what no keyword and no small grammar claims, and may pass it on.
    """

    def __init__(self, flows: Mapping[str, Flow], run: RunOperation, *, fallback: str, home: str, stop: str) -> None:
        self._flows = flows
        self._run = run
        self._fallback = flows[fallback]
        self._home = flows[home]
        self._stop = flows[stop]

    async def hear(self, talk: Talk, state: State, heard: Heard) -> Outcome:
        """Take one input. Raises only what is no fault of the input: the core being away, or broken."""
        turn = _Turn(_knowing(replace(talk, memory=state.memory), state), state, heard)
        if heard.pressed:
            return await self._pressed(turn)
        waiting = state.is_waiting(talk.now, heard.good_for)
        if waiting and bare(heard.text) in _CANCEL:
            return self._finish(turn.taken_for("cancel", 1.0), None, End(Screen((say("guess.no"),))))
        if bare(heard.text) in self._stop.words and self._stop.may(turn.talk):
            return await self._begin(turn.taken_for(self._stop.name, 1.0), self._stop, "")
        for aside in _surest(grammar(heard.text, [flow for flow in self._flows.values() if flow.aside], turn.talk)):
            said = await self._begin(turn.taken_for(aside.flow.name, aside.confidence), aside.flow, aside.said)
            return replace(said, state=state)
        if waiting:
            return await self._answer(turn)
        number = plain(heard.text)
        if bare(heard.text) in _BACK or number == _HOME:
            return await self._begin(turn.taken_for(self._home.name, 1.0), self._home, "")
        late = number.isdecimal() and (state.at is not None or len(number) <= _LONGEST_CHOICE)
        if late and not _surest(grammar(number, self._flows.values(), turn.talk)):
            return self._finish(turn.taken_for("expired", 1.0), None, replace(_EXPIRED, understood=False))
        return await self._route(turn)

    async def begin(self, talk: Talk, state: State, heard: Heard, flow: str, said: str = "") -> Outcome:
        """Begin a flow without a word from anybody: the menu when a phone dials, a question that a machine asks."""
        turn = _Turn(_knowing(replace(talk, memory=state.memory), state), state, heard)
        return await self._begin(turn.taken_for(flow, 1.0), self._flows[flow], said)

    async def offer(self, talk: Talk, state: State, heard: Heard, left: Position) -> Outcome:
        """Offer to take up a task that was left in the middle."""
        turn = _Turn(_knowing(replace(talk, memory=state.memory), state), state, heard, "resume")
        put_by = {"flow": left.flow, "step": left.step, "data": dict(left.data)}
        return self._ask(turn, self._flows["resume"], Ask("offer", put_by))

    def told(self, talk: Talk, state: State, heard: Heard, intent: str, ended: End) -> Outcome:
        """Say something that no flow says; what waits goes on waiting."""
        turn = _Turn(_knowing(replace(talk, memory=state.memory), state), state, heard, intent)
        return replace(self._finish(turn, None, ended), state=state)

    def standing(self, talk: Talk, state: State) -> State:
        """The state without questions that are not asked any more: an upgrade may have taken their flow, step or data away."""
        if state.at is not None and not self._stands(talk, state.at):
            return replace(state.done(), pages=())
        return replace(state, back=tuple(one for one in state.back if self._stands(talk, one)))

    def _stands(self, talk: Talk, position: Position) -> bool:
        flow = self._flows.get(position.flow)
        if flow is None or position.step not in flow.heard:
            return False
        try:
            screen = self.screen_of(talk, position)
            for line in (*screen.lines, *(choice.label for choice in screen.choices)):
                worded(line, talk.language, talk.today)
        except _UNREADABLE:
            return False
        return True

    def screen_of(self, talk: Talk, position: Position) -> Screen:
        """The screen that waits at a position."""
        return self._flows[position.flow].screens[position.step](replace(talk, data=position.data))

    # What was heard

    async def _pressed(self, turn: _Turn) -> Outcome:
        token, _, word = turn.heard.text.partition(":")
        at = turn.state.at
        # What a button carries is the client's word: only what the question offers is an answer to it.
        if (
            at is None
            or token != at.token
            or not turn.state.is_waiting(turn.talk.now, turn.heard.good_for)
            or word not in {choice.word for choice in self.screen_of(turn.talk, at).choices}
        ):
            return self._finish(turn.taken_for("expired", 1.0), None, _EXPIRED)
        return await self._hears(turn.taken_for(at.flow, 1.0), at, word)

    async def _answer(self, turn: _Turn) -> Outcome:
        at = turn.state.at
        assert at is not None
        text = turn.heard.text
        screen = self.screen_of(turn.talk, at)
        turn = turn.taken_for(at.flow, 1.0)
        if bare(text) in _BACK:
            return await self._back(turn)
        if text.strip() == _HOME:
            return await self._begin(turn.taken_for(self._home.name, 1.0), self._home, "")
        chosen = chosen_of(screen.choices, text, turn.talk.today)
        if chosen is not None:
            return await self._hears(turn, at, chosen.word)
        exact = keyword(text, self._flows.values(), turn.talk)
        if exact is not None and exact.confidence == 1.0 and not exact.said and exact.flow.name != at.flow:
            return await self._begin(turn.taken_for(exact.flow.name, 1.0), exact.flow, "", exact.word)
        if screen.expects is Expect.TEXT or (screen.expects is Expect.CODE and _CODE.fullmatch(plain(text))):
            return await self._hears(turn, at, plain(text))
        routed = await self._understand(turn)
        if isinstance(routed, Outcome):
            return routed
        if screen.expects is Expect.CODE:
            return await self._hears(turn, at, plain(text))
        return self._ask(turn, self._flows[at.flow], Ask(at.step, at.data, sorry=say("dialogue.choose")))

    async def _back(self, turn: _Turn) -> Outcome:
        if not turn.state.back:
            return await self._begin(turn.taken_for(self._home.name, 1.0), self._home, "")
        *rest, last = turn.state.back
        state = replace(turn.state, at=replace(last, token=turn.heard.token), asked_at=turn.talk.now, back=tuple(rest))
        talk = replace(turn.talk, data=last.data)
        return Outcome(self.screen_of(talk, last), state, talk, "back", last.flow, 1.0, understood=True)

    async def _route(self, turn: _Turn) -> Outcome:
        routed = await self._understand(turn)
        if isinstance(routed, Outcome):
            return routed
        talk, flows = turn.talk, self._flows.values()
        guesses = (
            keyword(turn.heard.text, flows, talk),
            grammar(turn.heard.text, flows, talk),
            near_miss(turn.heard.text, flows, talk),
        )
        # What was sure enough has been tried, and passed.
        guess = max(
            (one for one in guesses if one is not None and not one.is_sure),
            key=lambda one: one.confidence,
            default=None,
        )
        if guess is not None and guess.flow.title is not None:
            asked = Ask("guess", {"flow": guess.flow.name, "said": guess.said}, sure=guess.confidence)
            return self._ask(turn.taken_for(guess.flow.name, guess.confidence), self._flows["guess"], asked)
        return self._not_understood(turn, routed.example)

    async def _understand(self, turn: _Turn) -> Outcome | Pass:
        """Act on a text that is understood well enough, or pass with the nearest right form."""
        flows = self._flows.values()
        named, passed = keyword(turn.heard.text, flows, turn.talk), None
        for found in _surest(named, grammar(turn.heard.text, flows, turn.talk)):
            surer = turn.taken_for(found.flow.name, found.confidence)
            began = await self._begun(surer, found.flow, found.said, found.word)
            if isinstance(began, Outcome):
                return began
            passed = began if found is named else passed
        if passed is not None:
            return self._not_understood(turn, passed.example)
        if plain(turn.heard.text) and self._fallback.may(turn.talk) and self._fallback.begin is not None:
            # Whatever is no workout comes back from the core as such.
            began = await self._follow(
                turn, self._fallback, _first_of(self._fallback.begin, turn.talk, turn.heard.text.strip())
            )
            return replace(began, intent=self._fallback.name) if isinstance(began, Outcome) else began
        return Pass()

    def _not_understood(self, turn: _Turn, example: str | None = None) -> Outcome:
        talk = turn.talk
        if talk.person is None:
            key = "dialogue.stranger" if talk.gym is not None else "dialogue.stranger_anywhere"
            told = End(Screen((say(key, gym=talk.gym_name),)), sure=0.0, understood=False)
            return self._finish(turn.taken_for("unknown_sender", 0.0), None, told)
        # A text that resembles no workout is probably a question: what else could be meant helps more than an example.
        near = say("dialogue.not_understood", example=example) if example and example != EXAMPLE else None
        told = End(Screen((near or say("dialogue.cannot", example=EXAMPLE),)), sure=0.0, understood=False)
        return self._finish(turn.taken_for("unknown", 0.0), None, told)

    # What the flows answer

    async def _begin(self, turn: _Turn, flow: Flow, said: str, word: str = "") -> Outcome:
        began = await self._begun(turn, flow, said, word)
        return began if isinstance(began, Outcome) else self._not_understood(turn, began.example)

    async def _begun(self, turn: _Turn, flow: Flow, said: str, word: str = "") -> Outcome | Pass:
        turn = replace(turn, state=turn.state.done(), talk=replace(turn.talk, word=word, data={}))
        if not flow.may(turn.talk):
            return self._not_understood(turn)
        if flow.begin is None:
            first = next(iter(flow.screens))
            return self._ask(turn, flow, Ask(first))
        return await self._follow(turn, flow, _first_of(flow.begin, turn.talk, said))

    async def _hears(self, turn: _Turn, at: Position, said: str) -> Outcome:
        flow = self._flows[at.flow]
        talk = replace(turn.talk, data=at.data)
        try:
            following = flow.heard[at.step](talk, said)
        except ValidationError:
            following = Ask(at.step, at.data, sorry=say("dialogue.unusable"))
        except LookupError:  # the question still stands, but was asked by another version
            following = _EXPIRED
        return await self._outcome(replace(turn, talk=talk), flow, following)

    async def _outcome(self, turn: _Turn, flow: Flow, following: Next) -> Outcome:
        came = await self._follow(turn, flow, following)
        return came if isinstance(came, Outcome) else self._not_understood(turn, came.example)

    async def _follow(self, turn: _Turn, flow: Flow, following: Next) -> Outcome | Pass:
        for _ in range(_LONGEST_CHAIN):
            turn = replace(turn, sent_on=turn.sent_on + isinstance(following, Go))
            match following:
                case Ask():
                    return self._ask(turn, flow, following)
                case End():
                    return self._finish(turn, flow, following)
                case Pass():
                    return following
                case Go() if turn.sent_on > _LONGEST_CHAIN:
                    break
                case Go(flow="", said=said, memory=memory):
                    again = _remembering(turn, memory)
                    return await self._route(
                        replace(again, state=again.state.done(), heard=replace(turn.heard, text=said))
                    )
                case Go(step=str() as step):
                    if not self._stands(turn.talk, Position(following.flow, step, following.data)):
                        return self._finish(turn, None, _EXPIRED)
                    turn = replace(turn, talk=replace(turn.talk, data={}), state=turn.state.done())
                    return self._ask(turn, self._flows[following.flow], Ask(step, following.data))
                case Go():
                    turn = _remembering(turn, following.memory)
                    began = await self._begin(turn, self._flows[following.flow], following.said)
                    return _led(following.lead, began)
                case Run():
                    turn = replace(turn, talk=replace(turn.talk, data={**turn.talk.data, **following.data}))
                    following = await self._result(turn, flow, following)
        raise RuntimeError(f"{flow.name} goes on without end")

    async def _result(self, turn: _Turn, flow: Flow, running: Run) -> Next:
        try:
            result = await self._run(running.operation, turn.talk)
        except Problem as problem:
            if problem.kind in _OURS:
                raise
            for kind, function in flow.problems.get(running.then, ()):
                if isinstance(problem, kind):
                    refused: Next = function(turn.talk, problem)
                    return refused
            return End(Screen((_said_of(problem),)))
        following: Next = flow.results[running.then](turn.talk, result)
        return following

    def _ask(self, turn: _Turn, flow: Flow, asked: Ask) -> Outcome:
        turn = _remembering(turn, asked.memory)
        position = Position(flow.name, asked.step, {**turn.talk.data, **asked.data}, turn.heard.token)
        if turn.state.at is not None and turn.state.at.flow != flow.name and flow.name != "guess":
            turn = replace(turn, state=turn.state.done())
        state = turn.state.asking(position, turn.talk.now)
        talk = replace(turn.talk, data=position.data)
        screen = flow.screens[asked.step](talk)
        if asked.sorry is not None:
            screen = replace(screen, lines=(asked.sorry, *screen.lines))
        understood = (asked.sorry is None or asked.understood) and asked.sure >= SURE
        confidence = min(turn.confidence, asked.sure)
        return Outcome(screen, state, talk, turn.intent, flow.name, confidence, understood)

    def _finish(self, turn: _Turn, flow: Flow | None, ended: End) -> Outcome:
        turn = _remembering(turn, ended.memory)
        return Outcome(
            screen=None if ended.silent else ended.screen,
            state=turn.state.done(),
            talk=turn.talk,
            intent=turn.intent,
            flow=flow.name if flow is not None else None,
            confidence=min(turn.confidence, ended.sure),
            understood=ended.understood,
            made=ended.made,
        )


def _first_of(begin: Starts, talk: Talk, said: str) -> Next:
    """Where a flow begins; a text that no operation would take is not for it after all."""
    try:
        return begin(talk, said)
    except ValidationError:
        return Pass()


def _led(lead: Say | None, outcome: Outcome) -> Outcome:
    if lead is None or outcome.screen is None:
        return outcome
    return replace(outcome, screen=replace(outcome.screen, lines=(lead, *outcome.screen.lines)))


def _surest(*found: Understanding | None) -> list[Understanding]:
    return sorted((one for one in found if one is not None and one.is_sure), key=lambda one: -one.confidence)


def _said_of(problem: Problem) -> Say:
    code = type(problem).code
    return say(code, **problem.data) if has(code) else say("dialogue.refused")


def _remembering(turn: _Turn, memory: Mapping[str, Any]) -> _Turn:
    if not memory:
        return turn
    person = turn.talk.person
    given = memory.get("language")
    if person is not None and given is not None:
        # A member's language is the gym's to keep; the conversation only speaks it from here on.
        memory = {**memory, "language": None}
        person = person.model_copy(update={"language": given})
    state = turn.state.remembering(memory)
    return replace(turn, state=state, talk=_knowing(replace(turn.talk, memory=state.memory, person=person), state))


def _knowing(talk: Talk, state: State) -> Talk:
    """Fill in whom and which language the conversation has settled on."""
    person = talk.person
    settled = state.memory.get("person")
    if settled is not None and (person is None or str(person.person_id) != settled):
        person = next((one for one in talk.others if str(one.person_id) == settled), person)
    language = person.language if person is not None else state.memory.get("language", talk.language)
    return replace(talk, person=person, language=language)
