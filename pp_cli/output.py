"""Results on stdout as a table, JSON or CSV; what is not a result goes to stderr."""

import csv
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from pp_cli.options import chosen
from pp_cli.session import language, narrate
from pp_core.kernel import locale
from pp_core.kernel.clock import NAIROBI, local_day

if TYPE_CHECKING:
    from pydantic import BaseModel

Row = dict[str, Any]
_DEGREES = frozenset({"lat", "lon", "south", "west", "north", "east"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NARROWEST = 40


def show(result: "BaseModel", columns: str = "", *, rows: str = "items") -> None:
    """Print an operation's result. `columns` are the fields a table shows, as `code name price`; by default all.

    A result with a list under `rows` is a table of it, any other is one record.
    """
    if chosen.format == "json":
        write(result.model_dump_json(indent=2))
        return
    listed = getattr(result, rows, None)
    if isinstance(listed, list | tuple):
        show_rows(listed, columns)
        if (more := getattr(result, "next", None)) is not None:
            narrate(said("cli.more", cursor=more))
    elif type(result).model_fields.keys() == {"done"}:
        if chosen.format == "csv":
            _write_csv([{"done": True}])
        else:
            narrate(said("cli.done"))
    else:
        show_record(result, columns)


def write(line: str = "") -> None:
    """One line of data on stdout."""
    sys.stdout.write(f"{line}\n")


def show_rows(
    listed: "Sequence[BaseModel | Row]", columns: str = "", *, colours: Mapping[str, str] | None = None
) -> None:
    """Print rows in the chosen format; a terminal shows cells that read like a key of `colours` in that colour."""
    if chosen.format == "json":
        write(json.dumps([_plain(row) for row in listed], indent=2, ensure_ascii=False))
        return
    if chosen.format == "csv":
        _write_csv([flat(row) for row in listed], _fields_of(listed, columns))
        return
    if not listed:
        narrate(said("cli.nothing"))
        return
    names = columns.split() or list(_fields_of(listed, ""))
    rows = [[_cell_of(row, name) for name in names] for row in listed]
    _print_table([heading(name) for name in names], rows, colours or {})


def stream(columns: str) -> "Callable[[BaseModel], None]":
    """A printer of rows that come one by one, each at once: as JSON one object a line."""
    names = columns.split()
    written: list[bool] = []

    def show_next(row: "BaseModel") -> None:
        match chosen.format:
            case "json":
                write(row.model_dump_json())
            case "csv":
                _write_csv([flat(row)], header=not written)
            case _:
                write("  ".join(_cell_of(row, name) for name in names).rstrip())
        written.append(True)
        sys.stdout.flush()

    return show_next


def show_record(record: "BaseModel | Row", columns: str = "") -> None:
    """Print one record in the chosen format: in a table, a line for each field."""
    if chosen.format == "json":
        write(json.dumps(_plain(record), indent=2, ensure_ascii=False))
        return
    if chosen.format == "csv":
        _write_csv([flat(record)])
        return
    names = columns.split() or list(_fields_of([record], ""))
    lines = [(heading(name), _cell_of(record, name)) for name in names]
    _print_table(None, [[name, value] for name, value in lines if value], {})


def said(key: str, **values: Any) -> str:
    """The text of `key` in the chosen language."""
    return locale.text(key, language(), **values)


def heading(name: str) -> str:
    """What a field is called, from the catalogue or from its own name."""
    key = f"cli.field.{name.rpartition('.')[2]}"
    return said(key) if locale.has(key) else name.rpartition(".")[2].replace("_", " ").capitalize()


def value_of(row: "BaseModel | Row", path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    value: Any = row
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
    return value


def _cell_of(row: "BaseModel | Row", path: str) -> str:
    value = value_of(row, path)
    if isinstance(value, float) and path.rpartition(".")[2] in _DEGREES:
        return f"{value:.5f}".rstrip("0").rstrip(".")  # a metre; three places would be a hundred
    return cell(value)


def cell(value: Any) -> str:
    """One value as a person reads it, in the chosen language."""
    from pp_core.kernel import wording
    from pp_core.kernel.money import Money

    match value:
        case None:
            return ""
        case bool():
            return said("cli.yes" if value else "cli.no")
        case Money():
            return wording.money(value)
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case Enum():
            return str(value.value)
        case Decimal():
            return f"{value.normalize():f}"
        case float():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        case list() | tuple():
            return ", ".join(cell(each) for each in value)
        case dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case str():
            return _CONTROL.sub("�", value.replace("\n", " "))
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json())
    return str(value)


def day(value: date) -> str:
    """`21 Nov 2026` in the chosen language."""
    from pp_core.kernel.wording import full_day

    return full_day(value, language())


def moment(value: datetime) -> str:
    """`21 Nov 2026 14:05` in Kenya's time, in the chosen language."""
    from pp_core.kernel.wording import time_of_day

    return f"{day(local_day(value, NAIROBI))} {time_of_day(value, NAIROBI)}"


def flat(row: "BaseModel | Row") -> Row:
    """A row as columns: `price` becomes `price_minor` and `price_currency`, lists of words are joined by semicolons."""
    found: Row = {}
    for name, value in _plain(row).items():
        if isinstance(value, dict) and value and not isinstance(value_of(row, name), dict):
            found.update({f"{name}_{inner}": each for inner, each in flat(value).items()})
        elif isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
            found[name] = ";".join(str(each) for each in value)
        elif isinstance(value, list | dict):
            found[name] = json.dumps(value, ensure_ascii=False)
        else:
            found[name] = value
    return found


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection); numbers and phones stay as they are."""
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def _plain(row: "BaseModel | Row") -> Row:
    if isinstance(row, dict):
        return {name: value if _is_json(value) else str(value) for name, value in row.items()}
    return row.model_dump(mode="json")


def _is_json(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | list | dict | None)


def _fields_of(listed: "Sequence[BaseModel | Row]", columns: str) -> Iterable[str]:
    if not listed:
        return columns.split()
    first = listed[0]
    return list(first) if isinstance(first, dict) else list(type(first).model_fields)


def _write_csv(rows: list[Row], names: Iterable[str] = (), *, header: bool = True) -> None:
    fields = list(dict.fromkeys(name for row in rows for name in row)) or list(names)
    writer = csv.DictWriter(sys.stdout, fields, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)


def _print_table(headings: list[str] | None, rows: list[list[str]], colours: Mapping[str, str]) -> None:
    if sys.stdout.isatty():
        _print_for_terminal(headings, rows, colours)
        return
    lines = [headings, *rows] if headings else rows
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        write("  ".join(each.ljust(width) for each, width in zip(line, widths, strict=True)).rstrip())


def _print_for_terminal(headings: list[str] | None, rows: list[list[str]], colours: Mapping[str, str]) -> None:
    """A table as wide as the terminal at most: long cells wrap."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD if headings else None, show_header=bool(headings), pad_edge=False, header_style="bold"
    )
    for place in range(len(rows[0])):
        table.add_column(headings[place] if headings else "", overflow="fold")
    for row in rows:
        table.add_row(*(Text(each, style=colours.get(each, "")) for each in row))
    Console(width=max(_NARROWEST, shutil.get_terminal_size().columns), highlight=False).print(table)
