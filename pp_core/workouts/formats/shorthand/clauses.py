"""Give each exercise of a text the atoms that speak of it, whether they stand after its name or before."""

from __future__ import annotations

from dataclasses import dataclass, field

from pp_core.workouts.formats.catalogue import Exercise
from pp_core.workouts.formats.shorthand.lexer import Atom
from pp_core.workouts.formats.shorthand.lexicon import KG, LB, LOOSE_NAMES, REPS, ROUNDS, RPE, SECONDS, SETS, SKIP, Kind
from pp_core.workouts.formats.shorthand.tokens import TENSES

_JOINERS = frozenset({Kind.SLASH, Kind.PLUS, Kind.BREAK, Kind.FILLER, Kind.EACH})
_DATA = frozenset({Kind.NUMBER, Kind.FAILURE})


@dataclass(slots=True)
class Clause:
    """One exercise, or a stretch that names none known (``name`` is None), with its atoms in order."""

    name: Atom | None
    atoms: list[Atom] = field(default_factory=list)
    joined: bool = False  # named together with the next one: `curls/pushdowns 3x12`

    def has_data(self) -> bool:
        """Whether any number or the like belongs to it."""
        return any(atom.kind in _DATA for atom in self.atoms)


@dataclass(slots=True)
class Clauses:
    """A text cut by exercise."""

    named: list[Clause] = field(default_factory=list)
    strange: list[Clause] = field(default_factory=list)  # numbers under a name nobody knows
    rounds: int | None = None  # how often a circuit of several exercises was done
    doubt: float = 1.0


def cut(atoms: list[Atom]) -> Clauses:
    """Cut atoms into clauses, chunk by chunk; what is never claimed stays a note."""
    clauses = Clauses()
    atoms = _take_rounds(_drop_loose(atoms), clauses)
    pending: list[Atom] = []
    current: Clause | None = None
    for chunk in _chunks(atoms):
        places = [at for at, atom in enumerate(chunk) if atom.kind is Kind.EXERCISE]
        if not places:
            runs = any(a.kind is Kind.RUN for a in chunk) and any(a.kind is Kind.NUMBER for a in chunk)
            strange = 0 if runs else _strange(chunk, after=current)
            if strange is not None:
                before, rest = chunk[:strange], chunk[strange:]
                if current is not None:
                    current.atoms.extend(before)
                current = Clause(None, rest)
                clauses.strange.append(current)
            elif current is not None:
                current.atoms.extend(chunk)
            else:
                pending.extend(chunk)
            continue
        owned = _share(chunk, places)
        if pending:
            owned[0].atoms = pending + owned[0].atoms
            pending = []
        for clause in owned:
            tail = _strange(clause.atoms, after=clause) if clause.atoms else None
            if tail is not None and _is_counted(clause.atoms[:tail]):
                clauses.strange.append(Clause(None, clause.atoms[tail:]))
                clause.atoms = clause.atoms[:tail]
        clauses.named.extend(owned)
        current = owned[-1]
    if pending:
        clauses.strange.append(Clause(None, pending))
    return clauses


def _drop_loose(atoms: list[Atom]) -> list[Atom]:
    """Turn body parts and plain words that are also names back into words where no number is near."""
    if sum(1 for atom in atoms if atom.kind is Kind.EXERCISE) < 2 and all(
        a.exact for a in atoms if a.kind is Kind.EXERCISE
    ):
        return atoms
    before_name: Exercise | None = None
    for at, atom in enumerate(atoms):
        if atom.kind is not Kind.EXERCISE or (atom.exact and atom.word not in LOOSE_NAMES):
            before_name = atom.exercise or before_name
            continue
        after = next((a for a in atoms[at + 1 : at + 4] if a.kind is not Kind.FILLER), None)
        before = atoms[at - 1] if at else None
        cardio = before_name is not None and before_name.category == "cardio"
        if cardio and atom.word == "incline" and after is not None and after.kind is Kind.NUMBER and not after.unit:
            atom.kind, after.kind, after.unit = Kind.FEELING, Kind.FILLER, SKIP  # a treadmill's
            continue
        spoken = after is not None and after.kind in (
            Kind.NUMBER,
            Kind.AT,
            Kind.COLON,
            Kind.UNIT,
            Kind.FAILURE,
            Kind.BODY,
            Kind.DASH,
        )
        if spoken and after is not None and after.kind is Kind.COLON:
            spoken = _number_within(atoms, at + 2)
        counted = before is not None and (before.kind in _DATA or before.word in ("of", "za"))
        if not spoken and not counted and not (after is not None and after.kind is Kind.BREAK and after.word == "\n"):
            atom.kind = Kind.WORD
    return atoms


def _number_within(atoms: list[Atom], at: int) -> bool:
    return any(a.kind is Kind.NUMBER for a in atoms[at : at + 2])


def _take_rounds(atoms: list[Atom], clauses: Clauses) -> list[Atom]:
    """Take out `3 rounds of ...` and `... x 3 rounds` where they speak of several exercises."""
    names = [at for at, atom in enumerate(atoms) if atom.kind is Kind.EXERCISE]
    if len(names) < 2:
        return atoms
    tallies = [at for at, atom in enumerate(atoms) if atom.kind is Kind.NUMBER and atom.unit in (ROUNDS, SETS)]
    if len(tallies) != 1:
        return atoms
    at = tallies[0]
    opened = any(a.kind is Kind.COLON or a.word in ("\n", "each") for a in atoms[at + 1 : min(at + 4, names[0])])
    lead = at < names[0] and (atoms[at].unit == ROUNDS or opened)
    trail = at > names[-1] and atoms[at].unit == ROUNDS
    crossed = any(atom.kind is Kind.TIMES and atom is not atoms[at - 1] for atom in atoms)
    if crossed or not (lead or trail):
        return atoms
    clauses.rounds = int(atoms[at].value)
    start = at - 1 if trail and atoms[at - 1].kind is Kind.TIMES else at
    return atoms[:start] + atoms[at + 1 :]


