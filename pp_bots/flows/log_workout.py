"""Log a workout from its shorthand. What any other text is not, may be one."""

from collections.abc import Sequence
from dataclasses import replace

from pp_bots.dialogue.flow import Ask, End, Flow, Go, Next, Pass, Run, Talk, end
from pp_bots.dialogue.router import SURE, denial
from pp_bots.dialogue.screen import YES_NO, Screen, ask, say
from pp_bots.dialogue.wording import worded_as
from pp_core.tracking.operations import ActivityTyped, LogActivity, NothingTyped, TypedNotSure, TypedTooFast
from pp_core.tracking.operations.typed import LONGEST_TYPED
from pp_core.workouts.operations import LONGEST_TEXT, LogWorkout, NothingUnderstood, NotSure, RecordRow, WorkoutLogged

from . import log_run as runs

FLOW = Flow(
    "log_workout",
    title="log_workout.title",
    place=2,
    command="log",
    words=("log", "workout", "log workout", "andika", "mazoezi", "zoezi", "andika mazoezi"),
    takes=True,
)
FLOW.reads(worded_as("log_workout"))


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """With a workout at once, or asking for it."""
    return _log(said) if said else Ask("text")


@FLOW.asks("text")
def text(talk: Talk) -> Screen:
    """The question, with an example."""
    return ask(say("log_workout.ask"))


@FLOW.hears("text")
def heard(talk: Talk, said: str) -> Next:
    """The workout, or the run: what cannot be read is asked again. What begins with a denial corrects the one before."""
    denied = denial(said)
    if denied is not None and denied[1] >= SURE and denied[0]:
        return Go("correct", denied[0])
    if runs.reads(said) is not None and len(said) <= LONGEST_TYPED:
        return Run(LogActivity(text=said), "ran", {"said": said})
    return _asked(said)


@FLOW.gets("logged")
@FLOW.gets("asked")
def logged(talk: Talk, result: WorkoutLogged) -> End:
    """Repeat it as it was understood, so that a mistake is seen at once."""
    return done(talk, result, "log_workout.done", result.records)


@FLOW.gets("ran")
def ran(talk: Talk, result: ActivityTyped) -> Next:
    """A run is what somebody did, too."""
    return runs.done(talk, result, "log_run.done")


@FLOW.refused("ran", NothingTyped)
def no_run(talk: Talk, problem: NothingTyped) -> Next:
    """Only the word was of a run."""
    return _asked(talk.data["said"])


@FLOW.refused("ran", TypedTooFast)
def too_fast(talk: Talk, problem: TypedTooFast) -> Next:
    """A slip of the finger."""
    return runs.too_fast(talk, problem)


@FLOW.refused("ran", TypedNotSure)
def unsure_run(talk: Talk, problem: TypedNotSure) -> Next:
    """A question, not an act."""
    return Go("log_run", step="sure", data={"text": talk.data["said"], "canonical": problem.data["canonical"]})


@FLOW.refused("logged", NothingUnderstood)
def no_workout(talk: Talk, problem: NothingUnderstood) -> Next:
    """It is something else."""
    return Pass(problem.data.get("suggestion"))


@FLOW.refused("asked", NothingUnderstood)
@FLOW.refused("confirmed", NothingUnderstood)
def unreadable(talk: Talk, problem: NothingUnderstood) -> Next:
    """Once more, with an example."""
    return Ask("text", sorry=say("log_workout.unreadable", example=problem.data["suggestion"]))


@FLOW.refused("logged", NotSure)
@FLOW.refused("asked", NotSure)
def unsure(talk: Talk, problem: NotSure) -> Next:
    """A question, not an act."""
    canonical = problem.data["canonical"]
    return Ask("sure", {"text": canonical}, sure=0.5) if len(canonical) <= LONGEST_TEXT else too_long()


@FLOW.asks("sure")
def sure(talk: Talk) -> Screen:
    """The reading, to be confirmed."""
    return ask(say("log_workout.sure", canonical=talk.data["text"]), choices=YES_NO)


@FLOW.hears("sure")
def settled(talk: Talk, said: str) -> Next:
    """Yes logs it however sure the reading was."""
    if said == "yes":
        return Run(LogWorkout(text=talk.data["text"], sure_from=0), "confirmed")
    return end(say("log_workout.not_logged"))


@FLOW.gets("confirmed")
def confirmed(talk: Talk, result: WorkoutLogged) -> Next:
    """A yes is sure, however the reading was."""
    return replace(logged(talk, result), sure=1.0)


def done(talk: Talk, result: WorkoutLogged, key: str, records: Sequence[RecordRow] = ()) -> End:
    """The confirmation, with records, what was not read, and once a word on how to correct it."""
    said = [say(key, canonical=result.workout.canonical)]
    names = list(dict.fromkeys(one.exercise for one in records if one.metric != "one_rep_max"))
    if names:
        said.append(say("log_workout.records", names=names))
    if result.unread:
        said.append(say("log_workout.unread", piece=result.unread[0].text))
    elif "told" not in talk.memory and talk.channel != "ussd":  # where a session has ended nothing can be answered
        said.append(say("log_workout.wrong"))
    made = {"workout": str(result.workout.id)}
    # A phone is shared, or changes hands: what was logged last is remembered with whose it is.
    memory = {
        "told": "correct",
        "last": made["workout"],
        "last_activity": None,
        "last_of": str(result.workout.person_id),
    }
    return End(Screen(tuple(said)), made=made, memory=memory, sure=result.confidence)


def _asked(said: str) -> Run | End:
    following = _log(said)
    return Run(following.operation, "asked") if isinstance(following, Run) else following


def _log(said: str) -> Run | End:
    if len(said) > LONGEST_TEXT:  # logging its beginning would drop the rest
        return too_long()
    return Run(LogWorkout(text=said), "logged")


def too_long() -> End:
    """What is too long to be logged, or to be confirmed as it was read."""
    return End(Screen((say("log_workout.too_long", limit=LONGEST_TEXT),)), understood=False)
