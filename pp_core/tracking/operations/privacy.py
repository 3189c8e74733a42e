"""Privacy zones: circles within which nobody but their owner sees where they were."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import UNRECORDED, Done, Operation, Result
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.kernel.validation import Line
from pp_core.tenants.operations import PersonUnknown

MOST_ZONES = 10
"""Zones of one person: each is cut out of everything that others read of them."""
DEGREES_NORTH, DEGREES_EAST = 90, 180


class ZoneUnknown(Problem):
    """There is no such privacy zone, or it is not the caller's own."""

    kind = Kind.NOT_FOUND
    code = "tracking.zone_unknown"


class TooManyZones(Problem):
    """The caller has as many privacy zones as one may: `most`."""

    kind = Kind.CONFLICT
    code = "tracking.too_many_zones"


class PrivacyZone(Result):
    """A circle within which nobody but its owner sees where they were."""

    id: UUID
    name: str
    lat: float
    lon: float
    radius_m: int
    created_at: datetime


class PrivacyZones(Result):
    """All privacy zones of the caller, by name."""

    items: tuple[PrivacyZone, ...]


class AddPrivacyZone(Operation[PrivacyZone]):
    """Hide where you were within a circle from everybody else: in what you did before, too."""

    policy: ClassVar = Policy(
        name="tracking.add_privacy_zone", scope=Scope.TENANT, permission=Permission.ACTIVITY_RECORD_OWN
    )
    errors: ClassVar = (PersonUnknown, TooManyZones)

    name: Annotated[Line, UNRECORDED] = Field(min_length=1, max_length=60, description="What to call it, such as Home")
    lat: Annotated[float, UNRECORDED] = Field(
        ge=-DEGREES_NORTH, le=DEGREES_NORTH, description="Degrees north of its middle"
    )
    lon: Annotated[float, UNRECORDED] = Field(
        ge=-DEGREES_EAST, le=DEGREES_EAST, description="Degrees east of its middle"
    )
    radius_m: int = Field(default=300, ge=100, le=2000, description="Metres from its middle to its edge")


class ListPrivacyZones(Operation[PrivacyZones]):
    """List your privacy zones; nobody else can."""

    policy: ClassVar = Policy(
        name="tracking.list_privacy_zones",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)


class RemovePrivacyZone(Operation[Done]):
    """Remove a privacy zone of yours: from then on others see what it hid."""

    policy: ClassVar = Policy(
        name="tracking.remove_privacy_zone",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (ZoneUnknown,)

    zone_id: UUID = Field(description="The zone")
