"""Cut a folded text into atoms: numbers, words and signs, before any is understood."""

from __future__ import annotations

import re

from pp_core.workouts.formats.catalogue import Exercise, Vocabulary, stem
from pp_core.workouts.formats.shorthand.lexicon import SKIP, UNITS, WORDS, Kind

_LEX = re.compile(
    # What is commonest comes first: a word that opens no tempo and labels nothing, a number that is nothing else.
    r"(?P<word>(?!tempo:? ?\d|[a-h](?![^\W_]{2}))(?:t2b|k2e|e1rm|e[2-9]mom|[^\W\d_]+(?:'[^\W\d_]+)*))"
    r"|(?P<plain>(?!531)\d+(?=[,;\nx@+]|kg|lb|$| (?!tempo|1/2|arm|leg|hand)))"
    r"|(?P<date>\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]20\d{2}|\d{1,2}(?:st|nd|rd|th)\b"
    r"|\A\d{1,2}/\d{1,2}(?= ?[:,-]? ?[a-z][^\n]*(?:\d ?x ?\d|\dkg))"
    r"|5'?s pro\b|(?<![\w/.@])(?<!x )531(?![\w/]|\.\d"
    r"| (?:k?cal|kg|kilo|km|lb|m\b|me?t|min|dak|mit|rep|marud|s\b|se[ckt]|step|hatua|x|y))"
    r"|5/3/1(?<![\d/]5/3/1)(?= ?:| (?:week|wk|day|cycle|bbb|fsl|w\d)))"
    r"|(?P<tempo>tempo:? ?\d[-/]?[\dx][-/]?[\dx](?:[-/]?[\dx])?(?![\dx])|\d{4}(?= tempo))"
    r"|(?P<label>(?:(?<=\n)|(?<![^ \n;,]))\d{1,2}[.):]\)?(?=[ ]?[a-z#])(?!:)|(?<![^ \n;,])\d{1,2}\)(?=[ ])"
    r"|(?<![^ \n;,])[a-h](?:\d[.):]|\)|[1-6](?= [a-z])))"
    r"|(?P<single>1(?=[ -]?(?:arm|leg|hand)(?:ed)?\b))"
    r"|(?P<prime>\d{1,2}'\d{2}(?:\"|''|(?!\d)))"
    r"|(?P<clock>\d{1,2}:[0-5]\d(?::[0-5]\d)?(?![\d/x]|,\d))"
    r"|(?P<number>\d+ 1/2(?= ?(?:kg|lb|kilo))|\d+(?:\.\d+)?|(?<![^\W_])\.\d+)"
    r"|(?P<other>c&j|[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<sign>[^ ])"
)
_SIGNS = {
    ",": Kind.BREAK, ";": Kind.BREAK, "\n": Kind.BREAK, ".": Kind.BREAK, "!": Kind.BREAK, "&": Kind.BREAK,
    "?": Kind.BREAK,
    "|": Kind.BREAK, "*": Kind.TIMES, "@": Kind.AT, "=": Kind.COLON, ":": Kind.COLON, "/": Kind.SLASH, "-": Kind.DASH,
    "~": Kind.SYMBOL, "+": Kind.PLUS, "#": Kind.SYMBOL, "%": Kind.SYMBOL, "'": Kind.SYMBOL, '"': Kind.SYMBOL,
}  # fmt: skip
_LARGEST = 100_000  # beyond this it is a telephone number or an account, not a set


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


def lex(folded: str, vocabulary: Vocabulary) -> list[Atom]:
    """Return the atoms of a folded text, in order; each number, word and sign is one."""
    atoms: list[Atom] = []
    last_end = -1
    labels = 0  # the last of `1) ... 2) ...` seen
    for found in _LEX.finditer(folded):
        group = found.lastgroup
        text = found.group()
        start, end = found.span()
        glued = start == last_end
        last_end = end
        if group in ("plain", "number"):
            atom = Atom(Kind.NUMBER, start, end, text, glued)
            if text.endswith(" 1/2"):
                atom.value = float(text[:-4]) + 0.5
            elif len(text) > 9 or (len(text) > 4 and text[0] == "0" and "." not in text) or float(text) >= _LARGEST:
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
