"""Tie each unit to the number it counts, and set aside numbers that count no part of a set."""

from __future__ import annotations

from pp_core.workouts.formats.shorthand.jargon import read_jargon
from pp_core.workouts.formats.shorthand.lexer import Atom
from pp_core.workouts.formats.shorthand.lexicon import (
    HOURS,
    KG,
    KM,
    LB,
    METRES,
    MINUTES,
    NUMBER_FOLLOWS,
    PERCENT,
    REPS,
    RIR,
    ROUNDS,
    RPE,
    SECONDS,
    SETS,
    SKIP,
    Kind,
    words,
)

_LOAD_WORDS = frozenset({"weight", "wt", "uzito", "load", "mzigo"})
_LOADS = (KG, LB)
_ABOUT = frozenset({"was", "is", "of", "about", "around", "approx", "approximately", "like", "at", "~", "ni"})
_LEFT_IN = frozenset({"tank", "reserve"})
_BETWEEN = frozenset(
    {"a", "an", "of", "full", "good", "ya", "za", "clean", "total", "strict", "working", "work", "hard", "straight"}
)


def bind_units(atoms: list[Atom]) -> list[Atom]:
    """Return the atoms without their units; each number carries its own, times in seconds, RIR as RPE."""
    atoms = _number_the_sets(_signs(atoms))
    out: list[Atom] = []
    count = len(atoms)
    for at, atom in enumerate(atoms):
        if atom.kind is not Kind.UNIT:
            out.append(atom)
            continue
        unit = atom.unit or SKIP
        left = _left(out)
        right_at = at + 2 if at + 1 < count and atoms[at + 1].kind is Kind.COLON else at + 1
        right = atoms[right_at] if right_at < count and _bare(atoms[right_at]) else None
        if atom.word in ("mara", "times") and right is not None and _before_times(out):
            atom.kind = Kind.TIMES
            out.append(atom)
            continue
        if unit in (RPE, RIR):
            _bind_effort(atom, unit, left, right or _after_filler(atoms, at), out)
            continue
        chosen = _choose(atom, unit, left, right, right_at, atoms, out)
        if chosen is None:
            if unit in (METRES, SKIP, KM) or len(atom.word) == 1:
                atom.kind = Kind.FILLER
            else:
                atom.kind = Kind.FILLER
            out.append(atom)
            continue
        chosen.unit = unit
        chosen.trailed = chosen is left
        chosen.tally = atom.word in ("mara", "times")
        chosen.end = max(chosen.end, atom.end)
        chosen.start = min(chosen.start, atom.start)
        if (
            unit == METRES
            and at + 1 < count
            and atoms[at + 1].kind is Kind.NUMBER
            and atoms[at + 1].glued
            and atom.glued
        ):
            chosen.unit = MINUTES
    return read_jargon(_set_aside(_times(out)))


def _signs(atoms: list[Atom]) -> list[Atom]:
    """Read the signs that stand for units: 225#, 90", 1', 80%."""
    quoted = False
    for at, atom in enumerate(atoms):
        if (
            atom.kind is Kind.SYMBOL
            and atom.word == '"'
            and (quoted or not at or atoms[at - 1].kind is not Kind.NUMBER)
        ):
            quoted = not quoted
        elif atom.kind is Kind.SYMBOL and atom.glued and at and atoms[at - 1].kind is Kind.NUMBER:
            unit = {'"': SECONDS, "'": MINUTES, "%": PERCENT, "#": LB}.get(atom.word)
            if unit == LB and at + 1 < len(atoms) and atoms[at + 1].glued:
                continue
            if unit is not None and atoms[at - 1].unit is None:
                atoms[at - 1].unit = unit
                atom.kind = Kind.FILLER
    return atoms


def _number_the_sets(atoms: list[Atom]) -> list[Atom]:
    """Turn `set 1 ... set 2 ...` into breaks: those numbers count nothing."""
    places = [
        at
        for at, atom in enumerate(atoms[:-1])
        if atom.kind is Kind.UNIT
        and atom.unit == SETS
        and atom.word in ("set", "seti", "s", "st")
        and _bare(atoms[at + 1])
    ]
    values = [atoms[at + 1].value for at in places]
    colon = len(places) == 1 and places[0] + 2 < len(atoms) and atoms[places[0] + 2].kind is Kind.COLON
    if values != [float(n) for n in range(1, len(values) + 1)] or not (len(values) > 1 or (values and colon)):
        return atoms
    numbered = set(places)
    out: list[Atom] = []
    for at, atom in enumerate(atoms):
        if at in numbered:
            out.append(Atom(Kind.BREAK, atom.start, atoms[at + 1].end, ";", atom.glued))
        elif at - 1 not in numbered and not (at - 2 in numbered and atom.kind in (Kind.COLON, Kind.DASH)):
            out.append(atom)
    return out


