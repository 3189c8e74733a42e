"""Geofences: the ground of each branch, where who stays has come in."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, NotFound, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.policy import Permission, Policy, Scope


class GeofenceUnknown(Problem):
    """There is no such geofence."""

    kind = Kind.NOT_FOUND
    code = "tracking.geofence_unknown"


class Geofence(Result):
    """The ground of a branch."""

    id: UUID
    branch_id: UUID
    branch_name: str
    lat: float
    lon: float
    radius_m: int
    dwell_s: int = Field(description="Seconds that somebody must stay to have come in")
    checks_in: bool = Field(description="Whether staying is checking in")
    created_at: datetime


class Geofences(Result):
    """All geofences, by the branch's name."""

    items: tuple[Geofence, ...]


class SetGeofence(Operation[Geofence]):
    """Say where a branch is, and whether who stays there with a tracker on is checked in."""

    policy: ClassVar = Policy(name="tracking.set_geofence", scope=Scope.TENANT, permission=Permission.PLACE_MANAGE)
    errors: ClassVar = (NotFound,)

    branch_id: UUID | None = Field(default=None, description="The branch; the gym's first one when left out")
    lat: float = Field(ge=-90, le=90, description="Degrees north of its middle")
    lon: float = Field(ge=-180, le=180, description="Degrees east of its middle")
    radius_m: int = Field(default=80, ge=30, le=1000, description="Metres from its middle to its edge")
    dwell_s: int = Field(default=180, ge=30, le=3600, description="Seconds that somebody must stay to have come in")
    checks_in: bool = Field(default=True, description="Check in who stays")


class ListGeofences(Operation[Geofences]):
    """List where the branches are."""

    policy: ClassVar = Policy(
        name="tracking.list_geofences", scope=Scope.TENANT, permission=Permission.PLACE_READ, reads_only=True
    )


class RemoveGeofence(Operation[Done]):
    """Forget where a branch is: nobody is checked in by staying there any more."""

    policy: ClassVar = Policy(name="tracking.remove_geofence", scope=Scope.TENANT, permission=Permission.PLACE_MANAGE)
    errors: ClassVar = (GeofenceUnknown,)

    geofence_id: UUID = Field(description="The geofence")
