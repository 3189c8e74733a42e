"""`pp jobs`: durable jobs in trouble."""

from dataclasses import asdict
from typing import Annotated

import typer

from pp_cli.binding import group
from pp_cli.output import said, show_rows
from pp_cli.session import complete, narrate, quiet_logs, settings
from pp_core.client.local import door_reactions
from pp_core.runtime import jobs
from pp_core.runtime.database import Home

app = group("See and retry jobs that failed or got stuck.")


@app.command("list")
def list_jobs() -> None:
    """List jobs that failed, that a dead worker left, or that are tried again."""
    quiet_logs()
    with Home(settings()) as home:
        found = jobs.troubled(home.urls.worker)
    show_rows([asdict(job) for job in found], "id task status attempts at args")


@app.command()
def retry(
    ids: Annotated[
        list[int] | None, typer.Argument(help="The jobs; without any, all that failed or are stuck.")
    ] = None,
) -> None:
    """Give failed and stalled jobs back to the queue."""
    quiet_logs()
    chosen = settings()
    with Home(chosen) as home:
        done = complete(jobs.retry(chosen, home, ids or []))
        show_rows([{"id": each} for each in done], "id")
        complete(jobs.finish_own(chosen, home, door_reactions))
    narrate(said("cli.jobs.retried", count=len(done)))
