"""Explorer tiles: what of the map somebody has passed through, told to them and to nobody else."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog

from pp_core.kernel.context import SystemContext, TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.locale import text
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking.operations import Sport
from pp_core.tracking.operations.maps import MapPage
from pp_core.tracking.operations.tiles import (
    NEW_DAYS,
    DrawExploredTiles,
    ExploredSquare,
    ExploredTile,
    ExploredTiles,
    ShowExploredTiles,
    TileActivities,
    Tiled,
)
from pp_core.tracking.queries import activities
from pp_core.tracking.queries import tiles as queries
from pp_core.tracking.rules.summary import shaped
from pp_core.tracking.rules.tiles import Square, columns_and_rows, largest_cluster, largest_square, tiles_of
from pp_core.tracking.rules.track import Ints, Track

from .maps import ground, handed
from .sealing import stored_track

if TYPE_CHECKING:
    from pp_core.tracking.render.frame import Page

_log = structlog.stdlib.get_logger(__name__)

TILED_AT_ONCE = 50


@dataclass(frozen=True, slots=True, eq=False)
class _Explored:
    """All tiles of a person (codes, rising), for each the place in `rows` of the first activity there, and what they come to."""

    rows: Sequence[Any]
    codes: Ints
    first: Ints
    square: Square | None
    cluster: Ints

    @classmethod
    def of(cls, rows: Sequence[Any]) -> "_Explored":
        """`rows` are activities in the order of time; long enough to belong in a thread."""
        through = np.array([code for row in rows for code in row.tiles], np.int64)
        places = np.repeat(np.arange(len(rows)), np.array([len(row.tiles) for row in rows], np.int64))
        codes, first = np.unique(through, return_index=True)
        return cls(rows, codes, places[first], largest_square(codes), largest_cluster(codes))

    def since(self, moment: Any) -> int:
        """How many of them nobody had been in before `moment`."""
        new = np.array([row.started_at >= moment for row in self.rows], bool)
        return int(new[self.first].sum())

    def each(self) -> tuple[ExploredTile, ...]:
        """One by one, the newest first."""
        x, y = columns_and_rows(self.codes)
        inside = np.isin(self.codes, self.cluster)
        newest = np.lexsort((self.codes, -self.first))
        return tuple(
            ExploredTile(
                x=int(x[place]),
                y=int(y[place]),
                first_at=self.rows[self.first[place]].started_at,
                activity_id=self.rows[self.first[place]].id,
                in_cluster=bool(inside[place]),
            )
            for place in newest.tolist()
        )


@handles(ShowExploredTiles)
async def show_explored_tiles(ctx: TenantContext, op: ShowExploredTiles) -> ExploredTiles:
    """Counted anew each time, of what there is: whatever was deleted, cut or judged a cheat is not in it any more."""
    explored = await _explored(ctx, op.sport)
    return ExploredTiles(
        count=len(explored.codes),
        new=explored.since(ctx.now - timedelta(days=NEW_DAYS)),
        square=None if explored.square is None else ExploredSquare(**explored.square._asdict()),
        cluster=len(explored.cluster),
        tiles=explored.each() if op.listed else (),
    )


@handles(DrawExploredTiles)
async def draw_explored_tiles(ctx: TenantContext, op: DrawExploredTiles) -> MapPage:
    """The page of the caller's own."""
    explored = await _explored(ctx, op.sport)
    return handed(await asyncio.to_thread(_page, ctx, op, explored))


@handles(TileActivities)
async def tile_activities(ctx: SystemContext, op: TileActivities) -> Tiled:
    """Some of those without. One that nothing can be made of has none from then on, and the log says why."""
    found = await queries.untiled(ctx.tx, TILED_AT_ONCE)
    for one in found:
        gym = await ctx.enter_gym(one.tenant_id)
        row = await activities.activity(gym.tx, gym.tenant_id, one.id)
        if row is None:  # deleted meanwhile
            continue
        codes: list[int] = []
        try:
            async with gym.part():
                track = await stored_track(gym, row.id)
                codes = await asyncio.to_thread(_codes, track, Sport(row.sport), [(at, to) for at, to in row.pauses])
        except Exception:
            _log.exception("tiles not found", activity_id=str(row.id), tenant_id=str(gym.tenant_id))
        await queries.set_tiles(gym.tx, gym.tenant_id, row.id, tiles=codes, sealed_at=row.sealed_at)
    return Tiled(count=len(found))


def _codes(track: Track, sport: Sport, pauses: list[tuple[int, int]]) -> list[int]:
    codes: list[int] = tiles_of(shaped(track, sport, pauses), pauses).tolist()
    return codes


async def _explored(ctx: TenantContext, sport: Sport | None) -> _Explored:
    person = await access_brief(ctx, None, to=Permission.ACTIVITY_READ_OWN)
    rows = await queries.tiles_of(ctx.tx, ctx.tenant_id, person.id, sport)
    return await asyncio.to_thread(_Explored.of, rows)


def _page(ctx: TenantContext, op: DrawExploredTiles, explored: _Explored) -> "Page":
    from pp_core.tracking.render.explored import explored as drawn

    language = ctx.call.language
    return drawn(
        explored.codes,
        square=explored.square,
        cluster=explored.cluster,
        new=explored.since(ctx.now - timedelta(days=NEW_DAYS)),
        sport=None if op.sport is None else text(f"tracking.sport.{op.sport}", language),
        gym=ctx.gym_name,
        language=language,
        tiles=ground(ctx, op.tiles),
        linking=op.linking,
    )
