"""Help is quick and true; completion works."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
import typer

from pp_cli import app as cli
from tests.cli.conftest import ROOT, Pp

NEVER = (
    "pydantic",
    "sqlalchemy",
    "psycopg",
    "fastapi",
    "starlette",
    "textual",
    "telegram",
    "uvicorn",
    "httpx",
    "asyncio",
    "yaml",
)
WRITTEN = [entry for entry in cli.TABLE if find_spec(entry.target.partition(":")[0]) is not None]


def test_help_imports_no_command_and_nothing_heavy() -> None:
    code = (
        "import sys\nfrom pp_cli.app import main\nassert main(['--help']) == 0\n"
        f"wrong = [name for name in sys.modules if name in {NEVER!r} or name.startswith('pp_cli.commands')]\n"
        "sys.exit(f'imported {wrong}' if wrong else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(entry.name in done.stdout for entry in cli.TABLE)


@pytest.mark.parametrize("entry", WRITTEN, ids=lambda entry: entry.name)
def test_the_table_says_what_the_command_says(entry: cli.Entry) -> None:
    command = cli.load(entry.name)
    assert (command.help or "").splitlines()[0] == entry.help


def commands(path: list[str], command: Any) -> Iterator[tuple[list[str], Any]]:
    """A command, or every command of a group, however deep, with what a person types."""
    if isinstance(command, typer.core.TyperGroup):
        for name, each in command.commands.items():
            yield from commands([*path, name], each)
    else:
        yield path, command


@pytest.mark.parametrize("entry", WRITTEN, ids=lambda entry: entry.name)
def test_every_command_has_help_and_the_common_options(pp: Pp, entry: cli.Entry) -> None:
    for path, command in commands([entry.name], cli.load(entry.name)):
        ran = pp(*path, "--help")
        assert ran.code == 0, path
        assert "Usage: pp " + " ".join(path) in ran.out
        assert "--format" in ran.out
        assert command.help, f"{command.name} has no help"
        assert all(getattr(param, "help", None) for param in command.params), f"{path} has an option without help"


def test_options_go_before_and_after_the_command(pp: Pp) -> None:
    before = pp("--format", "json", "op")
    after = pp("op", "--format", "json")
    assert before.json == after.json
    assert pp("--format", "json", "op", "--quiet").json == before.json


def test_an_option_does_not_outlive_its_command(pp: Pp) -> None:
    pp("--format", "json", "op")
    assert not pp("op").out.startswith("[")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("pp mem", "member"),
        ("pp member im", "import"),
        ("pp op workouts.l", "workouts.log"),
        ("pp visits --for", "--format"),
    ],
)
def test_shells_complete(words: str, offered: str) -> None:
    environment = {
        **os.environ,
        "_PP_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pp_cli"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert offered in done.stdout.split()


def test_the_completion_script_is_for_the_shell_asked_for(pp: Pp) -> None:
    assert "_PP_COMPLETE=complete_bash" in pp("completion", "bash").out
    assert "_PP_COMPLETE=complete_fish" in pp("completion", "fish").out
