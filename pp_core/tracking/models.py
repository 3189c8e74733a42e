"""Tables of activities outdoors: their points, streams and summaries, the trackers that send them, and places."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Double, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import REAL
from sqlalchemy.orm import Mapped, mapped_column

from pp_core.kernel.db.tables import Base, Kind, TenantTable, created_at, tenant_key

_SPORTS = "sport IN ('run', 'walk', 'hike', 'ride', 'swim', 'row', 'skate', 'other')"
_OUT = text("status <> 'finished'")


def _double() -> Mapped[float]:
    return mapped_column(Double())


class Activity(TenantTable):
    """What somebody did outdoors, and what it comes to.

    While it is live or paused its points are in `activity_points` and its figures in `activity_live`; from the moment it is
    finished the columns here hold its summary. `pauses` are pairs of milliseconds since 1970. `clock_shift_ms` is how far the
    device's clock was ahead of ours: what the device calls a moment is shown that much earlier. `source_key` tells the same
    recording when it comes again. `route` is the way of its points; `matched` (encoded as streams are) the same way on streets,
    which is drawn and never counted. `tiles` (`rules/tiles.py`) are those that its points passed through, for its owner alone.
    """

    __tablename__ = "activities"

    person_id: Mapped[UUID]
    sport: Mapped[str]
    status: Mapped[str]
    visibility: Mapped[str]
    hidden: Mapped[list[str]] = mapped_column(server_default="{}")
    title: Mapped[str | None]
    note: Mapped[str | None]
    source: Mapped[str]
    door: Mapped[str]
    source_key: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    pauses: Mapped[list[Any]] = mapped_column(server_default="[]")
    clock_shift_ms: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    closed_by: Mapped[str | None]
    points: Mapped[int] = mapped_column(server_default="0")
    distance_m: Mapped[float] = mapped_column(Double(), server_default="0")
    moving_s: Mapped[int] = mapped_column(server_default="0")
    elapsed_s: Mapped[int] = mapped_column(server_default="0")
    elevation_gain_m: Mapped[float | None] = mapped_column(Double())
    max_speed: Mapped[float | None] = mapped_column(Double())
    heart_rate_avg: Mapped[int | None] = mapped_column(SmallInteger())
    kcal: Mapped[int | None]
    summary: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    route: Mapped[str | None]
    matched: Mapped[bytes | None] = mapped_column(LargeBinary())
    route_id: Mapped[UUID | None]
    south: Mapped[float | None] = mapped_column(Double())
    west: Mapped[float | None] = mapped_column(Double())
    north: Mapped[float | None] = mapped_column(Double())
    east: Mapped[float | None] = mapped_column(Double())
    fingerprint: Mapped[str | None]
    tiles: Mapped[list[int] | None]
    flagged: Mapped[bool] = mapped_column(server_default="false")
    sealed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("person_id", "people"),
        tenant_key("route_id", "activity_routes"),
        CheckConstraint(_SPORTS, name="sport"),
        CheckConstraint("status IN ('live', 'paused', 'finished')", name="status"),
        CheckConstraint("visibility IN ('staff', 'private', 'gym')", name="visibility"),
        UniqueConstraint("tenant_id", "person_id", "source_key"),
        Index("uq_activities_one_live", "tenant_id", "person_id", unique=True, postgresql_where=_OUT),
        Index(None, "tenant_id", "person_id", "started_at", "id"),
        Index(None, "tenant_id", "started_at", "id"),
        Index(None, "tenant_id", "fingerprint"),
        Index("ix_activities_untiled", "started_at", postgresql_where=text("tiles IS NULL AND south IS NOT NULL")),
    )


class ActivityPoint(Base):
    """One point as it came: its key is the device's own unshifted time, so that what comes twice is the same point.

    In monthly partitions by that time, written by `pp_ingest` for all gyms together. No foreign key: it would cost a look-up for
    each point, and only an opened stream leads here.
    """

    __tablename__ = "activity_points"
    kind = Kind.TENANT
    grants = "SELECT, INSERT, DELETE"
    ingested = True

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_ts: Mapped[datetime] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    lat: Mapped[float] = _double()
    lon: Mapped[float] = _double()
    altitude: Mapped[float | None] = mapped_column(REAL())
    speed: Mapped[float | None] = mapped_column(REAL())
    accuracy: Mapped[float | None] = mapped_column(REAL())
    heart_rate: Mapped[int | None] = mapped_column(SmallInteger())

    __table_args__ = ({"postgresql_partition_by": "RANGE (device_ts)"},)


class ActivityLive(TenantTable):
    """Where somebody is and what it comes to so far; its id is the activity's. Gone when it is finished."""

    __tablename__ = "activity_live"

    last_ts: Mapped[datetime]
    lat: Mapped[float] = _double()
    lon: Mapped[float] = _double()
    speed: Mapped[float | None] = mapped_column(REAL())
    heart_rate: Mapped[int | None] = mapped_column(SmallInteger())
    distance_m: Mapped[float] = _double()
    moving_s: Mapped[float] = _double()
    points: Mapped[int]
    updated_at: Mapped[datetime]

    __table_args__ = (tenant_key("id", "activities", on_delete="CASCADE"),)


