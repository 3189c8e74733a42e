"""USSD: pages of at most 160 GSM-7 characters with their prefix. `0` goes back, `00` to the menu, `98` shows more.

The gateway sends all inputs of a session joined by `*` each time (Africa's Talking documentation, USSD); what came before is
known from the conversation, and only the rest is heard. Inputs dialled straight after the code arrive in one piece and are
heard one after another.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from pp_bots.dialogue.engine import Engine, Heard, Outcome
from pp_bots.dialogue.flow import Talk
from pp_bots.dialogue.screen import Expect, Say, Screen, say, worded
from pp_bots.dialogue.state import SESSION_GOOD_FOR, State
from pp_core.kernel.gsm7 import is_gsm7, parts, to_gsm7
from pp_core.kernel.locale import LANGUAGES, text

from .wire import Reply

LONGEST_PAGE = 160
"""Characters with the prefix; Safaricom's limit, the narrowest."""
_GO_ON, _LAST = "CON ", "END "
_MORE = "98"
_WAY_ON, _WAY_BACK = say("ussd.more"), say("ussd.back")
_WORTH_FILLING = 40
"""Septets left on a page below which a long line begins on the next one."""


async def answer(engine: Engine, talk: Talk, state: State, heard: Heard, *, session: str, inputs: str) -> Reply:
    """Take what was typed since the last page; `inputs` is all of the session's, joined by `*`."""
    heard = replace(heard, good_for=SESSION_GOOD_FOR)
    outcome: Outcome | None = None
    if state.session != session:
        outcome = await _dialled(engine, talk, state, heard)
        state = replace(outcome.state, session=session, heard="")
        rest = inputs
        if rest:  # dialled with the code: whatever was left in the middle is not what they are here for
            outcome = await engine.begin(talk, state.done(), heard, _start(talk, state))
            state = replace(outcome.state, session=session)
    elif state.at is None and not state.pages:  # an upgrade took the question away: nothing is heard twice
        outcome = await engine.begin(talk, state, heard, _start(talk, state))
        state, rest = outcome.state, ""
    else:
        rest = _new(state.heard, inputs)
    reply = None if outcome is None else _page(outcome, state)
    while reply is None or rest:
        state = reply.state if reply is not None else state
        if state.pages and rest.split("*")[0] == _MORE:
            reply = _next_page(state, talk)
            rest = rest.partition("*")[2]
            continue
        said, rest = _first(engine, talk, state, rest)
        outcome = await engine.hear(talk, replace(state, pages=()), replace(heard, text=said))
        reply = _page(outcome, replace(outcome.state, session=session))
        if outcome.screen is None or outcome.screen.ends:
            break
    return replace(reply, state=replace(reply.state, heard=inputs))


async def _dialled(engine: Engine, talk: Talk, state: State, heard: Heard) -> Outcome:
    """The menu, or what a cut line left in the middle."""
    fresh = replace(state, pages=())
    at = state.at
    if at is not None and state.is_waiting(talk.now, SESSION_GOOD_FOR) and at.flow not in _NOT_RESUMED:
        return await engine.offer(talk, fresh.done(), heard, at)
    return await engine.begin(talk, fresh.done(), heard, _start(talk, state))


_NOT_RESUMED = ("menu", "resume", "guess", "language")


def _start(talk: Talk, state: State) -> str:
    settled = state.memory.get("person")
    known = talk.person is not None or any(str(one.person_id) == settled for one in talk.others)
    return "who" if not known and len(talk.others) > 1 else "menu"


def _new(before: str, inputs: str) -> str:
    """The inputs that are not known yet. A session that lost some is taken at its last."""
    if not before:
        return inputs
    if inputs.startswith(before + "*"):
        return inputs[len(before) + 1 :]
    return inputs.rpartition("*")[2]


def _first(engine: Engine, talk: Talk, state: State, rest: str) -> tuple[str, str]:
    """The first input and what follows it. Where a text is asked for, a `*` is part of it: `squat 3*5`."""
    screen = engine.screen_of(talk, state.at) if state.at is not None else None
    if screen is not None and screen.expects is Expect.TEXT:
        return rest, ""
    said, _, others = rest.partition("*")
    free = not said.strip().isdecimal() and any(char.isalpha() for char in said)
    return (rest, "") if free else (said, others)


def _page(outcome: Outcome, state: State) -> Reply:
    """The first page of what came of it; the others wait for `98`."""
    screen = outcome.screen or Screen((say("dialogue.silence"),))
    talk = outcome.talk
    first, *rest = pages(screen, talk, deeper=bool(state.back) or (state.at is not None and state.at.flow != "menu"))
    return Reply(first, outcome, replace(state, pages=tuple(rest)))


def _next_page(state: State, talk: Talk) -> Reply:
    first, *rest = state.pages
    waiting = state.at.flow if state.at is not None else None
    outcome = Outcome(None, state, talk, "more", waiting, 1.0, understood=True)
    return Reply(first, outcome, replace(state, pages=tuple(rest)))


def pages(screen: Screen, talk: Talk, *, deeper: bool) -> list[str]:
    """A screen as pages with their prefix, split between words; `deeper` adds the way back."""
    lines = [_shown(line, talk) for line in screen.lines]
    lines += [f"{number} {_shown(choice.label, talk)}" for number, choice in enumerate(screen.choices, 1)]
    back = _shown(_WAY_BACK, talk) if deeper and not screen.ends else ""
    more = _shown(_WAY_ON, talk)
    prefix = _LAST if screen.ends else _GO_ON
    whole = prefix + _joined(lines, back)
    if parts(whole).units <= LONGEST_PAGE:
        return [whole]
    *first, last = _divided(lines, LONGEST_PAGE - parts(_GO_ON + _joined(["", more], back)).units)
    return [*(_GO_ON + _joined(page, more, back) for page in first), prefix + _joined(last, back)]


def as_text(page: str) -> str:
    """What a page says, without its prefix and the ways on and back."""
    lines = page.removeprefix(_GO_ON).removeprefix(_LAST).split("\n")
    ways = {text(way.key, language) for way in (_WAY_ON, _WAY_BACK) for language in LANGUAGES}
    while lines and lines[-1] in ways:
        lines.pop()
    return "\n".join(lines)


def _shown(one: Say, talk: Talk) -> str:
    """A sentence in the only alphabet that every handset shows on a page: what it lacks becomes a question mark."""
    said = to_gsm7(worded(one, talk.language, talk.today))
    return said if is_gsm7(said) else re.sub(r"\?+", "?", "".join(char if is_gsm7(char) else "?" for char in said))


def _joined(lines: Sequence[str], *navigation: str) -> str:
    return "\n".join([*lines, *(one for one in navigation if one)])


def _divided(lines: Sequence[str], longest: int) -> list[list[str]]:
    """The lines on pages of at most `longest` septets. A line that fits on a page is not cut, a word only alone."""
    done: list[list[str]] = [[]]
    for line in lines:
        rest = line
        while rest:
            page = done[-1]
            room = longest - parts(_joined([*page, ""])).units
            if _fits(rest, room):
                page.append(rest)
                break
            if page and (room < _WORTH_FILLING or _fits(rest, longest)):
                done.append([])
                continue
            cut = _cut(rest, room)
            page.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip()
            done.append([])
    return [page for page in done if page]


def _fits(line: str, room: int) -> bool:
    return len(line) <= room and parts(line).units <= room


def _cut(line: str, room: int) -> int:
    """How many characters of a line that is too long go on this page."""
    most = room
    while parts(line[:most]).units > room:
        most -= 1
    space = line.rfind(" ", most // 2, most + 1)
    return space if space > 0 else most
