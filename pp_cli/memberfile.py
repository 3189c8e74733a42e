"""Files of members as gyms have them: whatever the encoding, separator and names of the columns."""

import codecs
import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from pp_cli.errors import Refused
from pp_cli.output import harmless, said
from pp_core.tenants.operations.members import MemberInput, RefusedRow

LARGEST_BYTES = 64 * 1024 * 1024
SEPARATORS = (",", ";", "\t", "|")
Cells = list[str]

_NAMES: dict[str, str] = {
    "name": "name|full name|fullname|names|member|member name|client|client name|customer|customer name|"
    "jina|jina kamili|majina|jina la mwanachama|mwanachama",
    "first_name": "first name|firstname|first|given name|given names|forename|jina la kwanza",
    "middle_name": "middle name|middlename|other name|other names|jina la kati",
    "last_name": "last name|lastname|last|surname|family name|jina la mwisho|jina la ukoo|jina la familia",
    "phone": "phone|phone number|phone no|phonenumber|phone 1|mobile|mobile number|mobile no|mobile phone|cell|cell phone|"
    "cellphone|tel|tel no|telephone|telephone number|contact|contact number|contacts|msisdn|whatsapp|whatsapp number|"
    "m pesa number|mpesa number|simu|namba ya simu|nambari ya simu|namba|nambari|simu ya mkononi",
    "email": "email|e mail|email address|e mail address|mail|barua pepe|baruapepe",
    "language": "language|lang|preferred language|lugha",
    "joined_on": "joined|joined on|joined at|join date|date joined|joining date|member since|start date|registration date|"
    "registered|registered on|date registered|signup date|sign up date|created|created at|date|tarehe|"
    "tarehe ya kujiunga|alijiunga|amejiunga|kujiunga",
    "plan": "plan|plan code|membership|membership plan|membership type|package|mpango|kifurushi|aina ya uanachama",
    "plan_ends_on": "plan ends on|plan ends|plan end|ends on|end date|expiry|expiry date|expires|expires on|expiration date|"
    "membership end|membership expiry|valid until|valid to|mwisho|tarehe ya mwisho|inaisha|mwisho wa mpango",
}
_FIELD_OF = {spelling: field for field, spellings in _NAMES.items() for spelling in spellings.split("|")}
_NAME_PARTS = ("first_name", "middle_name", "last_name")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: where it begins in the file, its cells as they are, and what they say."""

    line: int
    cells: Cells
    member: MemberInput


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A file that was read: its rows, those refused for their shape, and what a person should know about it."""

    header: Cells
    lines: list[Line]
    misshapen: list[tuple[Cells, RefusedRow]]
    warnings: list[str]
    data: bytes

    @property
    def cells_by_line(self) -> dict[int, Cells]:
        """The cells of each row, by the line it begins on."""
        return {line.line: line.cells for line in self.lines}


