"""`pp tui`: reception's screen, here or in a browser."""

import os
from typing import Annotated, Literal

import typer

from pp_cli.errors import Refused
from pp_cli.options import chosen
from pp_cli.output import said
from pp_cli.session import gym, language, narrate


def tui(
    look: Annotated[Literal["dark", "light"], typer.Option(help="Dark or light.", envvar="PP_LOOK")] = "dark",
    lock: Annotated[
        float, typer.Option(min=0, help="Minutes alone after which a PIN is asked for; 0: never.", envvar="PP_LOCK")
    ] = 5.0,
    serve: Annotated[bool, typer.Option("--serve", help="Serve it to browsers, behind a sign-in.")] = False,
    host: Annotated[str, typer.Option(help="With --serve: the address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --serve: the port to listen on.")] = 8081,
    url: Annotated[
        str | None, typer.Option(help="With --serve: the address that browsers use, such as https://desk.example.")
    ] = None,
) -> None:
    """Open reception's screen: find members, let them in, see who comes."""
    import sys

    from pp_core.runtime import doors

    if serve:
        serve_screen, serving = doors.found(doors.SCREEN_SERVER), doors.found(doors.SCREEN_SERVER_OPTIONS)
        serve_screen(
            serving(
                narrate=narrate,
                language=language(),
                lock_minutes=lock,
                server=chosen.server or os.environ.get("PP_SERVER") or None,
                local=chosen.local,
                host=host,
                port=port,
                url=url,
            )
        )
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(said("cli.tui.no_terminal"))
    run, options = doors.found(doors.SCREEN), doors.found(doors.SCREEN_OPTIONS)
    run(
        options(
            language=language(),
            look=look,
            lock_minutes=lock,
            server=chosen.server or os.environ.get("PP_SERVER") or None,
            local=chosen.local,
            gym=gym(),
        )
    )
