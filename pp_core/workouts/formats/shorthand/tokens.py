"""Cut a folded text into atoms: numbers with their units, exercises, and the words and signs between them."""

from __future__ import annotations

import re

from pp_core.workouts.formats.catalogue import Exercise, Vocabulary, stem
from pp_core.workouts.formats.shorthand import numbers
from pp_core.workouts.formats.shorthand.lexicon import (
    COMMON,
    EQUIPMENT,
    PHRASE_HEADS,
    PHRASES,
    REPS,
    SKIP,
    UNITS,
    WORDS,
    Kind,
)

_LEX = re.compile(
    # A word comes first, being the commonest, unless it opens a tempo or is the letter of a label.
    r"(?P<word>(?!tempo:? ?\d|[a-h](?![^\W_]{2}))(?:t2b|k2e|e1rm|e[2-9]mom|[^\W\d_]+(?:'[^\W\d_]+)*))"
    r"|(?P<date>\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]20\d{2}|\d{1,2}(?:st|nd|rd|th)\b"
    r"|531(?<![\d/]531)(?![\d.]| ?(?:kg|lb|x))|5/3/1(?<![\d/]5/3/1)(?= ?:| (?:week|wk|day|cycle|bbb|fsl|w\d)))"
    r"|(?P<tempo>tempo:? ?\d[-/]?[\dx][-/]?[\dx](?:[-/]?[\dx])?(?![\dx])|\d{4}(?= tempo))"
    r"|(?P<label>(?:(?<=\n)|(?<![^ \n;,]))\d{1,2}[.):]\)?(?=[ ]?[a-z#])(?!:)|(?<![^ \n;,])\d{1,2}\)(?=[ ])"
    r"|(?<![^ \n;,])[a-h](?:\d[.):]|\)|[1-6](?= [a-z])))"
    r"|(?P<single>1(?=[ -]?(?:arm|leg|hand)(?:ed)?\b))"
    r"|(?P<prime>\d{1,2}'\d{2}(?:\"|''|(?!\d)))"
    r"|(?P<clock>\d{1,2}:[0-5]\d(?::[0-5]\d)?(?![\d/x]|,\d))"
    r"|(?P<number>\d+(?:\.\d+)?|(?<![^\W_])\.\d+)"
    r"|(?P<other>c&j|[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<sign>[^ ])"
)
_SIGNS = {
    ",": Kind.BREAK, ";": Kind.BREAK, "\n": Kind.BREAK, ".": Kind.BREAK, "!": Kind.BREAK, "&": Kind.BREAK,
    "?": Kind.BREAK,
    "|": Kind.BREAK, "*": Kind.TIMES, "@": Kind.AT, "=": Kind.COLON, ":": Kind.COLON, "/": Kind.SLASH, "-": Kind.DASH,
    "~": Kind.SYMBOL, "+": Kind.PLUS, "#": Kind.SYMBOL, "%": Kind.SYMBOL, "'": Kind.SYMBOL, '"': Kind.SYMBOL,
}  # fmt: skip
_A_WHOLE = frozenset({"minute", "min", "hour"})
_TALLIES = {"twice": 2.0, "thrice": 3.0}
_COUNT_NOUNS = {"singles": 1.0, "doubles": 2.0, "triples": 3.0, "single": 1.0, "double": 2.0, "triple": 3.0}
_ORDINALS = frozenset({"tatu", "nne", "tano"})
_LARGEST = 100_000  # beyond this it is a telephone number or an account, not a set
_TRANSPARENT = frozenset("-'()&")
_SILENT = frozenset({"the", "a", "of", "za", "ya", "la", "wa"})
TENSES = ("nime", "nili", "nika", "tume", "tuli", "tuka")
_WITH = frozenset({"with", "using", "w", "na", "kwa", "on", "za", "ya"})


class Atom:
    """One piece of text; ``start`` and ``end`` are places in the folded text."""

    __slots__ = (
        "end",
        "exact",
        "exercise",
        "glued",
        "kind",
        "score",
        "start",
        "tally",
        "trailed",
        "unit",
        "value",
        "word",
    )

    def __init__(self, kind: Kind, start: int, end: int, word: str, glued: bool) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.word = word
        self.glued = glued  # touches the atom before it
        self.value = 0.0
        self.unit: str | None = None
        self.exercise: Exercise | None = None
        self.score = 1.0
        self.exact = True
        self.trailed = False  # its unit stands after it
        self.tally = False  # `3 times`, `twice`: repetitions, or sets where those are known

    def __repr__(self) -> str:
        detail = f" {self.value:g}{self.unit or ''}" if self.kind is Kind.NUMBER else ""
        return f"<{self.kind.name} {self.word!r}{detail}>"


