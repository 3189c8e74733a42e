"""`pp track import`, `export` and `original`: activities from files and to files."""

import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated
from uuid import UUID
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import typer

from pp_cli import output, saving, session
from pp_cli.errors import CHECK_FAILED, Refused, sentence
from pp_cli.options import chosen
from pp_cli.output import said
from pp_cli.session import narrate
from pp_core.kernel.errors import Problem
from pp_core.kernel.operation import Result
from pp_core.tracking.operations import Sport, Visibility
from pp_core.tracking.operations.files import (
    ActivityAsFile,
    ExportActivity,
    FileFormat,
    ImportActivities,
    ImportedTrack,
    Outcome,
    ShowOriginalFile,
)

if TYPE_CHECKING:
    from pp_core.client.protocol import Client

SUFFIXES = (".gpx", ".tcx", ".fit", ".kml", ".kmz", ".zip")
COLUMNS = "file outcome sport started_at distance_m elapsed_s activity_id reason"
LARGEST_WHOLE = 10 * 1024 * 1024
"""Bytes of an archive that is sent as it is; a larger one is opened here, however large it is."""
PARCEL = 8 * 1024 * 1024
"""Bytes of single files that go together: a server takes so many requests an hour, and an export has thousands of files."""
_ARCHIVES = (".zip", ".kmz")
_UNREADABLE = (BadZipFile, NotImplementedError, RuntimeError)  # the last for an archive that is locked
_OF_THE_FILE = ("tracking.file_", "request.body_too_large")
"""Codes that say something of one file and nothing of the others."""


class FilesImported(Result):
    """What became of all files together."""

    dry_run: bool
    imported: int
    duplicates: int
    refused: int
    others: int
    tracks: list[ImportedTrack]


class FileWritten(Result):
    """What was written."""

    file: str
    bytes: int


def import_files(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Files, folders or zips of GPX, TCX, FIT and KML.", exists=True, show_default=False
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and store nothing.")] = False,
    sport: Annotated[Sport | None, typer.Option("--sport", help="What it was, whatever the files say.")] = None,
    member: Annotated[
        str | None, typer.Option("--member", help="Whose they are: id, member code or phone; left out: yours.")
    ] = None,
    visibility: Annotated[
        Visibility, typer.Option("--visibility", help="Who else sees the activities.")
    ] = Visibility.STAFF,
) -> None:
    """Import activities from files of watches and apps; what is there already is told and not stored again.

    The exit code is 1 when a file was refused; the others are imported all the same.
    """
    files = [(name, content) for path in paths for name, content in _found(path)]
    shared = {"dry_run": dry_run, "sport": sport, "member": member, "visibility": visibility}
    report = session.complete(_import(files, shared))
    if chosen.format == "table":
        output.show_rows(report.tracks, COLUMNS)
        narrate(said("cli.track.imported", **report.model_dump(exclude={"tracks", "dry_run"})))
        if dry_run:
            narrate(said("cli.track.dry_run"))
    elif chosen.format == "csv":
        output.show_rows(report.tracks)
    else:
        output.show(report)
    if report.refused:
        raise typer.Exit(CHECK_FAILED)


class _Held:
    """A file that is read when its turn comes: itself, or a member of an archive."""

    def __init__(self, path: Path, member: str | None = None) -> None:
        self._path, self._member = path, member

    def read(self) -> bytes:
        if self._member is None:
            return self._path.read_bytes()
        try:
            with ZipFile(self._path) as archive:
                return archive.read(self._member)
        except _UNREADABLE as error:
            raise Refused(f"{self._path}: {error}") from error


def _found(path: Path) -> Iterator[tuple[str, _Held]]:
    """Names and contents of a file, of a folder's files, or of a large archive's."""
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.is_file() and _is_track(each.name))
        if not inside:
            raise Refused(said("cli.track.no_files", path=path))
        for each in inside:
            folder = each.parent.relative_to(path).as_posix()
            yield from ((name if folder == "." else f"{folder}/{name}", held) for name, held in _found(each))
    elif path.suffix.lower() == ".zip" and path.stat().st_size > LARGEST_WHOLE:
        try:
            with ZipFile(path) as archive:
                members = [entry.filename for entry in archive.infolist() if _is_track(entry.filename)]
        except _UNREADABLE as error:
            raise Refused(f"{path}: {error}") from error
        if not members:
            raise Refused(said("cli.track.no_files", path=path))
        yield from ((f"{path.name}/{name}", _Held(path, name)) for name in members)
    else:
        yield path.name, _Held(path)


