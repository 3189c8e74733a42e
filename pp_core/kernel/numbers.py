"""Numbers written as words, in English and Swahili, with their compounds."""

from __future__ import annotations

from collections.abc import Sequence

UNITS = {
    "zero": 0, "sifuri": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "moja": 1, "mbili": 2, "tatu": 3, "nne": 4, "tano": 5, "sita": 6, "saba": 7, "nane": 8, "tisa": 9,
    "mawili": 2, "matatu": 3, "manne": 4, "matano": 5, "manane": 8, "mitatu": 3, "miwili": 2, "minne": 4, "mitano": 5,
    "minane": 8, "fife": 5, "tisha": 9,
}  # fmt: skip
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "dozen": 12, "edashara": 11,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "kumi": 10, "ishirini": 20, "thelathini": 30, "thalathini": 30, "arobaini": 40, "arubaini": 40,
    "hamsini": 50, "sitini": 60, "sabini": 70, "themanini": 80, "tisini": 90,
}  # fmt: skip
HALVES = {"half": 0.5, "nusu": 0.5, "robo": 0.25, "quarter": 0.25}
HUNDREDS = frozenset({"hundred", "mia"})
NUMBER_WORDS = frozenset(UNITS) | frozenset(TEENS) | frozenset(TENS) | frozenset(HALVES) | HUNDREDS
_JOINS = frozenset({"and", "na", "n"})


def read_number(words: Sequence[str], at: int) -> tuple[float, int] | None:
    """Read the number in words that starts at an index: (value, how many words it takes), or None.

    ``na`` and ``and`` join only a smaller part to a larger one: `ishirini na tano` is 25, `tano na sita` stays two
    numbers. Lifters' `one forty` is 140 and `two twenty five` is 225.
    """
    end = len(words)
    word = words[at]
    if word in HALVES:
        return HALVES[word], 1
    used = 0
    value = 0.0
    if word in ("a", "mia", "hundred"):
        if word == "a" and not (at + 1 < end and words[at + 1] in ("hundred", "dozen")):
            return None
        used = 1 if word == "a" else 0
        if words[at + used] == "dozen":
            return 12.0, used + 1
        value, used = _hundreds(words, at, used)
    elif word in UNITS:
        following = words[at + 1] if at + 1 < end else ""
        if following == "hundred":
            value, used = _tail(words, at, 2, UNITS[word] * 100)
        elif following in TENS and 1 <= UNITS[word] <= 3 and following not in ("kumi",):
            below, used = _below_hundred(words, at + 1)
            value, used = UNITS[word] * 100 + below, used + 1
        else:
            value, used = float(UNITS[word]), 1
    else:
        value, used = _below_hundred(words, at)
        if not used:
            return None
    return _half(words, at, used, value)


def _hundreds(words: Sequence[str], at: int, used: int) -> tuple[float, int]:
    swahili = words[at + used] == "mia"
    used += 1
    value = 100.0
    if swahili and at + used < len(words) and words[at + used] in UNITS:
        value = UNITS[words[at + used]] * 100.0
        used += 1
    return _tail(words, at, used, value)


def _tail(words: Sequence[str], at: int, used: int, value: float) -> tuple[float, int]:
    cursor = at + used
    joined = 1 if cursor < len(words) and words[cursor] in _JOINS else 0
    if cursor + joined < len(words):
        below, more = _below_hundred(words, cursor + joined)
        if more and (joined or below >= 10 or words[cursor] not in UNITS):
            return value + below, used + joined + more
    return float(value), used


def _below_hundred(words: Sequence[str], at: int) -> tuple[float, int]:
    word = words[at]
    if word in TEENS:
        return float(TEENS[word]), 1
    if word in UNITS:
        return float(UNITS[word]), 1
    if word not in TENS:
        return 0.0, 0
    value = float(TENS[word])
    swahili = word in ("kumi", "ishirini") or word.endswith("ini")
    cursor = at + 1
    if cursor < len(words) and not swahili and UNITS.get(words[cursor], 0) > 0:
        return value + UNITS[words[cursor]], 2
    if swahili and cursor + 1 < len(words) and words[cursor] == "na" and words[cursor + 1] in UNITS:
        return value + UNITS[words[cursor + 1]], 3
    return value, 1


def _half(words: Sequence[str], at: int, used: int, value: float) -> tuple[float, int]:
    point = at + used
    if point + 1 < len(words) and words[point] in ("point", "nukta") and words[point + 1] in UNITS:
        return value + UNITS[words[point + 1]] / 10, used + 2
    more = half_after(words, point)
    return (value + more[0], used + more[1]) if more else (value, used)


def half_after(words: Sequence[str], at: int) -> tuple[float, int] | None:
    """Read `and a half` or `na nusu` at an index: (0.5, how many words), or None."""
    if at < len(words) and words[at] == "nusu":
        return 0.5, 1
    if at >= len(words) or words[at] not in _JOINS:
        return None
    cursor = at + 1
    if cursor < len(words) and words[cursor] == "a":
        cursor += 1
    if cursor < len(words) and words[cursor] in HALVES:
        return HALVES[words[cursor]], cursor + 1 - at
    return None
