"""The desk's code of the day, for whoever stands at the desk with a phone and no screen."""

from pp_bots.dialogue.flow import Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import say
from pp_core.kernel.policy import Permission
from pp_core.memberships.operations import DoorCode, ShowDoorCode

FLOW = Flow(
    "door_code",
    title="door_code.title",
    place=10,
    words=("code", "door code", "desk code", "msimbo"),
    acts=False,
    alone=True,
    needs=Permission.VISIT_RECORD,
)


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Of one's own branch."""
    return Run(ShowDoorCode(), "shown")


@FLOW.gets("shown")
def shown(talk: Talk, result: DoorCode) -> Next:
    """To be written up where members see it."""
    return end(say("door_code.done", branch=result.branch_name, code=result.code))
