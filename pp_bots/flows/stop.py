"""Stop: nothing unasked any more. Always honoured, alone in the message, in both languages."""

from pp_bots.dialogue.flow import End, Flow, Next, Run, Talk
from pp_bots.dialogue.screen import Screen, say
from pp_bots.dialogue.wording import worded_as
from pp_core.notifications.operations import OptedOut, OptOut

FLOW = Flow(
    "stop",
    title="stop.title",
    words=(
        "stop", "stopall", "stop all", "unsubscribe", "optout", "opt out", "end", "quit", "cancel", "ondoka", "toka", "acha",
        "sitisha", "simamisha", "ondoa", "jiondoe",
    ),
    strangers=True,
    alone=True,
)  # fmt: skip
FLOW.reads(worded_as("stop"))


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """For every gym that this phone has people in behind the address, or for all of the platform."""
    if talk.phone is None:
        return End(Screen((say("stop.done", gym=talk.gym_name),)))
    gyms = {one.tenant_id for one in talk.others} | ({talk.gym.tenant_id} if talk.gym is not None else set())
    return Run(OptOut(phone=talk.phone, tenant_ids=sorted(gyms), source="text", asked_at=talk.now), "stopped")


@FLOW.gets("stopped")
def stopped(talk: Talk, result: OptedOut) -> Next:
    """Said once; who says it again gets what they asked for: silence."""
    return End(Screen((say("stop.done", gym=talk.gym_name),)), silent=not result.changed)
