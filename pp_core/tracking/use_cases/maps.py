"""Drawing activities for whoever may see where they went."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pp_core.kernel.context import PublicContext, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.locale import text
from pp_core.kernel.policy import Permission
from pp_core.tracking.access import access_activity, access_shared, is_owner
from pp_core.tracking.operations import Hidden, Sport, Status, Summary
from pp_core.tracking.operations.maps import (
    DrawLivePage,
    DrawMap,
    DrawThumbnail,
    MapFile,
    MapHidden,
    MapPage,
    PictureFormat,
    Thumbnail,
    Tiles,
)
from pp_core.tracking.queries import points
from pp_core.tracking.rules.privacy import Circle, masked
from pp_core.tracking.rules.streets import on_streets, seen_on_streets
from pp_core.tracking.rules.summary import shaped, summarise
from pp_core.tracking.rules.track import Track

from .sealing import stored_track
from .streets import matched_of

if TYPE_CHECKING:
    from pp_core.tracking.render.course import Course
    from pp_core.tracking.render.frame import Page
    from pp_core.tracking.render.tiles import Provider

SHARED = "/api/v1/shared/"
"""Where a page asks for what its link shows: `ShowShared` over REST."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the caller may see of an activity."""

    row: Any
    track: Track
    hidden: frozenset[Hidden]
    zones: Sequence[Circle]
    matched: Track | None

    @property
    def sport(self) -> Sport:
        return Sport(self.row.sport)

    def course(self) -> "tuple[Course, Summary]":
        """Its course, without what lies in its owner's privacy zones, and its summary; long enough to belong in a thread."""
        from pp_core.tracking.render.course import Course

        shape = shaped(self.track, self.sport, [(first, last) for first, last in self.row.pauses])
        stored = self.row.summary
        # Of one that goes on none is stored yet.
        summary = Summary.model_validate(stored) if stored else summarise(self.track, self.sport, shape=shape)
        drawn = shape if self.matched is None else on_streets(shape, self.matched)
        outside = seen_on_streets(drawn.track, shape.track, self.zones) if self.zones else None
        return Course.of(drawn, outside), masked(summary, self.hidden)


@handles(DrawMap)
async def draw_map(ctx: TenantContext, op: DrawMap) -> MapPage:
    """The page of an activity as the caller may see it."""
    seen = await _access(ctx, op)
    return handed(await asyncio.to_thread(_page, ctx, op, seen))


@handles(DrawThumbnail)
async def draw_thumbnail(ctx: TenantContext, op: DrawThumbnail) -> Thumbnail:
    """A small picture of its route as the caller may see it."""
    return await asyncio.to_thread(_thumbnail, op, await _access(ctx, op))


@handles(DrawLivePage)
async def draw_live_page(ctx: PublicContext, op: DrawLivePage) -> MapPage:
    """The page behind a link. Where somebody is, its script asks for: the page itself tells it to nobody's cache."""
    token = op.token.get_secret_value()
    gym, share, row = await access_shared(ctx, token)
    page = await asyncio.to_thread(_live_page, gym, row, token, (share.expires_at - gym.now).total_seconds())
    return MapPage(html=page.html, policy=page.policy, files=())


async def _access(ctx: TenantContext, op: DrawMap | DrawThumbnail) -> _Seen:
    row = await access_activity(ctx, op.activity_id)
    if is_owner(ctx, row):
        return _Seen(row, await stored_track(ctx, row.id), frozenset(), (), await matched_of(ctx, row))
    hidden = frozenset(Hidden(one) for one in row.hidden)
    live = row.status != Status.FINISHED
    if Hidden.MAP in hidden or (live and not ctx.may(Permission.ACTIVITY_TRACK_LIVE)):
        raise MapHidden(activity_id=str(row.id))
    zones = (await points.zones(ctx.tx, ctx.tenant_id, [row.person_id]))[row.person_id]
    return _Seen(row, await stored_track(ctx, row.id), hidden, zones, await matched_of(ctx, row))


def _page(ctx: TenantContext, op: DrawMap, seen: _Seen) -> "Page":
    from pp_core.tracking.render.page import Told, page

    row, language = seen.row, ctx.call.language
    course, summary = seen.course()
    local = row.started_at.astimezone(ZoneInfo(ctx.timezone))
    told = Told(
        title=row.title or text(f"tracking.sport.{seen.sport}", language),
        gym=ctx.gym_name,
        sport=seen.sport,
        language=language,
        summary=summary,
        athlete=row.person_name,
        day=local.date(),
        started=None if Hidden.START_TIME in seen.hidden else local.time(),
        shows_pace=Hidden.SPEED not in seen.hidden,
    )
    return page(course, told, ground(ctx, op.tiles), op.linking)


def _live_page(ctx: TenantContext, row: Any, token: str, expires_s: float) -> "Page":
    from pp_core.tracking.render.live_page import live_page

    sport, language = Sport(row.sport), ctx.call.language
    return live_page(
        source=f"{SHARED}{token}",
        title=row.title or text(f"tracking.sport.{sport}", language),
        gym=ctx.gym_name,
        sport=sport,
        language=language,
        expires_s=int(expires_s),
        tiles=ground(ctx, Tiles.USUAL),
        athlete=row.person_name.split()[0],
    )


def handed(page: "Page") -> MapPage:
    """A page as an answer."""
    files = tuple(MapFile(name=one.file_name, text=one.text) for one in page.files)
    return MapPage(html=page.html, policy=page.policy, files=files)


def ground(ctx: TenantContext, wanted: Tiles) -> "Provider":
    """Where the pictures under a map come from."""
    from pp_core.tracking.render.tiles import NONE, provider

    maps = ctx.ports.maps
    return provider(NONE if wanted is Tiles.NONE else maps.tiles, maps.attribution, maps.max_zoom)


def _thumbnail(op: DrawThumbnail, seen: _Seen) -> Thumbnail:
    from pp_core.tracking.render import thumbnail

    course, _ = seen.course()
    by_pace = Hidden.SPEED not in seen.hidden
    if op.format is PictureFormat.SVG:
        drawn = thumbnail.svg(course, seen.sport, size=op.width, by_pace=by_pace)
        return Thumbnail(media="image/svg+xml", content=drawn)
    image = thumbnail.png(course, seen.sport, size=op.width, by_pace=by_pace)
    return Thumbnail(media="image/png", content=b64encode(image).decode())
