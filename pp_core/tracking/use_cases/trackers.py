"""Trackers: addresses for other people's apps, and what they send."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from pp_core.kernel import crypto, locale
from pp_core.kernel.context import SystemContext, TenantContext
from pp_core.kernel.errors import GymSuspended
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking.operations import Sport
from pp_core.tracking.operations.points import PointIn
from pp_core.tracking.operations.trackers import (
    MOST_TRACKERS,
    LinkTracker,
    ListTrackers,
    ReceiveTrackerPoints,
    RevokeTracker,
    TooManyTrackers,
    TrackerApp,
    TrackerLinked,
    TrackerList,
    TrackerRevoked,
    TrackerRow,
    TrackerTaken,
    TrackerUnknown,
)
from pp_core.tracking.queries import activities
from pp_core.tracking.queries import trackers as queries
from pp_core.tracking.queries.points import milliseconds
from pp_core.tracking.rules.geofences import Position
from pp_core.tracking.rules.sports import LIMITS
from pp_core.tracking.rules.validation import reason_against

from .activities import QUIET, set_out
from .geofences import notice
from .points import add_points, point_of

PATH = "/t/"
"""Where addresses of trackers begin; short, because they are typed on phones."""
GRACE = timedelta(seconds=30)
"""How long before its start a point may have been taken that counts for an activity."""
REST = timedelta(minutes=15)
"""How long after somebody stopped nothing starts by itself: who walks home from a run has not set out again."""
_SETTINGS = {
    # https://osmand.net/docs/user/plugins/trip-recording#online-tracking
    TrackerApp.OSMAND: "?lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}",
    # https://gpslogger.app/, "Custom URL"
    TrackerApp.GPSLOGGER: "?lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&accuracy=%ACC&altitude=%ALT&speed=%SPD",
}
"""What follows the address in apps that let their user write it, with the app's own placeholders."""


@handles(LinkTracker)
async def link_tracker(ctx: TenantContext, op: LinkTracker) -> TrackerLinked:
    """Keep the digest of a new token, and tell the address."""
    person = await access_brief(ctx, op.member, to=Permission.ACTIVITY_MANAGE)
    if await queries.working(ctx.tx, ctx.tenant_id, person.id) >= MOST_TRACKERS:
        raise TooManyTrackers(most=MOST_TRACKERS)
    token = crypto.new_token("")
    tracker_id = new_id()
    await queries.insert_tracker(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=tracker_id,
        person_id=person.id,
        app=op.app,
        label=op.label,
        sport=op.sport,
        digest=crypto.digest(token),
        auto_start=op.app is not TrackerApp.OWNTRACKS if op.auto_start is None else op.auto_start,
        created_at=ctx.now,
    )
    ctx.touched("tracker", tracker_id, app=op.app.value)
    address = f"{ctx.ports.public_url}{PATH}{token}"
    setting = address + _SETTINGS.get(op.app, "")
    row = await queries.held(ctx.tx, ctx.tenant_id, tracker_id)
    return TrackerLinked(
        tracker=_row(row), address=address, setting=setting, steps=tuple(_steps(ctx.language, op.app, setting))
    )


def _steps(language: str, app: TrackerApp, setting: str) -> Iterator[str]:
    for number in count(1):
        key = f"tracking.tracker.{app.value}.step_{number}"
        if not locale.has(key):
            return
        yield locale.text(key, language, setting=setting)


@handles(ListTrackers)
async def list_trackers(ctx: TenantContext, op: ListTrackers) -> TrackerList:
    """A person's addresses, without what is secret of them."""
    person = await access_brief(ctx, op.member, to=Permission.ACTIVITY_MANAGE)
    rows = await queries.of_person(ctx.tx, ctx.tenant_id, person.id)
    return TrackerList(person_id=person.id, items=tuple(_row(row) for row in rows))


@handles(RevokeTracker)
async def revoke_tracker(ctx: TenantContext, op: RevokeTracker) -> Done:
    """Refuse what comes from now on."""
    row = await queries.held(ctx.tx, ctx.tenant_id, op.tracker_id)
    if row is None or not (row.person_id == ctx.person_id or ctx.may(Permission.ACTIVITY_MANAGE)):
        raise TrackerUnknown(tracker_id=str(op.tracker_id))
    await queries.revoke(ctx.tx, ctx.tenant_id, row.id, ctx.now)
    ctx.touched("tracker", row.id)
    return Done()


@handles(ReceiveTrackerPoints)
async def receive_tracker_points(ctx: SystemContext, op: ReceiveTrackerPoints) -> TrackerTaken:
    """Store each point where it belongs, and count what could not be used, for its owner to see."""
    found = await queries.by_digest(ctx.tx, crypto.digest(op.token.get_secret_value()))
    if found is None:
        raise TrackerUnknown
    if found.revoked:
        raise TrackerRevoked
    if found.gym_status == "suspended":
        raise GymSuspended
    gym = await ctx.enter_gym(found.tenant_id)
    tracker = await queries.held(gym.tx, gym.tenant_id, found.id)
    assert tracker is not None
    delivery = _Delivery(gym, tracker, rejections=list(op.unusable))
    taken = await delivery.take(sorted(op.points, key=lambda point: point.ts))
    if taken.accepted or taken.outside or taken.rejected or not op.points:  # a repetition tells nothing new
        await queries.count(
            gym.tx,
            gym.tenant_id,
            found.id,
            now=gym.now,
            points=taken.accepted,
            outside=taken.outside,
            rejected=taken.rejected,
            rejection=delivery.rejections[-1] if delivery.rejections else None,
        )
    return taken


