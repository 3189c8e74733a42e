"""The only by-id loaders of activities: not visible means not there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pp_core.kernel import crypto
from pp_core.kernel.context import PublicContext, TenantContext
from pp_core.kernel.policy import Permission
from pp_core.tracking.operations import ActivityUnknown, Visibility
from pp_core.tracking.operations.activities import NotOut
from pp_core.tracking.operations.shares import ShareOver, ShareUnknown
from pp_core.tracking.queries import activities, shares


async def access_activity(ctx: TenantContext, activity_id: UUID) -> Any:
    """An activity that the caller may see: their own, or what its owner lets them; `ActivityUnknown` otherwise."""
    row = await activities.activity(ctx.tx, ctx.tenant_id, activity_id)
    if row is None or not (is_owner(ctx, row) or row.visibility in visible_to(ctx)):
        raise ActivityUnknown(activity_id=str(activity_id))
    return row


async def access_own(
    ctx: TenantContext, activity_id: UUID | None, *, to: Permission | None = None, locked: bool = True
) -> Any:
    """An activity of the caller's own; their live one without an id, else `NotOut`.

    With the permission `to` that is anybody's which they may see. Locked until the transaction ends, unless it only reads.
    """
    if activity_id is None:
        live = None if ctx.person_id is None else await activities.live_of(ctx.tx, ctx.tenant_id, ctx.person_id)
        if live is None:
            raise NotOut
        activity_id = live
    row = await (activities.held if locked else activities.activity)(ctx.tx, ctx.tenant_id, activity_id)
    if row is None:
        raise ActivityUnknown(activity_id=str(activity_id))
    if not is_owner(ctx, row) and not (to is not None and ctx.may(to) and row.visibility in visible_to(ctx)):
        raise ActivityUnknown(activity_id=str(activity_id))
    return row


def is_owner(ctx: TenantContext, row: Any) -> bool:
    """Whether the activity is the caller's own; an operator and the system own none."""
    return ctx.person_id is not None and bool(row.person_id == ctx.person_id)


def visible_to(ctx: TenantContext) -> tuple[str, ...]:
    """The visibilities of others' activities that the caller sees."""
    return (Visibility.GYM, Visibility.STAFF) if ctx.may(Permission.ACTIVITY_READ) else (Visibility.GYM,)


async def access_shared(ctx: PublicContext, token: str) -> tuple[TenantContext, Any, Any]:
    """What a link opens: a context in its gym, the link, the activity. `ShareUnknown`, `ShareOver` when it opens nothing."""
    found = await shares.behind(ctx.tx, crypto.digest(token))
    if found is None:
        raise ShareUnknown
    gym = await ctx.enter_gym(found.tenant_id)
    share = await shares.share(gym.tx, gym.tenant_id, found.id)
    ended_at = share_ended_at(share, gym.now)
    if ended_at is not None:
        raise ShareOver(until=ended_at.isoformat(timespec="minutes"))
    row = await activities.activity(gym.tx, gym.tenant_id, share.activity_id)
    assert row is not None  # links go with their activity
    return gym, share, row


def share_ended_at(share: Any, now: datetime) -> datetime | None:
    """Since when a link opens nothing; None while it does."""
    ends: datetime = min(share.expires_at, share.revoked_at or share.expires_at)
    return ends if ends <= now else None
