"""Explorer tiles: the squares of the map that somebody passed through. Nobody but they themselves is told of them."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.tenants.operations import PersonUnknown

from .maps import Linking, MapPage, Tiles
from .terms import Sport

NEW_DAYS = 30
"""For so many days a tile is new."""


class ExploredTile(Result):
    """A square of the map at zoom 14, by its column and row (https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames)."""

    x: int = Field(description="Its column, from the date line eastward")
    y: int = Field(description="Its row, from the north")
    first_at: datetime = Field(description="When the first activity that passed through it began")
    activity_id: UUID = Field(description="That activity")
    in_cluster: bool = Field(description="Whether it is one of the largest cluster")


class ExploredSquare(Result):
    """The largest square of tiles."""

    x: int = Field(description="The column of its north-western tile")
    y: int = Field(description="The row of its north-western tile")
    size: int = Field(description="How many tiles it is wide and high")


class ExploredTiles(Result):
    """What somebody has explored."""

    count: int = Field(description="Tiles that you passed through")
    new: int = Field(description="Those of them that you had not been in until 30 days ago")
    square: ExploredSquare | None = Field(description="The largest square of them; null while there are none")
    cluster: int = Field(
        description="Tiles of the largest cluster: each with all four neighbours explored, joined by their sides"
    )
    tiles: tuple[ExploredTile, ...] = Field(description="Each of them, the newest first; none unless asked for")


class ShowExploredTiles(Operation[ExploredTiles]):
    """Show how much of the map you have explored: tiles, the largest square and the largest cluster. Nobody else sees it."""

    policy: ClassVar = Policy(
        name="tracking.show_tiles",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
        rate=Rate.SEARCH,
    )
    errors: ClassVar = (PersonUnknown,)

    sport: Sport | None = Field(default=None, description="Only what you explored in this sport")
    listed: bool = Field(default=False, description="Each tile, too")


class DrawExploredTiles(Operation[MapPage]):
    """Draw the page of the map that you have explored, with the largest square and cluster. Nobody else sees it."""

    policy: ClassVar = Policy(
        name="tracking.draw_tiles",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
        rate=Rate.SEARCH,
    )
    errors: ClassVar = (PersonUnknown,)

    sport: Sport | None = Field(default=None, description="Only what you explored in this sport")
    tiles: Tiles = Field(default=Tiles.USUAL, description="What lies under the squares")
    linking: Linking = Field(default=Linking.SERVED, description="How the page comes by its scripts and style sheets")


class Tiled(Result):
    """How many activities had their tiles worked out."""

    count: int


class TileActivities(Operation[Tiled]):
    """Work out the tiles of activities that were stored before there were any, some at a time."""

    policy: ClassVar = Policy(
        name="tracking.tile_activities", scope=Scope.SYSTEM, audited=False, idempotent=False, rate=Rate.INTERNAL
    )
