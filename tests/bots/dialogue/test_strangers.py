"""Texts of people who never read our help."""

from pathlib import Path

import pytest
import yaml

import pp_bots
from pp_bots.flows import flows
from pp_core.notifications.operations import ListUnread
from tests.bots.dialogue.strangers import Watch, half, judge, rate, table
from tests.bots.talking import Texter
from tests.conftest import Gym


@pytest.mark.parametrize(("name", "least"), [("tuned", 0.95), ("held_out", 0.92)])
async def test_strangers_are_understood(gym: Gym, monkeypatch: pytest.MonkeyPatch, name: str, least: float) -> None:
    judged = await judge(gym, Watch(monkeypatch), half(name))
    assert [one for one in judged if one.verdict == "false act"] == [], table(judged)
    assert rate(judged) >= least, table(judged)


@pytest.mark.parametrize("text", ["hi", "Habari yako", "asante", "OK"])
async def test_courtesies_are_heard_but_not_answered_for_ever(gym: Gym, text: str) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    heard = [await Texter(gym, amina.phone).say(text) for _ in range(4)]
    assert all(one.understood for one in heard)
    assert [one.reply for one in heard[2:]] == [None, None]


async def test_a_machines_text_leaves_the_question_that_waits(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    watch, texter = Watch(monkeypatch), Texter(gym, amina.phone)
    await texter.say("weigh in")
    machine = await texter.say("<#> 4821 is your verification code. Don't share it")
    assert (machine.intent, machine.understood, machine.reply, watch.acts) == ("machine", False, None, [])
    paid = await texter.say("TKL4AB9XYZ Confirmed. Ksh2,500.00 sent to KILIMANI STRENGTH on 21/11/26 at 8:15 AM.")
    assert paid.reply is not None
    assert paid.reply.startswith("Payments are not read here.")
    assert watch.acts == []
    assert (await texter.say("82")).reply == "Noted: 82 kg."
    unread = {one.text for one in (await gym.operator.run(ListUnread())).items}
    assert {machine.text, paid.text} <= unread


async def test_a_load_alone_is_asked_about(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    watch, texter = Watch(monkeypatch), Texter(gym, amina.phone)
    assert (await texter.say("82kg")).reply == 'Did you mean "Weigh in"? 1 Yes, 2 No'
    assert watch.acts == []
    assert (await texter.say("1")).reply == "Noted: 82 kg."


def test_every_wording_belongs_to_a_flow_that_reads_it() -> None:
    wordings = set(yaml.safe_load((Path(pp_bots.__file__).parent / "data" / "wordings.yaml").read_text()))
    assert wordings <= {flow.name for flow in flows().values() if flow.reading is not None}


@pytest.mark.parametrize(
    "text", ["no problem", "hapana asante", "start time for spinning class?", "I want to stop my membership", "acha tu"]
)
async def test_what_only_begins_like_a_task_changes_nothing(
    gym: Gym, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    watch = Watch(monkeypatch)
    came = await Texter(gym, amina.phone).say(text)
    assert (watch.acts, came.intent in ("unknown", "thanks")) == ([], True)
