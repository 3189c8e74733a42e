"""Check in with the desk's code of the day, which proves that one is there."""

import re
from datetime import date

from pp_bots.dialogue.flow import Ask, Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import Expect, Screen, ask, say
from pp_bots.dialogue.wording import any_of, folded, plain
from pp_core.memberships.operations import (
    CheckedIn,
    CheckIn,
    CodeNeeded,
    CodeWrong,
    MembershipNotBegun,
    MembershipOver,
    NoMembership,
)

FLOW = Flow(
    "check_in",
    title="check_in.title",
    place=1,
    command="checkin",
    words=("check in", "checkin", "check-in", "here", "ingia", "nimefika", "nipo", "niko hapa"),
    takes=True,
)
_DAYS = ("ended_on", "starts_on")
_CODE = re.compile(r"\d[\d ]{1,9}")
_FOUR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_THERE = any_of(
    "check_?in checking_?in checked_?in kucheck_?in nacheck_?in nime_?check_?in arrived here niko nipo nimefika nmefika tumefika "
    "ingia nimeingia naingia nimekam nimecome at_(the_)?gym in_the_gym inside ndani entrance gate mlangoni"
)
_ALONG = any_of(
    "i im ive am have a the at in my me to is it its ni na kwa ya gym now sasa hapa leo today just can want nataka kuingia "
    "tayari ndio door desk reception outside code codes msimbo kodi namba number pin already hii this with"
)


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """`niko gym code 4821`, or the code alone: a wrong one opens nothing. Without a code it is asked for."""
    said = folded(text)
    codes = _FOUR.findall(said)
    rest = _THERE.sub(" ", _FOUR.sub(" ", said))
    if len(codes) > 1 or _ALONG.sub(" ", rest).strip():
        return None
    if _THERE.search(said) and (codes or len(said.split()) <= 7):
        return "".join(codes), 0.8
    return (codes[0], 0.7) if codes and len(said.split()) <= 4 else None


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """With the code at once, or asking for it."""
    return _come_in(said) if any(char.isdigit() for char in said) else Ask("code")


@FLOW.asks("code")
def code(talk: Talk) -> Screen:
    """Look at the desk."""
    return ask(say("check_in.ask"), expects=Expect.CODE)


@FLOW.hears("code")
def heard(talk: Talk, said: str) -> Next:
    """The code."""
    return _come_in(said)


@FLOW.gets("in")
def come_in(talk: Talk, result: CheckedIn) -> Next:
    """Welcome, and how the membership stands."""
    said = [
        say("check_in.again" if result.repeated else "check_in.done", gym=talk.gym_name, count=result.visits_this_month)
    ]
    held = result.membership
    if held is not None and (held.status == "grace" or held.days_left <= 3):
        said.append(say(f"check_in.{'grace' if held.status == 'grace' else 'ends'}", ends_on=held.ends_on))
    return end(*said, made={"visit": str(result.visit.id)})


@FLOW.refused("in", CodeWrong, CodeNeeded)
def wrong(talk: Talk, problem: CodeWrong | CodeNeeded) -> Next:
    """Once more."""
    return Ask("code", sorry=say(type(problem).code, **problem.data), understood=True)


@FLOW.refused("in", MembershipOver, MembershipNotBegun, NoMembership)
def not_good(talk: Talk, problem: NoMembership) -> Next:
    """Why the door stays shut, and what opens it."""
    days = {name: date.fromisoformat(str(value)) for name, value in problem.data.items() if name in _DAYS and value}
    match problem:
        case MembershipOver():
            return end(say("check_in.over", **days))
        case MembershipNotBegun():
            return end(say("check_in.not_begun", **days))
        case _:
            return end(say("membership.none", gym=talk.gym_name))


def _come_in(said: str) -> Next:
    found = _CODE.fullmatch(plain(said))
    codes = [found[0]] if found is not None else _FOUR.findall(said)
    if len(codes) != 1:
        return Ask("code", sorry=say("check_in.no_code"))
    return Run(CheckIn(code=codes[0]), "in")