class ActivityStream(TenantTable):
    """All points of a finished activity, encoded (`formats/stream.py`); its id is the activity's."""

    __tablename__ = "activity_streams"

    points: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary())

    __table_args__ = (tenant_key("id", "activities", on_delete="CASCADE"),)


class ActivityFile(TenantTable):
    """The file an activity was imported from, as it came (compressed); its id is the activity's."""

    __tablename__ = "activity_files"

    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary())

    __table_args__ = (tenant_key("id", "activities", on_delete="CASCADE"),)


class ActivityEffort(TenantTable):
    """The fastest stretch of a set length within an activity; records are the best of them."""

    __tablename__ = "activity_efforts"

    activity_id: Mapped[UUID]
    person_id: Mapped[UUID]
    sport: Mapped[str]
    measure: Mapped[str]
    seconds: Mapped[float] = _double()
    from_m: Mapped[float] = _double()
    started_at: Mapped[datetime]

    __table_args__ = (
        tenant_key("activity_id", "activities", on_delete="CASCADE"),
        tenant_key("person_id", "people"),
        UniqueConstraint("tenant_id", "activity_id", "measure"),
        Index(None, "tenant_id", "person_id", "sport", "measure", "seconds"),
    )


class Athlete(TenantTable):
    """What of a person's body their heart-rate zones and energy are worked out from; its id is the person's."""

    __tablename__ = "athletes"

    max_heart_rate: Mapped[int | None] = mapped_column(SmallInteger())
    birth_year: Mapped[int | None] = mapped_column(SmallInteger())
    sex: Mapped[str | None]

    __table_args__ = (
        tenant_key("id", "people"),
        CheckConstraint("max_heart_rate BETWEEN 100 AND 230", name="max_heart_rate"),
        CheckConstraint("sex IN ('female', 'male')", name="sex"),
    )


class ActivityFlag(TenantTable):
    """Something about an activity that does not look honest, and what a person made of it."""

    __tablename__ = "activity_flags"

    activity_id: Mapped[UUID]
    sort: Mapped[str]
    from_s: Mapped[int]
    to_s: Mapped[int]
    seen: Mapped[dict[str, Any]]
    verdict: Mapped[str | None]
    reviewed_by: Mapped[UUID | None]
    reviewed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("activity_id", "activities", on_delete="CASCADE"),
        tenant_key("reviewed_by", "people"),
        CheckConstraint("verdict IN ('honest', 'cheat')", name="verdict"),
        Index(None, "tenant_id", "activity_id"),
        Index("ix_activity_flags_open", "tenant_id", "id", postgresql_where=text("verdict IS NULL")),
    )


class Tracker(TenantTable):
    """A personal address that somebody's app sends their points to. Of its token only the digest is kept.

    `points` were stored, `outside` came while nothing was recorded, `rejected` cannot be used: the last reason and when.
    """

    __tablename__ = "trackers"

    person_id: Mapped[UUID]
    app: Mapped[str]
    label: Mapped[str | None]
    sport: Mapped[str]
    digest: Mapped[str]
    auto_start: Mapped[bool] = mapped_column(server_default="true")
    points: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    outside: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    rejected: Mapped[int] = mapped_column(BigInteger(), server_default="0")
    rejection: Mapped[str | None]
    rejected_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("person_id", "people"),
        CheckConstraint("app IN ('owntracks', 'traccar', 'osmand', 'gpslogger', 'other')", name="app"),
        CheckConstraint(_SPORTS, name="sport"),
        UniqueConstraint("digest"),
        Index(None, "tenant_id", "person_id"),
    )


