"""Whatever is written: it is kept as it came, answered or left alone on purpose, and acted on only when it is understood."""

import asyncio
import json
import os
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from pp_bots.channels import sms, telegram, ussd
from pp_bots.channels.wire import Reply
from pp_bots.dialogue.engine import Engine, Heard
from pp_bots.dialogue.flow import Talk
from pp_bots.dialogue.router import SURE
from pp_bots.dialogue.state import State
from pp_bots.flows import flows
from pp_core.kernel.errors import NotFound
from pp_core.kernel.gsm7 import is_gsm7, parts
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.memberships.operations import CheckIn, CodeWrong
from pp_core.notifications.operations import LONGEST_REPLY, OptedIn, OptedOut, OptIn, OptOut
from pp_core.tenants.operations import Candidate, GymBrief, Joined, JoinGym, SetLanguage
from pp_core.wellbeing.formats.weight import read_weight
from pp_core.wellbeing.operations import ParseWeight, RecordWeight, WeightRecorded, WeightRow
from pp_core.workouts.formats.shorthand import parse, render
from pp_core.workouts.operations import LogWorkout, NothingUnderstood, NotSure, Workout, WorkoutLogged
from tests.bots.dialogue.nasties import nasty
from tests.bots.dialogue.schedules import Person, World, kept_as
from tests.bots.dialogue.test_schedules import world  # noqa: F401 - the same gym

EACH = 10_000
"""Texts through each channel without a database."""
WHOLE = int(os.environ.get("PP_TEXTS", "300"))
"""Texts through each channel, from the callback to the rows."""
QUIET = {"stop", "thanks", "greet", "machine"}
"""What may be understood and left without an answer: STOP said again, assent, a greeting said again, machines."""
OF_ONE = 12
"""Texts in a row from one phone."""
NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
GYM = GymBrief(
    tenant_id=new_id(), name="Kilimani Strength", slug="kilimani", language="en", currency="KES", text_doors=True, suspended=False
)  # fmt: skip
AMINA = Candidate(
    tenant_id=GYM.tenant_id, gym_name=GYM.name, gym_slug=GYM.slug, person_id=new_id(), name="Amina Wanjiru", language="en",
    roles=["CLIENT"],
)  # fmt: skip


# Without a database: the flows, the engine and the channels, over a core that reads as the real one does and keeps nothing


@dataclass
class Core:
    """Answers operations; `acts` are those that would have changed something."""

    acts: list[Any] = field(default_factory=list)

    async def __call__(self, operation: Any, talk: Talk) -> BaseModel:
        match operation:
            case LogWorkout():
                return self._log(operation)
            case ParseWeight():
                return read_weight(operation.text)
            case RecordWeight():
                self.acts.append(operation)
                row = WeightRow(
                    id=new_id(), person_id=AMINA.person_id, kilograms=operation.kilograms, measured_at=NOW, door="sms"
                )
                return WeightRecorded(weight=row, previous=None, change_kg=None)
            case CheckIn():
                raise CodeWrong(left=3)
            case JoinGym():
                self.acts.append(operation)
                return Joined(
                    person_id=AMINA.person_id, code="M00001", name=operation.name, gym_name=GYM.name, repeated=False
                )
            case OptOut():
                return OptedOut(changed=True)
            case OptIn():
                return OptedIn(changed=True, still_out=False)
            case SetLanguage():
                return Done()
            case _:
                raise NotFound(what="text")

    def _log(self, operation: LogWorkout) -> WorkoutLogged:
        parsed = parse(operation.text)
        if not parsed.sets:
            raise NothingUnderstood(text=operation.text, suggestion="squat 5x5 100")
        if parsed.confidence < operation.sure_from:
            raise NotSure(canonical=render(parsed), confidence=parsed.confidence)
        self.acts.append(operation)
        workout = Workout(
            id=new_id(), person_id=AMINA.person_id, day=NOW.date(), performed_at=NOW, text=operation.text,
            canonical=render(parsed), note=None, door="sms", sets=[],
        )  # fmt: skip
        return WorkoutLogged(workout=workout, records=[], unread=[], confidence=parsed.confidence)


Hears = Callable[[Engine, Talk, State, Heard], Awaitable[Reply]]


async def by_sms(engine: Engine, talk: Talk, state: State, heard: Heard) -> Reply:
    reply = sms.reply(await engine.hear(talk, state, heard))
    assert reply.text is None or 0 < len(reply.text) <= LONGEST_REPLY
    return reply


async def by_ussd(engine: Engine, talk: Talk, state: State, heard: Heard) -> Reply:
    session = state.session or "ATUid_1"
    inputs = f"{state.heard}*{heard.text}" if state.session else heard.text
    if state.at is None and state.session:
        session, inputs = f"{session}1", ""  # the last page ended it: they dial again
    reply = await ussd.answer(engine, talk, state, heard, session=session, inputs=inputs)
    assert reply.text is not None
    assert reply.text.startswith(("CON ", "END "))
    assert is_gsm7(reply.text)
    assert parts(reply.text).units <= ussd.LONGEST_PAGE
    assert len(reply.text) > len("CON ")
    return reply


