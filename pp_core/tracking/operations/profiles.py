"""The profile of an activity: how high, how fast and with what heart rate along its way."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Permission, Policy, Rate, Scope

from .terms import ActivityUnknown, Sport

MOST_SAMPLES = 200


class Sample(Result):
    """How it was at one place of the way. Null is what is not known, or hidden."""

    metres: float = Field(description="Distance from the start, over the whole way")
    seconds: float | None = Field(description="Since the start, pauses included")
    altitude: float | None = Field(description="Metres above the sea")
    speed: float | None = Field(description="Metres a second in motion, the mean since the sample before")
    heart_rate: int | None
    lat: float | None
    lon: float | None


class Profile(Result):
    """Samples at even distances. Those within a privacy zone are left out for others; what follows keeps its distance."""

    activity_id: UUID
    sport: Sport
    distance_m: float
    step_m: float = Field(description="Metres from one sample to the next; 0 where nobody moved")
    samples: tuple[Sample, ...]


class ShowProfile(Operation[Profile]):
    """Show how height, speed and heart rate went along an activity; of a live one, so far."""

    policy: ClassVar = Policy(
        name="tracking.show_profile",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
        rate=Rate.SCREEN,
    )
    errors: ClassVar = (ActivityUnknown,)

    activity_id: UUID = Field(description="The activity")
    samples: int = Field(default=100, ge=2, le=MOST_SAMPLES, description="How many samples, the first at the start")
