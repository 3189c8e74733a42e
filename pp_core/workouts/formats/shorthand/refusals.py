"""Tell workouts that were done from questions, plans, bookings and other people's numbers."""

from __future__ import annotations

import re

from pp_core.workouts.formats.shorthand.lexer import Atom
from pp_core.workouts.formats.shorthand.lexicon import REPS, SECONDS, SKIP, Kind, words

_BLOOD_PRESSURE = re.compile(r"(?:my )?bp[^0-9]{0,6}\d{2,3} ?/ ?\d{2,3}\D*")
_MINE = re.compile(r"my |angu|bp|plan|prog|times|mara")
_ADVICE = re.compile(
    r"(?:plan|program|programme|programu) ?:|\btimes (?:a|per) (?:week|day|month)\b|\bkwa (?:wiki|siku)\b"
)
_OTHERS = re.compile(
    r"(?<!with )(?<!and )\bmy (?:friend|brother|sister|wife|husband|boyfriend|girlfriend|buddy|cousin|son|daughter|dad|"
    r"mom|mum|father|mother|neighbour|colleague|boss)\b(?! and (?:i|me)\b)(?!')"
    r"|(?<!na )\b(?:rafiki|ndugu|kaka|dada|mke|mume) (?:y|w)angu\b(?! na mimi)"
)
_FUTURE = words("kesho tomorrow nitafanya nitapiga tutafanya natarajia gonna will i'll") | {
    "next time",
    "next week",
    "next session",
}


def refused(atoms: list[Atom], kinds: set[Kind], folded: str) -> bool:
    """Whether the words make it a question, a plan or a booking rather than something done; ``kinds`` are the atoms'."""
    asked = folded.rstrip().endswith("?")
    crossed = Kind.TIMES in kinds
    counted = crossed or any(atom.unit == REPS for atom in atoms)
    if asked and (atoms[0].word in _ASKING or not crossed):
        return True
    if not counted and atoms[0].word in _OPENS_QUESTION:
        return True
    if Kind.REFUSE in kinds and _refused_by_word(
        [atom for atom in atoms if atom.kind is Kind.REFUSE], atoms, asked, counted
    ):
        return True
    if not crossed and (_aside(atoms) or (Kind.REFUSE in kinds and any(atom.word == "not" for atom in atoms))):
        return True
    return _MINE.search(folded) is not None and (
        _OTHERS.search(folded) is not None
        or _ADVICE.search(folded) is not None
        or _BLOOD_PRESSURE.fullmatch(folded) is not None
    )


def _refused_by_word(refusals: list[Atom], atoms: list[Atom], asked: bool, counted: bool) -> bool:
    excused = counted and atoms[0].word in _UNMANAGED  # `didn't sleep, but squat 5x5 100`
    if (atoms[0].kind is Kind.REFUSE and not excused) or asked or len(refusals) > 1:
        return True
    if any(atom.word in _ALWAYS or " " in atom.word for atom in refusals):
        return True
    if any(atom.word in _WISHES for atom in refusals) and sum(1 for atom in atoms if atom.kind is Kind.NUMBER) == 1:
        return True
    return not counted and any(atom.word in _UNDONE for atom in refusals)


def _aside(atoms: list[Atom]) -> bool:
    """Whether the numbers stand apart from every name, have no unit, and most of the words are strange."""
    strange = 0
    for at, atom in enumerate(atoms):
        if atom.kind is Kind.WORD:
            strange += 1
        elif atom.kind is Kind.NUMBER:
            near = [atoms[place].kind for place in (at - 1, at + 1) if 0 <= place < len(atoms)]
            if atom.unit is not None or Kind.EXERCISE in near or Kind.NUMBER in near or Kind.COLON in near:
                return False
    return strange > 1


_OPENS_QUESTION = words("is are does je")
_UNMANAGED = words("didnt didn't couldnt couldn't sikuweza sijaweza")
_UNDONE = words("goal target lengo") | _UNMANAGED
_ASKING = words("is are do does am did was were je ni")
_WISHES = words("want wanna nataka ningependa natarajia plan planning reserve try")
_ALWAYS = words(
    "book booking cancel mpesa membership bei lipa kulipa ngapi lini remind "
    "broken repair imeharibika sikufanya sijafanya"
)


def without_plans(atoms: list[Atom]) -> list[Atom]:
    """Set aside what was planned (`next time 65kg`) after a break behind the sets that were done.

    A plan with nothing done before it becomes a refusal of the whole text.
    """
    if _FUTURE.isdisjoint([atom.word for atom in atoms]):
        return atoms
    at = next(at for at, atom in enumerate(atoms) if atom.word in _FUTURE)
    done = next((place for place in range(at - 1, -1, -1) if atoms[place].kind is Kind.NUMBER), None)
    counted = any(a.kind is Kind.TIMES or a.unit in (REPS, SECONDS) for a in atoms[:at])
    if done is None or not counted or not any(a.kind is Kind.BREAK for a in atoms[done:at]):
        if atoms[at].kind is not Kind.FILLER:
            atoms[at].kind = Kind.REFUSE
            atoms[at].word = "next time"
        return atoms
    for atom in atoms[at:]:
        if atom.kind is Kind.NUMBER:
            atom.kind, atom.unit = Kind.FILLER, SKIP
        elif atom.kind in (Kind.EXERCISE, Kind.REFUSE, Kind.TIMES, Kind.AT, Kind.FAILURE, Kind.BODY, Kind.LAST):
            atom.kind = Kind.FEELING
        elif atom.kind is Kind.BREAK and atom.word == "\n":
            break
    return atoms