def _chunks(atoms: list[Atom]) -> list[list[Atom]]:
    """Part atoms where a break, or a plus or slash before a name, may end one exercise; the break leads its chunk."""
    chunks: list[list[Atom]] = [[]]
    for at, atom in enumerate(atoms):
        parts = atom.kind is Kind.BREAK and not _within_list(atoms, at)
        if atom.kind in (Kind.PLUS, Kind.SLASH, Kind.DASH) and not atom.glued:
            parts = True
        if parts and chunks[-1]:
            chunks.append([])
        chunks[-1].append(atom)
    return chunks


def _within_list(atoms: list[Atom], at: int) -> bool:
    """Whether a comma stands within `sq 100 5,5,5 bp 70 5,5,5`, whose last number belongs to the name before it."""
    place = at
    while 0 < place < min(len(atoms) - 3, at + 12) and atoms[place].word == "," and atoms[place].glued:
        before, number = atoms[place - 1], atoms[place + 1]
        if not (before.kind is Kind.NUMBER is number.kind and number.glued and number.value <= before.value * 2):
            return False
        place += 2
    return place > at and atoms[place].kind is Kind.EXERCISE and atoms[place + 1].kind is Kind.NUMBER


def _is_counted(atoms: list[Atom]) -> bool:
    """Whether these atoms say how often something was done, not only how heavy it was."""
    for at, atom in enumerate(atoms):
        if atom.kind is Kind.FAILURE:
            return True
        if atom.kind is not Kind.NUMBER or atom.unit in (KG, LB, RPE, SKIP):
            continue
        before = atoms[at - 1] if at else None
        if atom.unit in (REPS, SECONDS) or before is None or before.kind is not Kind.AT:
            return True
    return False


def _share(chunk: list[Atom], places: list[int]) -> list[Clause]:
    """Divide one chunk among the exercises it names."""
    head = chunk[: places[0]]
    clauses = [Clause(chunk[at]) for at in places]
    gaps = [chunk[at + 1 : end] for at, end in zip(places, [*places[1:], len(chunk)], strict=True)]
    if any(atom.kind in _DATA for atom in head) and len(places) > 1:
        # `20 pushups 30 squats`: numbers lead, and what follows a name up to its load still belongs to it.
        trailing = _is_counted(gaps[-1]) and not _is_counted(head)
        for clause, gap in zip(clauses, gaps, strict=True):
            clause.atoms = list(head)
            last = gap is gaps[-1]
            split = len(gap) if last else _first_count_end(gap) if trailing else _load_end(gap)
            clause.atoms.extend(gap[:split])
            head = gap[split:]
        return clauses
    clauses[0].atoms.extend(head)
    for clause, gap in zip(clauses, gaps, strict=True):
        clause.atoms.extend(gap)
        clause.joined = bool(gap) and gap is not gaps[-1] and all(atom.kind in _JOINERS for atom in gap)
    return clauses


def _load_end(gap: list[Atom]) -> int:
    """Where the load that trails a name ends: before the first number that counts something else."""
    end = 0
    for at, atom in enumerate(gap):
        if atom.kind is Kind.NUMBER:
            told = at > 0 and gap[at - 1].kind is Kind.AT
            crossed = at + 1 < len(gap) and gap[at + 1].kind is Kind.TIMES
            if crossed or not (told or atom.unit in (KG, LB, RPE)):
                return end
            end = at + 1
        elif atom.kind in (Kind.BODY, Kind.EACH):
            end = at + 1
        elif atom.kind is Kind.TIMES and at == 0:
            return _first_count_end(gap)
    return len(gap) if not any(a.kind in _DATA for a in gap[end:]) else end


def _first_count_end(gap: list[Atom]) -> int:
    for at, atom in enumerate(gap):
        if atom.kind is Kind.NUMBER and not (at + 1 < len(gap) and gap[at + 1].kind is Kind.TIMES):
            return at + 1
    return len(gap)


def _strange(chunk: list[Atom], after: Clause | None) -> int | None:
    """Where, in a chunk, an unknown name with sets of its own begins; None if nowhere."""
    for at, atom in enumerate(chunk):
        if atom.kind is not Kind.WORD or atom.word.startswith(TENSES):
            continue
        if any(a.kind is Kind.FEELING for a in chunk[max(at - 2, 0) : at + 3]):
            return None
        follower = at + 1
        while follower < min(len(chunk), at + 8) and chunk[follower].kind in (
            Kind.WORD,
            Kind.COLON,
            Kind.FILLER,
            Kind.EACH,
        ):
            follower += 1
        if follower >= len(chunk) or chunk[follower].kind is not Kind.NUMBER:
            continue
        following = chunk[follower + 1] if follower + 1 < len(chunk) else None
        shaped = (following is not None and following.kind is Kind.TIMES) or chunk[follower].unit in (REPS, SETS)
        if shaped and (after is None or after.name is None or after.has_data()):
            return at
    return None
