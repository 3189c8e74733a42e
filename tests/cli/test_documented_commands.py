"""Every `pp` command that the README and the docs show is one, with the options that they show."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup

from pp_cli.app import TABLE, load
from tests.cli.conftest import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`pp ([^`\n]+)`")
_LINE = re.compile(r"^(?:\$ )?(?:\w+=\S+ )*(?:echo .* \| )?pp (.+)$", re.MULTILINE)


def commands(page: Path) -> Iterator[str]:
    text = page.read_text(encoding="utf-8")
    for block in _BLOCK.findall(text):
        yield from _LINE.findall(block)
    yield from _INLINE.findall(_BLOCK.sub("", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_shown_commands_exist(page: Path) -> None:
    wrong = [f"pp {line}" for line in commands(page) if not is_a_command(line)]
    assert wrong == []


def test_a_slip_of_the_pen_is_found() -> None:
    assert is_a_command("track export ID --format gpx --out run.gpx  # gpx, tcx")
    assert not is_a_command("track export ID --form gpx")
    assert not is_a_command("track exports")


def is_a_command(line: str) -> bool:
    first, *words = shlex.split(line.split("|")[0], comments=True)
    if first not in {entry.name for entry in TABLE}:
        return first in ("--help", "-h", "--version")
    command = load(first)
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return False
        command, words = command.commands[words[0]], words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    asked = {word.partition("=")[0] for word in words if re.fullmatch(r"--?[a-z].*", word)}
    return asked <= known | {"--help", "-h"}