def _bare(atom: Atom) -> bool:
    return atom.kind is Kind.NUMBER and atom.unit is None


def _left(out: list[Atom]) -> Atom | None:
    if out and _bare(out[-1]):
        return out[-1]
    if len(out) > 1 and out[-1].kind is Kind.DASH and out[-1].glued and _bare(out[-2]):
        out.pop()  # `one-minute`
        return out[-1]
    if len(out) > 1 and out[-1].kind in (Kind.FILLER, Kind.FEELING) and out[-1].word in _BETWEEN and _bare(out[-2]):
        return out[-2]
    return None


def _after_filler(atoms: list[Atom], at: int) -> Atom | None:
    """Find the effort in `rpe was about 8`."""
    for atom in atoms[at + 1 : at + 4]:
        if _bare(atom):
            return atom
        if atom.word not in _ABOUT:
            break
    return None


def _before_times(out: list[Atom]) -> bool:
    return bool(out) and out[-1].kind is Kind.NUMBER and out[-1].unit not in (KG, LB, SETS, ROUNDS)


def _bind_effort(atom: Atom, unit: str, left: Atom | None, right: Atom | None, out: list[Atom]) -> None:
    most = 10 if unit == RPE else 6
    told = len(out) > 1 and out[-2].kind is Kind.AT and left is out[-1]
    chosen = right if right is not None and right.value <= most else None
    if left is not None and left.value <= most and (chosen is None or told or (atom.glued and not chosen.glued)):
        chosen = left
    if chosen is None:
        atom.kind = Kind.FILLER
        out.append(atom)
        return
    chosen.unit = RPE
    if unit == RIR:
        chosen.value = 10 - chosen.value
    if chosen is left and told:
        out.pop(-2)
    elif out and out[-1].kind is Kind.AT:
        out.pop()


def _choose(
    atom: Atom, unit: str, left: Atom | None, right: Atom | None, right_at: int, atoms: list[Atom], out: list[Atom]
) -> Atom | None:
    """Pick the number a unit counts. Stuck together wins; then the word's language; for loads, what is plausible."""
    after = atoms[right_at + 1] if right_at + 1 < len(atoms) else None
    if unit in _LOADS and left is not None and len(out) > 2 and out[-2].kind is Kind.TIMES and _bare(out[-3]):
        head = out[-3]
        # `225x5 lbs`: the unit at the end of a chain belongs to its load.
        if head.value > 20 and head.value > left.value and not (len(out) > 3 and out[-4].kind is Kind.TIMES):
            return head
    if left is not None and atom.glued:
        return left
    if atom.word == "second" and left is None:
        return None  # `second 180x1`
    if right is None or left is None:
        return left if right is None else right
    if right.glued or (len(out) > 1 and out[-2].word in _LOAD_WORDS and unit not in _LOADS):
        return right
    if after is not None and after.kind is Kind.UNIT and atom.word not in NUMBER_FOLLOWS:
        return left
    if unit == REPS and left.value > 30 >= right.value and (after is None or _prefixed(atoms, right_at + 1)):
        return right  # `bench 80 reps 6 sets 3`
    if unit in _LOADS:
        chain = len(out) > 1 and out[-2].kind in (Kind.TIMES, Kind.AT) and left is out[-1]
        followed = after is not None and after.kind is Kind.TIMES
        if followed or (chain and out[-2].kind is Kind.AT):
            return left
        return right if chain or (right.value > left.value and left.value <= 20) else left
    if atom.word in NUMBER_FOLLOWS and not (after is not None and after.kind is Kind.UNIT and after.glued):
        return right
    return left


def _prefixed(atoms: list[Atom], at: int) -> bool:
    """Whether what stands here is no unit, or one whose own number follows it."""
    if atoms[at].kind is not Kind.UNIT:
        return atoms[at].kind is not Kind.TIMES
    return at + 1 < len(atoms) and _bare(atoms[at + 1]) and not atoms[at + 1].glued


