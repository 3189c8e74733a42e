"""Examples of body weights."""

import secrets
from datetime import UTC, datetime
from decimal import Decimal

from pp_core.kernel.ids import new_id
from pp_core.wellbeing import operations as wellbeing
from tests.isolation.world import Caller, World

from .registry import example, naming, simple

simple(wellbeing.ParseWeight, text=lambda: "uzito 82.4")
simple(wellbeing.RecordWeight, kilograms=lambda: Decimal(2000 + secrets.randbelow(38000)) / 100)
naming(wellbeing.ListWeights)


@example(wellbeing.DeleteWeight)
async def delete_weight(world: World, caller: Caller) -> wellbeing.DeleteWeight:
    """The caller's own."""
    weight_id = new_id()
    world.put(
        "body_weights", tenant_id=caller.gym.id, id=weight_id, person_id=caller.person_id, kilograms=Decimal("82.4"),
        measured_at=datetime.now(UTC), door="cli",
    )  # fmt: skip
    return wellbeing.DeleteWeight(weight_id=weight_id)
