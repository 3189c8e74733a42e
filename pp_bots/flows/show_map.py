"""The last activity, with the picture of its way."""

from pp_bots.dialogue.flow import Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import say
from pp_core.tracking.operations import Activity, ActivityPage, ActivityUnknown, ListActivities, ShowActivity, Status

from .outdoors import summary

FLOW = Flow(
    "show_map", title="show_map.title", command="map", words=("map", "my map", "ramani"), acts=False, alone=True
)


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """The last one."""
    return Run(ListActivities(limit=1), "listed")


@FLOW.gets("listed")
def listed(talk: Talk, result: ActivityPage) -> Next:
    """In full, if there is any."""
    return Run(ShowActivity(activity_id=result.items[0].id), "shown") if result.items else end(say("show_map.none"))


@FLOW.gets("shown")
def shown(talk: Talk, result: Activity) -> Next:
    """What it came to, also so far."""
    return summary(talk, result, over=result.status is Status.FINISHED)


@FLOW.refused("shown", ActivityUnknown)
def gone(talk: Talk, problem: ActivityUnknown) -> Next:
    """It was deleted meanwhile."""
    return end(say("show_map.none"))
