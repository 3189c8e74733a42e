"""Finding activities by where they went, and the club's heat map."""

from typing import ClassVar

from pydantic import Field

from pp_core.kernel.clock import Day
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE
from pp_core.kernel.policy import Permission, Policy, Rate, Scope

from .activities import ActivityPage
from .terms import Sport


class AreaUnclear(Problem):
    """An area is either a place with a radius, or a box of all four sides whose north is not below its south."""

    kind = Kind.INVALID
    code = "tracking.area_unclear"


class SearchActivities(Operation[ActivityPage]):
    """Find activities that went near a place or through a box, newest first: yours, and what others let you see.

    A page may hold fewer than were asked for and still not be the last: `next` says so.
    """

    policy: ClassVar = Policy(
        name="tracking.search",
        scope=Scope.TENANT,
        permission=Permission.PLACE_READ,
        reads_only=True,
        rate=Rate.SEARCH,
    )
    errors: ClassVar = (AreaUnclear,)

    lat: float | None = Field(default=None, ge=-90, le=90, description="Near this place: degrees north")
    lon: float | None = Field(default=None, ge=-180, le=180, description="Near this place: degrees east")
    radius_m: int = Field(default=500, ge=10, le=100_000, description="Metres that are near")
    south: float | None = Field(default=None, ge=-90, le=90, description="Or through this box: its southern side")
    west: float | None = Field(default=None, ge=-180, le=180, description="Its western side")
    north: float | None = Field(default=None, ge=-90, le=90, description="Its northern side")
    east: float | None = Field(default=None, ge=-180, le=180, description="Its eastern side")
    sport: Sport | None = Field(default=None, description="Only this sport's")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class HeatCell(Result):
    """A cell of the map."""

    lat: float = Field(description="Its southern side, degrees")
    lon: float = Field(description="Its western side, degrees")
    count: int = Field(description="People who went through it: at least three, or 1 where only you are told of")


class HeatMap(Result):
    """Where the gym's people go."""

    items: tuple[HeatCell, ...] = Field(description="Cells, the most used first")
    degrees: float = Field(description="How high and wide a cell is")
    activities: int = Field(description="Activities that were counted, the newest of the area")


class ShowHeatMap(Operation[HeatMap]):
    """Show where the gym's people go: cells that at least three of them went through, and your own."""

    policy: ClassVar = Policy(
        name="tracking.show_heat_map",
        scope=Scope.TENANT,
        permission=Permission.PLACE_READ,
        reads_only=True,
        rate=Rate.SEARCH,
    )
    errors: ClassVar = (AreaUnclear,)

    south: float | None = Field(default=None, ge=-90, le=90, description="Only within this box: its southern side")
    west: float | None = Field(default=None, ge=-180, le=180, description="Its western side")
    north: float | None = Field(default=None, ge=-90, le=90, description="Its northern side")
    east: float | None = Field(default=None, ge=-180, le=180, description="Its eastern side")
    sport: Sport | None = Field(default=None, description="Only this sport's")
    since: Day | None = Field(default=None, description="Only of activities since this day, in the gym's time zone")
    cell_m: int = Field(default=80, ge=50, le=5000, description="Metres that a cell is high")
