"""Read what lifters say in their own way: open-ended sets, sets by the clock, the empty bar."""

from __future__ import annotations

from collections.abc import Callable

from pp_core.kernel.units import POUND
from pp_core.workouts.formats.shorthand.lexer import Atom
from pp_core.workouts.formats.shorthand.lexicon import KG, LB, REPS, ROUNDS, SECONDS, SETS, SKIP, Kind, words

_EMPTY_BAR = 20.0  # kilograms, the men's bar of every gym
_BAR_ALONE = words("empty just only with tupu")
_ACHIEVED = words("got managed made hit nilipata nimepata")
_BY_THE_CLOCK = {"emom": 1, "emoms": 1} | {f"e{minutes}mom": minutes for minutes in range(2, 10)}
_TOTALS = words("total totals jumla")
_MISSED = words("failed missed nimefeli nilifeli")
_MORE = ("more", "heavier", "less", "lighter", "zaidi")
_THAN = ("from", "kutoka", "added", "niliongeza", "nimeongeza", "kuliko", "than")
_FAR = 10
_SIGHT = 40  # how far one word looks, so that the time stays linear in the length of the text


def read_jargon(atoms: list[Atom]) -> list[Atom]:
    """Rewrite the atoms that lifters' words speak of; units must be bound already."""
    for at, atom in enumerate(atoms):
        if atom.kind is not Kind.NUMBER:
            reads = _READS.get(atom.word)
            if reads is not None and atom.kind is not Kind.EXERCISE:
                reads(atoms, at)
        elif atom.unit in (KG, LB):
            _same_load(atoms, at)
        elif atom.unit == SETS:
            _split_total(atoms, at)
    return atoms


def _open_ended(atoms: list[Atom], at: int) -> None:
    """Give `130x1+ (got 4)` the repetitions that were achieved."""
    plus, planned = atoms[at], atoms[at - 1]
    following = atoms[at + 1] if at + 1 < len(atoms) else None
    if not plus.glued or planned.kind is not Kind.NUMBER or planned.unit not in (None, REPS) or following is None:
        return
    if following.kind is Kind.NUMBER and following.glued:
        return
    told = following.word in ("(", "=", ":", ">") or (following.kind is Kind.DASH and not following.glued)
    for place in range(at + 1, min(at + _FAR, len(atoms))):
        atom = atoms[place]
        if atom.kind is Kind.NUMBER and told:
            beyond = atoms[place + 1].kind if place + 1 < len(atoms) else None
            if atom.unit in (None, REPS) and beyond is not Kind.TIMES:
                planned.value = atom.value
                atom.kind, atom.unit = Kind.FILLER, None
            return
        if atom.kind in (Kind.TIMES, Kind.EXERCISE):
            return
        told = told or atom.word in _ACHIEVED


