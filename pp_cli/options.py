"""The options that every command takes, before or after its name."""

from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup, TyperOption

Format = Literal["table", "json", "csv"]


@dataclass(slots=True)
class Chosen:
    """What this invocation was told; None where the environment or the login decides."""

    gym: str | None = None
    server: str | None = None
    local: bool = False
    format: Format = "table"
    lang: str | None = None
    quiet: bool = False


chosen = Chosen()
spelled: dict[str, str] = {}
"""How the command that runs spells each field of its operation: `first` may be `--from`."""
_PANEL = "Everywhere"


def reset() -> None:
    """Forget what an earlier invocation in this process chose."""
    spelled.clear()
    fresh = Chosen()
    for field in fields(Chosen):
        setattr(chosen, field.name, getattr(fresh, field.name))


def _keep(param: typer.CallbackParam, value: Any) -> Any:
    # An option left out behind the command must not undo the same option given before it.
    if value is not None and value is not False:
        setattr(chosen, str(param.name), value)
    return value


def everywhere(
    gym: Annotated[
        str | None,
        typer.Option(
            "--gym",
            metavar="SLUG",
            help="The gym to act in (else PP_GYM, else the login's).",
            callback=_keep,
            expose_value=False,
            rich_help_panel=_PANEL,
        ),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            "--format", "-f", help="table, json or csv.", callback=_keep, expose_value=False, rich_help_panel=_PANEL
        ),
    ] = None,
    lang: Annotated[
        Literal["en", "sw"] | None,
        typer.Option(
            "--lang",
            help="English or Swahili (else PP_LANG, else the locale's).",
            callback=_keep,
            expose_value=False,
            rich_help_panel=_PANEL,
        ),
    ] = None,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", help="Say only what is wrong.", callback=_keep, expose_value=False, rich_help_panel=_PANEL
        ),
    ] = False,
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="URL",
            help="Another server that you are signed in to.",
            callback=_keep,
            expose_value=False,
            rich_help_panel=_PANEL,
        ),
    ] = None,
    local: Annotated[
        bool,
        typer.Option(
            "--local",
            help="Act on this machine's database, signed in or not.",
            callback=_keep,
            expose_value=False,
            rich_help_panel=_PANEL,
        ),
    ] = False,
) -> None:
    """The options do their work when they are read."""


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"pp {version('progress-pulse')}")
        raise typer.Exit


def at_the_root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_version, is_eager=True, expose_value=False
        ),
    ] = False,
) -> None:
    """What only `pp` itself takes; `everywhere` is added to it as to every command."""


def add_to(command: Any) -> None:
    """Give `command`, or each command of a group, the options of `everywhere`."""
    command.context_settings = {**command.context_settings, "help_option_names": ["-h", "--help"]}
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            add_to(each)
    else:
        extend(command)


def extend(command: Any) -> None:
    """Put the options of `everywhere` behind a command's own."""
    taken = {opt for param in command.params for opt in param.opts}
    command.params.extend(option for option in _options() if not taken.intersection(option.opts))


def _options() -> list[TyperOption]:
    holder = typer.Typer(add_completion=False)
    holder.callback()(everywhere)
    return [param for param in typer.main.get_command(holder).params if isinstance(param, TyperOption)]
