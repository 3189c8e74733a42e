"""`/stop`: finish the activity that goes on, and see what it came to."""

from pp_bots.dialogue.flow import Ask, Flow, Go, Next, Run, Talk, end
from pp_bots.dialogue.screen import YES_NO, Screen, ask, say
from pp_core.tracking.operations import Activity, NotOut, StopActivity

from .outdoors import summary

FLOW = Flow("finish", title="finish.title", command="stop", words=("finish", "maliza"), alone=True)


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Stop it."""
    return Run(StopActivity(), "stopped")


@FLOW.gets("stopped")
def stopped(talk: Talk, result: Activity) -> Next:
    """All that it came to."""
    return summary(talk, result)


@FLOW.refused("stopped", NotOut)
def not_out(talk: Talk, problem: NotOut) -> Next:
    """The command also ends messages, at every other bot: who pressed it twice after a run does not mean that."""
    return Ask("messages") if talk.channel == "telegram" else end(say("tracking.not_out"))


@FLOW.asks("messages")
def messages(talk: Talk) -> Screen:
    """Which of the two is meant."""
    return ask(say("finish.messages", gym=talk.gym_name), choices=YES_NO)


@FLOW.hears("messages")
def meant(talk: Talk, said: str) -> Next:
    """Then nothing unasked any more."""
    return Go("stop") if said == "yes" else end(say("finish.kept"))