@dataclass(frozen=True, slots=True)
class _Spell:
    """When an activity went on, by our clock; without an end it still does."""

    activity_id: UUID
    begins: datetime
    ends: datetime | None
    shift: timedelta

    def holds(self, point: PointIn) -> bool:
        at = point.ts - self.shift
        return self.begins <= at and (self.ends is None or at <= self.ends)


class _Delivery:
    """The points of one delivery on their way to the activities of the tracker's owner."""

    def __init__(self, gym: TenantContext, tracker: Any, rejections: list[str]) -> None:
        self._gym = gym
        self._tracker = tracker
        self._sport = Sport(tracker.sport)
        self._spells: list[_Spell] = []
        self._stopped: list[datetime] = []
        self.rejections = rejections

    async def take(self, points: Sequence[PointIn]) -> TrackerTaken:
        """Store what belongs to an activity, in the order of time."""
        if points:
            await self._look_around(points)
        parted: dict[UUID, list[PointIn]] = defaultdict(list)
        outside: list[PointIn] = []
        last = None
        for point in points:
            activity_id = await self._activity_of(point)
            if activity_id is not None:
                parted[activity_id].append(point)
                last = activity_id
            elif (reason := self._reason_against(point)) is not None:
                self.rejections.append(reason)
            else:
                outside.append(point)
        # Where somebody is beside any activity is kept nowhere; it only tells whether they came to the gym.
        await notice(self._gym, self._tracker.person_id, [_position(point) for point in outside])
        accepted = duplicates = 0
        for activity_id, its in parted.items():
            row = await activities.held(self._gym.tx, self._gym.tenant_id, activity_id)
            added = await add_points(self._gym, row, its)
            accepted += added.accepted
            duplicates += added.duplicates
            self.rejections.extend(one.reason for one in added.rejected)
        return TrackerTaken(
            activity_id=last,
            accepted=accepted,
            duplicates=duplicates,
            outside=len(outside),
            rejected=len(self.rejections),
        )

    async def _look_around(self, points: Sequence[PointIn]) -> None:
        gym, person_id = self._gym, self._tracker.person_id
        first, last = points[0].ts, points[-1].ts
        for row in await queries.around(gym.tx, gym.tenant_id, person_id, first=first, last=last, slack=2 * QUIET):
            # One that was closed because nothing came any more goes on with what comes late.
            more = QUIET if row.closed_by == "forgotten" and row.kept_until is None else timedelta()
            shift = timedelta(milliseconds=row.clock_shift_ms)
            self._spells.append(_Spell(row.id, row.begins - GRACE, row.ends + more, shift))
            if row.closed_by == "owner":
                self._stopped.append(row.ended_at)
        live = await activities.live_of(gym.tx, gym.tenant_id, person_id)
        if live is not None:
            row = await activities.held(gym.tx, gym.tenant_id, live)
            assert row is not None
            shift = timedelta(milliseconds=row.clock_shift_ms)
            self._spells.insert(0, _Spell(row.id, row.started_at - GRACE, None, shift))

    async def _activity_of(self, point: PointIn) -> UUID | None:
        for spell in self._spells:
            if spell.holds(point):
                return spell.activity_id
        if not self._may_start(point):
            return None
        started_at = min(point.ts, self._gym.now)
        activity_id = await set_out(
            self._gym,
            person_id=self._tracker.person_id,
            sport=self._sport,
            source=self._tracker.app,
            started_at=started_at,
        )
        if activity_id is None:  # another door was quicker
            activity_id = await activities.live_of(self._gym.tx, self._gym.tenant_id, self._tracker.person_id)
        assert activity_id is not None
        self._spells.insert(0, _Spell(activity_id, started_at - GRACE, None, timedelta()))
        return activity_id

    def _may_start(self, point: PointIn) -> bool:
        return (
            self._tracker.auto_start
            and (point.speed is None or point.speed >= LIMITS[self._sport].pause_speed)
            and all(abs(point.ts - stopped) > REST for stopped in self._stopped)
            and not any(spell.ends is None for spell in self._spells)
            and self._reason_against(point) is None
        )

    def _reason_against(self, point: PointIn) -> str | None:
        now = milliseconds(self._gym.now)
        return reason_against(point_of(point), last=None, sport=self._sport, now=now, shift_ms=0)


def _position(point: PointIn) -> Position:
    return Position(point.ts, point.lat, point.lon, point.accuracy)


def _row(row: Any) -> TrackerRow:
    return TrackerRow(**{name: getattr(row, name) for name in TrackerRow.model_fields})
