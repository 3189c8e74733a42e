"""XML of strangers: read by expat in one pass, with everything refused that a track never needs.

A document type is refused at its first sign, and with it entities, their expansion and external files
(cheatsheetseries.owasp.org, XML External Entity Prevention); so is nesting deeper than any of these formats has.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from xml.parsers import expat

from .found import Found, Unreadable

DEEPEST = 64
Text = list[str]


class Reader(NamedTuple):
    """Takes the elements below a root it knows, by handlers of expat; `finish` tells what was found at the end."""

    start: Callable[[str, dict[str, str]], None]
    end: Callable[[str], None]
    finish: Callable[[], list[Found]]


Maker = Callable[[Text, Mapping[str, str]], Reader]
"""Makes a reader from the list that gathers what stands between tags, which the reader empties, and the root's attributes."""


class Locals(dict[str, str]):
    """Names of elements without their prefix, worked out once for each: extensions come with any."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition(":")[2]
        return local


_CUT_SHORT = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}
_ENCODING = {
    expat.errors.codes[message]
    for message in (expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING)
}


def read(content: bytes, readers: Mapping[str, Maker]) -> list[Found]:
    """What the reader of the root element finds; `Unreadable` for a root that nobody reads, and for broken or hostile XML."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    text: Text = []
    chosen: list[Reader] = []

    def root(name: str, attributes: dict[str, str]) -> None:
        make = readers.get(name.rpartition(":")[2])
        if make is None:
            raise Unreadable("not_track")
        reader = make(text, attributes)
        chosen.append(reader)
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = text.append

    def refuse_doctype(name: str, *_: Any) -> None:
        # A page that asked for a sign-in is the commonest thing saved under a wrong name.
        raise Unreadable("not_track") if name.lower() == "html" else Unreadable("hostile", "doctype")

    def refuse_entity(*_: Any) -> None:
        raise Unreadable("hostile", "doctype")

    parser.StartElementHandler = root
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.EntityDeclHandler = refuse_entity
    try:
        # Strava's exports begin with blanks, which no XML declaration may follow.
        parser.Parse(content.lstrip(b" \t\r\n"), True)
    except expat.ExpatError as error:
        raise Unreadable("damaged", _reason(error), line=error.lineno, column=error.offset + 1) from None
    except (LookupError, ValueError):
        if chosen:
            raise
        raise Unreadable("damaged", "encoding") from None  # Python looks for encodings that expat does not know
    return chosen[0].finish()


def _reason(error: expat.ExpatError) -> str:
    if error.code in _CUT_SHORT:
        return "cut_short"
    return "encoding" if error.code in _ENCODING else "markup"


def too_deep() -> Unreadable:
    """What to raise below `DEEPEST`."""
    return Unreadable("hostile", "too_deep")
