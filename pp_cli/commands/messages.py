"""`pp message`: texts that went out and what they cost, those not understood, and who wants none."""

import inspect
from typing import Annotated, Any

import typer

from pp_cli import output
from pp_cli.binding import command, group
from pp_cli.options import chosen
from pp_cli.output import cell, said, show_rows
from pp_cli.session import complete, language, narrate
from pp_core.kernel.policy import Door
from pp_core.notifications.operations import (
    AnswerUnread,
    CostReport,
    ListMessages,
    ListOptOuts,
    ListUnread,
    MessageCosts,
    MessagePreview,
    PreviewMessage,
    RecordOptOut,
    SendMessage,
)

MESSAGE = "created_at channel recipient status parts text reason"
PREVIEW = "text parts characters units one_part encoding respelled costly"
COST = "of messages parts cost delivered sent waiting failed unknown sessions session_cost"

_send = command(SendMessage, arguments=["member", "text"], words="text", columns=MESSAGE)


def send(*, dry_run: bool = False, **given: Any) -> None:
    """Send one text to a member, at the gym's cost; with --dry-run only count its parts."""
    if dry_run:
        preview = complete(_preview(" ".join(given["text"])))
        if chosen.format == "table":
            shown = [f"{each.word} -> {each.sent}" for each in preview.respelled]
            output.show_record({**preview.model_dump(), "respelled": shown}, PREVIEW)
        else:
            output.show(preview, PREVIEW)
    else:
        _send(**given)


_DRY = typer.Option("--dry-run", help="Send nothing; show how the text would go out and how many parts it takes.")
_parameters = inspect.signature(_send).parameters
send.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [
        *_parameters.values(),
        inspect.Parameter("dry_run", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, _DRY]),
    ]
)


async def _preview(text: str) -> MessagePreview:
    from pp_core.client.connect import connect_without_database

    async with connect_without_database(door=Door.CLI, language=language()) as client:
        return await client.run(PreviewMessage(text=text))


def _costs(report: CostReport) -> None:
    show_rows(report.items, COST)
    total = report.total
    narrate(
        said(
            "cli.message.costs",
            messages=total.messages,
            parts=total.parts,
            cost=cell(total.cost) or "0",
            sessions=total.sessions,
            session_cost=cell(total.session_cost) or "0",
        )
    )


app = group("See and send texts.")
app.command("list")(command(ListMessages, columns=MESSAGE))
app.command("send")(send)
app.command("costs")(command(MessageCosts, columns=COST, present=_costs))
app.command("unread")(command(ListUnread, columns="received_at channel sender person_name text text_id"))
app.command("answer")(command(AnswerUnread, arguments=["text_id", "reply"], words="reply"))
app.command("opt-outs")(command(ListOptOuts, columns="since phone names source everywhere"))
app.command("opt-out")(command(RecordOptOut, arguments=["member"]))
