"""Questions that another version of the software asked: its flows, steps and data may be gone, the next turn goes on."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pp_bots.dialogue.state import State
from tests.bots.talking import Dialler, Texter
from tests.conftest import Gym

AT = {"token": "12345678", "data": {}}
STORED: dict[str, dict[str, Any]] = {
    "a flow that is gone": {"at": {"flow": "gone", "step": "ask", **AT}},
    "a step that is gone": {"at": {"flow": "check_in", "step": "gone", **AT}},
    "a position without data": {"at": {"flow": "check_in", "step": "code"}},
    "data that its screen lacks": {"at": {"flow": "correct", "step": "sure", **AT}},
    "data of another shape": {"at": {"flow": "prices", "step": "choose", "token": "1", "data": {"plans": [{"x": 1}]}}},
    "data that its answer lacks": {"at": {"flow": "correct", "step": "sure", "token": "1", "data": {"text": "Squat 100kg"}}},
    "a guess at a flow that is gone": {"at": {"flow": "guess", "step": "guess", "token": "1", "data": {"flow": "gone"}}},
    "a way back that is gone": {
        "at": {"flow": "check_in", "step": "code", **AT}, "back": [{"flow": "gone", "step": "ask", **AT}],
    },
    "another moment": {"at": {"flow": "check_in", "step": "code", **AT}, "asked_at": "yesterday"},
    "another shape": {"at": "check_in", "back": 5, "memory": ["sw"], "pages": 7},
}  # fmt: skip


@pytest.fixture(params=STORED)
def stored(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first turn finds this state, those that follow their own."""
    old = [json.loads(json.dumps({"asked_at": datetime.now(UTC).isoformat(), **STORED[request.param]}))]
    read = State.from_json
    monkeypatch.setattr(State, "from_json", lambda found: read(old.pop() if old else found))


@pytest.mark.parametrize("said", ["1", "0", "yes", "menu", "squat 5x5 100"])
async def test_a_text_is_answered_whatever_another_version_asked(gym: Gym, stored: None, said: str) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    phone = Texter(gym, amina.phone)
    assert (await phone.say(said)).reply
    assert "Hi Amina!" in ((await phone.say("menu")).reply or "")


@pytest.mark.parametrize("inputs", [(), ("1",), ("0",), ("98",)])
async def test_a_page_is_shown_whatever_another_version_asked(gym: Gym, stored: None, inputs: tuple[str, ...]) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    phone = Dialler(gym, amina.phone)
    assert (await phone.dial(*inputs)).startswith(("CON ", "END "))
    assert (await phone.dial("00")).startswith("CON Kilimani Strength. Hi Amina!")


async def test_a_session_whose_question_is_gone_begins_again_and_hears_nothing_twice(
    gym: Gym, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    phone = Dialler(gym, amina.phone)
    menu = await phone.dial()
    assert (await phone.type("2")).startswith("CON ")
    read = State.from_json
    monkeypatch.setattr(
        State, "from_json", lambda found: read({**found, "at": {**found["at"], "step": "gone"}} if found else found)
    )
    assert await phone.type("squat 5x5 100") == menu
    monkeypatch.undo()
    assert (await phone.type("2")).startswith("CON ")
    assert "Squat 5x5 100kg" in await phone.type("squat 5x5 100")