async def by_telegram(engine: Engine, talk: Talk, state: State, heard: Heard) -> Reply:
    reply = telegram.reply(await engine.hear(talk, state, heard), state, heard)
    assert reply.text is None or 0 < len(reply.text) <= telegram.LONGEST_MESSAGE
    rows = (reply.buttons or {}).get("rows", [])
    assert all(1 <= len(one["data"].encode()) <= 64 and one["text"] for row in rows for one in row)
    return reply


async def talk_it_through(hears: Hears, channel: str, texts: list[str], known: bool) -> None:
    """One conversation; nothing is done that was not understood."""
    state = State()
    talk = Talk(
        language="en", now=NOW, today=NOW.date(), person=AMINA if known else None, gym=GYM, phone="+254711000001",
        channel=channel, others=(AMINA,) if known else (),
    )  # fmt: skip
    for number, text in enumerate(texts):
        core = Core()
        engine = Engine(flows(), core, fallback="log_workout", home="menu", stop="stop")
        pressed = channel == "telegram" and number % 7 == 3
        reply = await hears(engine, talk, state, Heard(kept_as(text), token=f"{number:08x}", pressed=pressed))
        outcome = reply.outcome
        assert 0 <= outcome.confidence <= 1
        assert not core.acts or (outcome.understood and outcome.confidence >= SURE), (text, core.acts, outcome)
        stored = json.loads(json.dumps(reply.state.as_json(), default=str))
        state = State.from_json(stored)


CHANNELS = {"sms": by_sms, "ussd": by_ussd, "telegram": by_telegram}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_ten_thousand_texts_are_answered_and_only_what_is_understood_is_done(channel: str) -> None:
    dice = random.Random(f"{channel} 1")
    for number in range(EACH // OF_ONE + 1):
        texts = [nasty(dice) for _ in range(OF_ONE)]
        await talk_it_through(CHANNELS[channel], channel, texts, known=number % 4 != 0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=300), min_size=1, max_size=6), st.sampled_from(sorted(CHANNELS)), st.booleans())
def test_any_text_at_all(texts: list[str], channel: str, known: bool) -> None:
    asyncio.run(talk_it_through(CHANNELS[channel], channel, texts, known))


# From the callback to the rows


@pytest.mark.parametrize("channel", CHANNELS)
async def test_whatever_is_sent_is_kept_and_no_door_falls(world: World, channel: str) -> None:  # noqa: F811
    dice = random.Random(f"{channel} 2")
    turn = asyncio.Semaphore(8)

    async def one(texts: list[str]) -> tuple[Person, list[str]]:
        async with turn:
            person = Person(world, None)
            said = {"sms": "sms", "ussd": "session", "telegram": "tg"}[channel]
            start = [("member",), *([("tg_contact",)] if channel == "telegram" else [])]
            await person.live([*start, *((said, text) for text in texts)])
            return person, texts

    heard = await asyncio.gather(*(one([nasty(dice) for _ in range(OF_ONE)]) for _ in range(WHOLE // OF_ONE)))
    for person, texts in heard:
        rows = world.rows(
            "SELECT sort, text, reply, understood, confidence, made, answered_at IS NOT NULL, intent FROM incoming_texts"
            " WHERE sender IN (%s, %s) ORDER BY id", person.phone, str(person.chat),
        )  # fmt: skip
        assert all(row[6] for row in rows), rows
        kept = [row for row in rows if row[0] != "contact"]
        if channel == "ussd":
            said = [f"*{row[1]}" for row in kept]
            assert all(any(one.endswith(f"*{kept_as(text)}") for one in said) for text in texts)
            assert all(row[2] and row[2].startswith(("CON ", "END ")) for row in kept)
        else:
            expected = [kept_as(text) if channel == "sms" else told_as(text) for text in texts]
            assert [row[1] for row in kept] == expected
            running = 0
            for row in kept:
                running = 0 if row[3] else running + bool(row[2])
                assert running <= 2, kept
            assert all(row[2] is not None or not row[3] or row[7] in QUIET for row in kept)
        acted = {value: row for row in rows if row[5] for value in row[5].values()}
        assert all(row[3] and row[4] >= SURE for row in acted.values()), acted
        made = world.rows(
            "SELECT s.id FROM workout_sessions s JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id"
            " WHERE p.phone = %s UNION ALL SELECT w.id FROM body_weights w JOIN people p ON p.tenant_id = w.tenant_id"
            " AND p.id = w.person_id WHERE p.phone = %s UNION ALL SELECT v.id FROM visits v JOIN people p"
            " ON p.tenant_id = v.tenant_id AND p.id = v.person_id WHERE p.phone = %s", person.phone, person.phone, person.phone,
        )  # fmt: skip
        assert {str(one) for (one,) in made} <= set(acted)
        assert person.broken() == []


def told_as(text: str) -> str:
    """What Telegram's JSON tells of a text: what cannot be kept is marked."""
    return re.sub(
        "[\x00\ud800-\udfff]", "\ufffd", text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    )
