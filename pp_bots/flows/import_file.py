"""A file of a watch that was sent to the bot: what became of it."""

import json
import re
from uuid import UUID

from pp_bots.dialogue.flow import Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import say
from pp_core.kernel.locale import has
from pp_core.tracking.operations import Activity, ActivityUnknown, ShowActivity

from .outdoors import summary

FLOW = Flow("import_file", words=())
_COUNTED = re.compile(r"counted (\d+) (\d+) (\d+)")
_IMPORTED = re.compile(r"imported ([0-9a-f-]{36})")


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """One activity is shown whole, of more their number is told, and of a bad file what is wrong with it."""
    if (one := _IMPORTED.fullmatch(said)) is not None:
        return Run(ShowActivity(activity_id=UUID(one[1])), "shown")
    if (counts := _COUNTED.fullmatch(said)) is not None:
        imported, known, refused = map(int, counts.groups())
        return end(say("import_file.counted", imported=imported, known=known, refused=refused))
    if said.startswith("refused "):
        problem = json.loads(said.removeprefix("refused "))
        if has(problem["code"]):
            return end(say(problem["code"], **problem["data"]))
    return end(say("import_file.shared" if said == "shared" else "import_file.gone"))


@FLOW.gets("shown")
def shown(talk: Talk, result: Activity) -> Next:
    """All that it came to."""
    return summary(talk, result)


@FLOW.refused("shown", ActivityUnknown)
def gone(talk: Talk, problem: ActivityUnknown) -> Next:
    """It was deleted meanwhile."""
    return end(say("outdoors.none"))
