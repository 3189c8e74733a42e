"""Links that show one activity to whoever holds them, until they expire: family that waits, friends who cheer."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result, Secret
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.tenants.operations import PersonUnknown

from .activities import NotOut
from .terms import ActivityUnknown, Sport, Status

MOST_SHARES = 20
"""Links of one person that are good at a time."""
LATEST = 253_402_300_799_000
"""The last millisecond that a moment can be: of the year 9999."""


class ShareUnknown(Problem):
    """No activity is shared under this link, or the link is not the caller's own."""

    kind = Kind.NOT_FOUND
    code = "tracking.share_unknown"


class ShareOver(Problem):
    """The link was good until `until`; whoever gave it can give another."""

    kind = Kind.NOT_FOUND
    code = "tracking.share_over"


class TooManyShares(Problem):
    """The caller has as many links that are good as one may: `most`."""

    kind = Kind.CONFLICT
    code = "tracking.too_many_shares"


class SharedLink(Result):
    """A link as it is shown this once: only a digest of its token is kept."""

    id: UUID
    activity_id: UUID
    token: str = Field(description="What opens it")
    path: str = Field(description="The page's path on the server: `/live/` and the token")
    url: str = Field(description="The page's address")
    expires_at: datetime


class ShareRow(Result):
    """A link that was given out."""

    id: UUID
    activity_id: UUID
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    good: bool = Field(description="Whether it opens anything now")


class Shares(Result):
    """The caller's links, newest first."""

    items: tuple[ShareRow, ...]


class ShareActivity(Operation[SharedLink]):
    """Get a link that shows an activity of yours to whoever holds it, live and after, until it expires."""

    # Not idempotent by key: the link is shown once and kept nowhere.
    policy: ClassVar = Policy(
        name="tracking.share",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
        idempotent=False,
    )
    errors: ClassVar = (NotOut, ActivityUnknown, TooManyShares)

    activity_id: UUID | None = Field(default=None, description="The activity; the live one when left out")
    hours: int = Field(default=12, ge=1, le=168, description="Hours until the link expires")


class ListShares(Operation[Shares]):
    """List the links that you gave out, newest first."""

    policy: ClassVar = Policy(
        name="tracking.list_shares", scope=Scope.TENANT, permission=Permission.ACTIVITY_READ_OWN, reads_only=True
    )
    errors: ClassVar = (PersonUnknown,)


class RevokeShare(Operation[Done]):
    """Make a link of yours open nothing any more, at once."""

    policy: ClassVar = Policy(
        name="tracking.revoke_share",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (ShareUnknown,)

    share_id: UUID = Field(description="The link")


class SharedPoint(Result):
    """Where somebody was."""

    at: int = Field(description="Milliseconds since 1970; since the start where its owner hides when that was")
    lat: float
    lon: float


class Shared(Result):
    """What a link shows: no more of a person than their first name, and no position inside a privacy zone of theirs."""

    sport: Sport
    status: Status
    first_name: str
    gym_name: str
    title: str | None
    distance_m: float
    moving_s: int
    elapsed_s: int
    speed: float | None = Field(description="Metres a second: at the last point while it goes on, the mean after")
    points: tuple[SharedPoint, ...] = Field(description="The way after the moment that was asked for, oldest first")
    last_at: int | None = Field(
        description="When the last point was taken, hidden or not, as the points' times are told"
    )
    now: int = Field(description="This moment as the points' times are told")
    expires_s: int = Field(description="Seconds until the link expires")


class ShowShared(Operation[Shared]):
    """Show what a link shares, or what is new of it."""

    policy: ClassVar = Policy(name="tracking.show_shared", scope=Scope.PUBLIC, reads_only=True, rate=Rate.SCREEN)
    errors: ClassVar = (ShareUnknown, ShareOver)

    token: Secret = Field(max_length=200, description="What stands in the link")
    after: int = Field(
        default=0, ge=0, le=LATEST, description="Only points after this moment (as `at` of the last one)"
    )
