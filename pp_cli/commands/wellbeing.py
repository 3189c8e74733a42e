"""`pp weight`."""

from pp_cli.binding import command, group
from pp_cli.output import said, show_record
from pp_cli.session import narrate
from pp_core.wellbeing.operations import DeleteWeight, ListWeights, ParseWeight, RecordWeight, WeightRecorded

WEIGHT = "measured_at kilograms door id"


def _recorded(result: WeightRecorded) -> None:
    show_record(result.weight, WEIGHT)
    if result.change_kg is not None:
        narrate(said("cli.weight.change", change=f"{result.change_kg:+f}"))


weight = group("Record and list body weights.")
weight.command("record")(command(RecordWeight, arguments=["kilograms"], present=_recorded))
weight.command("list")(command(ListWeights, arguments=["member"], columns=WEIGHT))
weight.command("delete")(command(DeleteWeight, arguments=["weight_id"]))
weight.command("parse")(command(ParseWeight, arguments=["text"], words="text", columns="kilograms confidence"))