def _times(atoms: list[Atom]) -> list[Atom]:
    """Turn minutes and hours to seconds, and join `1 min 30 sec` and `1m30`."""
    out: list[Atom] = []
    for at, atom in enumerate(atoms):
        if atom.kind is not Kind.NUMBER:
            out.append(atom)
            continue
        if atom.unit == HOURS:
            atom.value, atom.unit = atom.value * 3600, SECONDS
        elif atom.unit == MINUTES:
            atom.value, atom.unit, atom.exact = atom.value * 60, SECONDS, False
        elif atom.value < 60 and (atom.unit == SECONDS or (atom.unit is None and atom.glued)):
            joined = len(out) > 1 and out[-1].kind is Kind.BREAK and out[-1].word in ("na", "and") and not out[-2].exact
            before = out[-2] if joined else (out[-1] if out else None)
            if before is not None and before.kind is Kind.NUMBER and not before.exact and before.unit == SECONDS:
                if joined:
                    out.pop()
                before.value += atom.value
                before.exact = True
                before.end = atom.end
                continue
        elif atom.unit is None and at > 1 and atoms[at - 1].word == "'" and atom.glued and not atoms[at - 2].exact:
            atoms[at - 2].value += atom.value
            continue
        out.append(atom)
    return out


def _set_aside(atoms: list[Atom]) -> list[Atom]:
    """Mark rests, dates, clock times, shares and the like so that they are not read as sets."""
    count = len(atoms)
    for at, atom in enumerate(atoms):
        if atom.kind is Kind.REST:
            _skip_near(atoms, at, timed=True)
        elif atom.kind is Kind.LABEL:
            follower = at + 1
            while follower < count and (atoms[follower].kind is Kind.COLON or atoms[follower].word in _NAMING):
                follower += 1
            while follower < count and atoms[follower].kind is Kind.NUMBER:
                _skip(atoms[follower])
                follower += 1
                if follower < count and atoms[follower].kind is Kind.DASH and atom.word == "tempo":
                    follower += 1
                else:
                    break
            if at and _bare(atoms[at - 1]) and atom.word in ("week", "day", "wk"):
                _skip(atoms[at - 1])
        elif atom.kind is Kind.NUMBER and atom.unit == PERCENT:
            _skip(atom)
            if at and atoms[at - 1].kind is Kind.AT:
                atoms[at - 1].kind = Kind.FILLER
        elif atom.word == "off" and at and atoms[at - 1].kind is Kind.NUMBER and atoms[at - 1].unit == SECONDS:
            _skip(atoms[at - 1])  # `20s on 10s off`
        elif atom.kind is Kind.WORD and atom.word in _LEFT_IN:
            _left_in_tank(atoms, at)
        elif atom.kind is Kind.NUMBER and atom.unit == RPE:
            _effort_range(atoms, at)
        elif (
            atom.kind is Kind.FILLER
            and atom.word in _MONTHS
            and at + 1 < count
            and _bare(atoms[at + 1])
            and not (at + 2 < count and atoms[at + 2].kind is Kind.TIMES)
        ):
            _skip(atoms[at + 1])
        elif atom.kind is Kind.FILLER and atom.word in _MONTHS and at and _bare(atoms[at - 1]):
            _skip(atoms[at - 1])
    return atoms


_NAMING = frozenset({"ya", "number", "namba", "is", "ni", "was", "#"})
_MONTHS = words(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec"
)


def _skip(atom: Atom) -> None:
    atom.kind, atom.unit = Kind.FILLER, SKIP


def _skip_near(atoms: list[Atom], at: int, *, timed: bool) -> None:
    for step in (at + 1, at + 2):
        if step < len(atoms) and atoms[step].kind is Kind.NUMBER and (atoms[step].unit in (None, SECONDS)):
            beyond = atoms[step + 1] if step + 1 < len(atoms) else None
            if beyond is None or beyond.kind is not Kind.TIMES:
                _skip(atoms[step])
                return
        if step < len(atoms) and atoms[step].kind not in (Kind.FILLER, Kind.COLON):
            break
    if timed and at and atoms[at - 1].kind is Kind.NUMBER and atoms[at - 1].unit == SECONDS:
        _skip(atoms[at - 1])


def _left_in_tank(atoms: list[Atom], at: int) -> None:
    for place in range(at - 1, max(at - 6, -1), -1):
        atom = atoms[place]
        if atom.kind is Kind.NUMBER and atom.unit in (None, REPS) and atom.value <= 6:
            atom.value, atom.unit = 10 - atom.value, RPE
            for between in atoms[place + 1 : at + 1]:
                between.kind = Kind.FILLER
            return
        if atom.kind is Kind.BREAK:
            return


def _effort_range(atoms: list[Atom], at: int) -> None:
    """Read `rpe 8-9` as 8.5 and `rpe 8/10` as 8."""
    if at + 2 >= len(atoms) or not _bare(atoms[at + 2]):
        return
    sign, other = atoms[at + 1], atoms[at + 2]
    if sign.kind is Kind.DASH and sign.glued and other.glued and atoms[at].value < other.value <= 10:
        atoms[at].value = (atoms[at].value + other.value) / 2
    elif not (sign.kind is Kind.SLASH and other.value == 10):
        return
    sign.kind = Kind.FILLER
    _skip(other)
