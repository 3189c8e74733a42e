"""Judging what does not look honest."""

import asyncio
from typing import Any
from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.tracking import events
from pp_core.tracking.operations import Sport
from pp_core.tracking.operations.review import (
    Flag,
    FlagPage,
    FlagRow,
    FlagUnknown,
    ListFlags,
    Moment,
    ReviewFlag,
    ShowFlag,
)
from pp_core.tracking.queries import flags as queries
from pp_core.tracking.queries import points
from pp_core.tracking.rules.profile import peaks
from pp_core.tracking.rules.sports import LIMITS

from .reading import started
from .sealing import stored_track

AROUND_S = 120
"""How much of the activity before and after what was seen is shown with it."""


@handles(ListFlags)
async def list_flags(ctx: TenantContext, op: ListFlags) -> FlagPage:
    """A page of flags."""
    judged, before = decode_cursor(op.cursor, _yes_or_no, UUID)
    rows = await queries.page(
        ctx.tx,
        ctx.tenant_id,
        viewer=ctx.person_id,
        only_open=op.only_open,
        judged=judged,
        before=before,
        limit=op.limit + 1,
    )
    last = rows[op.limit - 1] if len(rows) > op.limit else None
    return FlagPage(
        items=[FlagRow(**_shown(ctx, row)) for row in rows[: op.limit]],
        next=None if last is None else encode_cursor(last.verdict is not None, last.id),
    )


@handles(ShowFlag)
async def show_flag(ctx: TenantContext, op: ShowFlag) -> Flag:
    """A flag with the speed around it."""
    row = await _flag(ctx, op.flag_id)
    track = await stored_track(ctx, row.activity_id)
    from_s, to_s = max(0, row.from_s - AROUND_S), row.to_s + AROUND_S
    seconds, speeds = await asyncio.to_thread(peaks, track, from_s, to_s, op.moments)
    return Flag(
        **_shown(ctx, row),
        fastest=LIMITS[Sport(row.sport)].fastest,
        moments=tuple(
            Moment(seconds=round(at, 1), speed=round(speed, 2))
            for at, speed in zip(seconds.tolist(), speeds.tolist(), strict=True)
        ),
    )


@handles(ReviewFlag)
async def review_flag(ctx: TenantContext, op: ReviewFlag) -> FlagRow:
    """Store the verdict; records and leaderboards look at it whenever they are asked."""
    row = await _flag(ctx, op.flag_id, locked=True)
    await queries.judge(ctx.tx, ctx.tenant_id, row.id, verdict=op.verdict, reviewer=ctx.person_id, now=ctx.now)
    await points.set_flagged(ctx.tx, ctx.tenant_id, row.activity_id)
    if row.verdict != op.verdict:
        ctx.emit(events.ActivitySummarised(activity_id=row.activity_id, person_id=row.person_id))
    ctx.touched("activity_flag", row.id, activity_id=str(row.activity_id), verdict=op.verdict.value, note=op.note)
    return FlagRow(**_shown(ctx, await _flag(ctx, op.flag_id)))


async def _flag(ctx: TenantContext, flag_id: UUID, *, locked: bool = False) -> Any:
    row = await queries.flag(ctx.tx, ctx.tenant_id, flag_id, viewer=ctx.person_id, locked=locked)
    if row is None:
        raise FlagUnknown(flag_id=str(flag_id))
    return row


def _shown(ctx: TenantContext, row: Any) -> dict[str, Any]:
    values = {name: value for name, value in row._asdict().items() if name in FlagRow.model_fields}
    return {**values, "started_at": started(ctx, row, row.started_at)}


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value
