"""Pictures of an activity: the page with its map, and a small picture of its way."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Operation, Result, Secret
from pp_core.kernel.policy import Permission, Policy, Rate, Scope

from .shares import ShareOver, ShareUnknown
from .terms import ActivityUnknown

SMALLEST, LARGEST = 64, 1024


class MapHidden(Problem):
    """The caller may not see where the activity went: its owner keeps that to themselves, or it still goes on."""

    kind = Kind.FORBIDDEN
    code = "tracking.map_hidden"


class Linking(StrEnum):
    """How a page comes by its scripts and style sheets."""

    SERVED = "served"  # from our server, at their own addresses
    BESIDE = "beside"  # from files in the page's folder
    INLINE = "inline"  # from within the page


class Tiles(StrEnum):
    """What lies under the route."""

    USUAL = "usual"  # the tiles that this installation uses
    NONE = "none"  # nothing: then the page asks nobody but us for anything


class PictureFormat(StrEnum):
    """How a small picture is written."""

    SVG = "svg"
    PNG = "png"


class MapFile(Result):
    """A file that has to lie beside a page."""

    name: str
    text: str


class MapPage(Result):
    """A page of HTML, and what it needs: files beside it, and the policy (Content-Security-Policy) that it keeps to."""

    html: str
    policy: str
    files: tuple[MapFile, ...] = Field(description="What has to lie beside it; none unless that was asked for")


class DrawMap(Operation[MapPage]):
    """Draw the page of an activity: its route by pace on a map, kilometres, elevation and figures."""

    policy: ClassVar = Policy(
        name="tracking.draw_map",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (ActivityUnknown, MapHidden)

    activity_id: UUID = Field(description="The activity")
    tiles: Tiles = Field(default=Tiles.USUAL, description="What lies under the route")
    linking: Linking = Field(default=Linking.SERVED, description="How the page comes by its scripts and style sheets")


class DrawLivePage(Operation[MapPage]):
    """Draw the page behind a link: it follows the activity while it goes on, and ends with the link."""

    policy: ClassVar = Policy(name="tracking.draw_live_page", scope=Scope.PUBLIC, reads_only=True, rate=Rate.SCREEN)
    errors: ClassVar = (ShareUnknown, ShareOver)

    token: Secret = Field(max_length=200, description="What stands in the link")


class Thumbnail(Result):
    """A small square picture: SVG as text, PNG in base64."""

    media: str = Field(description="`image/svg+xml` or `image/png`")
    content: str


class DrawThumbnail(Operation[Thumbnail]):
    """Draw a small picture of an activity's route, without a map and without words."""

    policy: ClassVar = Policy(
        name="tracking.draw_thumbnail",
        scope=Scope.TENANT,
        permission=Permission.ACTIVITY_READ,
        own_permission=Permission.ACTIVITY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (ActivityUnknown, MapHidden)

    activity_id: UUID = Field(description="The activity")
    format: PictureFormat = Field(default=PictureFormat.SVG, description="How it is written")
    width: int = Field(default=240, ge=SMALLEST, le=LARGEST, description="Pixels, and as many high")
