"""Read a text as a workout: the sets it says, its note, and how sure the reading is."""

from __future__ import annotations

from pp_core.kernel.normalise import normalise
from pp_core.workouts.formats.catalogue import Exercise, Vocabulary, stem, words_of
from pp_core.workouts.formats.shorthand.canonical import render_sets
from pp_core.workouts.formats.shorthand.clauses import Clause, Clauses, cut
from pp_core.workouts.formats.shorthand.groups import MOST_SETS
from pp_core.workouts.formats.shorthand.jargon import crossed
from pp_core.workouts.formats.shorthand.lexer import Atom
from pp_core.workouts.formats.shorthand.lexicon import (
    KM,
    LB,
    LOOSE_NAMES,
    METRES,
    REPS,
    SECONDS,
    SKIP,
    Kind,
    words,
)
from pp_core.workouts.formats.shorthand.operands import items_of
from pp_core.workouts.formats.shorthand.parsed import LOG_WORKOUT, UNKNOWN, ParsedSet, ParsedWorkout, Unread
from pp_core.workouts.formats.shorthand.reading import Reader
from pp_core.workouts.formats.shorthand.refusals import refused, without_plans
from pp_core.workouts.formats.shorthand.sharing import share
from pp_core.workouts.formats.shorthand.tokens import atoms_of
from pp_core.workouts.formats.shorthand.units import bind_units

_TOOLS = words("dumbbell dumbbells db dbs kettlebell kettlebells kb machine cable cables smith dambeli")
_MOST_UNREAD = 20
_ODD_WORD, _ODD_WORD_IN_DOUBT = 0.97, 0.85
_EXAMPLE = "Squat 5x5 100kg"
_SPOKEN = frozenset(
    {Kind.WORD, Kind.FEELING, Kind.FILLER, Kind.EACH, Kind.REST, Kind.LABEL, Kind.REFUSE, Kind.RUN, Kind.UNIT}
)
_TOLD = frozenset({Kind.NUMBER, Kind.FAILURE, Kind.TIMES, Kind.AT, Kind.BODY})
_NOTED = frozenset({Kind.WORD, Kind.FEELING, Kind.REST, Kind.REFUSE, Kind.RUN})


def parse(text: str, vocabulary: Vocabulary | None = None) -> ParsedWorkout:
    """Read one message. Never raises; time grows with the length of the text and no faster.

    The intent is ``log_workout`` when at least one set was read, else ``unknown`` with the whole text as the note.
    """
    vocabulary = vocabulary or Vocabulary.shipped()
    readable, folded = normalise(text)
    if not folded or not any(c.isalpha() for c in folded):
        return _nothing(text)
    atoms = without_plans(bind_units(atoms_of(folded, vocabulary)))
    kinds = {atom.kind for atom in atoms}
    names = [atom for atom in atoms if atom.kind is Kind.EXERCISE] if Kind.EXERCISE in kinds else []
    numbers = Kind.NUMBER in kinds or Kind.FAILURE in kinds
    if not names:
        return _nothing(text, _guess(atoms, readable, vocabulary) if numbers else ())
    if not numbers:
        return _nothing(text, _nameless(names, readable))
    if refused(atoms, kinds, folded):
        return _nothing(text)
    return _workout(text, readable, atoms, vocabulary)


