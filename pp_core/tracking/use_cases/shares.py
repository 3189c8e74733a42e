"""Links that show one activity until they expire."""

import asyncio
from datetime import timedelta

import numpy as np

from pp_core.kernel import crypto
from pp_core.kernel.context import PublicContext, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking.access import access_own, access_shared, share_ended_at
from pp_core.tracking.operations import Hidden, Sport, Status
from pp_core.tracking.operations.shares import (
    MOST_SHARES,
    ListShares,
    RevokeShare,
    ShareActivity,
    Shared,
    SharedLink,
    SharedPoint,
    ShareRow,
    Shares,
    ShareUnknown,
    ShowShared,
    TooManyShares,
)
from pp_core.tracking.queries import points
from pp_core.tracking.queries import shares as queries
from pp_core.tracking.queries.points import milliseconds
from pp_core.tracking.rules.filtering import kept
from pp_core.tracking.rules.lines import DRAWN_METRES
from pp_core.tracking.rules.privacy import Circle, visible
from pp_core.tracking.rules.simplify import simplified
from pp_core.tracking.rules.streets import seen_on_streets
from pp_core.tracking.rules.track import Track

from .sealing import stored_track
from .streets import matched_of

PREFIX = "pps_"
PATH = "/live/"
LISTED = timedelta(days=30)
"""How long after it expired a link is still listed."""


@handles(ShareActivity)
async def share_activity(ctx: TenantContext, op: ShareActivity) -> SharedLink:
    """Give out a link; the activity's lock is what two at once wait for."""
    row = await access_own(ctx, op.activity_id)
    held = await queries.of_person(ctx.tx, ctx.tenant_id, row.person_id, ctx.now)
    if sum(one.revoked_at is None for one in held) >= MOST_SHARES:
        raise TooManyShares(most=MOST_SHARES)
    token, share_id = crypto.new_token(PREFIX), new_id()
    expires_at = ctx.now + timedelta(hours=op.hours)
    await queries.insert_share(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=share_id,
        activity_id=row.id,
        person_id=row.person_id,
        digest=crypto.digest(token),
        expires_at=expires_at,
        created_at=ctx.now,
    )
    ctx.touched("live_share", share_id, activity=str(row.id))
    return SharedLink(
        id=share_id,
        activity_id=row.id,
        token=token,
        path=PATH + token,
        url=f"{ctx.ports.public_url}{PATH}{token}",
        expires_at=expires_at,
    )


@handles(ListShares)
async def list_shares(ctx: TenantContext, op: ListShares) -> Shares:
    """The caller's, those that expired lately too."""
    person = await access_brief(ctx, None, to=Permission.ACTIVITY_READ_OWN)
    rows = await queries.of_person(ctx.tx, ctx.tenant_id, person.id, ctx.now - LISTED)
    return Shares(
        items=tuple(
            ShareRow(
                id=row.id,
                activity_id=row.activity_id,
                created_at=row.created_at,
                expires_at=row.expires_at,
                revoked_at=row.revoked_at,
                good=share_ended_at(row, ctx.now) is None,
            )
            for row in rows
        )
    )


@handles(RevokeShare)
async def revoke_share(ctx: TenantContext, op: RevokeShare) -> Done:
    """Close one of the caller's; a second time does nothing."""
    if ctx.person_id is None or not await queries.revoke(
        ctx.tx, ctx.tenant_id, op.share_id, person_id=ctx.person_id, now=ctx.now
    ):
        raise ShareUnknown
    ctx.touched("live_share", op.share_id)
    return Done()


@handles(ShowShared)
async def show_shared(ctx: PublicContext, op: ShowShared) -> Shared:
    """What the holder of a link sees."""
    gym, share, row = await access_shared(ctx, op.token.get_secret_value())
    over, hidden = row.status == Status.FINISHED, frozenset(row.hidden)
    # What came last while it goes on tells that they are well, even from inside a zone; where that was it does not tell.
    shift = row.clock_shift_ms
    if Hidden.START_TIME in hidden and over:
        shift += milliseconds(row.started_at)
    track = await stored_track(gym, row.id)
    last_at = int(track.ts[-1]) - shift if len(track) else None
    seen = Track.empty()
    if Hidden.MAP not in hidden:
        zones = (await points.zones(gym.tx, gym.tenant_id, [row.person_id]))[row.person_id]
        # Whoever followed it has its points by now; on streets is the way that is drawn as a whole.
        matched = None if op.after else await matched_of(gym, row)
        after = op.after + shift if op.after else None
        seen = await asyncio.to_thread(_seen, track, Sport(row.sport), zones, after, matched)
    speed = row.speed if not over else row.distance_m / row.moving_s if row.moving_s else None
    return Shared(
        sport=row.sport,
        status=row.status,
        first_name=row.person_name.split()[0],
        gym_name=gym.gym_name,
        title=row.title,
        distance_m=row.distance_m,
        moving_s=row.moving_s,
        elapsed_s=row.elapsed_s if over else max(0, int((gym.now - row.started_at).total_seconds())),
        speed=None if Hidden.SPEED in hidden else speed,
        points=tuple(
            SharedPoint(at=at - shift, lat=lat, lon=lon)
            for at, lat, lon in zip(seen.ts.tolist(), seen.lat.tolist(), seen.lon.tolist(), strict=True)
        ),
        last_at=last_at,
        now=last_at if over and last_at is not None else milliseconds(gym.now),
        expires_s=int((share.expires_at - gym.now).total_seconds()),
    )


def _seen(track: Track, sport: Sport, zones: list[Circle], after: int | None, matched: Track | None) -> Track:
    """The points that others may see: as many as draw the whole way, or each that came after a moment."""
    track = track[kept(track, sport)]
    track = track[visible(track, zones)] if matched is None else matched[seen_on_streets(matched, track, zones)]
    if after is not None:
        return track[track.ts > after]
    places = simplified(track.lat, track.lon, DRAWN_METRES)
    return track[np.asarray(places)]
