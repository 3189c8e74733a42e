"""A conversation with the core: takes a kept text up, finds out who wrote, lets the engine answer, and records it once."""

import asyncio
from base64 import b64decode
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from pp_bots.channels import sms, telegram, ussd
from pp_bots.channels.wire import Reply
from pp_bots.flows import flows
from pp_core.client.local import LocalClient
from pp_core.kernel.call import VerifiedPhone
from pp_core.kernel.clock import NAIROBI, local_day
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door, Scope
from pp_core.notifications.operations import (
    AnswerText,
    LinkChat,
    TakeTurn,
    TextAnswered,
    Turn,
    TurnBusy,
)
from pp_core.tenants.operations import Candidate, FindSender
from pp_core.tracking.operations import ActivityUnknown
from pp_core.tracking.operations.maps import DrawThumbnail, MapHidden, PictureFormat

from .engine import Engine, Heard, Outcome
from .flow import End, Talk
from .router import denial, keyword
from .screen import Screen, say
from .state import State
from .wording import bare

_DOORS = {"sms": Door.SMS, "ussd": Door.USSD, "telegram": Door.TELEGRAM}
_CORRECTABLE = frozenset({"workout", "activity"})
PICTURE_SIDE = 480
"""Pixels."""
_WITHOUT_PHONE = ("help", "language", "stop")
_PATIENCE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
"""Seconds between looks at a conversation that is held: after them its holder is taken for dead."""


async def answer(client: LocalClient, text_id: UUID) -> TextAnswered:
    """Answer one kept text, once, however often it is asked for. `client` acts as the system.

    Raises `TurnBusy` when an earlier text of the same phone keeps it waiting for too long.
    """
    turn = await _taken(client, text_id)
    if turn.answered:
        return TextAnswered(channel=turn.channel, reply=turn.reply, repeated=True)
    if turn.echo:
        return await client.run(AnswerText(text_id=text_id, intent="echo", understood=False))
    engine = _engine(client, turn)
    talk = await _talk(client, turn)
    state = engine.standing(talk, State.from_json(turn.state))
    reply = await respond(engine, turn, talk, state)
    outcome = reply.outcome
    person = outcome.talk.person
    screen = outcome.screen
    picture = await _picture(client, turn, outcome.talk, screen) if screen is not None else None
    return await client.run(
        AnswerText(
            text_id=text_id,
            reply=reply.text,
            buttons=None if reply.buttons is None else dict(reply.buttons),
            secret=screen is not None and screen.secret,
            picture=picture,
            by_message=turn.channel != "ussd",
            intent=outcome.intent,
            flow=outcome.flow,
            confidence=round(outcome.confidence, 3),
            understood=outcome.understood,
            tenant_id=_gym_of(outcome.talk),
            person_id=person.person_id if person is not None else None,
            made=dict(outcome.made) or None,
            state=reply.state.as_json(),
        )
    )


async def _picture(client: LocalClient, turn: Turn, talk: Talk, screen: Screen) -> bytes | None:
    """The picture that goes with a screen, where the channel shows pictures; an answer does not wait for one that fails."""
    if screen.picture is None or turn.channel != "telegram" or talk.person is None or talk.phone is None:
        return None
    speaker = client.acting(VerifiedPhone(talk.phone, talk.person.tenant_id, talk.person.person_id))
    drawing = DrawThumbnail(activity_id=screen.picture, format=PictureFormat.PNG, width=PICTURE_SIDE)
    try:
        drawn = await speaker.through(Door.TELEGRAM, talk.language).run(drawing)
    except (MapHidden, ActivityUnknown):
        return None
    return b64decode(drawn.content)


async def _taken(client: LocalClient, text_id: UUID) -> Turn:
    for pause in _PATIENCE:
        try:
            return await client.run(TakeTurn(text_id=text_id))
        except TurnBusy:
            await asyncio.sleep(pause)
    return await client.run(TakeTurn(text_id=text_id, over=True))


def _gym_of(talk: Talk) -> UUID | None:
    if talk.person is not None:
        return talk.person.tenant_id
    gyms = {one.tenant_id for one in talk.others}
    if len(gyms) == 1:
        return gyms.pop()
    return talk.gym.tenant_id if talk.gym is not None else None


# Who speaks


async def _talk(client: LocalClient, turn: Turn) -> Talk:
    phone, found = turn.phone, turn.senders
    if turn.channel == "telegram" and turn.sort == "contact":
        await client.run(LinkChat(address=turn.address, chat=turn.sender, phone=turn.text))
        phone = turn.text
        found = await client.run(FindSender(channel=turn.channel, address=turn.address, phone=phone))
    people = tuple(found.items)
    language = found.gym.language if found.gym is not None else turn.language or "en"
    return Talk(
        language=language,
        now=turn.received_at,
        today=local_day(turn.received_at, NAIROBI),
        person=people[0] if len(people) == 1 else None,
        gym=found.gym,
        phone=phone,
        channel=turn.channel,
        others=people,
        about=turn.about,
        edited=turn.sort == "edit",
    )


# What is answered


