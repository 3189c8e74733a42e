"""`pp tui` as it is nearly always started: past the command line, with everything from the environment."""

import subprocess
import sys

import pytest

from pp_tui.run import Options

OPENS = """
import sys
import pp_tui.run
sys.argv = ["pp", {argument!r}]
class Terminal:
    def __init__(self, stream): self.stream = stream
    def isatty(self): return {terminal}
    def __getattr__(self, name): return getattr(self.stream, name)
sys.stdin, sys.stdout = Terminal(sys.stdin), Terminal(sys.stdout)
pp_tui.run.run = lambda options: print(options, sorted({{"typer", "pydantic"}} & sys.modules.keys()))
from pp_cli.entry import main
sys.exit(main())
"""


def started(argument: str, *, terminal: bool, **environment: str) -> subprocess.CompletedProcess[str]:
    code = OPENS.format(argument=argument, terminal=terminal)
    bare = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment}
    return subprocess.run([sys.executable, "-c", code], env=bare, capture_output=True, text=True, check=False)


def test_the_screen_opens_without_the_command_line_being_loaded() -> None:
    ran = started("tui", terminal=True, PP_LANG="sw", PP_LOOK="light", PP_LOCK="2", PP_GYM="kilimani")
    chosen = Options(language="sw", look="light", lock_minutes=2.0, gym="kilimani")
    assert (ran.returncode, ran.stdout.strip()) == (0, f"{chosen} []"), ran.stderr


@pytest.mark.parametrize(("name", "value"), [("PP_LOOK", "purple"), ("PP_LOCK", "soon"), ("PP_LOCK", "-1")])
def test_what_cannot_be_chosen_is_refused_as_by_any_command(name: str, value: str) -> None:
    ran = started("tui", terminal=True, **{name: value})
    assert ran.returncode == 2
    assert f"--{name.removeprefix('PP_').lower()}" in ran.stderr


def test_without_a_terminal_it_says_what_it_needs() -> None:
    ran = started("tui", terminal=False)
    assert ran.returncode == 2
    assert "--serve" in ran.stderr


def test_every_other_command_is_the_command_line() -> None:
    ran = started("--help", terminal=True)
    assert ran.returncode == 0
    assert "membership" in ran.stdout
