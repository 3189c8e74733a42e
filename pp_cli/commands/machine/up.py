"""`pp up` and `pp worker`."""

from dataclasses import replace
from typing import Annotated

import typer

from pp_cli.output import said
from pp_cli.session import narrate, settings
from pp_core.client.local import door_reactions
from pp_core.runtime.serve import Up, serve, work


def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on (else PP_HOST, else 127.0.0.1).")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on (else PP_PORT, else 8080).")
    ] = None,
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run the worker too; without it run `pp worker` somewhere.")
    ] = True,
) -> None:
    """Run the server and its worker.

    With no configuration it starts a PostgreSQL of its own under the data directory. Ctrl-C finishes what is in hand and
    stops everything.
    """
    chosen = settings()
    chosen = replace(chosen, host=host or chosen.host, port=chosen.port if port is None else port)
    serve(chosen, _ready, with_worker=with_worker)
    narrate(said("cli.up.stopped"))


def worker() -> None:
    """Run a worker alone, beside servers elsewhere."""
    work(settings(), door_reactions, lambda: narrate(said("cli.worker.ready")))


def _ready(up: Up) -> None:
    lines = [
        said("cli.up.ready", url=up.url),
        "",
        f"  REST      {up.url}/api/v1",
        f"  OpenAPI   {up.url}/openapi.json",
        f"  Health    {up.url}/healthz  {up.url}/readyz  {up.url}/metrics",
        f"  Data      {up.directory if up.embedded else 'PP_DATABASE_URL'}",
        "",
    ]
    sms = up.settings.sms
    if not sms.api_key:
        lines.append(said("cli.up.no_sms"))
    elif not sms.callback_token:
        lines.append(said("cli.up.no_callback"))
    if not up.settings.secret_key:
        lines.append(said("cli.up.own_secret"))
    lines.append(said("cli.up.next"))
    narrate("\n".join(lines))
