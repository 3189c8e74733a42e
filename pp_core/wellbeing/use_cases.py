"""What happens to body weights."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.context import PublicContext, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.wellbeing import events, queries
from pp_core.wellbeing.formats.weight import read_weight
from pp_core.wellbeing.operations import (
    DeleteWeight,
    ListWeights,
    ParseWeight,
    RecordWeight,
    WeightInFuture,
    WeightPage,
    WeightRead,
    WeightRecorded,
    WeightRow,
    WeightUnknown,
)
from pp_core.wellbeing.rules import plain

CLOCK_TOLERANCE = timedelta(minutes=5)


@handles(RecordWeight)
async def record_weight(ctx: TenantContext, op: RecordWeight) -> WeightRecorded:
    """Store it, and compare it with the last one measured before."""
    person = await access_brief(ctx, None, to=Permission.BODY_RECORD_OWN)
    measured_at = op.measured_at or ctx.now
    if measured_at > ctx.now + CLOCK_TOLERANCE:
        raise WeightInFuture(measured_at=measured_at.isoformat())
    weight = WeightRow(
        id=new_id(),
        person_id=person.id,
        kilograms=plain(op.kilograms),
        measured_at=measured_at,
        door=ctx.call.door.value,
    )
    found = await queries.weights(ctx.tx, ctx.tenant_id, person.id, before_at=measured_at, before_id=weight.id, limit=1)
    previous = _row(found[0]) if found else None
    await queries.insert(
        ctx.tx,
        ctx.tenant_id,
        weight_id=weight.id,
        person_id=person.id,
        kilograms=weight.kilograms,
        measured_at=measured_at,
        door=weight.door,
    )
    ctx.emit(events.WeighedIn(weight_id=weight.id, person_id=person.id))
    ctx.touched("weight", weight.id)
    return WeightRecorded(
        weight=weight,
        previous=previous,
        change_kg=None if previous is None else plain(weight.kilograms - previous.kilograms),
    )


@handles(ListWeights)
async def list_weights(ctx: TenantContext, op: ListWeights) -> WeightPage:
    """A page of a person's weights."""
    person = await access_brief(ctx, op.member, to=Permission.BODY_READ)
    before_at, before_id = decode_cursor(op.cursor, datetime.fromisoformat, UUID)
    rows = await queries.weights(
        ctx.tx, ctx.tenant_id, person.id, before_at=before_at, before_id=before_id, limit=op.limit + 1
    )
    items = [_row(row) for row in rows[: op.limit]]
    more = len(rows) > op.limit
    return WeightPage(items=items, next=encode_cursor(items[-1].measured_at, items[-1].id) if more else None)


@handles(DeleteWeight)
async def delete_weight(ctx: TenantContext, op: DeleteWeight) -> Done:
    """Delete the caller's own, or with the permission anybody's here."""
    anybody = ctx.may(Permission.BODY_MANAGE)
    row = None
    if anybody or ctx.person_id is not None:
        row = await queries.delete(ctx.tx, ctx.tenant_id, op.weight_id, None if anybody else ctx.person_id)
    if row is None:
        raise WeightUnknown(weight_id=str(op.weight_id))
    ctx.emit(events.WeightRemoved(weight_id=op.weight_id, person_id=row.person_id))
    ctx.touched("weight", op.weight_id)
    return Done()


@handles(ParseWeight)
async def parse_weight(ctx: PublicContext, op: ParseWeight) -> WeightRead:
    """What the text says of a weight."""
    return read_weight(op.text)


def _row(row: Any) -> WeightRow:
    return WeightRow(**{**row._asdict(), "kilograms": plain(row.kilograms)})