class ChatLocation(TenantTable):
    """A live location that somebody shares with the bot, and the activity it became."""

    __tablename__ = "chat_locations"

    activity_id: Mapped[UUID]
    bot: Mapped[str]
    chat: Mapped[str]
    message_id: Mapped[int] = mapped_column(BigInteger())
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("activity_id", "activities", on_delete="CASCADE"),
        UniqueConstraint("tenant_id", "bot", "chat", "message_id"),
    )


class LiveShare(TenantTable):
    """A link that shows one activity to whoever holds it, until it expires. Of its token only the digest is kept."""

    __tablename__ = "live_shares"

    activity_id: Mapped[UUID]
    person_id: Mapped[UUID]
    digest: Mapped[str]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("activity_id", "activities", on_delete="CASCADE"),
        tenant_key("person_id", "people"),
        UniqueConstraint("digest"),
        Index(None, "tenant_id", "activity_id"),
    )


class PrivacyZone(TenantTable):
    """A circle within which nobody but its owner sees where they were."""

    __tablename__ = "privacy_zones"

    person_id: Mapped[UUID]
    name: Mapped[str]
    lat: Mapped[float] = _double()
    lon: Mapped[float] = _double()
    radius_m: Mapped[int]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (tenant_key("person_id", "people"), Index(None, "tenant_id", "person_id"))


class Geofence(TenantTable):
    """The ground of a branch: who stays within it for `dwell_s` seconds has come in."""

    __tablename__ = "geofences"

    branch_id: Mapped[UUID]
    lat: Mapped[float] = _double()
    lon: Mapped[float] = _double()
    radius_m: Mapped[int]
    dwell_s: Mapped[int]
    checks_in: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (tenant_key("branch_id", "branches"), UniqueConstraint("tenant_id", "branch_id"))


class GeofenceStay(TenantTable):
    """Somebody is within a geofence."""

    __tablename__ = "geofence_stays"

    geofence_id: Mapped[UUID]
    person_id: Mapped[UUID]
    entered_at: Mapped[datetime]
    last_at: Mapped[datetime]
    visit_id: Mapped[UUID | None]

    __table_args__ = (
        tenant_key("geofence_id", "geofences", on_delete="CASCADE"),
        tenant_key("person_id", "people"),
        UniqueConstraint("tenant_id", "geofence_id", "person_id"),
    )


class Segment(TenantTable):
    """A stretch of road that the gym's people race on, as an encoded polyline."""

    __tablename__ = "segments"

    name: Mapped[str]
    sport: Mapped[str]
    route: Mapped[str]
    distance_m: Mapped[float] = _double()
    south: Mapped[float] = _double()
    west: Mapped[float] = _double()
    north: Mapped[float] = _double()
    east: Mapped[float] = _double()
    made_by: Mapped[UUID | None]
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("made_by", "people"),
        CheckConstraint(_SPORTS, name="sport"),
        Index(None, "tenant_id", "sport"),
    )


class SegmentEffort(TenantTable):
    """One time over a segment."""

    __tablename__ = "segment_efforts"

    segment_id: Mapped[UUID]
    activity_id: Mapped[UUID]
    person_id: Mapped[UUID]
    started_at: Mapped[datetime]
    seconds: Mapped[float] = _double()

    __table_args__ = (
        tenant_key("segment_id", "segments", on_delete="CASCADE"),
        tenant_key("activity_id", "activities", on_delete="CASCADE"),
        tenant_key("person_id", "people"),
        UniqueConstraint("tenant_id", "segment_id", "activity_id", "started_at"),
        Index(None, "tenant_id", "segment_id", "seconds"),
        Index(None, "tenant_id", "activity_id"),
    )


class ActivityRoute(TenantTable):
    """A way that somebody goes again and again; their activities on it point here."""

    __tablename__ = "activity_routes"

    person_id: Mapped[UUID]
    sport: Mapped[str]
    name: Mapped[str | None]
    route: Mapped[str]
    distance_m: Mapped[float] = _double()
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("person_id", "people"),
        CheckConstraint(_SPORTS, name="sport"),
        Index(None, "tenant_id", "person_id", "sport"),
    )
