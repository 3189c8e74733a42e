"""Let exercises share what was said once for several of them: counts before, counts after, a list of repetitions."""

from __future__ import annotations

from pp_core.workouts.formats.shorthand.clauses import Clause, Clauses
from pp_core.workouts.formats.shorthand.lexer import Atom
from pp_core.workouts.formats.shorthand.lexicon import KG, LB, LOOSE_NAMES, REPS, SECONDS, Kind

_MOST_SHARED = 25
_FOR_ALL = frozenset({"all", "zote", "yote", "wote"})
_FOR_EACH = frozenset({"each", "both", "all"})


def share(clauses: Clauses) -> Clauses:
    """Return the clauses with shared counts and loads given to each exercise they are meant for."""
    if len(clauses.named) > 1:
        _share_head(clauses.named)
        _share_tail(clauses.named)
    _share_list(clauses.named)
    _join(clauses)
    return clauses


def _share_tail(named: list[Clause]) -> None:
    """Give every exercise the counts that close the text for all: `bench 60, rows 50, all 3x10`."""
    atoms = named[-1].atoms
    tail = _tail(atoms)
    if len(tail) > _MOST_SHARED:
        return
    if len(tail) == 1 and tail[0].kind is Kind.NUMBER and tail[0].unit is None:
        for clause in named[:-1]:
            if not clause.has_data():
                clause.atoms = [*clause.atoms, *tail]
        return
    for tells in (_tells_reps, _tells_load):
        if tells(tail) and not (tells is _tells_load and _tells_reps(tail)):
            for clause in named[:-1]:
                if not tells(clause.atoms):
                    clause.atoms = [*clause.atoms, *tail]


def _tail(atoms: list[Atom]) -> list[Atom]:
    """Return what is said for all at the end: `all 3x12`, or `3x12 each` after a break."""
    starts = [at for at, atom in enumerate(atoms) if atom.word in _FOR_ALL and at + 1 < len(atoms)]
    if starts:
        return atoms[starts[-1] + 1 :]
    if not atoms or atoms[-1].word != "each":
        return []
    breaks = [at for at, atom in enumerate(atoms) if atom.kind in (Kind.BREAK, Kind.DASH)]
    return [atom for atom in atoms[breaks[-1] + 1 :] if atom.kind is not Kind.EACH] if breaks else []


def _share_head(named: list[Clause]) -> None:
    """Give the counts before the first name to all: `3x10: squat 60, bench 50`, `20 each of push-ups and sit-ups`."""
    first = named[0]
    assert first.name is not None
    head = [atom for atom in first.atoms if atom.start < first.name.start]
    while (
        head and head[-1].kind is not Kind.NUMBER and head[-1].kind is not Kind.COLON and head[-1].word not in _FOR_EACH
    ):
        head.pop()
    if (
        not 0 < len(head) <= _MOST_SHARED
        or head[-1].kind is Kind.NUMBER
        or any(_counts_itself(clause) for clause in named[1:])
    ):
        return
    both = head[-1].word == "both"
    head = [atom for atom in head if atom.kind in (Kind.NUMBER, Kind.TIMES)]
    if not head or any(atom.unit in (KG, LB) for atom in head):
        return
    for clause in named[1:]:
        clause.atoms = [*head, Atom(Kind.BREAK, 0, 0, ",", glued=False), *clause.atoms]
    if both and not _tells_load(first.atoms):
        first.atoms = [*first.atoms, *(a for a in named[-1].atoms if a.kind is Kind.NUMBER and a.unit in (KG, LB))]


def _counts_itself(clause: Clause) -> bool:
    """Whether it has more than a load behind its name."""
    numbers = [atom for atom in clause.atoms if atom.kind is Kind.NUMBER]
    if not numbers or clause.name is None:
        return False
    counted = any(a.unit not in (None, KG, LB) for a in numbers) or any(a.kind is Kind.TIMES for a in clause.atoms)
    return counted or len(numbers) > 1 or numbers[0].start < clause.name.start


def _tells_load(atoms: list[Atom]) -> bool:
    return any(a.kind is Kind.NUMBER and (a.unit in (KG, LB) or (at and atoms[at - 1].kind is Kind.AT))
               for at, a in enumerate(atoms))  # fmt: skip


def _share_list(named: list[Clause]) -> None:
    """Give `21-15-9 thrusters and pull-ups` the same repetitions for each."""
    if len(named) < 2:
        return
    first = named[0]
    end = 0
    while end < len(first.atoms) and first.atoms[end].kind is (Kind.DASH if end % 2 else Kind.NUMBER):
        end += 1
    head = first.atoms[: min(end, _MOST_SHARED)]
    if sum(1 for atom in head if atom.kind is Kind.NUMBER) < 3 or len(head) % 2 == 0 or any(a.unit for a in head):
        return
    for clause in named[1:]:
        if not _tells_reps(clause.atoms) and not any(a.kind is Kind.NUMBER and not a.unit for a in clause.atoms):
            clause.atoms = [*head, *clause.atoms]


def _tells_reps(atoms: list[Atom]) -> bool:
    return any(a.kind is Kind.TIMES or (a.kind is Kind.NUMBER and a.unit in (REPS, SECONDS)) for a in atoms)


def _join(clauses: Clauses) -> None:
    """Let exercises named together, the first without numbers, share those of the last."""
    named = clauses.named
    for at in range(len(named) - 2, -1, -1):
        one, two = named[at], named[at + 1]
        assert one.name is not None
        assert two.name is not None
        if one.name.exercise is two.name.exercise and _tells_load(one.atoms):
            if not _tells_reps(one.atoms) and _tells_reps(two.atoms) and not _tells_load(two.atoms):
                two.atoms = [*one.atoms, *two.atoms]  # `nimeinua chuma kilo mia, deadlift mara nane`
                del named[at]
            continue
        if one.has_data() or not one.name.exact or not two.has_data() or one.name.word in LOOSE_NAMES:
            continue
        leads = two.atoms and two.atoms[0].kind in (Kind.BREAK, Kind.PLUS, Kind.SLASH)
        word = two.atoms[0].word if leads else ""
        if one.joined or (leads and word not in (".", "\n", ";") and not any(a.kind is Kind.WORD for a in one.atoms)):
            one.atoms = [atom for atom in two.atoms if not (atom is two.atoms[0] and leads)]
            clauses.doubt *= 0.85
