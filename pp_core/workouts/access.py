"""The only by-id loaders of workouts: not visible means not there."""

from typing import Any
from uuid import UUID

from pp_core.kernel.context import TenantContext
from pp_core.kernel.policy import Permission
from pp_core.workouts.operations import WorkoutUnknown
from pp_core.workouts.queries import sessions


async def access_workout(ctx: TenantContext, workout_id: UUID, *, to: Permission) -> Any:
    """A workout of the caller's own, or of anybody with the permission `to`; `WorkoutUnknown` otherwise."""
    row = await sessions.session(ctx.tx, ctx.tenant_id, workout_id)
    if row is None or (row.person_id != ctx.person_id and not ctx.may(to)):
        raise WorkoutUnknown(workout_id=str(workout_id))
    return row
