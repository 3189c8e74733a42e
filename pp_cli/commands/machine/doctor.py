"""`pp doctor`."""

from dataclasses import asdict

import typer

from pp_cli.errors import CHECK_FAILED
from pp_cli.output import said, show_rows
from pp_cli.session import narrate, quiet_logs, settings
from pp_core.runtime.upkeep import Verdict, examine


def doctor() -> None:
    """Check how this machine is set up and say what to do.

    Each line is ok, warn or fail; the exit code is 1 when one failed. Whether a server works right now, this machine's or the
    one you are signed in to, and how messages of a gym go is told by `pp health`.
    """
    quiet_logs()
    checks = list(examine(settings()))
    show_rows([{**asdict(each), "result": each.result.value} for each in checks], "check result detail todo")
    failed = sum(each.result is Verdict.FAIL for each in checks)
    if failed:
        narrate(said("cli.doctor.failed", count=failed))
        raise typer.Exit(CHECK_FAILED)
    narrate(said("cli.doctor.well"))
