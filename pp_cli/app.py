"""`pp`: what there is, in one small table; a command's module is imported when it is chosen and not before."""

import io
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from pp_cli import options


class Entry(NamedTuple):
    """One command: its name, `module:attribute` of its Typer app or function, its panel, and its own help line."""

    name: str
    target: str
    panel: str
    help: str


_BEGIN, _GYM, _TRAIN, _KNOW, _MACHINE, _MORE = (
    "Begin",
    "Gym",
    "Training",
    "Reports and messages",
    "This machine",
    "More",
)
TABLE: tuple[Entry, ...] = (
    Entry("up", "pp_cli.commands.machine.up:up", _BEGIN, "Run the server and its worker."),
    Entry(
        "tui",
        "pp_cli.commands.machine.screen:tui",
        _BEGIN,
        "Open reception's screen: find members, let them in, see who comes.",
    ),
    Entry("demo", "pp_cli.commands.demo:demo", _BEGIN, "Show one day of a gym, on a database of its own."),
    Entry(
        "doctor",
        "pp_cli.commands.machine.doctor:doctor",
        _BEGIN,
        "Check how this machine is set up and say what to do.",
    ),
    Entry("login", "pp_cli.commands.identity:login", _BEGIN, "Sign in to a server; commands then go to it."),
    Entry("logout", "pp_cli.commands.identity:logout", _BEGIN, "Sign out; commands then act on this machine again."),
    Entry("whoami", "pp_cli.commands.identity:whoami", _BEGIN, "Show who commands act as, and where."),
    Entry("gym", "pp_cli.commands.gyms:app", _GYM, "Onboard and look after gyms."),
    Entry("member", "pp_cli.commands.members:app", _GYM, "Add, import, find and change members."),
    Entry("staff", "pp_cli.commands.staff:app", _GYM, "Invite staff and say what they may do."),
    Entry("plan", "pp_cli.commands.memberships:plan", _GYM, "See and set what the gym sells."),
    Entry("membership", "pp_cli.commands.memberships:membership", _GYM, "Sell, list and cancel memberships."),
    Entry(
        "checkin",
        "pp_cli.commands.memberships:checkin",
        _GYM,
        "Let a member in, or check in yourself; twice within four hours is one visit.",
    ),
    Entry("desk", "pp_cli.commands.memberships:desk", _GYM, "Find whoever stands at the desk, and see who came today."),
    Entry(
        "door-code",
        "pp_cli.commands.memberships:door_code",
        _GYM,
        "Show the code with which members check in themselves today.",
    ),
    Entry("visits", "pp_cli.commands.memberships:visits", _GYM, "List visits, newest first."),
    Entry("workout", "pp_cli.commands.workouts:workout", _TRAIN, "Log, list and read workouts."),
    Entry("exercise", "pp_cli.commands.workouts:exercise", _TRAIN, "Find exercises and add your own."),
    Entry("track", "pp_cli.commands.tracking:track", _TRAIN, "Record, read, judge and draw activities outdoors."),
    Entry("weight", "pp_cli.commands.wellbeing:weight", _TRAIN, "Record and list body weights."),
    Entry(
        "records",
        "pp_cli.commands.workouts:records",
        _TRAIN,
        "List a member's personal records; without one, your own.",
    ),
    Entry("report", "pp_cli.commands.reports:report", _KNOW, "Report on the gym."),
    Entry("message", "pp_cli.commands.messages:app", _KNOW, "See and send texts."),
    Entry(
        "health",
        "pp_cli.commands.health:health",
        _KNOW,
        "Show how the system works right now; `pp doctor` checks how it is set up.",
    ),
    Entry("audit", "pp_cli.commands.reports:audit", _KNOW, "List who did what in this gym, newest first."),
    Entry("db", "pp_cli.commands.machine.db:app", _MACHINE, "Prepare, upgrade and check the database."),
    Entry(
        "backup", "pp_cli.commands.machine.backups:backup", _MACHINE, "Write a backup of everything into a new file."
    ),
    Entry(
        "restore",
        "pp_cli.commands.machine.backups:restore",
        _MACHINE,
        "Put a backup in the place of the database, or only try it.",
    ),
    Entry("jobs", "pp_cli.commands.machine.jobs:app", _MACHINE, "See and retry jobs that failed or got stuck."),
    Entry("worker", "pp_cli.commands.machine.up:worker", _MACHINE, "Run a worker alone, beside servers elsewhere."),
    Entry("sim", "pp_cli.commands.machine.simulators:app", _MACHINE, "Play the outside world on this machine."),
    Entry("texts", "pp_cli.commands.texts:app", _MORE, "Check and list the texts that people read, in both languages."),
    Entry("op", "pp_cli.commands.op:op", _MORE, "Run any operation by name; without one, list them all."),
    Entry("completion", "pp_cli.commands.completion:completion", _MORE, "Print the completion script for a shell."),
)
_TARGETS = {entry.name: entry.target for entry in TABLE}

HELP = (
    "Progress Pulse runs gyms: members, visits, workouts and texts.\n\n"
    "Without a login commands act on this machine's own database as an audited operator (choose the gym with --gym or "
    "PP_GYM); after `pp login URL` the same commands go to that server."
)
EPILOG = (
    "Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 a check failed, 2 the request was not right, "
    "3 not found, 4 not signed in or not allowed, 5 conflict, 6 unavailable, 7 too many requests, 70 internal error, "
    "130 interrupted, 141 nobody reads the output."
)


def load(name: str) -> Any:
    """Import the module of the command `name` and return the command, with the options that every command has."""
    module, _, attribute = _TARGETS[name].partition(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False, rich_markup_mode="rich")
        single.command(name)(found)
        found = single
    command = typer.main.get_command(found)
    command.name = name
    options.add_to(command)
    return command


class LazyGroup(TyperGroup):
    """A group whose commands are a name and a help line until one of them is chosen."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        options.extend(self)
        for entry in TABLE:
            self.commands[entry.name] = TyperCommand(
                entry.name, help=entry.help, rich_help_panel=entry.panel, rich_markup_mode="rich"
            )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Swap the chosen name for the real command."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, (load(name) if name in _TARGETS else command), rest

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Begin each invocation with no options chosen."""
        options.reset()
        return super().make_context(*args, **kwargs)


app = typer.Typer(
    cls=LazyGroup,
    help=HELP,
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback()(options.at_the_root)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `pp` and return its exit code; whatever goes wrong becomes a sentence and a code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that the terminal cannot show is no reason to stop
    command = typer.main.get_command(app)
    try:
        code = command.main(args=arguments, prog_name="pp", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BaseException as error:
        from pp_cli.errors import report

        return report(error)
