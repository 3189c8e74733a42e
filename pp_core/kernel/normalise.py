"""Fold what was typed to one alphabet, keeping a readable text of the same length beside it."""

from __future__ import annotations

import re
import unicodedata

_QUOTES = dict.fromkeys(map(ord, "’‘‛ʼ′´`"), "'") | dict.fromkeys(map(ord, "“”„‟″"), '"')
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣"), "-")
_CROSSES = dict.fromkeys(map(ord, "×✕✖⨯хХ"), "x")
_FOLDED: dict[int, str] = (
    _QUOTES
    | _DASHES
    | _CROSSES
    | dict.fromkeys(map(ord, "•▪‣●◦∙·"), ";")
    | {ord("°"): "%", ord("⁄"): "/", ord("÷"): "/"}
)
_HALVES = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_SPACES = re.compile(r"[^\S\n]+")
_LETTER_O = re.compile(r"\d[o\d]*o[o\d]*(?![a-z])")
_TENS = re.compile(r"(?<=ty)-(?=(?:one|two|three|four|five|six|seven|eight|nine)\b)")
_LETTER_L = re.compile(r"(?<![a-z])l(?=\d)|(?<=\d)l(?=\d)")


def normalise(text: str) -> tuple[str, str]:
    """Return (readable, folded): one character of each for one of the other; folded is lower case.

    Compatibility forms are composed (NFKC), quotes, dashes and crosses become ASCII, pictures become spaces, runs of
    blanks one blank, and the letter O between digits the figure 0.
    """
    if not text.isascii():
        text = _compose(text)
    readable = _SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")).strip()
    folded = readable.lower()
    if len(folded) != len(readable):
        folded = "".join(c.lower() if len(c.lower()) == 1 else c for c in readable)
    if "o" in folded:
        folded = _LETTER_O.sub(lambda found: found.group().replace("o", "0"), folded)
    if "ty-" in folded:
        folded = _TENS.sub(" ", folded)
    if "l" in folded:
        folded = _LETTER_L.sub("1", folded)
    return readable, folded


def _compose(text: str) -> str:
    for sign, value in _HALVES.items():
        if sign in text:
            text = re.sub(rf"(?<=\d) ?{sign}", f"{value}"[1:], text).replace(sign, f"{value}")
    text = unicodedata.normalize("NFKC", text.translate(_FOLDED)).translate(_FOLDED)
    if text.isascii():
        return text
    return "".join(c if c == "\n" else _plain(c) for c in text)


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Mn", "Cf"):
        return ""
    return " " if category[0] in "SZC" and char not in "+<=>|~^$" else char
