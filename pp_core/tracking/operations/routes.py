"""Matched routes: ways that somebody goes again and again, and their times over them."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.policy import Permission, Policy, Scope
from pp_core.kernel.validation import Line
from pp_core.tenants.operations import PersonUnknown

from .terms import Sport


class RouteUnknown(Problem):
    """There is no such route, or the caller may see no activity on it."""

    kind = Kind.NOT_FOUND
    code = "tracking.route_unknown"


class RouteRow(Result):
    """A way that somebody goes again and again, as far as the caller may see it."""

    id: UUID
    name: str | None
    sport: Sport
    distance_m: float
    times: int = Field(description="How often they went it")
    best_s: int = Field(description="Seconds in motion, the fastest time")
    last_s: int = Field(description="And the last")
    last_on: date = Field(description="When that was, in the gym's time zone")


class MatchedRoutes(Result):
    """A person's routes, what was gone last first."""

    items: tuple[RouteRow, ...]


class TimeOnRoute(Result):
    """Once over a route."""

    activity_id: UUID
    on: date = Field(description="In the gym's time zone")
    distance_m: float
    moving_s: int
    elapsed_s: int
    behind_s: int = Field(description="Seconds in motion more than the fastest time")


class RouteTimes(RouteRow):
    """A route with each time over it, the newest first."""

    person_id: UUID
    route: str | None = Field(
        description="The way of the newest as it is drawn, as an encoded polyline, without what lies in privacy zones"
    )
    items: tuple[TimeOnRoute, ...]


class ListMatchedRoutes(Operation[MatchedRoutes]):
    """List the ways that a member goes again and again; without one your own."""

    policy: ClassVar = Policy(
        name="tracking.list_routes",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")


class ShowRoute(Operation[RouteTimes]):
    """Show every time over a way that somebody goes again and again."""

    policy: ClassVar = Policy(
        name="tracking.show_route",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (RouteUnknown,)

    route_id: UUID = Field(description="The route")


class NameRoute(Operation[Done]):
    """Say what a route of yours is called."""

    policy: ClassVar = Policy(
        name="tracking.name_route",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_MANAGE,
        own_permission=Permission.ACTIVITY_RECORD_OWN,
    )
    errors: ClassVar = (RouteUnknown,)

    route_id: UUID = Field(description="The route")
    name: Line | None = Field(default=None, min_length=1, max_length=80, description="Its name; none when left out")
