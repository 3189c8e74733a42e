"""Facts about workouts."""

from typing import ClassVar
from uuid import UUID

from pp_core.kernel.events import Event


class WorkoutCompleted(Event):
    """A workout was logged."""

    name: ClassVar = "workout.session.completed"

    session_id: UUID
    person_id: UUID


class WorkoutCorrected(Event):
    """A workout's sets were replaced by what is right."""

    name: ClassVar = "workout.session.corrected"

    session_id: UUID
    person_id: UUID


class WorkoutDeleted(Event):
    """A workout was deleted."""

    name: ClassVar = "workout.session.deleted"

    session_id: UUID
    person_id: UUID
