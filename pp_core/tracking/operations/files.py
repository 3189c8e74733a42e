"""Files of activities: GPX, TCX, FIT and KML, alone or in archives, in and out."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Content, Operation, Result, Upload
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.kernel.validation import Line
from pp_core.tenants.operations import PersonUnknown

from .terms import ActivityUnknown, Sport, Visibility


class FileTooLarge(Problem):
    """The file, or what is packed in it, is larger than may be read; `why` says which limit it passed."""

    kind = Kind.INVALID
    code = "tracking.file_too_large"


class FileTooSlow(Problem):
    """Reading the file took longer than the `limit` of seconds that a file may take."""

    kind = Kind.INVALID
    code = "tracking.file_too_slow"


class FileNotTrack(Problem):
    """The file is none of the formats that are read, or holds no activity; `why` says what it is instead."""

    kind = Kind.INVALID
    code = "tracking.file_not_track"


class FileDamaged(Problem):
    """The file is broken: `reason` says how for programs, `why` for people."""

    kind = Kind.INVALID
    code = "tracking.file_damaged"


class FileHostile(Problem):
    """The file is built as files that attack their reader are; `reason` and `why` say how."""

    kind = Kind.INVALID
    code = "tracking.file_hostile"


class FileWithoutTimes(Problem):
    """The file says where somebody may go, not when they went: a route or a course."""

    kind = Kind.INVALID
    code = "tracking.file_without_times"


class FileWithoutPositions(Problem):
    """The activity was recorded without positions, indoors or without a signal."""

    kind = Kind.INVALID
    code = "tracking.file_without_positions"


class FileInFuture(Problem):
    """The activity would end later than now: the clock of the device was wrong."""

    kind = Kind.INVALID
    code = "tracking.file_in_future"


class NoOriginal(Problem):
    """The activity did not come in a file."""

    kind = Kind.NOT_FOUND
    code = "tracking.no_original"


class NothingToExport(Problem):
    """The activity has no positions, or none that the caller may see."""

    kind = Kind.NOT_FOUND
    code = "tracking.nothing_to_export"


class Outcome(StrEnum):
    """What became of one recording."""

    IMPORTED = "imported"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class ImportedTrack(Result):
    """One recording of a file, or a file that gave none, and what became of it."""

    file: str = Field(description="The file's name, within its archive")
    outcome: Outcome
    activity_id: UUID | None = Field(
        description="The activity it became, or the one that it repeats; null in a dry run"
    )
    sport: Sport | None
    title: str | None
    started_at: datetime | None
    elapsed_s: int | None
    distance_m: float | None
    points: int = Field(description="Points read")
    skipped: dict[str, int] = Field(
        description="Points left out, by reason: `no_time`, `no_position`, `out_of_range` or `repeated`"
    )
    code: str | None = Field(description="Stable code of why it was refused")
    reason: str | None = Field(description="Why it was refused, in the caller's language")


class ActivitiesImported(Result):
    """What an import did, or would do."""

    dry_run: bool
    imported: int
    duplicates: int
    refused: int
    others: int = Field(description="Files of an archive that are no tracks, such as pictures, and were left alone")
    tracks: tuple[ImportedTrack, ...]


class ImportActivities(Operation[ActivitiesImported]):
    """Import activities from a GPX, TCX, FIT or KML file, or a zip of such files; what is there already is told, not stored."""

    policy: ClassVar = Policy(
        name="tracking.import",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
        rate=Rate.UPLOAD,
    )
    errors: ClassVar = (
        PersonUnknown,
        FileTooLarge,
        FileTooSlow,
        FileNotTrack,
        FileDamaged,
        FileHostile,
        FileWithoutTimes,
        FileWithoutPositions,
        FileInFuture,
    )

    content: Upload = Field(min_length=1, description="The file's bytes; in JSON as base64")
    name: Line = Field(min_length=1, max_length=200, description="What the file is called")
    member: str | None = Field(
        default=None, max_length=60, description="Whose they are: id, member code or phone; left out: yours"
    )
    sport: Sport | None = Field(default=None, description="What it was, whatever the file says")
    visibility: Visibility = Field(default=Visibility.STAFF, description="Who else sees the activities")
    dry_run: bool = Field(default=False, description="Say what would happen, and store nothing")


class FileFormat(StrEnum):
    """How an activity is written as a file."""

    GPX = "gpx"
    TCX = "tcx"
    GEOJSON = "geojson"
    CSV = "csv"


FILE_TYPES: Mapping[FileFormat, str] = {
    FileFormat.GPX: "application/gpx+xml",
    FileFormat.TCX: "application/vnd.garmin.tcx+xml",
    FileFormat.GEOJSON: "application/geo+json",
    FileFormat.CSV: "text/csv",
}
"""Media types of what is exported."""
ORIGINAL_TYPES: Mapping[str, str] = {
    "gpx": "application/gpx+xml",
    "tcx": "application/vnd.garmin.tcx+xml",
    "fit": "application/vnd.ant.fit",
    "kml": "application/vnd.google-earth.kml+xml",
    "gz": "application/gzip",
    "": "application/octet-stream",
}
"""Media types of what was imported, by the end of the file's name; of any other the last."""


class ActivityAsFile(Result):
    """A file."""

    name: str
    media_type: str
    content: Content = Field(description="The file's bytes; in JSON as base64")


class ExportActivity(Operation[ActivityAsFile]):
    """Export an activity as a file; another's without what their privacy zones hide and what they keep to themselves."""

    policy: ClassVar = Policy(
        name="tracking.export",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (ActivityUnknown, NothingToExport)

    activity_id: UUID = Field(description="The activity")
    format: FileFormat = Field(default=FileFormat.GPX, description="gpx, tcx, geojson or csv")


class ShowOriginalFile(Operation[ActivityAsFile]):
    """Get the file back that an activity of yours was imported from, as it was."""

    # A file shows every position there is, so no permission opens anybody else's.
    policy: ClassVar = Policy(
        name="tracking.show_original",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (ActivityUnknown, NoOriginal)

    activity_id: UUID = Field(description="The activity")