def _is_track(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith(SUFFIXES)


async def _import(files: "list[tuple[str, _Held]]", shared: Mapping[str, object]) -> FilesImported:
    tracks: list[ImportedTrack] = []
    others = 0
    async with session.client() as client:
        with typer.progressbar(
            length=len(files),
            label=said("cli.track.importing"),
            file=sys.stderr,
            hidden=chosen.quiet or len(files) < 2 or not sys.stderr.isatty(),
        ) as progress:
            for parcel in _parcels(files):
                name, content = _packed(parcel)
                rows, left_alone = await _import_one(client, name, content, shared)
                tracks += rows
                others += left_alone
                progress.update(len(parcel))
    return FilesImported(
        dry_run=bool(shared["dry_run"]),
        imported=sum(row.outcome is Outcome.IMPORTED for row in tracks),
        duplicates=sum(row.outcome is Outcome.DUPLICATE for row in tracks),
        refused=sum(row.outcome is Outcome.REFUSED for row in tracks),
        others=others,
        tracks=tracks,
    )


def _parcels(files: "list[tuple[str, _Held]]") -> Iterator[list[tuple[str, bytes]]]:
    """The files in the order they came: archives alone, others as many as go together."""
    waiting: list[tuple[str, bytes]] = []
    for name, held in files:
        content = held.read()
        alone = name.lower().endswith(_ARCHIVES)
        if waiting and (alone or len(content) + sum(len(each) for _, each in waiting) > PARCEL):
            yield waiting
            waiting = []
        waiting.append((name, content))
        if alone:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _packed(parcel: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """What is sent: a file as it is, or several in an archive."""
    if len(parcel) == 1:
        return parcel[0]
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in parcel:
            # A name that leads out of an archive would have the whole parcel refused.
            archive.writestr("/".join(part for part in PurePosixPath(name).parts if part not in ("..", "/")), content)
    return "files.zip", buffer.getvalue()


async def _import_one(
    client: "Client", name: str, content: bytes, shared: Mapping[str, object]
) -> tuple[list[ImportedTrack], int]:
    given = {key: value for key, value in shared.items() if value is not None}
    try:
        report = await client.run(ImportActivities.model_validate({"content": content, "name": name[-200:], **given}))
    except Problem as problem:
        if not problem.code.startswith(_OF_THE_FILE):
            raise
        return [_refused(name, problem)], 0
    return list(report.tracks), report.others


def _refused(name: str, problem: Problem) -> ImportedTrack:
    return ImportedTrack(
        file=name,
        outcome=Outcome.REFUSED,
        activity_id=None,
        sport=None,
        title=None,
        started_at=None,
        elapsed_s=None,
        distance_m=None,
        points=0,
        skipped={},
        code=problem.code,
        reason=sentence(problem),
    )


_Activity = Annotated[UUID, typer.Argument(help="The activity.", show_default=False)]
_Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="The file to write; - for the standard output.", show_default=False),
]
_Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def export(
    activity: _Activity,
    format: Annotated[FileFormat, typer.Option("--format", "-f", help="gpx, tcx, geojson or csv.")] = FileFormat.GPX,
    out: _Out = None,
    force: _Force = False,
) -> None:
    """Export an activity as a file that other programs read. Without --out it is named by its day and sport, in this folder."""
    _write(session.run(ExportActivity(activity_id=activity, format=format)), out, force=force)


def original(activity: _Activity, out: _Out = None, force: _Force = False) -> None:
    """Get the file back that an activity of yours was imported from, byte for byte."""
    _write(session.run(ShowOriginalFile(activity_id=activity)), out, force=force)


def _write(file: ActivityAsFile, out: Path | None, *, force: bool) -> None:
    if out == Path("-"):
        sys.stdout.buffer.write(file.content)
        return
    # The name comes from whoever made the file: no more of it than its last part is ours to use.
    target = out or Path(Path(file.name).name)
    saving.spare(target, force=force)
    saving.save(target, file.content)
    output.show(FileWritten(file=str(target), bytes=len(file.content)))
