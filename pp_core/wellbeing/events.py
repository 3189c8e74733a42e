"""Facts about the body's measurements; they carry ids only."""

from typing import ClassVar
from uuid import UUID

from pp_core.kernel.events import Event


class WeighedIn(Event):
    """A person recorded what they weigh."""

    name: ClassVar = "wellbeing.weight.recorded"

    weight_id: UUID
    person_id: UUID


class WeightRemoved(Event):
    """A person deleted a weight."""

    name: ClassVar = "wellbeing.weight.deleted"

    weight_id: UUID
    person_id: UUID
