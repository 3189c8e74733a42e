"""What of somebody's body their zones and energy are worked out from."""

from typing import Any
from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking.operations.athletes import AthleteProfile, SetAthlete, Sex, ShowAthlete
from pp_core.tracking.queries import athletes as queries
from pp_core.tracking.rules.athletes import Body, max_heart_rate


@handles(ShowAthlete)
async def show_athlete(ctx: TenantContext, op: ShowAthlete) -> AthleteProfile:
    """The caller's own."""
    person = await access_brief(ctx, None, to=Permission.ACTIVITY_READ_OWN)
    return _profile(ctx, await queries.athlete(ctx.tx, ctx.tenant_id, person.id))


@handles(SetAthlete)
async def set_athlete(ctx: TenantContext, op: SetAthlete) -> AthleteProfile:
    """Store the caller's own; what was summarised before stays as it is until it is edited."""
    person = await access_brief(ctx, None, to=Permission.ACTIVITY_RECORD_OWN)
    await queries.set_athlete(ctx.tx, ctx.tenant_id, person.id, **op.model_dump())
    ctx.touched("athlete", person.id)
    return _profile(ctx, op)


async def body_of(ctx: TenantContext, person_id: UUID) -> Body:
    """What is known of a person's body now."""
    weight_kg = await ctx.ports.weight_of(ctx, person_id)
    row = await queries.athlete(ctx.tx, ctx.tenant_id, person_id)
    if row is None:
        return Body(weight_kg=weight_kg)
    age = _age(ctx, row)
    female = None if row.sex is None else row.sex == Sex.FEMALE
    return Body(weight_kg, max_heart_rate(row.max_heart_rate, age), age, female)


def _profile(ctx: TenantContext, row: Any | None) -> AthleteProfile:
    if row is None:
        return AthleteProfile(max_heart_rate=None, birth_year=None, sex=None, counted_from=None)
    return AthleteProfile(
        max_heart_rate=row.max_heart_rate,
        birth_year=row.birth_year,
        sex=row.sex,
        counted_from=max_heart_rate(row.max_heart_rate, _age(ctx, row)),
    )


def _age(ctx: TenantContext, row: Any) -> int | None:
    return None if row.birth_year is None else max(0, ctx.today.year - row.birth_year)
