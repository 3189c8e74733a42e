"""How many screens a second the dialogue engine makes on one core, with a core behind it that answers at once."""

import asyncio
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from bench.harness import Figure, at_least
from pp_bots.channels import sms, ussd
from pp_bots.dialogue.engine import Engine, Heard
from pp_bots.dialogue.flow import Talk
from pp_bots.dialogue.state import State
from pp_bots.flows import flows
from pp_core.kernel.money import Money
from pp_core.kernel.operation import Operation
from pp_core.memberships.operations import CheckedIn, CheckIn, ListMemberships, MembershipList, MembershipRow, VisitRow
from pp_core.tenants.operations import Candidate
from pp_core.workouts.operations import ListRecords, LogWorkout, RecordList, RecordRow, Workout, WorkoutLogged

ROUNDS = 300
_NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
_TODAY = date(2026, 11, 21)
_ID = UUID(int=7)
_MEMBERSHIP = MembershipRow(
    id=_ID, person_id=_ID, plan_code="MONTHLY", plan_name="Monthly", tier="standard",
    price=Money(minor=250_000), starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30), status="active", days_left=9,
)  # fmt: skip
_VISIT = VisitRow(
    id=_ID, person_id=_ID, person_name="Amina Wanjiru", person_code="M00001", branch_id=None, day=_TODAY, at=_NOW,
    door="ussd", override_reason=None,
)  # fmt: skip
_RECORDS = [
    RecordRow(exercise_id=_ID, exercise=name, metric="weight", value=Decimal(100), session_id=_ID, achieved_at=_NOW)
    for name in ("Squat", "Bench Press", "Deadlift", "Overhead Press", "Barbell Row")
]
_LOGGED = WorkoutLogged(
    workout=Workout(
        id=_ID, person_id=_ID, day=_TODAY, performed_at=_NOW, text="squat 5x5 100", canonical="Squat 5x5 100kg",
        note=None, door="ussd", sets=[],
    ),
    records=_RECORDS[:1], unread=[], confidence=0.98,
)  # fmt: skip
_ANSWERS: dict[type[Operation[Any]], BaseModel] = {
    ListMemberships: MembershipList(items=[_MEMBERSHIP]),
    ListRecords: RecordList(items=_RECORDS),
    CheckIn: CheckedIn(visit=_VISIT, repeated=False, membership=_MEMBERSHIP, visits_this_month=3),
    LogWorkout: _LOGGED,
}
_TEXTS = ("squat 5x5 100", "membership", "rekodi", "check in 4821", "menu", "membrship", "habari za asubuhi")


async def measure() -> list[Figure]:
    """Sessions by the menu and texts by keyword, shorthand and near miss; the state goes through JSON as it does in a turn."""
    engine = Engine(flows(), _answer, fallback="log_workout", home="menu", stop="stop")
    people = [_talk("en"), _talk("sw")]
    sessions = [((), (name, *said)) for name, said in _said().items()]
    await _round(engine, people, sessions)
    started = time.process_time()
    screens = 0
    for _ in range(ROUNDS):
        screens += await _round(engine, people, sessions)
        await asyncio.sleep(0)
    rate = screens / (time.process_time() - started)
    return [at_least("dialogue: screens", rate, "screens/s", limit=1, of=2_000, to="2,000 screens/s")]


def _said() -> dict[str, tuple[str, ...]]:
    """What is typed to each task's number in the menu."""
    there = [flow.name for flow in flows().values() if flow.place is not None and flow.members]
    typed = {"check_in": ("4821",), "log_workout": ("squat 5x5 100",), "membership": (), "records": ()}
    return {str(there.index(name) + 1): said for name, said in typed.items()}


async def _round(engine: Engine, people: list[Talk], sessions: list[tuple[tuple[()], tuple[str, ...]]]) -> int:
    screens = 0
    for talk in people:
        stored: dict[str, Any] = {}
        for number, (_, typed) in enumerate(sessions):
            for length in range(len(typed) + 1):
                inputs = "*".join(typed[:length])
                state = State.from_json(stored)
                heard = Heard(inputs, token="bench")
                reply = await ussd.answer(engine, talk, state, heard, session=f"s{number}", inputs=inputs)
                assert reply.text is not None
                stored = reply.state.as_json()
                screens += 1
        stored = {}
        for text in _TEXTS:
            outcome = await engine.hear(talk, State.from_json(stored), Heard(text, token="bench"))
            assert sms.reply(outcome).text is not None
            stored = outcome.state.as_json()
            screens += 1
    return screens


def _talk(language: str) -> Talk:
    person = Candidate(
        tenant_id=_ID, gym_name="Kilimani Strength", gym_slug="kilimani", person_id=_ID, name="Amina Wanjiru",
        language=language, roles=["CLIENT"],
    )  # fmt: skip
    return Talk(language=language, now=_NOW, today=_TODAY, person=person, phone="+254711000001", others=(person,))


async def _answer(operation: Operation[Any], talk: Talk) -> BaseModel:
    return _ANSWERS[type(operation)]
