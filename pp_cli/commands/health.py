"""`pp health`."""

from typing import TYPE_CHECKING

import typer

from pp_cli import session
from pp_cli.errors import CHECK_FAILED
from pp_cli.options import chosen
from pp_cli.output import said, show, show_rows
from pp_core.health.operations import HealthReport, ShowHealth
from pp_core.kernel import wording

if TYPE_CHECKING:
    from pp_core.health.operations import HealthPart

_COLOURS = {"ok": "green", "warning": "yellow", "down": "bold red", "absent": "dim"}


def health() -> None:
    """Show how the system works right now; `pp doctor` checks how it is set up.

    Its database, its worker, and the SMS, USSD and Telegram of the gym: each is ok, warning, down or not connected, and the exit
    code is 1 when one is down. This asks the server that you are signed in to, else this machine's own; settings, roles, schema
    and disk of a machine are checked on it by `pp doctor`.
    """
    report = session.run(ShowHealth())
    if chosen.format == "table":
        show_rows([_row(part, report) for part in report.parts], "part state why last_sign figures", colours=_colours())
    else:
        show(report, rows="parts")
    if report.state == "down":
        raise typer.Exit(CHECK_FAILED)


def _row(part: "HealthPart", report: HealthReport) -> dict[str, str]:
    language = session.language()
    return {
        "part": said(f"health.part.{part.name}"),
        "state": said(f"health.state.{part.state}"),
        "why": part.why(language),
        "last_sign": "" if part.at is None else wording.ago(part.at, report.at, language),
        "figures": ", ".join(
            said(f"health.figure.{name}", number=wording.number(value)) for name, value in part.figures.items() if value
        ),
    }


def _colours() -> dict[str, str]:
    return {said(f"health.state.{state}"): colour for state, colour in _COLOURS.items()}