def _workout(text: str, readable: str, atoms: list[Atom], vocabulary: Vocabulary) -> ParsedWorkout:
    clauses = share(cut(atoms))
    sets: list[ParsedSet] = []
    unread: list[Unread] = []
    remarks: list[tuple[int, str]] = []
    confidence = clauses.doubt
    pounds = LB in [atom.unit for atom in atoms if atom.kind is Kind.FILLER]  # `(lbs)`, beside no number
    least = 1.0  # the surest reading is no surer than its least sure exercise
    for clause in clauses.named:
        name = clause.name
        assert name is not None
        assert name.exercise is not None
        _quieten(clause.atoms, unloaded=name.exercise.unloaded)
        exercise = _with_tool(name.exercise, clause.atoms, vocabulary)
        reader = Reader(exercise, items_of(clause.atoms, exercise), pounds=pounds)
        found = reader.read()
        if not found:
            if len(unread) < _MOST_UNREAD:
                piece = readable[name.start : name.end]
                loose = name.word in LOOSE_NAMES
                unread.append(Unread(piece, None if loose else _form(name.exercise)))
            remarks.append((name.start, readable[name.start : name.end]))
            confidence *= 0.8
            continue
        if not name.exact and all(one.reps is None and one.seconds is None for one in found):
            # A misspelt name with no repetitions is more likely another word altogether.
            remarks.append((name.start, readable[name.start : name.end]))
            continue
        least = min(least, reader.doubt * name.score * _label_doubt(clause, exercise))
        remarks.extend((name.end, extra) for extra in reader.extras)
        _add(sets, _in_rounds(found, clauses))
    for clause in clauses.strange:
        confidence *= 0.95 if any(atom.kind is Kind.RUN for atom in clause.atoms) else 0.75
        unread.extend(_strangers(clause, readable, vocabulary))
        remarks.extend(_span(clause, readable))
    if not sets:
        return _nothing(text, tuple(unread[:_MOST_UNREAD]))
    strangers = {id(atom) for clause in clauses.strange for atom in clause.atoms}
    note, left_over = note_of(atoms, strangers, readable, remarks)
    if left_over > 1 and not any(one.reps or one.seconds for one in sets):
        return _nothing(text, tuple(unread[:_MOST_UNREAD]))  # `the pulldown cable snapped at 50kg`
    confidence *= least * (_ODD_WORD if least > 0.9 else _ODD_WORD_IN_DOUBT) ** min(left_over, 10)
    return ParsedWorkout(
        LOG_WORKOUT, tuple(sets), note, round(max(min(confidence, 1.0), 0.05), 2), tuple(unread[:_MOST_UNREAD])
    )


def _with_tool(exercise: Exercise, atoms: list[Atom], vocabulary: Vocabulary) -> Exercise:
    """Return the exercise done with the tool named beside its load (`10kg dumbbells`), if the catalogue has one."""
    if exercise.slug == "barbell-row" and _covers_ground(atoms):
        return vocabulary.exact(["rowing", "machine"]) or exercise
    for atom in atoms:
        if atom.kind in (Kind.EACH, Kind.FILLER) and atom.word in _TOOLS and stem(atom.word) != exercise.equipment:
            return vocabulary.exact([stem(atom.word), *words_of(exercise.name_en)]) or exercise
    return exercise


def _covers_ground(atoms: list[Atom]) -> bool:
    """Whether a distance or some minutes were said and nothing was counted: `row 500m`."""
    far = any(
        a.kind is Kind.NUMBER and (a.unit in (METRES, KM) or (a.unit == SECONDS and a.value >= 60)) for a in atoms
    )
    return far and not any(a.unit == REPS for a in atoms)


def _label_doubt(clause: Clause, exercise: Exercise) -> float:
    """Doubt a name with a lone small number after it: `bench 3` may be the third bench."""
    if exercise.unloaded or exercise.measure != "reps" or clause.name is None:
        return 1.0
    told = [atom for atom in clause.atoms if atom.kind in _TOLD]
    if len(told) != 1 or told[0].kind is not Kind.NUMBER or told[0].unit or told[0].start < clause.name.start:
        return 1.0
    return 0.5 if told[0].value <= 5 else 0.75


def _quieten(atoms: list[Atom], *, unloaded: bool) -> None:
    """Set aside bare numbers inside a remark that follows complete sets, such as `knee pain 3/10`."""
    counts = 0
    remark = False
    for at, atom in enumerate(atoms):
        if atom.kind in (Kind.FEELING, Kind.WORD):
            remark = counts > (0 if unloaded else 2)
        elif atom.kind is Kind.BREAK and atom.word != "na":
            remark = False
        elif atom.kind is Kind.NUMBER:
            if remark and atom.unit in (None, SECONDS) and not crossed(atoms, at):
                atom.kind, atom.unit = Kind.FILLER, SKIP
            counts += 1


def _in_rounds(found: list[ParsedSet], clauses: Clauses) -> list[ParsedSet]:
    rounds = clauses.rounds
    if rounds and 1 < rounds <= 50 and len(found) == 1 and found[0].sets == 1:
        return [found[0].times(rounds)]
    return found


