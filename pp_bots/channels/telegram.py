"""Telegram: a message with buttons. Replies and edits reach the engine as what they are about."""

from typing import Any

from pp_bots.dialogue.engine import Heard, Outcome
from pp_bots.dialogue.flow import Talk
from pp_bots.dialogue.screen import Screen, say, shorten, worded
from pp_bots.dialogue.state import State

from .wire import Reply

LONGEST_MESSAGE = 1600
_LONGEST_BUTTON = 60
_SHARE = say("link.share")


def reply(outcome: Outcome, before: State, heard: Heard) -> Reply:
    """What is sent for an outcome. The contact's button stays with the chat until it is taken away: we remember it."""
    if outcome.screen is None:
        return Reply(None, outcome, outcome.state)
    talk = outcome.talk
    words = "\n".join(worded(line, talk.language, talk.today) for line in outcome.screen.lines)
    token = outcome.state.at.token if outcome.state.at is not None else heard.token
    linked = before.memory.get("keyboard") == "contact" and not outcome.screen.asks_contact
    buttons = buttons_of(outcome.screen, talk, token, remove=linked)
    remembered = outcome.state
    if outcome.screen.asks_contact or linked:
        remembered = outcome.state.remembering({"keyboard": "contact" if outcome.screen.asks_contact else None})
    return Reply(shorten(words, LONGEST_MESSAGE), outcome, remembered, buttons)


def buttons_of(screen: Screen, talk: Talk, token: str, *, remove: bool = False) -> dict[str, Any] | None:
    """The choices as buttons: short ones share a row. `remove` takes the contact's button away again."""
    if screen.asks_contact:
        return {"rows": [], "ask_contact": worded(_SHARE, talk.language, talk.today)}
    rows: list[list[dict[str, str]]] = []
    room = 0
    for choice in screen.choices:
        label = shorten(worded(choice.label, talk.language, talk.today), _LONGEST_BUTTON)
        if not rows or room < len(label):
            rows.append([])
            room = 24
        room -= len(label) + 2
        rows[-1].append({"text": label, "data": f"{token}:{choice.word}"})
    if rows:
        return {"rows": rows}
    return {"rows": [], "remove": True} if remove else None
