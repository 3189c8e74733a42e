"""A link that shows the activity that goes on to whoever holds it."""

from pp_bots.dialogue.flow import End, Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import Screen, say
from pp_core.tracking.operations import NotOut, ShareActivity, SharedLink

FLOW = Flow("share_link", title="share_link.title", command="share", words=("share", "shiriki"), alone=True)


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """For twelve hours."""
    return Run(ShareActivity(), "shared")


@FLOW.gets("shared")
def shared(talk: Talk, result: SharedLink) -> Next:
    """The link; it is shown this once."""
    return End(Screen((say("share_link.done", url=result.url),), secret=True))


@FLOW.refused("shared", NotOut)
def not_out(talk: Talk, problem: NotOut) -> Next:
    """There is nothing to follow."""
    return end(say("tracking.not_out"))
