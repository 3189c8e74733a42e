"""What Pydantic found wrong with a request, as an `Invalid` in the caller's language; and fields of one line."""

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError
from pydantic_core import PydanticCustomError

from . import locale
from .errors import Invalid

MOST_FIELDS = 20
"""Faults that are told; a file of five hundred rows must not be answered with thousands."""


def invalid(error: ValidationError, language: str) -> Invalid:
    """`Invalid` with `fields` ({"field", "problem"}) and a `summary`. What was sent is never repeated: it may be secret."""
    found = error.errors(include_url=False, include_input=False)
    fields = [{"field": _place(each["loc"]), "problem": sentence(each, language)} for each in found[:MOST_FIELDS]]
    shown = "; ".join(f"{each['field']}: {each['problem']}" for each in fields[:5])
    return Invalid(fields=fields, summary=shown)


def sentence(found: Any, language: str) -> str:
    """What is wrong with one field; Pydantic's own English where the catalogue has no text for that fault."""
    key = f"invalid.{found['type']}"
    if locale.has(key):
        return locale.text(key, language, **found.get("ctx", {}))
    return str(found["msg"]).removeprefix("Value error, ")


def _place(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place) or "body"


_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing, and with it what a reader sees."""


def is_line(text: str) -> bool:
    """Whether `text` is one line and holds nothing that a terminal or a phone would obey instead of show."""
    return not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") or char in _TURNS for char in text)


def _checked(text: str) -> str:
    if not is_line(text):
        raise PydanticCustomError("control_character", "holds a character that cannot be shown")
    return text


Line = Annotated[str, AfterValidator(_checked)]
"""A field of one line, shown as it is: names, which go into texts, terminals and spreadsheets."""
