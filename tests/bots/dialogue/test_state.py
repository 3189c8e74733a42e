"""Where a conversation stands, as it is stored; and an engine that always comes to an end."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_bots.dialogue.engine import Engine, Heard
from pp_bots.dialogue.flow import Ask, Flow, Go, Next, Run, Talk
from pp_bots.dialogue.screen import Screen, ask, say
from pp_bots.dialogue.state import QUESTION_GOOD_FOR, Position, State
from pp_bots.flows import flows
from pp_core.kernel.operation import Done
from pp_core.memberships.operations import ListMemberships

from .longest import NOW
from .walking import World

WORDS = st.text(max_size=20)
DATA = st.dictionaries(
    WORDS, st.none() | st.booleans() | st.integers() | WORDS | st.lists(WORDS, max_size=3), max_size=3
)
POSITIONS = st.builds(Position, flow=WORDS, step=WORDS, data=DATA, token=WORDS)
STATES = st.builds(
    State,
    at=POSITIONS,
    asked_at=st.just(NOW),
    back=st.lists(POSITIONS, max_size=8).map(tuple),
    memory=DATA,
    pages=st.lists(WORDS, max_size=4).map(tuple),
    session=WORDS.filter(bool),
    heard=WORDS,
)


@given(STATES)
def test_a_state_is_stored_and_read_back(state: State) -> None:
    assert State.from_json(json.loads(json.dumps(state.as_json()))) == state


def test_a_conversation_that_never_was_is_empty() -> None:
    assert State.from_json({}) == State()
    assert State().as_json() == {}


def test_a_question_waits_for_so_long() -> None:
    state = State().asking(Position("menu", "choose"), NOW)
    assert state.is_waiting(NOW + QUESTION_GOOD_FOR, QUESTION_GOOD_FOR)
    assert not state.is_waiting(NOW + QUESTION_GOOD_FOR + timedelta(microseconds=1), QUESTION_GOOD_FOR)
    assert not state.done().is_waiting(NOW, QUESTION_GOOD_FOR)


def test_the_way_back_is_not_endless_and_asking_again_is_no_step() -> None:
    state = State()
    for number in range(30):
        for _ in range(2):
            state = state.asking(Position("task", f"step {number}"), NOW)
    assert [one.step for one in state.back] == [f"step {number}" for number in range(21, 29)]


def test_memory_forgets_what_is_none() -> None:
    state = State().remembering({"person": "x", "told": "y"}).remembering({"person": None})
    assert state.memory == {"told": "y"}


def runs_for_ever() -> Flow:
    """A flow whose every answer of the core leads to the same question to the core."""
    flow = Flow("again", words=("again",))

    @flow.starts
    def start(talk: Talk, said: str) -> Next:
        return Run(ListMemberships(), "listed")

    @flow.gets("listed")
    def listed(talk: Talk, result: object) -> Next:
        return Run(ListMemberships(), "listed")

    return flow


def goes_for_ever(name: str, to: str) -> Flow:
    """A flow that only sends on."""
    flow = Flow(name, words=(name,))

    @flow.starts
    def start(talk: Talk, said: str) -> Next:
        return Go(to)

    return flow


@pytest.mark.parametrize("word", ["again", "there", "anew"])
async def test_the_engine_never_runs_for_ever(word: str) -> None:
    anew = Flow("anew", words=("anew",), takes=True)
    anew.starts(lambda talk, said: Go("", "anew"))
    made = {
        **flows(),
        "again": runs_for_ever(),
        "there": goes_for_ever("there", "back"),
        "back": goes_for_ever("back", "there"),
        "anew": anew,
    }

    async def run(operation: object, talk: Talk) -> Done:
        return Done()

    engine = Engine(made, run, fallback="log_workout", home="menu", stop="stop")
    with pytest.raises(RuntimeError, match="without end"):
        await engine.hear(World("member", "sms").talk(), State(), Heard(word, "token"))


async def test_a_step_that_asks_itself_again_does_not_go_deeper() -> None:
    flow = Flow("ask", words=("ask",))

    @flow.asks("what")
    def what(talk: Talk) -> Screen:
        return ask(say("dialogue.choose"))

    @flow.hears("what")
    def heard(talk: Talk, said: str) -> Next:
        return Ask("what", sorry=say("dialogue.unusable"))

    async def run(operation: object, talk: Talk) -> Done:
        raise AssertionError("nothing is run")

    engine = Engine({**flows(), "ask": flow}, run, fallback="log_workout", home="menu", stop="stop")
    talk = World("member", "sms").talk()
    outcome = await engine.hear(talk, State(), Heard("ask", "one"))
    for number in range(20):
        outcome = await engine.hear(talk, outcome.state, Heard("whatever", str(number)))
        assert not outcome.understood
    assert outcome.state.back == ()
