"""Read a correction of a workout: it names what changes, such as `3x8`, `no, 110kg` or `bench 3x8 60`, and keeps the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pp_core.kernel.normalise import normalise
from pp_core.workouts.formats.catalogue import Exercise, Vocabulary
from pp_core.workouts.formats.shorthand.canonical import render_sets
from pp_core.workouts.formats.shorthand.grammar import note_of, parse
from pp_core.workouts.formats.shorthand.lexer import Atom
from pp_core.workouts.formats.shorthand.lexicon import KG, REPS, ROUNDS, RPE, SETS, Kind
from pp_core.workouts.formats.shorthand.merging import GUESSED, Said, amend, together
from pp_core.workouts.formats.shorthand.operands import Mark, Operand, items_of
from pp_core.workouts.formats.shorthand.parsed import LOG_WORKOUT, UNKNOWN, ParsedSet, ParsedWorkout, Unread
from pp_core.workouts.formats.shorthand.reading import Reader
from pp_core.workouts.formats.shorthand.refusals import refused, without_plans
from pp_core.workouts.formats.shorthand.tokens import atoms_of
from pp_core.workouts.formats.shorthand.units import bind_units

_OPENING = re.compile(
    r"(?:(?:no+|nope|nah|sorry|oops|actually|correction|correct(?: it)? to|i mean|i meant|meant|it was|it is|it's|its|was|"
    r"should(?: have)? (?:be|been|read|say)|make it|change(?: it)? to|wait|hapana|la|samahani|pole|nilimaanisha|namaanisha|"
    r"yaani|ilikuwa|zilikuwa|ni|iwe|badilisha(?: iwe| kuwa)?|rekebisha)(?![^\W_])[ ,.:;!\n-]*)+"
)
_CONTRAST = re.compile(
    r"(?:^|(?<=[ ,;\n]))(?:and not|but not|not|instead of|rather than|sio|siyo|si|wala|badala ya)(?![^\W_]) [^,;\n]*?"
    r"(?: (?:but|bali|ni|it was|ilikuwa)(?![^\W_]) ?|[,;\n] ?|$)"
)
_ODD_BEFORE, _ODD_BEHIND = 0.5, 0.85  # an unknown word before the numbers may be an exercise
_MOST_REPS_ALONE = 20.0  # a bare number above it is a load where there is one
Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class _Words:
    """A correction without its opening and without what it says was wrong."""

    readable: str
    folded: str
    wrong: str  # `not squat`: what it says was wrong


def correct(logged: Sequence[ParsedSet], text: str, vocabulary: Vocabulary | None = None) -> ParsedWorkout:
    """The whole workout as it is after a correction; its note is the correction's own. Never raises.

    Without a name it speaks of the last exercise of ``logged``; with the name of one that is there, of that one; the sets of
    another exercise take the place of the last one that is not named. Intent ``unknown`` and no sets when nothing was read.
    """
    vocabulary = vocabulary or Vocabulary.shipped()
    if not logged:
        return parse(text, vocabulary)
    said = _without_opening(text)
    atoms = _atoms(said.folded, vocabulary)
    kinds = {atom.kind for atom in atoms}
    if not atoms or Kind.RUN in kinds or refused(atoms, kinds, said.folded):
        return _nothing(text, logged)
    names = [atom for atom in atoms if atom.kind is Kind.EXERCISE and atom.exercise is not None]
    keys = list(dict.fromkeys(_key_of(atom.exercise) for atom in names if atom.exercise is not None))
    held = [_key(one) for one in logged]
    if not keys:
        wrong = [_key_of(atom.exercise) for atom in _atoms(said.wrong, vocabulary) if atom.exercise is not None]
        target = next((key for key in wrong if key in held), held[-1])
        return _fragment(logged, target, atoms, said, text, vocabulary)
    if len(keys) == 1 and keys[0] in held:
        rest = [atom for atom in atoms if atom.kind is not Kind.EXERCISE]
        found = _fragment(logged, keys[0], rest, said, text, vocabulary)
        return replace(found, confidence=round(found.confidence * min(atom.score for atom in names), 2))
    if len(keys) == 1 and not any(atom.kind in (Kind.NUMBER, Kind.FAILURE) for atom in atoms):
        return _renamed(logged, names[0], said, text, vocabulary)
    return _clauses(logged, said, text, vocabulary)


def _without_opening(text: str) -> _Words:
    readable, folded = normalise(text)
    opening = _OPENING.match(folded)
    start = opening.end() if opening else 0
    readable, folded = readable[start:], folded[start:]
    wrong = []
    while found := _CONTRAST.search(folded):
        wrong.append(found.group())
        readable = f"{readable[: found.start()]} {readable[found.end() :]}"
        folded = f"{folded[: found.start()]} {folded[found.end() :]}"
    kept = folded.strip(" ,;\n")
    at = folded.find(kept)
    return _Words(readable[at : at + len(kept)], kept, " ".join(wrong))


def _atoms(folded: str, vocabulary: Vocabulary) -> list[Atom]:
    return without_plans(bind_units(atoms_of(folded, vocabulary))) if folded else []


def _fragment(
    logged: Sequence[ParsedSet], key: Key, atoms: list[Atom], said: _Words, text: str, vocabulary: Vocabulary
) -> ParsedWorkout:
    """Read what is said of one exercise that was logged, and merge it in."""
    old = [one for one in logged if _key(one) == key]
    exercise = _exercise_of(old[0], vocabulary)
    if any(one.weight_kg is not None for one in old):
        _decimal(atoms)
    sure = _lone_number(atoms, old, exercise)
    items = items_of(atoms, exercise)
    reader = Reader(exercise, [*items])
    reader.partly = True
    found = reader.read()
    efforts = [value for item in items if isinstance(item, Operand) and item.unit == RPE for value in item.values]
    body = any(atom.kind is Kind.BODY for atom in atoms)
    blank = replace(old[0], sets=1, reps=None, weight_kg=None, rpe=None, seconds=None)
    if not found:
        valid = [value for value in efforts if 0 < value <= 10]
        if not valid and not body:
            return _nothing(text, logged)
        found = [replace(blank, rpe=value) for value in valid] or [blank]
    change = replace(
        Said.all_of(found),
        loaded=body or any(one.weight_kg is not None for one in found),
        sets_told=_tells_sets(atoms, found),
        last=any(isinstance(item, Mark) and item.kind is Kind.LAST for item in items),
    )
    note, unknown = note_of(atoms, set(), said.readable, [(len(said.folded), extra) for extra in reader.extras])
    if not (change.counted or change.loaded or change.effort or change.sets_told or reader.extras):
        return _nothing(text, logged)
    merged, sure_of_merge = amend(old, change)
    if change.counted and all(one.reps is not None for one in old) and any(one.seconds is not None for one in found):
        sure = GUESSED  # `2 min` of a lift may be the rest between its sets
    sure = min(sure, sure_of_merge) * reader.doubt * _oddity(atoms, unknown)
    return _answer(_put_back(logged, key, merged), note, sure)


def _decimal(atoms: list[Atom]) -> None:
    """Read `82,5` alone as one load."""
    places = [at for at, atom in enumerate(atoms) if atom.kind in (Kind.NUMBER, Kind.TIMES)]
    if len(places) != 2 or places[1] != places[0] + 2:
        return
    whole, comma, part = atoms[places[0] : places[1] + 1]
    glued = comma.word == "," and comma.glued and part.glued
    if glued and part.word in ("5", "25", "75") and whole.word.isdigit() and whole.unit is part.unit is None:
        whole.value += part.value / 10 ** len(part.word)
        whole.end = part.end
        del atoms[places[0] + 1 : places[1] + 1]


def _lone_number(atoms: list[Atom], old: Sequence[ParsedSet], exercise: Exercise) -> float:
    """Give a bare number that stands alone the unit it must have beside what was logged; returns how sure that is."""
    told = [atom for atom in atoms if atom.kind in (Kind.NUMBER, Kind.TIMES, Kind.FAILURE, Kind.BODY, Kind.LAST)]
    if len(told) != 1 or told[0].kind is not Kind.NUMBER or told[0].unit is not None:
        return 1.0
    number = told[0]
    at = atoms.index(number)
    value = number.value
    loads = [one.weight_kg for one in old if one.weight_kg is not None]
    if at and atoms[at - 1].kind is Kind.AT:
        light = bool(loads) and min(loads) <= 2 * value
        if atoms[at - 1].word == "@" and 5 <= value <= 10 and value * 2 == int(value * 2) and not light:
            number.unit = RPE
            del atoms[at - 1]
        return 1.0
    if at and atoms[at - 1].kind in (Kind.PLUS, Kind.DASH):
        return 1.0
    reps = {one.reps for one in old}
    if any(one.seconds is not None for one in old) or (not loads and exercise.unloaded):
        return 1.0
    like_load = value > _MOST_REPS_ALONE or any(abs(load) / 2 <= value <= abs(load) * 2 for load in loads)
    like_reps = value == int(value) and value <= _MOST_REPS_ALONE
    if like_load and like_reps:
        # What is so already is not what was wrong.
        like_reps, like_load = reps != {value}, set(loads) != {value}
    number.unit = REPS if like_reps else KG
    return GUESSED if like_load and like_reps else 1.0


def _tells_sets(atoms: list[Atom], found: Sequence[ParsedSet]) -> bool:
    """Whether the number of sets was said: by a unit, by a cross with a one, by a list of repetitions."""
    if any(one.sets > 1 for one in found):
        return True
    if len(found) > 1:
        return any(one.reps is not None or one.seconds is not None for one in found)
    for at, atom in enumerate(atoms):
        if atom.kind is Kind.NUMBER and atom.value == 1:
            near = [atoms[place].kind for place in (at - 1, at + 1) if 0 <= place < len(atoms)]
            if atom.unit in (SETS, ROUNDS) or (atom.unit is None and Kind.TIMES in near):
                return True
    return False


def _oddity(atoms: list[Atom], unknown: int) -> float:
    if not unknown:
        return 1.0
    numbers = [atom.start for atom in atoms if atom.kind is Kind.NUMBER]
    odd = [atom.start for atom in atoms if atom.kind is Kind.WORD]
    before = not numbers or (bool(odd) and min(odd) < min(numbers))
    return float((_ODD_BEFORE if before else _ODD_BEHIND) ** min(unknown, 10))


def _renamed(logged: Sequence[ParsedSet], name: Atom, said: _Words, text: str, vocabulary: Vocabulary) -> ParsedWorkout:
    """`bench`, `bench not squat`: the same sets, of another exercise."""
    assert name.exercise is not None
    held = [_key(one) for one in logged]
    wrong = [_key_of(atom.exercise) for atom in _atoms(said.wrong, vocabulary) if atom.exercise is not None]
    key = next((each for each in wrong if each in held), held[-1])
    new = name.exercise
    if (_exercise_of(next(one for one in logged if _key(one) == key), vocabulary).measure, 1) != (new.measure, 1):
        return _nothing(text, logged)  # held seconds are no repetitions of something else
    sets = [
        replace(one, exercise=new.name_en, slug=new.slug, own_id=new.own_id) if _key(one) == key else one
        for one in logged
    ]
    return _answer(sets, None, name.score)


def _clauses(logged: Sequence[ParsedSet], said: _Words, text: str, vocabulary: Vocabulary) -> ParsedWorkout:
    """Several exercises, or another one: each corrects its own sets, the new ones take the place of the last not named."""
    read = parse(said.readable, vocabulary)
    if not read.sets:
        return replace(_nothing(text, logged), unread=read.unread or _nothing(text, logged).unread)
    by_key: dict[Key, list[ParsedSet]] = {}
    for one in read.sets:
        by_key.setdefault(_key(one), []).append(one)
    held = {_key(one) for one in logged}
    sets, sure = list(logged), 1.0
    for key, found in by_key.items():
        if key in held:
            merged, sure_of_merge = amend([one for one in logged if _key(one) == key], Said.all_of(found))
            sets, sure = _put_back(sets, key, merged), min(sure, sure_of_merge)
    new = [one for one in read.sets if _key(one) not in held]
    if new:
        wrong = [_key_of(atom.exercise) for atom in _atoms(said.wrong, vocabulary) if atom.exercise is not None]
        spare = [key for key in map(_key, sets) if key not in by_key]
        target = next((key for key in wrong if key in spare), spare[-1] if spare else None)
        sets = [*sets, *new] if target is None else _put_back(sets, target, new)
    return replace(_answer(sets, read.note, sure * read.confidence), unread=read.unread)


def _put_back(logged: Sequence[ParsedSet], key: Key, merged: Sequence[ParsedSet]) -> list[ParsedSet]:
    """The workout with other sets for one exercise: each in its old place where there are as many, else where it began."""
    runs = [(each, list(run)) for each, run in groupby(logged, _key)]
    places = [sum(one.sets for one in run) for each, run in runs if each == key]
    waiting = [one.times(1) for one in merged for _ in range(one.sets)]
    if len(waiting) != sum(places):
        places = [len(waiting)] + [0] * (len(places) - 1)
    out: list[ParsedSet] = []
    for each, run in runs:
        if each != key:
            out.extend(run)
            continue
        taken = places.pop(0)
        out.extend(waiting[:taken])
        waiting = waiting[taken:]
    return together(out)


def _key(one: ParsedSet) -> Key:
    return one.slug, one.own_id


def _key_of(exercise: Exercise | None) -> Key:
    assert exercise is not None
    return exercise.slug, exercise.own_id


def _exercise_of(one: ParsedSet, vocabulary: Vocabulary) -> Exercise:
    known = next((each for each in vocabulary.exercises if (each.slug, each.own_id) == _key(one)), None)
    return known or Exercise(one.slug, one.exercise, one.exercise, own_id=one.own_id, equipment="barbell")


def _answer(sets: Sequence[ParsedSet], note: str | None, confidence: float) -> ParsedWorkout:
    return ParsedWorkout(LOG_WORKOUT, tuple(together(sets)), note, round(max(min(confidence, 1.0), 0.05), 2))


def _nothing(text: str, logged: Sequence[ParsedSet]) -> ParsedWorkout:
    last = [one for one in logged if _key(one) == _key(logged[-1])]
    return ParsedWorkout(UNKNOWN, (), text.strip() or None, 0.0, (Unread(text.strip(), render_sets(last)),))