def _add(sets: list[ParsedSet], found: list[ParsedSet]) -> None:
    for one in found:
        if sets and sets[-1].same_but_count(one) and sets[-1].sets + one.sets <= MOST_SETS:
            sets[-1] = sets[-1].times(sets[-1].sets + one.sets)
        else:
            sets.append(one)


def _nothing(text: str, unread: tuple[Unread, ...] = ()) -> ParsedWorkout:
    stripped = text.strip()
    return ParsedWorkout(UNKNOWN, (), stripped or None, 0.1 if unread else 0.0, unread)


def _nameless(names: list[Atom], readable: str) -> tuple[Unread, ...]:
    """Answer names without any number with the form to write."""
    out = []
    for atom in names[:_MOST_UNREAD]:
        if atom.exact and atom.exercise is not None and atom.word not in LOOSE_NAMES:
            out.append(Unread(readable[atom.start : atom.end], _form(atom.exercise)))
    return tuple(out)


def _form(exercise: Exercise) -> str:
    """Return a right form to answer with, in what the exercise is measured in."""
    return f"{exercise.name_en} {'3x60s' if exercise.measure == 'seconds' else '3x8'}"


def _guess(atoms: list[Atom], readable: str, vocabulary: Vocabulary) -> tuple[Unread, ...]:
    """Answer sets without a known exercise with the nearest one."""
    shaped = any(atom.kind is Kind.TIMES for atom in atoms) or any(
        atom.kind is Kind.NUMBER and atom.unit in ("reps", "sets") for atom in atoms
    )
    if not shaped or not any(atom.kind is Kind.NUMBER for atom in atoms):
        return ()
    return tuple(_strangers(Clause(None, atoms), readable, vocabulary))


def _strangers(clause: Clause, readable: str, vocabulary: Vocabulary) -> list[Unread]:
    strange = [atom.word for atom in clause.atoms if atom.kind is Kind.WORD][:4]
    numbers = [atom for atom in clause.atoms if atom.kind is Kind.NUMBER]
    if not numbers:
        return []
    start, end = clause.atoms[0].start, clause.atoms[-1].end
    if any(atom.kind is Kind.RUN for atom in clause.atoms):
        return [Unread(readable[start:end].strip(" ,;.\n"))]  # a run is for the grammar of runs
    near = vocabulary.suggest(" ".join(strange), 1) if strange else []
    if not near:
        return [Unread(readable[start:end].strip(" ,;.\n"), _EXAMPLE)]
    exercise = near[0]
    found = Reader(exercise, items_of(clause.atoms, exercise)).read()
    return [Unread(readable[start:end].strip(" ,;.\n"), render_sets(found) or _form(exercise))]


def _span(clause: Clause, readable: str) -> list[tuple[int, str]]:
    if not clause.atoms:
        return []
    start, end = clause.atoms[0].start, clause.atoms[-1].end
    piece = readable[start:end].strip(" ,;.\n")
    return [(start, piece)] if any(atom.kind in _NOTED for atom in clause.atoms) or clause.name is None else []


def note_of(
    atoms: list[Atom], strangers: set[int], readable: str, remarks: list[tuple[int, str]]
) -> tuple[str | None, int]:
    """Gather what was said beside the sets: (the note, how many of its words were not known)."""
    pieces = list(remarks)
    unknown = 0
    run: list[Atom] = []
    for atom in [*atoms, None]:
        spoken = atom is not None and id(atom) not in strangers and (atom.kind in _SPOKEN or atom.unit == SKIP)
        within = atom is not None and atom.kind is Kind.SLASH and bool(run) and run[-1].unit == SKIP
        if (spoken or within) and atom is not None:
            run.append(atom)
            continue
        if not run:
            continue
        if any(a.kind in _NOTED or a.unit == SKIP for a in run):
            unknown += sum(1 for a in run if a.kind is Kind.WORD)
            pieces.append((run[0].start, readable[run[0].start : run[-1].end]))
        run = []
    pieces.sort(key=lambda piece: piece[0])
    joined = "; ".join(piece for _place, piece in pieces if piece)
    return joined or None, unknown
