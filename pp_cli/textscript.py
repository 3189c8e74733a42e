"""A script for simulated phones: one JSON object a line, or plain lines of one phone.

`{"from": "+254711000001", "text": "squat 5x5 100"}` writes, `{"from": "...", "hangup": true}` ends a session. With a number
given, `from` may be left out and a line that is no object is its text; blank lines and those that begin with `#` are skipped.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pp_cli.errors import Refused
from pp_cli.output import said

_FIELDS = frozenset({"from", "text", "hangup"})


@dataclass(frozen=True, slots=True)
class Line:
    """What one phone does: it writes `text`, or hangs up when that is None. `place` is the line in the file."""

    place: int
    number: str
    text: str | None


def read_script(
    file: str, number: str | None, *, spell: Callable[[str], str], longest: Callable[[str], int]
) -> list[Line]:
    """Every line of `file` (`-`: standard input), with each phone as `spell` writes it; `Refused` names the wrong line."""
    return list(_lines(_content(file), number, spell, longest))


def _content(file: str) -> str:
    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = raw[: error.start].count(b"\n") + 1
        raise Refused(said("cli.sim.line", line=place, problem=said("cli.sim.not_utf8"))) from error


def _lines(
    content: str, number: str | None, spell: Callable[[str], str], longest: Callable[[str], int]
) -> Iterator[Line]:
    for place, written in enumerate(content.split("\n"), 1):
        line = written.strip()
        if not line or line.startswith("#"):
            continue
        try:
            found = _object(line, number)
            phone = _phone(found, number, spell)
            text = _text(found)
            if text is not None and len(text) > longest(phone):
                raise ValueError(said("cli.sim.too_long", limit=longest(phone), length=len(text)))
        except ValueError as error:
            raise Refused(said("cli.sim.line", line=place, problem=str(error))) from error
        yield Line(place, phone, text)


def _object(line: str, number: str | None) -> dict[str, Any]:
    if not line.startswith("{"):
        if number is None:
            raise ValueError(said("cli.sim.no_object", given=line[:40]))
        return {"text": line}
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ValueError(said("cli.sim.no_json", reason=str(error))) from error
    assert isinstance(found, dict)
    unknown = sorted(set(found) - _FIELDS)
    if unknown:
        raise ValueError(said("cli.sim.unknown_field", fields=", ".join(unknown)[:80]))
    return found


def _phone(found: dict[str, Any], number: str | None, spell: Callable[[str], str]) -> str:
    given = found.get("from", number)
    if given is None:
        raise ValueError(said("cli.sim.no_from"))
    try:
        return spell(str(given))
    except ValueError:
        raise ValueError(said("invalid.phone", given=repr(str(given)[:40]))) from None


def _text(found: dict[str, Any]) -> str | None:
    hangup = found.get("hangup", False)
    if not isinstance(hangup, bool):
        raise ValueError(said("cli.sim.hangup_wrong"))
    if hangup:
        if "text" in found:
            raise ValueError(said("cli.sim.hangup_wrong"))
        return None
    text = found.get("text")
    if not isinstance(text, str):
        raise ValueError(said("cli.sim.no_text"))
    return text
