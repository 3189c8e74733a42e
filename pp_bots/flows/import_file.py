"""A file of a watch that was sent to the bot: what became of it."""

import json
import re
from dataclasses import replace
from uuid import UUID

from pp_bots.dialogue.flow import Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import say
from pp_core.kernel.locale import has
from pp_core.tracking.operations import Activity, ActivityUnknown, ShowActivity

from .outdoors import summary

FLOW = Flow("import_file", words=())
_COUNTED = re.compile(r"counted (\d+) (\d+) (\d+)")
_STORED = re.compile(r"(imported|known) ([0-9a-f-]{36})")


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """One activity is shown whole, of more their number is told, and of a bad file what is wrong with it."""
    if (one := _STORED.fullmatch(said)) is not None:
        return Run(ShowActivity(activity_id=UUID(one[2])), one[1])
    if (counts := _COUNTED.fullmatch(said)) is not None:
        imported, known, refused = map(int, counts.groups())
        return end(say("import_file.counted", imported=imported, known=known, refused=refused))
    if said.startswith("refused "):
        problem = json.loads(said.removeprefix("refused "))
        if has(problem["code"]):
            return end(say(problem["code"], **problem["data"]))
    return end(say("import_file.shared" if said == "shared" else "import_file.gone"))


@FLOW.gets("imported")
def imported(talk: Talk, result: Activity) -> Next:
    """All that it came to."""
    return summary(talk, result)


@FLOW.gets("known")
def known(talk: Talk, result: Activity) -> Next:
    """That it is nothing new, and what it came to."""
    told = summary(talk, result)
    return replace(told, screen=replace(told.screen, lines=(say("import_file.known"), *told.screen.lines)))


@FLOW.refused("imported", ActivityUnknown)
def gone(talk: Talk, problem: ActivityUnknown) -> Next:
    """It was deleted meanwhile."""
    return end(say("outdoors.none"))
