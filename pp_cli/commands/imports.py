"""`pp member import`: a file of members, with a look at it first and a file of what was refused afterwards."""

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pp_cli import memberfile, output, session
from pp_cli.memberfile import Cells, MemberFile
from pp_cli.options import chosen
from pp_cli.output import said
from pp_cli.session import narrate
from pp_core.kernel.operation import Result
from pp_core.tenants.operations import ImportMembers, ImportReport, RefusedRow
from pp_core.tenants.operations.members import IMPORT_BATCH

if TYPE_CHECKING:
    from pp_core.client.protocol import Client


class FileImported(Result):
    """What became of a file."""

    file: str
    dry_run: bool
    rows: int
    added: int
    updated: int
    unchanged: int
    refused: list[RefusedRow]
    refused_file: str | None


def import_file(
    file: Annotated[
        Path, typer.Argument(help="A CSV file with a header line.", exists=True, dir_okay=False, show_default=False)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    consent: Annotated[
        bool, typer.Option("--consent/--no-consent", help="The gym holds these people's consent to keep their data.")
    ] = True,
) -> None:
    """Import members from a CSV file; doing it again changes nothing.

    Columns are found by their names in English or Swahili: name (or first and last name), phone, email, language, joined.
    Rows that cannot be taken go to FILE.refused.csv with the reason, and stop none of the others; the exit code is 0 then
    too.
    """
    content = memberfile.read(file)
    for warning in content.warnings:
        narrate(warning)
    imported = session.complete(_import(content, file, dry_run, yes, consent))
    if chosen.format == "table":
        _summarise(imported)
    else:
        output.show(imported)


async def _import(content: MemberFile, file: Path, dry_run: bool, yes: bool, consent: bool) -> FileImported:
    batches = [
        [line.member for line in content.lines[start : start + IMPORT_BATCH]]
        for start in range(0, len(content.lines), IMPORT_BATCH)
    ]
    reports: list[ImportReport] = []
    async with session.client() as client:
        if batches:
            preview = await client.run(ImportMembers(rows=batches[0], dry_run=True, consent=consent))
            _show_preview(preview, content, file, len(batches[0]))
            if dry_run:
                reports.append(preview)
                batches = batches[1:]
            else:
                _confirm(yes)
            # Not of the content alone: importing it again tells how things are now instead of replaying the first answer.
            state = f"{preview.added}+{preview.updated}"
            reports += await _run_batches(client, batches, content, dry_run, consent, state)
    refused = content.misshapen + [
        (content.cells_by_line.get(row.line, []), row) for report in reports for row in report.refused
    ]
    refused.sort(key=lambda pair: pair[1].line)
    return FileImported(
        file=str(file),
        dry_run=dry_run,
        rows=len(content.lines) + len(content.misshapen),
        added=sum(report.added for report in reports),
        updated=sum(report.updated for report in reports),
        unchanged=sum(report.unchanged for report in reports),
        refused=[row for _, row in refused],
        refused_file=_write_refused(file, content.header, refused) if refused and not dry_run else None,
    )


async def _run_batches(
    client: "Client", batches: list[Any], content: MemberFile, dry_run: bool, consent: bool, state: str
) -> list[ImportReport]:
    digest = hashlib.sha256(content.data).hexdigest()[:32]
    reports = []
    with typer.progressbar(
        length=sum(len(batch) for batch in batches),
        label=said("cli.import.importing"),
        file=sys.stderr,
        hidden=chosen.quiet or not sys.stderr.isatty(),
    ) as progress:
        for place, batch in enumerate(batches):
            operation = ImportMembers(rows=batch, dry_run=dry_run, consent=consent)
            reports.append(await client.run(operation, key=None if dry_run else f"import-{digest}-{state}-{place}"))
            progress.update(len(batch))
    return reports


def _show_preview(preview: ImportReport, content: MemberFile, file: Path, looked_at: int) -> None:
    total = len(content.lines) + len(content.misshapen)
    narrate(said("cli.import.found", file=file.name, rows=total))
    for member in preview.preview:
        narrate(f"  {output.cell(member.name)}  {member.phone or ''}  {output.day(member.joined_on)}")
    narrate(
        said(
            "cli.import.preview",
            looked_at=looked_at,
            added=preview.added,
            updated=preview.updated,
            unchanged=preview.unchanged,
            refused=len(preview.refused),
        )
    )
    for row in preview.refused[:5]:
        narrate(f"  {said('cli.import.line', line=row.line)} {output.cell(row.reason)}")


def _confirm(yes: bool) -> None:
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    with session.interruptible():
        typer.confirm(said("cli.import.go_on"), abort=True, err=True)


def _write_refused(file: Path, header: Cells, refused: list[tuple[Cells, RefusedRow]]) -> str:
    target = file.with_name(f"{file.name}.refused.csv")
    memberfile.write_refused(target, header, refused)
    return str(target)


def _summarise(imported: FileImported) -> None:
    output.show_record(
        {
            said("cli.import.added"): imported.added,
            said("cli.import.updated"): imported.updated,
            said("cli.import.unchanged"): imported.unchanged,
            said("cli.import.refused"): len(imported.refused),
        }
    )
    if imported.dry_run:
        narrate(said("cli.import.dry_run"))
        for row in imported.refused[:20]:
            narrate(f"  {said('cli.import.line', line=row.line)} {output.cell(row.reason)}")
    if imported.refused_file is not None:
        narrate(said("cli.import.refused_file", count=len(imported.refused), file=imported.refused_file))
