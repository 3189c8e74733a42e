"""Points of an activity: the stream they come in by, and the upload of what was recorded without a network."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import UNRECORDED, Operation, Result
from pp_core.kernel.policy import Door, Permission, Policy, Rate, Scope

from .activities import NotOut
from .terms import ActivityUnknown, Sport, Status

MOST_POINTS = 5000
"""Points of one upload."""


class TrackFull(Problem):
    """The activity holds as many points as one may: `cap`."""

    kind = Kind.CONFLICT
    code = "tracking.full"


class NoIngest(Problem):
    """This server takes no live streams: it was not told how to reach the database as the role that writes points."""

    kind = Kind.UNAVAILABLE
    code = "tracking.no_ingest"


class StreamReplaced(Problem):
    """The activity's points come by another connection now."""

    kind = Kind.CONFLICT
    code = "tracking.stream_replaced"


class ServerStopping(Problem):
    """The server stops or starts anew; what was not acknowledged is to be sent again in a moment."""

    kind = Kind.UNAVAILABLE
    code = "tracking.server_stopping"


class PointIn(Result):
    """One point as a client sends it. A value that cannot be is told with the reason and the rest is kept."""

    ts: AwareDatetime = Field(description="When it was taken, by the device's own clock")
    lat: float = Field(description="Degrees north (WGS 84)")
    lon: float = Field(description="Degrees east (WGS 84)")
    altitude: float | None = Field(default=None, description="Metres above the sea")
    speed: float | None = Field(default=None, description="Metres a second, as the receiver measured it")
    accuracy: float | None = Field(default=None, description="Metres within which it is likely to be right (68 %)")
    hr: int | None = Field(default=None, description="Heart beats a minute")


class TrackOpened(Result):
    """What the one who writes an activity's points needs to know; what was stored before is where a client goes on."""

    tenant_id: UUID
    activity_id: UUID
    person_id: UUID
    sport: Sport
    status: Status
    started_at: datetime
    clock_shift_ms: int
    points: int
    cap: int = Field(description="Points that the activity may hold")
    distance_m: float
    moving_s: float
    last_ts: datetime | None = Field(description="The device's time of the last point stored")
    last_lat: float | None
    last_lon: float | None


class OpenTrack(Operation[TrackOpened]):
    """Open the stream of points of a live activity."""

    policy: ClassVar = Policy(
        name="tracking.open_track",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
        reads_only=True,
        rate=Rate.STANDARD,
        doors=frozenset({Door.REST, Door.TRACKER, Door.WORKER}),
    )
    errors: ClassVar = (NotOut, ActivityUnknown, NoIngest, StreamReplaced, ServerStopping)

    activity_id: UUID | None = Field(default=None, description="The activity; the live one when left out")


class Rejected(Result):
    """A point that was not kept, and why."""

    index: int = Field(description="Its place in the upload, from 0")
    reason: str = Field(
        description="`in_future`, `too_old`, `out_of_bounds`, `inaccurate`, `too_fast`, `not_a_number`, or `cut_off`: its"
        " activity's owner cut it off"
    )


class PointsUploaded(Result):
    """What came of an upload."""

    activity_id: UUID
    accepted: int = Field(description="Points that are stored now and were not before")
    duplicates: int = Field(description="Points that were stored already")
    rejected: tuple[Rejected, ...]


class UploadPoints(Operation[PointsUploaded]):
    """Add points that were recorded without a network; a finished activity is summarised anew."""

    policy: ClassVar = Policy(
        name="tracking.upload_points",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
        rate=Rate.UPLOAD,
    )
    errors: ClassVar = (NotOut, ActivityUnknown, TrackFull)

    activity_id: UUID | None = Field(default=None, description="The activity; the live one when left out")
    points: Annotated[tuple[PointIn, ...], UNRECORDED] = Field(
        min_length=1, max_length=MOST_POINTS, description="The points, in any order"
    )
