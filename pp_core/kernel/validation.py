"""What Pydantic found wrong with a request, as an `Invalid` in the caller's language."""

from typing import Any

from pydantic import ValidationError

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
