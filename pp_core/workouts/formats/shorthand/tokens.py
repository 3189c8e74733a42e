"""Understand the atoms of a text: number words, exercises, and the part every other word plays."""

from __future__ import annotations

from pp_core.kernel import numbers
from pp_core.workouts.formats.catalogue import Exercise, Vocabulary, stem
from pp_core.workouts.formats.shorthand.lexer import Atom, lex
from pp_core.workouts.formats.shorthand.lexicon import (
    COMMON,
    EQUIPMENT,
    PHRASE_HEADS,
    PHRASES,
    REPS,
    UNITS,
    WORDS,
    Kind,
)

_A_WHOLE = frozenset({"minute", "min", "hour"})
_TALLIES = {"twice": 2.0, "thrice": 3.0}
_COUNT_NOUNS = {"singles": 1.0, "doubles": 2.0, "triples": 3.0, "single": 1.0, "double": 2.0, "triple": 3.0}
_ORDINALS = frozenset({"tatu", "nne", "tano"})
_TRANSPARENT = frozenset("-'()&")
_SILENT = frozenset({"the", "a", "of", "za", "ya", "la", "wa"})
TENSES = ("nime", "nili", "nika", "tume", "tuli", "tuka")
_WITH = frozenset({"with", "using", "w", "na", "kwa", "on", "za", "ya"})


def atoms_of(folded: str, vocabulary: Vocabulary) -> list[Atom]:
    """Return the atoms of a folded text, in order; exercises and word numbers are one atom each."""
    return _name(_number_words(lex(folded, vocabulary)), vocabulary)


