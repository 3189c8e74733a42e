"""Log a run, a ride or a walk that was not recorded: `RUN 5.2km 28:30`."""

import re

from pp_bots.dialogue.flow import Ask, End, Flow, Go, Next, Pass, Run, Talk, end
from pp_bots.dialogue.screen import YES_NO, Pace, Say, Screen, ask, say
from pp_bots.dialogue.wording import any_of, direct, folded
from pp_core.kernel import wording
from pp_core.kernel.numbers import NUMBER_WORDS
from pp_core.tracking.operations import ActivityTyped, LogActivity, NothingTyped, TypedNotSure, TypedTooFast
from pp_core.tracking.operations.typed import LONGEST_TYPED

FLOW = Flow(
    "log_run",
    title="log_run.title",
    words=("log run", "log a run", "andika mbio"),
    takes=True,
)
_SPORT = any_of(
    "run ran running jog jogged jogging jogi mbio nimerun nilirun nimejog (ni(me|li)|ku|tume)?kimbia walk walked walking"
    " matembezi nimewalk nimewok (ni(me|li)|ku|tume)?tembea ride rode riding nimeride cycled cycling nimecycle biked baiskeli"
    " baisikeli hike hiked hiking nimehike trekked swam swim swimming nimeswim (ni(me|li)|ku)?ogelea skated nimeskate"
)
_GLUED = re.compile(r"(?<=[a-z])(?=[0-9])")
_READ = 0.7


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """A sport and a figure: the core says whether the rest speaks of having done it."""
    said = _GLUED.sub(" ", folded(text))  # `run5km`
    if not _SPORT.search(said):
        return None
    has_figure = any(char.isdigit() for char in said) or not NUMBER_WORDS.isdisjoint(said.split())
    return (direct(text), _READ) if has_figure else None


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """With the run at once, or asking for it."""
    if not said:
        return Ask("text")
    if len(said) > LONGEST_TYPED:
        return Pass()
    return Run(LogActivity(text=said), "logged", {"text": said, "asked": bool(talk.word)})


@FLOW.asks("text")
def text(talk: Talk) -> Screen:
    """The question, with an example."""
    return ask(say("log_run.ask"))


@FLOW.hears("text")
def heard(talk: Talk, said: str) -> Next:
    """The run; what cannot be read is asked again. Who was asked about a sport need not name it."""
    sport = talk.data.get("sport")
    told = said if sport is None or _SPORT.search(_GLUED.sub(" ", folded(said))) else f"{sport} {said}"
    told = told[:LONGEST_TYPED]
    return Run(LogActivity(text=told), "logged", {"text": told, "said": said, "asked": True})


@FLOW.gets("logged")
@FLOW.gets("confirmed")
def logged(talk: Talk, result: ActivityTyped) -> End:
    """Repeat it as it was understood, so that a mistake is seen at once."""
    return done(talk, result, "log_run.done")


@FLOW.refused("logged", NothingTyped)
@FLOW.refused("confirmed", NothingTyped)
def no_run(talk: Talk, problem: NothingTyped) -> Next:
    """It is something else, unless it was asked for. One word, as `run`, asks for little."""
    if talk.data.get("sport") is not None:
        return Go("", talk.data["said"])
    return Ask("text", sorry=say("log_run.unreadable")) if talk.data.get("asked") else Pass()


@FLOW.refused("logged", TypedTooFast)
@FLOW.refused("confirmed", TypedTooFast)
def too_fast(talk: Talk, problem: TypedTooFast) -> Next:
    """A slip of the finger."""
    return end(say("tracking.typed_too_fast", canonical=problem.data["canonical"]))


@FLOW.refused("logged", TypedNotSure)
def unsure(talk: Talk, problem: TypedNotSure) -> Next:
    """A question, not an act."""
    return Ask("sure", {"text": talk.data["text"], "canonical": problem.data["canonical"]}, sure=0.5)


@FLOW.asks("sure")
def sure(talk: Talk) -> Screen:
    """The reading, to be confirmed."""
    return ask(say("log_run.sure", canonical=talk.data["canonical"]), choices=YES_NO)


@FLOW.hears("sure")
def settled(talk: Talk, said: str) -> Next:
    """Yes logs it as it was read."""
    if said != "yes":
        return end(say("log_run.not_logged"))
    return Run(LogActivity(text=talk.data["text"], sure_from=0), "confirmed")


def done(talk: Talk, result: ActivityTyped, key: str) -> End:
    """What was understood, with the pace, and the records it broke; kept in mind for a correction."""
    known: Say = say(key, canonical=result.canonical)
    if result.distance_m and result.duration_s:
        pace = Pace(result.distance_m / result.duration_s, result.sport.value)
        if wording.pace(pace.metres_a_second, pace.sport, talk.language) != wording.NO_PACE:
            known = say(f"{key}_at", canonical=result.canonical, pace=pace)
    said = [known]
    if result.records:
        said.append(say("log_run.records", names=[say(f"log_run.{one}") for one in result.records]))
    elif "told_run" not in talk.memory and talk.channel != "ussd":
        said.append(say("log_run.wrong"))
    memory = {
        "told_run": "correct",
        "last": None,
        "last_activity": str(result.activity_id),
        "last_of": str(result.person_id),
    }
    return End(Screen(tuple(said)), made={"activity": str(result.activity_id)}, memory=memory)
