"""`pp texts`: the texts that people read, for whoever writes and translates them. No database is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pp_cli.binding import group
from pp_cli.errors import USAGE, Refused
from pp_cli.options import chosen
from pp_cli.output import Row, said, show_rows
from pp_cli.session import narrate
from pp_core.kernel import gsm7, locale, proofreading

app = group("Check and list the texts that people read, in both languages.")


@app.command()
def check(
    file: Annotated[
        Path | None,
        typer.Option(help="Check this file instead of the texts in use.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Say what is wrong in the texts and what would be right; exit code 2 when anything is.

    Texts for phones must keep to the cheap alphabet of SMS and, at their longest, to the parts or the page that they declare.
    """
    texts = _texts(file)
    found = proofreading.proofread(texts)
    if found or chosen.format != "table":
        show_rows([_finding(one) for one in found], "key language problem file line")
    if found:
        narrate(said("cli.texts.wrong", count=len(found)))
        raise typer.Exit(USAGE)
    narrate(said("cli.texts.well", count=sum(len(one.entries) for one in texts)))


@app.command("list")
def list_texts(
    prefix: Annotated[str, typer.Argument(help="Only keys that begin so, such as `texts.`.", show_default=False)] = "",
    language: Annotated[Literal["en", "sw"] | None, typer.Option(help="Only this language.")] = None,
) -> None:
    """List the texts with the parts of SMS that each takes at its longest.

    No number stands where a value has no known longest form, or where only a terminal shows the text.
    """
    _readable()
    languages = locale.LANGUAGES if language is None else (language,)
    show_rows(
        [
            row
            for key, entry in sorted(locale.catalogue().items())
            if key.startswith(prefix)
            for spoken in languages
            for row in _rows(key, spoken, entry)
        ],
        "key language form parts text",
    )


def _texts(file: Path | None) -> list[locale.TextFile]:
    _readable()
    if file is None:
        return locale.shipped()
    try:
        read = locale.read(file.read_bytes(), str(file))
    except locale.UnreadableTexts as error:
        raise Refused(said("cli.texts.unreadable", why=error)) from error
    if not read.entries:
        raise Refused(said("cli.texts.empty", file=file))
    return [read]


def _readable() -> None:
    """Refuse to go on when the texts in use, which this very command speaks with, cannot be read."""
    try:
        locale.catalogue()
    except locale.UnreadableTexts as error:
        raise Refused(str(error)) from error


def _finding(one: proofreading.Finding) -> Row:
    problem = said(f"cli.texts.fault.{one.fault}", **one.values)
    return {
        "key": one.key,
        "language": one.language,
        "fault": one.fault,
        "problem": problem,
        "file": one.file,
        "line": one.line,
    }


def _rows(key: str, language: str, entry: dict[str, Any]) -> Iterator[Row]:
    counting = isinstance(entry[language], dict)
    for category, template in locale.forms(entry, language).items():
        yield {
            "key": key,
            "language": language,
            "form": category if counting else "",
            "parts": _parts(key, template, entry),
            "most": entry.get("parts"),
            "page": entry.get("page"),
            "text": template,
        }


def _parts(key: str, template: str, entry: dict[str, Any]) -> int | None:
    if key.startswith(proofreading.SCREEN_ONLY):
        return None
    try:
        return gsm7.parts(locale.at_longest(template, entry)).parts
    except KeyError:
        return None