def _number_words(atoms: list[Atom]) -> list[Atom]:
    """Turn words that are numbers into numbers, and `and a half` into part of the number before it."""
    if not any(a.kind is Kind.WORD and (a.word in numbers.NUMBER_WORDS or a.word in _A_WHOLE) for a in atoms):
        return atoms
    words = [a.word if a.kind is Kind.WORD else "\0" for a in atoms]
    out: list[Atom] = []
    at = 0
    while at < len(atoms):
        atom = atoms[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if atom.kind is Kind.NUMBER and atom.unit is None and (more := numbers.half_after(words, at + 1)):
            atom.value += more[0]
            at += 1 + more[1]
            atom.end = atoms[at - 1].end
            out.append(atom)
            continue
        if atom.kind is Kind.WORD and out and out[-1].kind is Kind.NUMBER and atom.word in _A_WHOLE:
            if more := numbers.half_after(words, at + 1):
                out[-1].value += more[0]  # `a minute and a half`
                at += more[1]
        elif atom.word in ("a", "an") and following in _A_WHOLE and not (out and out[-1].kind is Kind.NUMBER):
            atom.kind, atom.value = Kind.NUMBER, 1.0
        elif atom.kind is Kind.WORD and (atom.word in numbers.NUMBER_WORDS or atom.word == "a"):
            if atom.word in ("one", "single") and stem(following) in ("arm", "leg", "hand", "armed", "legged"):
                atom.word = "single"
            elif atom.word in ("one", "moja") and at and words[at - 1] in ("each", "every", "kila"):
                atom.kind = Kind.EACH
            elif atom.word in _ORDINALS and at and words[at - 1] == "ya" and at + 1 < len(atoms) and following == "\0":
                atom.kind, atom.word = Kind.BREAK, ";"  # `ya tatu 80x6`: the third
            elif (read := numbers.read_number(words, at)) is not None:
                number = Atom(Kind.NUMBER, atom.start, atoms[at + read[1] - 1].end, atom.word, atom.glued)
                number.value = read[0]
                at += read[1]
                out.append(number)
                continue
        out.append(atom)
        at += 1
    return out


def _name(atoms: list[Atom], vocabulary: Vocabulary) -> list[Atom]:
    """Find the exercises among the words, then give every other word its kind."""
    out: list[Atom] = []
    at = 0
    count = len(atoms)
    while at < count:
        atom = atoms[at]
        if atom.kind is not Kind.WORD:
            out.append(atom)
            at += 1
            continue
        phrase = _phrase(atoms, at) if atom.word in PHRASE_HEADS else 0
        found = _exercise_at(atoms, at, vocabulary)
        if found is not None and not (phrase >= found[1] and not _spoken_of(atoms, at + found[1], vocabulary)):
            named, used = found
            at += used
            out.append(named)
            continue
        if phrase:
            words = tuple(a.word for a in atoms[at : at + phrase])
            out.append(Atom(PHRASES[words], atom.start, atoms[at + phrase - 1].end, " ".join(words), atom.glued))
            at += phrase
            continue
        _classify(atom, sided=at + 1 < count and atoms[at + 1].word in ("arm", "leg", "hand", "arms", "legs"))
        out.append(atom)
        at += 1
    return out


def _spoken_of(atoms: list[Atom], at: int, vocabulary: Vocabulary) -> bool:
    """Whether numbers follow, so that `good morning 3x10` is the exercise and `good morning, ...` a greeting."""
    if at >= len(atoms):
        return False
    if atoms[at].word == "\n":
        return not any(a.kind is Kind.WORD and vocabulary.longest(stem(a.word)) for a in atoms[at + 1 : at + 40])
    return atoms[at].kind is Kind.NUMBER or atoms[at].word in UNITS or atoms[at].word in (":", "-", "@", "at", "with")


def _phrase(atoms: list[Atom], at: int) -> int:
    words: list[str] = []
    best = 0
    for atom in atoms[at : at + 4]:
        if atom.kind is not Kind.WORD:
            break
        words.append(atom.word)
        if tuple(words) in PHRASES:
            best = len(words)
    return best


def _classify(atom: Atom, *, sided: bool) -> None:
    word = atom.word
    if word == "single" and sided:
        atom.kind = Kind.FILLER
        return
    if word in UNITS:
        atom.kind = Kind.UNIT
        atom.unit = UNITS[word]
        return
    if word in _COUNT_NOUNS:
        atom.kind, atom.value, atom.unit = Kind.NUMBER, _COUNT_NOUNS[word], REPS
        return
    if word in _TALLIES:
        atom.kind, atom.value, atom.unit, atom.tally = Kind.NUMBER, _TALLIES[word], REPS, True
        return
    kind = WORDS.get(word)
    if kind is None and word.endswith("'s"):
        kind = WORDS.get(word[:-2])
    if kind is not None:
        atom.kind = kind


def _exercise_at(atoms: list[Atom], at: int, vocabulary: Vocabulary) -> tuple[Atom, int] | None:
    """Find the longest exercise name that starts at an index: (its atom, how many atoms it takes)."""
    first = _stem_at(atoms[at], vocabulary)
    if first is None:
        return None
    reach = vocabulary.longest(first)
    if not reach:
        return None
    stems = [first]
    ends = [at + 1]
    cursor = at + 1
    while cursor < len(atoms) and len(stems) < reach:
        atom = atoms[cursor]
        if atom.kind is Kind.WORD:
            if atom.word not in _SILENT:
                found = _stem_at(atom, vocabulary)
                if found is None:
                    break
                stems.append(found)
                ends.append(cursor + 1)
        elif atom.word not in _TRANSPARENT or (atom.word == "-" and not atom.glued):
            break
        elif atom.word == "&":
            stems.append("and")
            ends.append(cursor + 1)
        cursor += 1
    for size in range(len(stems), 0, -1):
        exercise = vocabulary.exact(stems[:size])
        if exercise is None:
            continue
        named, used = _with_equipment(atoms, at, ends[size - 1], stems[:size], exercise, vocabulary)
        _score(named, atoms[at : at + used])
        if named.score < 1.0 and size == 1 and len(atoms[at].word) < 3:
            continue
        return named, used
    return None


def _stem_at(atom: Atom, vocabulary: Vocabulary) -> str | None:
    word = atom.word.replace("'", "").replace("&", "and")
    found = stem(word)
    if vocabulary.longest(found):
        return found
    if word.startswith(TENSES):
        # `nimechuchumaa`, I squatted: names are verbs in the infinitive, `kuchuchumaa`.
        found = "ku" + word[4:]
        if not vocabulary.longest(found):
            found = stem(word[4:])  # `nimesquat`
        return found if vocabulary.longest(found) else None
    if word in UNITS or word in WORDS or word in numbers.NUMBER_WORDS or word in COMMON or len(word) < 3:
        return None
    corrected = vocabulary.correct(found)
    if corrected is None and word[-1] == "s" and vocabulary.longest(word + "s"):
        corrected = word + "s"  # `pres`
    if corrected is not None:
        atom.score = 0.5  # marks a misspelt word; the name's own score is worked out from all of them
    return corrected


def _with_equipment(
    atoms: list[Atom], at: int, end: int, stems: list[str], exercise: Exercise, vocabulary: Vocabulary
) -> tuple[Atom, int]:
    """Take in `(dumbbell)` or `with dumbbells` after a name, where the catalogue has such an exercise."""
    cursor = end
    if cursor < len(atoms) and (atoms[cursor].word in _WITH or atoms[cursor].word in "(/"):
        if atoms[cursor].word == "w" and cursor + 1 < len(atoms) and atoms[cursor + 1].word == "/":
            cursor += 1
        if cursor + 1 < len(atoms) and (tool := stem(atoms[cursor + 1].word)) in EQUIPMENT:
            other = vocabulary.exact([tool, *stems])
            if other is not None:
                exercise, end = other, cursor + 2
    if end < len(atoms) and atoms[end].word == ")":
        end += 1
    named = Atom(Kind.EXERCISE, atoms[at].start, atoms[end - 1].end, atoms[at].word, atoms[at].glued)
    named.exercise = exercise
    return named, end - at


def _score(named: Atom, parts: list[Atom]) -> None:
    words = [a for a in parts if a.kind is Kind.WORD]
    wrong = sum(1 for a in words if a.score < 1.0)
    if wrong:
        named.score = 0.9 - 0.1 * wrong / len(words)
        named.exact = False
    named.word = " ".join(a.word for a in words)
