"""Start: messages are welcome again. Also how every Telegram chat begins."""

from pp_bots.dialogue.flow import Flow, Go, Next, Run, Talk, end
from pp_bots.dialogue.screen import say
from pp_bots.dialogue.wording import worded_as
from pp_core.notifications.operations import OptedIn, OptIn

FLOW = Flow(
    "start",
    title="start.title",
    command="start",
    words=("start", "unstop", "subscribe", "anza", "rudisha", "niunganishe"),
    strangers=True,
    alone=True,
)
FLOW.reads(worded_as("start"))


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """For the gyms of this phone; a chat that shows no phone yet sees the menu."""
    if talk.phone is None:
        return Go("menu")
    gyms = {one.tenant_id for one in talk.others} | ({talk.gym.tenant_id} if talk.gym is not None else set())
    return Run(OptIn(phone=talk.phone, tenant_ids=sorted(gyms), asked_at=talk.now), "started")


@FLOW.gets("started")
def started(talk: Talk, result: OptedIn) -> Next:
    """Welcome, back or for the first time."""
    if result.changed:
        return end(say("start.done", gym=talk.gym_name))
    return Go("menu")
