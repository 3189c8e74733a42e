"""How many SMS a text takes, and how to keep it in the cheap alphabet.

Source: 3GPP TS 23.038 (the GSM 7-bit default alphabet and its extension table) and TS 23.040 (joined messages). A part
holds 160 septets or 70 UTF-16 units; in a joined message each part gives seven septets or three units to its header.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_ALPHABET = _BASIC | _EXTENSION

_SINGLE_GSM7, _JOINED_GSM7 = 160, 153
_SINGLE_UCS2, _JOINED_UCS2 = 70, 67

_SPELLINGS = {
    **dict.fromkeys("‘’‚‛′ʹʻʼˈ`´＇", "'"),
    **dict.fromkeys("“”„‟″«»＂", '"'),
    **dict.fromkeys("‹", "<"),
    **dict.fromkeys("›", ">"),
    **dict.fromkeys("‐‑‒–—―−⁃﹘﹣－", "-"),
    **dict.fromkeys("•·‣▪●∙", "-"),
    **dict.fromkeys("\t\u2028\u2029\x85\x0b", " "),
    "×": "x",
    "✕": "x",
    "✖": "x",
    "÷": "/",
    "⁄": "/",
    "∕": "/",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "≠": "!=",
    "→": "->",
    "←": "<-",
    "°": " deg",
    "©": "(c)",
    "®": "(R)",
    "œ": "oe",
    "Œ": "OE",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "μ": "u",
    "µ": "u",
    "✓": "OK",
    "✔": "OK",
}
_INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\xad")
)
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d\ufe0e\ufe0f"))


class Encoding(StrEnum):
    """The two alphabets a text message is sent in."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


@dataclass(frozen=True, slots=True)
class SmsParts:
    """What a text costs to send.

    `units` are septets in GSM-7 (two for a character of the extension table), in UCS-2 16-bit units (two for an emoji).
    """

    encoding: Encoding
    units: int
    parts: int


def is_gsm7(text: str) -> bool:
    """Tell whether every character of `text` is in the GSM 7-bit alphabet or its extension table."""
    return _ALPHABET.issuperset(text)


def parts(text: str) -> SmsParts:
    """Count the alphabet, units and parts `text` takes; an empty text still takes one part."""
    return SmsParts(
        encoding=Encoding.GSM7 if is_gsm7(text) else Encoding.UCS2,
        units=sum(_widths(text)),
        parts=len(split(text)),
    )


def one_part(encoding: Encoding) -> int:
    """The units that one part holds when it stands alone."""
    return _SINGLE_GSM7 if encoding is Encoding.GSM7 else _SINGLE_UCS2


def split(text: str) -> list[str]:
    """Cut `text` as a gateway does: a pair of units that makes one character is never divided between parts."""
    gsm7 = is_gsm7(text)
    widths = _widths(text)
    if sum(widths) <= (_SINGLE_GSM7 if gsm7 else _SINGLE_UCS2):
        return [text]
    room = _JOINED_GSM7 if gsm7 else _JOINED_UCS2
    pieces: list[str] = []
    start = used = 0
    for index, width in enumerate(widths):
        if used + width > room:
            pieces.append(text[start:index])
            start, used = index, 0
        used += width
    pieces.append(text[start:])
    return pieces


def to_gsm7(text: str) -> str:
    """Respell what has a plain equivalent (quotes, dashes, spaces, accents, fractions) so that a reply stays in GSM-7.

    A character with no equivalent, such as an emoji, is kept: dropping it could change what the text says. Ask `parts`
    afterwards whether the text then needs UCS-2.
    """
    spelled: list[str] = []
    for char in unicodedata.normalize("NFC", text).translate(_INVISIBLE):
        plain = _plain(char)
        # 2½ must read 2 1/2, not 21/2.
        if char != plain and plain[:1].isdigit() and not char.isdecimal() and spelled and spelled[-1][-1:].isdigit():
            plain = " " + plain
        if plain:
            spelled.append(plain)
    result = "".join(spelled)
    # Joiners mean something only beside an emoji; alone they would force UCS-2 for nothing that can be seen.
    bare = result.translate(_JOINERS)
    return bare if is_gsm7(bare) else result


def _plain(char: str) -> str:
    if char in _ALPHABET:
        return char
    if char in _SPELLINGS:
        return _SPELLINGS[char]
    decomposed = unicodedata.normalize("NFKD", char)
    base = "".join(_SPELLINGS.get(each, each) for each in decomposed if not unicodedata.combining(each))
    if base and base != char and is_gsm7(base):
        return base
    return char


def _widths(text: str) -> list[int]:
    if is_gsm7(text):
        return [2 if char in _EXTENSION else 1 for char in text]
    return [2 if ord(char) > 0xFFFF else 1 for char in text]
