"""Reads the corpus files: what was written, the sets it means, what the note must hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_SET = re.compile(
    r"(?P<exercise>.+?) (?P<sets>\d+)x(?P<reps>\d+|-)(?: (?P<kg>-?\d+(?:\.\d+)?))?"
    r"(?: @(?P<rpe>[\d.]+))?(?: (?P<s>\d+)s)?"
)


@dataclass(frozen=True)
class Case:
    """One line of a corpus."""

    text: str
    sets: list[dict[str, object]]
    note: str
    place: str


def cases(name: str = "corpus.txt") -> list[Case]:
    """Every case of a corpus file."""
    out = []
    for number, line in enumerate((HERE / name).read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith(("# ", "## ")) or not line:
            continue
        text, _, rest = line.partition(" |")
        meaning, _, note = rest.partition("|")
        sets = [_expected(part.strip()) for part in meaning.split(";") if part.strip()]
        out.append(Case(text.replace("\\n", "\n"), sets, note.strip(), f"{name}:{number}"))
    return out


def _expected(part: str) -> dict[str, object]:
    found = _SET.fullmatch(part)
    assert found is not None, part
    return {
        "exercise": found["exercise"],
        "sets": int(found["sets"]),
        "reps": None if found["reps"] == "-" else int(found["reps"]),
        "weight_kg": float(found["kg"]) if found["kg"] else None,
        "rpe": float(found["rpe"]) if found["rpe"] else None,
        "seconds": int(found["s"]) if found["s"] else None,
    }
