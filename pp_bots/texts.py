"""Answering texts: who wrote, what it means, what to say. Run by the worker for every text that came in."""

from typing import Any
from uuid import UUID

from pp_core.client.local import LocalClient
from pp_core.kernel.call import VerifiedPhone
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.gsm7 import to_gsm7
from pp_core.kernel.locale import text
from pp_core.kernel.policy import Door
from pp_core.notifications.operations import LONGEST_REPLY, AnswerText, GetText, IncomingText
from pp_core.tenants.operations import Candidate, FindSender
from pp_core.workouts.operations import LONGEST_TEXT, LogWorkout, NothingUnderstood, NotSure, WorkoutLogged

_HELP = frozenset({"help", "msaada", "info", "?", "saidia"})
_STOP = frozenset({"stop", "stopall", "unsubscribe", "ondoka", "toka", "acha", "sitisha", "simamisha", "ondoa"})
_EXAMPLE = "squat 5x5 100"


async def answer(client: LocalClient, event: dict[str, Any]) -> None:
    """Answer one kept text, once, however often the event is delivered."""
    kept = await client.run(GetText(text_id=UUID(event["text_id"])))
    if kept.answered:
        return
    found = await client.run(FindSender(channel="sms", address=kept.address, phone=kept.sender))
    sender, words = _choose(found.items, kept.text)
    if kept.text.strip(" .!\n").casefold() in _STOP:
        await client.run(_heed(kept, found.items))
        return
    if sender is None:
        await client.run(_answer_to_nobody(kept, found.items))
        return
    intent, understood, reply = await _react(client, sender, kept, words)
    await client.run(
        AnswerText(
            text_id=kept.text_id,
            reply=reply[:LONGEST_REPLY],
            intent=intent,
            understood=understood,
            tenant_id=sender.tenant_id,
            person_id=sender.person_id,
        )
    )


def _choose(candidates: list[Candidate], words: str) -> tuple[Candidate | None, str]:
    """The sender and what they said; people who share a phone begin with their first name."""
    if len(candidates) == 1:
        return candidates[0], words
    first, _, rest = words.strip().partition(" ")
    named = [one for one in candidates if one.name.split()[0].casefold() == first.strip(",:.").casefold()]
    return (named[0], rest) if len(named) == 1 else (None, words)


def _heed(kept: IncomingText, candidates: list[Candidate]) -> AnswerText:
    """Somebody wants no more texts: they get none, not even an answer, and the gym's staff see it."""
    gyms = {one.tenant_id for one in candidates}
    return AnswerText(
        text_id=kept.text_id,
        intent="opt_out",
        understood=False,
        tenant_id=gyms.pop() if len(gyms) == 1 else None,
        person_id=candidates[0].person_id if len(candidates) == 1 else None,
    )


def _answer_to_nobody(kept: IncomingText, candidates: list[Candidate]) -> AnswerText:
    if not candidates:
        reply = f"{text('texts.unknown_sender', 'en')} {text('texts.unknown_sender', 'sw')}"
        return AnswerText(text_id=kept.text_id, reply=reply, intent="unknown_sender", understood=False)
    names = ", ".join(one.name.split()[0] for one in candidates)
    reply = text("texts.who", candidates[0].language, names=names, name=candidates[0].name.split()[0])
    gyms = {one.tenant_id for one in candidates}
    return AnswerText(
        text_id=kept.text_id,
        reply=to_gsm7(reply)[:LONGEST_REPLY],
        intent="who",
        understood=False,
        tenant_id=gyms.pop() if len(gyms) == 1 else None,
    )


async def _react(client: LocalClient, sender: Candidate, kept: IncomingText, words: str) -> tuple[str, bool, str]:
    """What the text was taken for, whether it was understood, and the answer."""
    language = sender.language
    if words.strip().casefold() in _HELP:
        return "help", True, text("texts.help", language, gym=sender.gym_name)
    if not words.strip():  # a name alone, or nothing at all
        return "unknown", False, text("texts.not_understood", language, suggestion=_EXAMPLE)
    if len(words.strip()) > LONGEST_TEXT:  # logging its beginning would drop the rest
        return "log_workout", False, text("texts.too_long", language, limit=LONGEST_TEXT)
    person = client.acting(VerifiedPhone(kept.sender, sender.tenant_id, sender.person_id)).through(Door.SMS, language)
    try:
        # The gateway's id makes a repeated delivery act once and answer the same.
        logged = await person.run(LogWorkout(text=words.strip()), key=f"sms:{kept.gateway_id}")
    except NotSure as unsure:
        return "log_workout", False, text(NotSure.code, language, **unsure.data)
    except NothingUnderstood as nothing:
        return "unknown", False, text("texts.not_understood", language, suggestion=nothing.data["suggestion"])
    except Problem as problem:
        if problem.kind in (Kind.INTERNAL, Kind.UNAVAILABLE):
            raise
        return "log_workout", False, text(type(problem).code, language, **problem.data)
    return "log_workout", True, _confirmation(logged, language)


def _confirmation(logged: WorkoutLogged, language: str) -> str:
    said = [text("texts.logged", language, canonical=logged.workout.canonical)]
    heaviest = [record for record in logged.records if record.metric != "one_rep_max"]
    if heaviest:
        said.append(text("texts.records", language, names=", ".join(dict.fromkeys(one.exercise for one in heaviest))))
    if logged.unread:
        piece = logged.unread[0]
        said.append(text("texts.unread", language, piece=piece.text))
    return " ".join(said)
