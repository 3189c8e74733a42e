"""A member, for the staff: find one by name, code or phone, then check them in, log for them, write to them."""

import re
from typing import Any

from pp_bots.dialogue.flow import Ask, End, Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import Choice, Screen, ask, say
from pp_bots.dialogue.wording import plain
from pp_core.kernel.policy import Permission
from pp_core.memberships.operations import CheckedIn, CheckIn, ListMemberships, MembershipList
from pp_core.notifications.operations import LONGEST_MESSAGE, MessageRow, SendMessage
from pp_core.tenants.operations import ListMembers, MemberPage
from pp_core.workouts.operations import LONGEST_TEXT, LogWorkout, NothingUnderstood, NotSure, WorkoutLogged

from .membership import lines

FLOW = Flow(
    "member",
    title="member.title",
    place=9,
    words=("member", "members", "find", "tafuta", "mwanachama"),
    takes=True,
    needs=Permission.MEMBER_READ,
)
_MOST = 8
_CODE = re.compile(r"(?P<code>[Mm]\d{4,8}|\+?\d{9,13})\b[ ,:;-]*(?P<rest>.*)", re.DOTALL)
_ACTS = {
    "in": Permission.VISIT_RECORD,
    "log": Permission.WORKOUT_LOG,
    "tell": Permission.MESSAGE_SEND,
    "membership": Permission.MEMBERSHIP_READ,
}


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """`M00012`, or `M00012 squat 5x5 100` to log for them."""
    words = plain(text)
    return (words, 0.9) if re.match(r"[Mm]\d{4,8}\b", words) else None


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """By whatever is known of them."""
    return _find(said) if said else Ask("search")


@FLOW.asks("search")
def search(talk: Talk) -> Screen:
    """The question whom."""
    return ask(say("member.search"))


@FLOW.hears("search")
def searched(talk: Talk, said: str) -> Next:
    """Look."""
    return _find(said)


@FLOW.gets("found")
def found(talk: Talk, result: MemberPage) -> Next:
    """The one, or the question which."""
    if not result.items:
        return Ask("search", sorry=say("member.nobody"))
    people = [{"id": str(one.id), "name": one.name, "code": one.code} for one in result.items]
    return _chosen(talk, people[0]) if len(people) == 1 else Ask("which", {"people": people})


@FLOW.asks("which")
def which(talk: Talk) -> Screen:
    """Their names and codes."""
    people = talk.data["people"]
    choices = [Choice(one["id"], say("member.name", name=one["name"], code=one["code"])) for one in people]
    return ask(say("member.which"), choices=choices)


@FLOW.hears("which")
def picked(talk: Talk, said: str) -> Next:
    """That one."""
    return _chosen(talk, next(one for one in talk.data["people"] if one["id"] == said))


@FLOW.asks("act")
def act(talk: Talk) -> Screen:
    """What the reader may do for them."""
    name = say("member.name", name=talk.data["name"], code=talk.data["code"])
    there = [word for word, permission in _ACTS.items() if talk.may(permission)]
    return ask(say("member.act", member=name), choices=[Choice(word, say(f"member.act_{word}")) for word in there])


@FLOW.hears("act")
def chosen(talk: Talk, said: str) -> Next:
    """Do it, or ask what to write."""
    member = talk.data["id"]
    match said:
        case "in":
            return Run(CheckIn(member=member), "in")
        case "membership":
            return Run(ListMemberships(member=member), "memberships")
        case _:
            return Ask("text" if said == "log" else "message")


@FLOW.gets("in")
def come_in(talk: Talk, result: CheckedIn) -> Next:
    """They are in."""
    key = "member.in_again" if result.repeated else "member.in"
    return end(say(key, name=talk.data["name"], count=result.visits_this_month), made={"visit": str(result.visit.id)})


@FLOW.gets("memberships")
def memberships(talk: Talk, result: MembershipList) -> Next:
    """How it stands."""
    return end(*(lines(result) or (say("member.no_membership", name=talk.data["name"]),)))


@FLOW.asks("text")
def text(talk: Talk) -> Screen:
    """The workout."""
    return ask(say("member.text", name=talk.data["name"]))


@FLOW.hears("text")
def heard(talk: Talk, said: str) -> Next:
    """Log it for them."""
    return _log(talk.data["id"], said)


@FLOW.gets("logged")
def logged(talk: Talk, result: WorkoutLogged) -> Next:
    """Repeat it as it was understood, and whose it is."""
    said = say("member.logged", name=talk.data["name"], canonical=result.workout.canonical)
    return End(Screen((said,)), made={"workout": str(result.workout.id)}, sure=result.confidence)


@FLOW.refused("logged", NothingUnderstood)
def unreadable(talk: Talk, problem: NothingUnderstood) -> Next:
    """Once more, with an example."""
    return Ask("text", sorry=say("log_workout.unreadable", example=problem.data["suggestion"]))


@FLOW.refused("logged", NotSure)
def unsure(talk: Talk, problem: NotSure) -> Next:
    """How it would be sure."""
    return Ask("text", sorry=say("member.unsure", canonical=problem.data["canonical"]))


@FLOW.asks("message")
def message(talk: Talk) -> Screen:
    """What to write."""
    return ask(say("member.message", name=talk.data["name"]))


@FLOW.hears("message")
def written(talk: Talk, said: str) -> Next:
    """Send it, at the gym's cost."""
    if len(said) > LONGEST_MESSAGE:
        return Ask("message", sorry=say("member.too_long", limit=LONGEST_MESSAGE))
    return Run(SendMessage(member=talk.data["id"], text=said), "sent")


@FLOW.gets("sent")
def sent(talk: Talk, result: MessageRow) -> Next:
    """On its way."""
    return end(say("member.sent", name=talk.data["name"]), made={"message": str(result.id)})


def _find(said: str) -> Next:
    found = _CODE.fullmatch(plain(said))
    words, rest = (found["code"], found["rest"].strip()) if found is not None else (plain(said)[:80], "")
    return Run(ListMembers(search=words, limit=_MOST), "found", {"rest": rest})


def _chosen(talk: Talk, one: dict[str, Any]) -> Next:
    put_by = {"people": [], **one}
    rest = talk.data.get("rest", "")
    if rest and talk.may(Permission.WORKOUT_LOG):
        return _log(one["id"], rest, put_by)
    return Ask("act", put_by)


def _log(member: str, said: str, put_by: dict[str, Any] | None = None) -> Next:
    if len(said) > LONGEST_TEXT:
        return Ask("text", put_by or {}, sorry=say("log_workout.too_long", limit=LONGEST_TEXT))
    return Run(LogWorkout(text=said, member=member), "logged", put_by or {})