async def respond(engine: Engine, turn: Turn, talk: Talk, state: State) -> Reply:
    """What the channel says to a turn. Whatever touches the core is the engine's runner."""
    heard = Heard(turn.text, token=turn.text_id.hex[-8:], pressed=turn.sort == "button")
    if turn.channel == "ussd":
        return await ussd.answer(engine, talk, state, heard, session=turn.session or "", inputs=turn.text)
    talk, heard, outcome = await _before(engine, turn, talk, state, heard)
    outcome = outcome or await engine.hear(talk, state, heard)
    return telegram.reply(outcome, state, heard) if turn.channel == "telegram" else sms.reply(outcome)


async def _before(
    engine: Engine, turn: Turn, talk: Talk, state: State, heard: Heard
) -> tuple[Talk, Heard, Outcome | None]:
    """What comes before any flow: whose chat it is, who of several wrote, what a reply or an edit is about."""
    if talk.phone is None:
        waits = state.at is not None and state.at.flow == "link"
        known = keyword(turn.text, [flow for flow in flows().values() if flow.name in _WITHOUT_PHONE], talk)
        if (
            heard.pressed
            or (known is not None and known.is_sure)
            or (waits and state.is_waiting(talk.now, heard.good_for))
        ):
            return talk, heard, None
        return talk, heard, await engine.begin(talk, state, heard, "link", turn.text)
    if turn.sort == "contact":
        return talk, heard, await engine.begin(talk, state, heard, "menu")
    if turn.sort == "other" and turn.text == "location":
        return talk, heard, await engine.begin(talk, state, heard, "share_location")
    if turn.sort == "other":
        told = End(Screen((say("dialogue.only_text"),)), understood=False)
        return talk, heard, engine.told(talk, state, heard, "other", told)
    if talk.person is None and len(talk.others) > 1:
        talk, heard, outcome = await _who(engine, talk, state, heard)
        if outcome is not None:
            return talk, heard, outcome
    if turn.sort == "file":
        return talk, heard, await engine.begin(talk, state, heard, "import_file", turn.text)
    if turn.sort == "location":
        return talk, heard, await engine.begin(talk, state, heard, "share_location", turn.text)
    if _CORRECTABLE & turn.about.keys() and not heard.pressed:
        named = keyword(heard.text, flows().values(), replace(talk, person=talk.person or _settled(talk, state)))
        if turn.sort == "edit" or named is None or not named.is_sure:
            return talk, heard, await engine.begin(talk, state, heard, "correct", _denied(heard.text))
    elif turn.sort == "edit" and turn.about:
        told = End(Screen((say("dialogue.edit_unsupported"),)), understood=False)
        return talk, heard, engine.told(talk, state, heard, "edit", told)
    return talk, heard, None


async def _who(engine: Engine, talk: Talk, state: State, heard: Heard) -> tuple[Talk, Heard, Outcome | None]:
    """People who share a phone: a first name before the text speaks for this text, an answered WHO from then on."""
    first, _, rest = heard.text.strip().partition(" ")
    named = [one for one in talk.others if bare(one.name.split()[0]) == bare(first)]
    asked = state.at is not None and state.at.flow == "who" and state.is_waiting(talk.now, heard.good_for)
    if len(named) == 1 and asked and bare(heard.text) in (bare(first), bare(named[0].name)):
        return talk, replace(heard, text=str(talk.others.index(named[0]) + 1)), None
    if len(named) == 1 and rest.strip():
        return replace(talk, person=named[0], others=tuple(named)), replace(heard, text=rest.strip()), None
    if _settled(talk, state) is not None or asked or heard.pressed:
        return talk, heard, None
    exact = keyword(
        heard.text, [flow for flow in flows().values() if flow.strangers and flow.alone and flow.acts], talk
    )
    if exact is not None and exact.confidence == 1.0:
        return talk, heard, None
    return talk, heard, await engine.begin(talk, state, heard, "who", heard.text)


def _settled(talk: Talk, state: State) -> Candidate | None:
    settled = state.memory.get("person")
    return next((one for one in talk.others if str(one.person_id) == settled), None)


def _denied(text: str) -> str:
    found = denial(text)
    return found[0] if found is not None and found[0] else text


# Running operations


@dataclass(slots=True)
class _Runner:
    """Runs what flows ask for: as the person who wrote, or as the system where nobody is known yet.

    The key makes a turn that is taken up again act once: it is the gateway's id of the text and the place in the turn.
    """

    client: LocalClient
    turn: Turn
    count: int = 0

    async def __call__(self, operation: Operation[Any], talk: Talk) -> BaseModel:
        door = _DOORS[self.turn.channel]
        if operation.policy.scope is not Scope.TENANT:
            return await self.client.through(door, talk.language).run(operation)
        person, phone = talk.person, talk.phone
        assert person is not None, "a flow for strangers asked for an operation of members"
        assert phone is not None
        self.count += 1
        speaker = self.client.acting(VerifiedPhone(phone, person.tenant_id, person.person_id))
        key = f"{self.turn.channel}:{self.turn.gateway_id}:{self.count}"
        return await speaker.through(door, talk.language).run(operation, key=key)


def _engine(client: LocalClient, turn: Turn) -> Engine:
    return Engine(flows(), _Runner(client, turn), fallback="log_workout", home="menu", stop="stop")