def atoms_of(folded: str, vocabulary: Vocabulary) -> list[Atom]:
    """Return the atoms of a folded text, in order; exercises and word numbers are one atom each."""
    return _name(_number_words(_lex(folded, vocabulary)), vocabulary)


def _lex(folded: str, vocabulary: Vocabulary) -> list[Atom]:
    atoms: list[Atom] = []
    last_end = -1
    labels = 0  # the last of `1) ... 2) ...` seen
    for found in _LEX.finditer(folded):
        group = found.lastgroup
        text = found.group()
        start, end = found.span()
        glued = start == last_end
        last_end = end
        if group == "number":
            atom = Atom(Kind.NUMBER, start, end, text, glued)
            if len(text) > 9 or (len(text) > 4 and text[0] == "0" and "." not in text) or float(text) >= _LARGEST:
                atom.kind = Kind.WORD
            else:
                atom.value = float(text)
            atoms.append(atom)
        elif group in ("word", "other"):
            _append_word(atoms, folded, text, start, end, glued, vocabulary)
        elif group == "sign":
            kind = _SIGNS.get(text)
            if kind is Kind.BREAK and text == "." and glued and end < len(folded) and folded[end].isalpha():
                kind = Kind.BREAK
            atoms.append(Atom(kind or Kind.SYMBOL, start, end, "," if text == "|" else text, glued))
        elif group in ("clock", "prime"):
            atoms.append(_clock(text, start, end, glued))
        elif group == "tempo":
            atoms.append(Atom(Kind.FILLER, start, end, text, glued))
            atoms[-1].unit = SKIP
        elif group == "single":
            atoms.append(Atom(Kind.WORD, start, end, "single", glued))
        elif group == "label":
            digits = text.rstrip(".):")
            opens = not start or folded[start - 1] == "\n" or not digits.isdigit() or int(digits) == labels + 1
            if opens:
                labels = int(digits) if digits.isdigit() else labels
                atoms.append(Atom(Kind.BREAK, start, end, ";", glued))
            else:
                number = Atom(Kind.NUMBER, start, start + len(digits), digits, glued)
                number.value = float(digits)
                atoms.append(number)
                sign = ":" if text[-1] == ":" else "." if text[-1] == "." else ")"
                atoms.append(Atom(_SIGNS.get(sign, Kind.SYMBOL), end - 1, end, sign, True))
        else:
            atoms.append(Atom(Kind.FILLER, start, end, text, glued))
    return atoms


def _append_word(
    atoms: list[Atom], folded: str, text: str, start: int, end: int, glued: bool, vocabulary: Vocabulary
) -> None:
    """Append a word, parted where a cross is stuck to it: `60kgx8`, `xamrap`, `squatx5`."""
    if len(text) > 1 and text not in UNITS and text not in WORDS and "x" in (text[0], text[-1]):
        if text[-1] == "x" and end < len(folded) and (folded[end].isdigit() or folded[end] == " "):
            rest = text[:-1]
            if rest in UNITS or rest in WORDS or (folded[end].isdigit() and vocabulary.exact([stem(rest)])):
                atoms.append(Atom(Kind.WORD, start, end - 1, rest, glued))
                atoms.append(Atom(Kind.WORD, end - 1, end, "x", True))
                return
        if text[0] == "x" and (text[1:] in UNITS or text[1:] in WORDS):
            atoms.append(Atom(Kind.WORD, start, start + 1, "x", glued))
            atoms.append(Atom(Kind.WORD, start + 1, end, text[1:], True))
            return
    atoms.append(Atom(Kind.WORD, start, end, text, glued))


def _clock(text: str, start: int, end: int, glued: bool) -> Atom:
    atom = Atom(Kind.NUMBER, start, end, text, glued)
    total = 0
    for part in re.split(r"[:']", text.rstrip("\"'")):
        total = total * 60 + int(part)
    atom.value, atom.unit = float(total), "s"
    return atom


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
        _classify(atom)
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


def _classify(atom: Atom) -> None:
    word = atom.word
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