def read(path: Path) -> MemberFile:
    """Read a file of members; `Refused` says what about it cannot be used and what would do."""
    if path.stat().st_size > LARGEST_BYTES:
        raise Refused(said("cli.import.too_large", file=path.name, megabytes=LARGEST_BYTES // 1024 // 1024))
    data = path.read_bytes()
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise Refused(said("cli.import.spreadsheet", file=path.name))
    content, warnings = _decode(data, path.name)
    separator, header, skip = _header(content, path.name)
    fields = [_FIELD_OF.get(_plain(name)) for name in header]
    unused = [name for name, field in zip(header, fields, strict=True) if field is None and name.strip()]
    if unused:
        warnings.append(said("cli.import.unused", columns=", ".join(unused)))
    if "phone" not in fields:
        warnings.append(said("cli.import.no_phone"))
    lines, misshapen = _rows(content, separator, fields, skip, path.name)
    if not lines and not misshapen:
        raise Refused(said("cli.import.empty", file=path.name))
    return MemberFile(header, lines, misshapen, warnings, data)


def write_refused(path: Path, header: Cells, rows: list[tuple[Cells, RefusedRow]]) -> None:
    """Write refused rows as they were, with their line, code and reason, in a file that spreadsheets read."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, "line", "code", "reason"])
        for cells, refused in rows:
            padded = [*cells, *[""] * (len(header) - len(cells))]
            shown = [harmless(cell) for cell in padded[: len(header)]]
            writer.writerow([*shown, refused.line, refused.code, refused.reason])


def _decode(data: bytes, name: str) -> tuple[str, list[str]]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), []
    head = data[:2000]
    if head.count(0) > len(head) // 4:  # every other byte is nought: UTF-16 without its mark
        return data.decode(
            "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be", errors="replace"
        ), []
    try:
        return data.decode(), []
    except UnicodeDecodeError:
        warning = said("cli.import.not_utf8", file=name)
        try:
            return data.decode("cp1252"), [warning]
        except UnicodeDecodeError:
            return data.decode("latin-1"), [warning]


def _header(content: str, name: str) -> tuple[str, Cells, int]:
    """The separator that makes most sense of the first line, its cells, and how many records come before the rows."""
    lines = iter(content.splitlines())
    skip = 0
    for line in lines:
        told = re.fullmatch(r'"?sep=(.)"?', line.strip(), re.IGNORECASE)
        if told or not line.strip(" ,;\t|"):
            skip += 1
            continue
        best: tuple[int, str, Cells] = (-1, ",", [])
        for separator in SEPARATORS:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
            known = len({_FIELD_OF[_plain(cell)] for cell in cells if _plain(cell) in _FIELD_OF})
            best = max(best, (known, separator, cells), key=lambda found: found[0])
        _, separator, cells = best
        found = {_FIELD_OF.get(_plain(cell)) for cell in cells}
        if not found & {"name", *_NAME_PARTS}:
            raise Refused(said("cli.import.no_header", file=name, found=line.strip()[:120]))
        return separator, cells, skip
    raise Refused(said("cli.import.empty", file=name))


def _plain(name: str) -> str:
    """A column's name without case, accents, punctuation and what stands in brackets."""
    bare = unicodedata.normalize("NFKD", re.sub(r"\(.*?\)", " ", name)).casefold()
    letters = "".join(char if char.isalnum() else " " for char in bare if not unicodedata.combining(char))
    return " ".join(letters.split())


def _rows(
    content: str, separator: str, fields: list[str | None], skip: int, name: str
) -> tuple[list[Line], list[tuple[Cells, RefusedRow]]]:
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator)
    lines: list[Line] = []
    misshapen: list[tuple[Cells, RefusedRow]] = []
    begins = 1
    to_skip = skip + 1
    try:
        for cells in reader:
            line, begins = begins, reader.line_num + 1
            if to_skip:
                to_skip -= 1
                continue
            cells = [cell.replace("\x00", "") for cell in cells]
            if not any(cell.strip() for cell in cells):
                continue
            extra = [cell for cell in cells[len(fields) :] if cell.strip()]
            if extra:
                misshapen.append((cells, _misshapen(line, len(cells), len(fields), extra[0])))
            else:
                lines.append(Line(line, cells, _member(line, cells, fields)))
    except csv.Error as error:
        raise Refused(said("cli.import.unreadable", file=name, line=begins, why=str(error))) from error
    return lines, misshapen


def _misshapen(line: int, cells: int, columns: int, value: str) -> RefusedRow:
    reason = said("cli.import.too_many_cells", cells=cells, columns=columns)
    return RefusedRow(line=line, code="import.too_many_cells", field=None, value=value[:200], reason=reason)


def _member(line: int, cells: Cells, fields: list[str | None]) -> MemberInput:
    found: dict[str, str] = {}
    for field, cell in zip(fields, cells, strict=False):
        if field is not None and cell.strip():
            found.setdefault(field, cell.strip())
    parts = [found.pop(part, "") for part in _NAME_PARTS]
    found.setdefault("name", " ".join(part for part in parts if part))
    longest = {
        name: next((each.max_length for each in field.metadata if hasattr(each, "max_length")), 1000)
        for name, field in MemberInput.model_fields.items()
    }
    return MemberInput(line=line, **{field: value[: longest[field]] for field, value in found.items()})
