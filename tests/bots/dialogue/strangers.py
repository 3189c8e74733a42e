"""The corpus of strangers' texts: each is written once by a phone of its own, and what came of it is judged."""

import json
import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from pp_bots.dialogue import conversation
from pp_bots.dialogue.flow import Talk
from pp_core.kernel.operation import Operation
from pp_core.memberships.operations import SellMembership, ShowDoorCode
from pp_core.notifications.operations import Understood
from tests.bots.talking import Texter, own_code
from tests.conftest import Gym, new_phone

CORPUS = Path(__file__).parent / "corpus"
NOT_FOR_US = ("unknown", "unknown_sender", "machine")
"""What a text is taken for that asks for nothing we do."""


@dataclass(frozen=True, slots=True)
class Written:
    """One text of the corpus. `intent` is `none` where nothing should be done or asked.

    `acted` says whether something should have changed at once (None: acting and asking are as good), `reply` what the answer
    must contain if it did; `{code}` in the text is the desk's code of the day; `before` was written before it.
    """

    text: str
    language: str
    intent: str
    acted: bool | None
    reply: str = ""
    before: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a text: `right`, `asked` (a question where an act was right), `missed` or `misread`, or a `false act`."""

    written: Written
    verdict: str
    acts: tuple[str, ...]
    came: Understood


def half(name: str) -> list[Written]:
    """One half of the corpus: `tuned` was looked at while the flows were improved, `held_out` was not."""
    return [Written(**json.loads(line)) for line in (CORPUS / f"{name}.jsonl").read_text().splitlines()]


class Watch:
    """Notes every operation of a conversation that changed something."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.acts: list[str] = []
        run = conversation._Runner.__call__

        async def watched(runner: Any, operation: Operation[Any], talk: Talk) -> BaseModel:
            result = await run(runner, operation, talk)
            if not operation.policy.reads_only:
                self.acts.append(operation.policy.name)
            return result

        monkeypatch.setattr(conversation._Runner, "__call__", watched)


async def judge(gym: Gym, watch: Watch, rows: list[Written]) -> list[Judged]:
    """Write every text by a phone of its own and judge what came of it."""
    code = (await gym.operator.run(ShowDoorCode())).code
    address = await own_code(gym, "sms")
    return [await _judge(gym, watch, row, code, address) for row in rows]


def rate(judged: list[Judged]) -> float:
    """The part that was dealt with rightly."""
    return sum(one.verdict == "right" for one in judged) / len(judged)


def table(judged: list[Judged]) -> str:
    """The verdicts by intent, and every text that was not dealt with rightly."""
    counts = Counter((one.written.intent, one.verdict) for one in judged)
    lines = [f"{intent:12} {verdict:10} {count}" for (intent, verdict), count in sorted(counts.items())]
    lines += [
        f"{one.verdict}: {one.written.text!r} -> {one.came.intent} {one.came.confidence} {one.acts}: {one.came.reply!r}"
        for one in judged
        if one.verdict != "right"
    ]
    return "\n".join(lines)


async def _judge(gym: Gym, watch: Watch, row: Written, code: str, address: str) -> Judged:
    phone = new_phone()
    if row.known:
        member = await gym.add_member(language="sw" if row.language == "sw" else "en")
        assert member.phone is not None
        phone = member.phone
        await gym.operator.run(SellMembership(member=member.code, plan="MONTHLY"), key=secrets.token_hex(8))
    texter = Texter(gym, phone, address)
    if row.before:
        await texter.say(row.before)
    watch.acts.clear()
    came = await texter.say(row.text.replace("{code}", code))
    return Judged(row, _verdict(row, came, bool(watch.acts)), tuple(watch.acts), came)


def _verdict(row: Written, came: Understood, acted: bool) -> str:
    meant = came.intent == row.intent or (row.intent == "none" and came.intent in NOT_FOR_US)
    if acted:
        fits = meant and row.acted is not False and row.reply in (came.reply or "")
        return "right" if fits else "false act"
    if meant:
        return "asked" if row.acted else "right"
    return "missed" if came.intent in NOT_FOR_US else "misread"
