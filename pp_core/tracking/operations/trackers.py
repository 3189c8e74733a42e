"""Trackers: personal addresses that other people's apps send their points to."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import GymSuspended, Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result, Secret
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.kernel.validation import Line
from pp_core.tenants.operations import PersonUnknown

from .points import MOST_POINTS, PointIn, TrackFull
from .terms import Sport

MOST_TRACKERS = 10
"""Addresses of one person that work at a time."""


class TrackerApp(StrEnum):
    """The app that sends to an address."""

    OWNTRACKS = "owntracks"
    TRACCAR = "traccar"
    OSMAND = "osmand"
    GPSLOGGER = "gpslogger"
    OTHER = "other"


class TrackerUnknown(Problem):
    """There is no such tracker, or it is not the caller's."""

    kind = Kind.NOT_FOUND
    code = "tracking.tracker_unknown"


class TrackerRevoked(Problem):
    """The address was taken back, or its owner left the gym. Nothing that comes to it is kept."""

    kind = Kind.CONFLICT
    code = "tracking.tracker_revoked"


class TooManyTrackers(Problem):
    """The caller has as many addresses as one may: `most`."""

    kind = Kind.CONFLICT
    code = "tracking.too_many_trackers"


class TrackerRow(Result):
    """A tracker and what came of what it sent. Its address is shown once, when it is made."""

    id: UUID
    app: TrackerApp
    label: str | None
    sport: Sport = Field(description="What an activity is that it starts")
    auto_start: bool = Field(description="Whether the first point in motion starts an activity")
    points: int = Field(description="Points of activities")
    outside: int = Field(description="Points that came while nothing was recorded, and are not kept")
    rejected: int = Field(description="Points that cannot be used")
    rejection: str | None = Field(
        description="Why the last one of these could not be used: a reason of `Rejected`, `encrypted`, `no_position`, `no_time`"
        " or `no_fix`"
    )
    rejected_at: datetime | None
    last_seen_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


class TrackerList(Result):
    """A person's trackers, the newest first."""

    person_id: UUID
    items: tuple[TrackerRow, ...]


class TrackerLinked(Result):
    """A new tracker with its address, which is never shown again."""

    tracker: TrackerRow
    address: str = Field(description="The personal address; whoever knows it can add points to the owner's activities")
    setting: str = Field(description="What goes into the app's field for the address: with the app's own placeholders")
    steps: tuple[str, ...] = Field(description="How the app is set up, step by step, in the caller's language")


class LinkTracker(Operation[TrackerLinked]):
    """Make a personal address for a tracker app, and see how the app is set up."""

    # Its answer holds the address, which must not be stored.
    policy: ClassVar = Policy(
        name="tracking.link_tracker",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
        idempotent=False,
    )
    errors: ClassVar = (PersonUnknown, TooManyTrackers)

    app: TrackerApp = Field(description="The app")
    member: str | None = Field(
        default=None, max_length=60, description="Whose it is: id, member code or phone; left out: yours"
    )
    label: Line | None = Field(default=None, max_length=60, description="What to call it, such as the phone it is on")
    sport: Sport = Field(default=Sport.RUN, description="What an activity is that it starts")
    auto_start: bool | None = Field(
        default=None,
        description="Start an activity with the first point in motion; when left out, every app but OwnTracks does, which"
        " sends all day",
    )


class ListTrackers(Operation[TrackerList]):
    """List a member's tracker addresses and what came by them; without one, your own."""

    policy: ClassVar = Policy(
        name="tracking.list_trackers",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")


class RevokeTracker(Operation[Done]):
    """Take a tracker address back: what comes to it from now on is refused. A second time does nothing."""

    policy: ClassVar = Policy(
        name="tracking.revoke_tracker",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (TrackerUnknown,)

    tracker_id: UUID = Field(description="The tracker")


class TrackerTaken(Result):
    """What came of the points of one delivery; they are stored."""

    activity_id: UUID | None = Field(description="The activity that the last of them belongs to")
    accepted: int
    duplicates: int
    outside: int
    rejected: int


Unusable = Literal["encrypted", "no_position", "no_time", "no_fix"]


class ReceiveTrackerPoints(Operation[TrackerTaken]):
    """Store what a tracker app sent to a personal address.

    A point belongs to the owner's live activity, or to one that was over when the point reached us and not yet when it was
    taken. Otherwise one in motion starts an activity, where the tracker is set so and its owner has not just stopped one.
    """

    policy: ClassVar = Policy(
        name="tracking.receive_points", scope=Scope.SYSTEM, rate=Rate.TRACKER, audited=False, idempotent=False
    )
    errors: ClassVar = (TrackerUnknown, TrackerRevoked, GymSuspended, TrackFull)

    token: Secret = Field(description="The secret part of the address")
    points: tuple[PointIn, ...] = Field(default=(), max_length=MOST_POINTS, description="The points, in any order")
    unusable: tuple[Unusable, ...] = Field(
        default=(), max_length=MOST_POINTS, description="Why what came beside them is no point"
    )