def _by_the_minute(atoms: list[Atom], at: int) -> None:
    """Count one set for each minute of `EMOM 10: 5 pullups`, unless the sets are counted as well."""
    place = at + 1
    while place < len(atoms) and place < at + 4 and atoms[place].kind in (Kind.COLON, Kind.FILLER, Kind.TIMES):
        place += 1
    tally: Atom | None = None
    if place < len(atoms) and _minutes(atoms[place]) is not None:
        beyond = atoms[place + 1].kind if place + 1 < len(atoms) else None
        if beyond is not Kind.TIMES and not (beyond is Kind.EXERCISE and atoms[place].unit is None):
            tally = atoms[place]
    if tally is None and at and atoms[at - 1].unit == SECONDS and _minutes(atoms[at - 1]) is not None:
        tally, place = atoms[at - 1], at
    if tally is None:
        return
    for between in atoms[at + 1 : place]:
        between.kind = Kind.FILLER
    if any(atom.kind is Kind.TIMES for atom in _around(atoms, at)):
        tally.kind, tally.unit = Kind.FILLER, SKIP
    else:
        tally.value, tally.unit = max((_minutes(tally) or 1.0) // _BY_THE_CLOCK.get(atoms[at].word, 1), 1.0), ROUNDS
    atoms[at].kind = Kind.FILLER


def _total(atoms: list[Atom], at: int) -> None:
    """Set aside `total 26` after the numbers it adds up."""
    place = at + 1
    while place < len(atoms) and atoms[place].word in ("of", "is", "ni", ":", "=", "reps", "volume"):
        place += 1
    if not any(atom.kind is Kind.NUMBER for atom in atoms[max(at - _SIGHT, 0) : at]):
        return
    if place < len(atoms) and atoms[place].kind is Kind.NUMBER and not crossed(atoms, place):
        atoms[place].kind, atoms[place].unit = Kind.FILLER, SKIP


def _missed(atoms: list[Atom], at: int) -> None:
    """Set aside the load of `failed 105`, which made no set."""
    if at + 1 == len(atoms):
        return
    place = at + 2 if atoms[at + 1].word in ("at", "the", "kwa") and at + 2 < len(atoms) else at + 1
    atom = atoms[place]
    load = atom.kind is Kind.NUMBER and (atom.unit in (KG, LB) or (atom.unit is None and atom.value > 20))
    if load and not crossed(atoms, place):
        atom.kind, atom.unit = Kind.FILLER, SKIP


def _same_load(atoms: list[Atom], at: int) -> None:
    """Keep the kilograms of `100kg (220lb)`."""
    one = atoms[at]
    place = at + 1
    while place < len(atoms) and atoms[place].word in ("(", "/", "=", "or", "~"):
        place += 1
    if place == at + 1 or place == len(atoms):
        return
    two = atoms[place]
    if two.kind is not Kind.NUMBER or {one.unit, two.unit} != {KG, LB}:
        return
    pounds, kilograms = (one, two) if one.unit == LB else (two, one)
    if abs(pounds.value * POUND - kilograms.value) <= 0.03 * kilograms.value:
        pounds.kind, pounds.unit = Kind.FILLER, None
        for between in atoms[at + 1 : place]:
            between.kind = Kind.FILLER


def _own_weight(atoms: list[Atom], at: int) -> None:
    """Set aside what the member weighs: `bw 72kg.` on its own, `weight 72kg` before the first exercise."""
    if atoms[at].kind not in (Kind.BODY, Kind.AT):
        return
    place = at + 1
    while place < len(atoms) and atoms[place].word in (":", "is", "ni", "="):
        place += 1
    if place == len(atoms) or atoms[place].kind is not Kind.NUMBER or atoms[place].unit not in (KG, LB):
        return
    number = atoms[place]
    alone = place + 1 == len(atoms) or atoms[place + 1].kind is Kind.BREAK
    begun = any(atom.kind is Kind.EXERCISE for atom in atoms[max(at - _SIGHT, 0) : at])
    loads = sum(1 for atom in _around(atoms, at) if atom.kind is Kind.NUMBER and atom.unit in (KG, LB))
    if alone and number.value >= 30 and (atoms[at].kind is Kind.BODY or not begun) and (loads > 1 or begun):
        number.kind, number.unit = Kind.FILLER, SKIP
        atoms[at].kind = Kind.FILLER


def _compared(atoms: list[Atom], at: int) -> None:
    """Set aside what a load is compared with: `up from 85kg`, `5kg more than last week`, `niliongeza 5kg`."""
    place = at - 1 if atoms[at].word in _MORE else at + 1
    if not 0 <= place < len(atoms):
        return
    atom = atoms[place]
    near = _around(atoms, at)
    others = any(a.kind is Kind.TIMES or (a.kind is Kind.NUMBER and a.unit in (KG, LB) and a is not atom) for a in near)
    load = atom.kind is Kind.NUMBER and (atom.unit in (KG, LB) or (atom.unit is None and atom.value > 20))
    if load and others and not crossed(atoms, place):
        atom.kind, atom.unit = Kind.FILLER, SKIP


def _around(atoms: list[Atom], at: int) -> list[Atom]:
    return atoms[max(at - _SIGHT, 0) : at + _SIGHT]


def crossed(atoms: list[Atom], at: int) -> bool:
    """Whether a number stands beside a cross."""
    return any(0 <= place < len(atoms) and atoms[place].kind is Kind.TIMES for place in (at - 1, at + 1))


def _other_side(atoms: list[Atom], at: int) -> None:
    """Count `left 10 right 10` once: repetitions are those of one side."""
    left = next((p for p in range(at - 1, max(at - _FAR, -1), -1) if atoms[p].word in ("left", "kushoto")), None)
    if left is None:
        return
    for one, two in ((atoms[left:at], atoms[at : at + 4]), (atoms[max(left - 2, 0) : left], atoms[left:at])):
        mine = next((a for a in one if a.kind is Kind.NUMBER), None)
        other = next((a for a in two if a.kind is Kind.NUMBER), None)
        if mine is not None and other is not None:
            if mine.value == other.value and mine.unit == other.unit:
                other.kind, other.unit = Kind.FILLER, None
            return


def _split_total(atoms: list[Atom], at: int) -> None:
    """Read `100 push-ups in 5 sets of 20` as five sets of twenty, and without `of 20` likewise."""
    if at < 3 or atoms[at - 1].word != "in" or atoms[at - 2].kind is not Kind.EXERCISE:
        return
    total, sets = atoms[at - 3], atoms[at]
    if total.kind is not Kind.NUMBER or total.unit not in (None, REPS) or sets.value < 2 or total.value % sets.value:
        return
    counted = next((a for a in atoms[at + 1 : at + 3] if a.kind is Kind.NUMBER and a.unit in (None, REPS)), None)
    if counted is None:
        total.value /= sets.value
    elif counted.value * sets.value == total.value:
        total.kind = Kind.FILLER


def _tempo(atoms: list[Atom], at: int) -> None:
    """Set aside the four figures of `tempo bench 3010 4x6`."""
    for place in range(at + 1, min(at + _FAR, len(atoms) - 1)):
        atom = atoms[place]
        if atom.kind is Kind.NUMBER and atom.unit is None and len(atom.word) == 4 and atom.word.isdigit():
            if atoms[place + 1].kind is not Kind.TIMES:
                atom.kind, atom.unit = Kind.FILLER, SKIP
            return


def _every_minute(atoms: list[Atom], at: int) -> None:
    if at and atoms[at - 1].word in ("every", "each", "kila"):
        _by_the_minute(atoms, at)


def _minutes(atom: Atom) -> float | None:
    if atom.kind is not Kind.NUMBER or atom.unit not in (None, SECONDS):
        return None
    minutes = atom.value / 60 if atom.unit == SECONDS else atom.value
    return minutes if 1 <= minutes <= 60 and minutes == int(minutes) else None


def _bar(atoms: list[Atom], at: int) -> None:
    """Weigh the bar where it is the whole load: `bar x 15`, `just the bar`."""
    if at and (atoms[at - 1].kind is Kind.NUMBER or atoms[at - 1].unit is not None):
        return
    crossed = at + 2 < len(atoms) and atoms[at + 1].kind is Kind.TIMES and atoms[at + 2].kind is Kind.NUMBER
    near = {atom.word for atom in (*atoms[max(at - 2, 0) : at], *atoms[at + 1 : at + 2])}
    if crossed or near & _BAR_ALONE:
        atom = atoms[at]
        atom.kind, atom.value, atom.unit = Kind.NUMBER, _EMPTY_BAR, KG


_READS: dict[str, Callable[[list[Atom], int], None]] = {
    "+": _open_ended,
    "tempo": _tempo,
    "bar": _bar,
    "right": _other_side,
    "kulia": _other_side,
    **dict.fromkeys(_BY_THE_CLOCK, _by_the_minute),
    **dict.fromkeys(_MORE + _THAN, _compared),
    **dict.fromkeys(("minute", "dakika"), _every_minute),
    **dict.fromkeys(("bw", "bodyweight", "body weight", "bwt", "weight", "uzito"), _own_weight),
    **dict.fromkeys(_TOTALS, _total),
    **dict.fromkeys(_MISSED, _missed),
}
