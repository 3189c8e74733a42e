"""My records: the best of every exercise."""

from decimal import Decimal

from pp_bots.dialogue.flow import End, Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import Screen, say
from pp_bots.dialogue.wording import worded_as
from pp_core.workouts.operations import ListRecords, RecordList, RecordRow

FLOW = Flow(
    "records",
    title="records.title",
    place=4,
    command="records",
    words=("records", "my records", "pr", "prs", "pb", "best", "rekodi", "rekodi zangu"),
    acts=False,
)
FLOW.reads(worded_as("records"))
_MOST = 12
_METRICS = ("weight", "reps", "seconds")


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Ask the gym."""
    return Run(ListRecords(), "listed")


@FLOW.gets("listed")
def listed(talk: Talk, result: RecordList) -> Next:
    """The newest first, one line an exercise; estimates are left to other doors."""
    shown: dict[str, RecordRow] = {}
    for row in sorted(result.items, key=lambda one: one.achieved_at, reverse=True):
        if row.metric in _METRICS and (row.exercise not in shown or row.metric == "weight"):
            shown[row.exercise] = row
    if not shown:
        return end(say("records.none"))
    rows = list(shown.values())[:_MOST]
    lines = [
        say(f"records.{one.metric}", exercise=one.exercise, value=Decimal(one.value), count=int(one.value))
        for one in rows
    ]
    return End(Screen((say("records.head"), *lines)))
