"""`pp workout parse`: texts in, one JSON line each out."""

import codecs
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from pp_core.kernel.policy import Door
from pp_core.workouts.operations.parsing import LONGEST_TEXT, ParsedText, ParseTexts

BATCH = 500
CHUNK = 1 << 16
LONGEST_LINE = 20 * LONGEST_TEXT  # in bytes; no text that anybody sends is longer


def parse(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any they are read from stdin, one a line.")
    ] = None,
) -> None:
    """Read workout shorthand and print one JSON line for each text.

    A line is `{"intent", "sets": [{"exercise", "sets", "reps", "weight_kg", "rpe", "seconds"}], "note", "confidence"}`.
    """
    from pp_cli.session import complete

    complete(_parse(_batches(texts) if texts else _batches_of_stdin()))


async def _parse(batches: Iterable[list[str]]) -> None:
    from pp_cli.session import interruptible, language
    from pp_core.client.connect import connect_without_database

    async with connect_without_database(door=Door.CLI, language=language()) as client:
        with interruptible():
            for batch in batches:
                answer = await client.run(ParseTexts(texts=batch))
                sys.stdout.write("".join(_line(parsed) for parsed in answer.items))
                sys.stdout.flush()


def _line(parsed: ParsedText) -> str:
    return json.dumps(parsed.as_json(), ensure_ascii=False) + "\n"


def _batches_of_stdin() -> Iterator[list[str]]:
    """The lines that each read brings: whoever writes one line and waits for its answer gets it."""
    rest = b""
    begun = False
    while chunk := os.read(sys.stdin.fileno(), CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        if lines and not begun:
            lines[0], begun = lines[0].removeprefix(codecs.BOM_UTF8), True
        yield from _batches([_text(line) for line in lines])
        rest = rest[:LONGEST_LINE]
    if rest:
        yield [_text(rest)]


def _text(line: bytes) -> str:
    """A line as text; bytes that are no UTF-8 become the replacement character."""
    return line.removesuffix(b"\r")[:LONGEST_LINE].decode(errors="replace")


def _batches(texts: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]
