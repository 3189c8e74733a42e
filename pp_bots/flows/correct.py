"""Correct the last workout by answering `no, 3x8`, by replying to its confirmation, or by editing the message.

What was written of a run (`no, 5.4km`) is corrected the same way.
"""

import re
from dataclasses import replace
from uuid import UUID

from pp_bots.dialogue.flow import Ask, End, Flow, Next, Pass, Run, Talk, data_id, end
from pp_bots.dialogue.router import denial
from pp_bots.dialogue.screen import YES_NO, Screen, ask, say
from pp_bots.dialogue.wording import bare
from pp_core.kernel.errors import Problem
from pp_core.kernel.operation import Done
from pp_core.tracking.operations import (
    ActivityTyped,
    ActivityUnknown,
    DeleteActivity,
    NothingToRetype,
    NothingTyped,
    RetypeActivity,
)
from pp_core.tracking.operations.typed import LONGEST_TYPED
from pp_core.workouts.operations import (
    LONGEST_TEXT,
    CorrectWorkout,
    DeleteWorkout,
    NothingToCorrect,
    NothingUnderstood,
    NotSure,
    WorkoutLogged,
)

from . import log_run as runs
from .log_workout import done, too_long

FLOW = Flow(
    "correct",
    title="correct.title",
    words=("correct", "correction", "fix", "sahihisha", "rekebisha", "undo", "futa", "delete"),
    takes=True,
)
FLOW.reads(denial)
_LAST = re.compile(r"(?:that|it|this|hiyo|hii|ile|the|last|one|all|ya|la|mwisho|zoezi|workout| )+")


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """With what is right, or asking whether the log should go."""
    if len(said) > LONGEST_TEXT:  # reading its beginning would drop the rest
        return too_long()
    activity = _activity(talk)
    if said and _LAST.fullmatch(bare(said)) is None:
        if activity is not None and len(said) <= LONGEST_TYPED:
            return Run(RetypeActivity(text=said, activity_id=activity), "retyped", {"said": said})
        return Run(_correction(talk, said), "corrected")
    if activity is not None:
        return Ask("delete", {"activity": str(activity)})
    return Ask("delete") if _workout(talk) is not None else end(say("correct.nothing"))


@FLOW.gets("corrected")
def corrected(talk: Talk, result: WorkoutLogged) -> Next:
    """Repeat it as it stands now."""
    return done(talk, result, "correct.done")


@FLOW.gets("confirmed")
def confirmed(talk: Talk, result: WorkoutLogged) -> Next:
    """A yes is sure, however the reading was."""
    return replace(done(talk, result, "correct.done"), sure=1.0)


@FLOW.gets("retyped")
def retyped(talk: Talk, result: ActivityTyped) -> Next:
    """Repeat it as it stands now."""
    return runs.done(talk, result, "log_run.right")


@FLOW.refused("retyped", NothingTyped, ActivityUnknown, NothingToRetype)
def not_of_a_run(talk: Talk, problem: Problem) -> Next:
    """It may be about a workout, unless it was said of a run."""
    if "activity" in talk.about:
        return End(Screen((say("log_run.unreadable"),)), understood=False)
    return Run(_correction(talk, talk.data["said"]), "corrected")


@FLOW.refused("corrected", NothingUnderstood)
@FLOW.refused("confirmed", NothingUnderstood)
def unreadable(talk: Talk, problem: NothingUnderstood) -> Next:
    """Show how a correction is written. What was no correction of anything may be something else."""
    if talk.about or talk.edited:
        return End(Screen((say("correct.unreadable"),)), understood=False)
    return Pass()


@FLOW.refused("corrected", NothingToCorrect)
@FLOW.refused("confirmed", NothingToCorrect)
def nothing(talk: Talk, problem: NothingToCorrect) -> Next:
    """Nothing was logged lately."""
    return end(say("correct.nothing"))


@FLOW.refused("corrected", NotSure)
def unsure(talk: Talk, problem: NotSure) -> Next:
    """A question, not an act."""
    if len(problem.data["canonical"]) > LONGEST_TEXT:
        return too_long()
    workout = _workout(talk)
    put_by = {"text": problem.data["canonical"], "workout": None if workout is None else str(workout)}
    return Ask("sure", put_by, sure=0.5)


@FLOW.asks("sure")
def sure(talk: Talk) -> Screen:
    """The reading, to be confirmed."""
    return ask(say("log_workout.sure", canonical=talk.data["text"]), choices=YES_NO)


@FLOW.hears("sure")
def settled(talk: Talk, said: str) -> Next:
    """Yes puts it in the place of what was logged."""
    if said != "yes":
        return end(say("correct.kept"))
    workout = talk.data["workout"]
    right = CorrectWorkout(
        text=talk.data["text"], workout_id=UUID(workout) if workout else None, whole=True, sure_from=0
    )
    return Run(right, "confirmed")


@FLOW.asks("delete")
def delete(talk: Talk) -> Screen:
    """Deleting is hard to undo."""
    return ask(say("correct.delete"), choices=YES_NO)


@FLOW.hears("delete")
def agreed(talk: Talk, said: str) -> Next:
    """Then delete the last one."""
    if said == "yes" and "activity" in talk.data:
        return Run(DeleteActivity(activity_id=data_id(talk.data, "activity")), "deleted")
    workout = _workout(talk)
    if said != "yes" or workout is None:
        return end(say("correct.kept"))
    return Run(DeleteWorkout(workout_id=workout), "deleted")


@FLOW.gets("deleted")
def deleted(talk: Talk, result: Done) -> Next:
    """Gone."""
    return End(Screen((say("correct.deleted"),)), memory={"last": None, "last_activity": None, "last_of": None})


def _workout(talk: Talk) -> UUID | None:
    found = talk.about.get("workout")
    if found is None and talk.person is not None and talk.memory.get("last_of") == str(talk.person.person_id):
        found = talk.memory.get("last")
    return UUID(found) if found else None


def _activity(talk: Talk) -> UUID | None:
    """The activity that is spoken of: that of the message replied to, else the last thing logged."""
    found = talk.about.get("activity")
    if not talk.about and talk.person is not None and talk.memory.get("last_of") == str(talk.person.person_id):
        found = talk.memory.get("last_activity")
    return UUID(found) if found else None


def _correction(talk: Talk, said: str) -> CorrectWorkout:
    about = talk.about.get("workout")
    return CorrectWorkout(text=said, workout_id=UUID(about) if about else None, whole=talk.edited)
