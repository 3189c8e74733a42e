"""Finding activities by where they went, and the club's heat map.

The index knows boxes, which hold what is hidden too. So it only proposes: what is told to anybody else comes from the way that is
left when privacy zones were cut out, or else whoever asks for smaller and smaller areas would find the door.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import degrees
from typing import Any
from uuid import UUID

import numpy as np

from pp_core.kernel.clock import day_start
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.pagination import decode_cursor, encode_cursor
from pp_core.tracking.access import is_owner, visible_to
from pp_core.tracking.operations import Hidden
from pp_core.tracking.operations.activities import ActivityPage, ActivityRow
from pp_core.tracking.operations.search import AreaUnclear, HeatCell, HeatMap, SearchActivities, ShowHeatMap
from pp_core.tracking.queries import activities, places, points
from pp_core.tracking.rules.areas import Box, box_around, cells_of, clear_of, counted, passes_near, passes_through
from pp_core.tracking.rules.lines import Zones, seen_line
from pp_core.tracking.rules.simplify import polyline_decoded
from pp_core.tracking.rules.track import EARTH_METRES, Ints

from .reading import listed

LOOKED_AT = 200
"""Activities that a search looks at, at a time."""
MOST_LOADS = 5
"""And how often for one page."""
MOST_ACTIVITIES = 5000
"""Activities that a heat map is made of: the newest."""
MOST_CELLS = 20_000
FEWEST_PEOPLE = 3
"""A cell that fewer went through would tell of a person."""
_WORLD: Box = (-90.0, -180.0, 90.0, 180.0)


@handles(SearchActivities)
async def search_activities(ctx: TenantContext, op: SearchActivities) -> ActivityPage:
    """A page of what passes."""
    box = _box_of(op)
    near = None if op.lat is None or op.lon is None else (op.lat, op.lon)
    if (box is None) is (near is None) or (op.lat is None) is not (op.lon is None):
        raise AreaUnclear
    asked = box or box_around(*(near or (0.0, 0.0)), op.radius_m)
    before_at, before_id = decode_cursor(op.cursor, datetime.fromisoformat, UUID)
    passing: list[Any] = []
    for _ in range(MOST_LOADS):
        found = await places.activities_in_box(
            ctx.tx, asked, sport=op.sport, before_at=before_at, before_id=before_id, limit=LOOKED_AT
        )
        passing += await _passing(ctx, op, [one.id for one in found], box)
        more = len(found) == LOOKED_AT
        if found:
            before_at, before_id = found[-1].started_at, found[-1].id
        if len(passing) > op.limit or not more:
            break
    if len(passing) > op.limit:
        before_at, before_id, more = passing[op.limit - 1].started_at, passing[op.limit - 1].id, True
    return ActivityPage(
        items=[ActivityRow(**listed(ctx, row)) for row in passing[: op.limit]],
        next=encode_cursor(before_at, before_id) if more else None,
    )


@handles(ShowHeatMap)
async def show_heat_map(ctx: TenantContext, op: ShowHeatMap) -> HeatMap:
    """Counted anew each time, of the newest activities of the area."""
    box = _box_of(op) or _WORLD
    found = await places.activities_in_box(ctx.tx, box, sport=op.sport, limit=MOST_ACTIVITIES)
    since = None if op.since is None else day_start(op.since, ctx.timezone)
    rows = await places.ways(ctx.tx, ctx.tenant_id, [one.id for one in found], viewer=ctx.person_id, since=since)
    zones = await points.zones(ctx.tx, ctx.tenant_id, list({row.person_id for row in rows}))
    size = degrees(op.cell_m / EARTH_METRES)
    cells = await asyncio.to_thread(_cells, rows, zones, ctx.person_id, size, box)
    return HeatMap(items=cells, degrees=size, activities=len(rows))


async def _passing(ctx: TenantContext, op: SearchActivities, ids: Sequence[UUID], box: Box | None) -> list[Any]:
    rows = await activities.seen_of(ctx.tx, ctx.tenant_id, ids, viewer=ctx.person_id, visible=visible_to(ctx))
    zones = await points.zones(ctx.tx, ctx.tenant_id, list({row.person_id for row in rows}))
    return await asyncio.to_thread(
        lambda: [row for row in rows if _passes(op, row, () if is_owner(ctx, row) else zones[row.person_id], box, ctx)]
    )


def _passes(op: SearchActivities, row: Any, zones: Zones, box: Box | None, ctx: TenantContext) -> bool:
    if row.route is None or (Hidden.MAP in row.hidden and not is_owner(ctx, row)):
        return False
    lat, lon = seen_line(*polyline_decoded(row.route), zones)
    if box is not None:
        return passes_through(lat, lon, box)
    assert op.lat is not None
    assert op.lon is not None
    return passes_near(lat, lon, (op.lat, op.lon), op.radius_m)


def _box_of(op: SearchActivities | ShowHeatMap) -> Box | None:
    sides = (op.south, op.west, op.north, op.east)
    if all(side is None for side in sides):
        return None
    south, west, north, east = sides
    if south is None or west is None or north is None or east is None or south > north or west > east:
        raise AreaUnclear
    return south, west, north, east


def _cells(
    rows: Sequence[Any], zones: Mapping[UUID, Zones], viewer: UUID | None, size: float, box: Box
) -> tuple[HeatCell, ...]:
    """Cells of at least three people, each without what their zones hide, and the viewer's own with all of it."""
    people: dict[UUID, list[Ints]] = {}
    own: list[Ints] = []
    for row in rows:
        lat, lon = polyline_decoded(row.route)
        hiding = zones[row.person_id]
        seen = clear_of(cells_of(*seen_line(lat, lon, hiding), size), size, hiding)
        people.setdefault(row.person_id, []).append(seen)
        if row.person_id == viewer:
            own.append(cells_of(lat, lon, size))
    found, counts = counted([np.unique(np.concatenate(cells), axis=0) for cells in people.values()])
    enough = counts >= FEWEST_PEOPLE
    shown = {tuple(cell): count for cell, count in zip(found[enough].tolist(), counts[enough].tolist(), strict=True)}
    for cell in counted(own)[0].tolist():
        shown.setdefault(tuple(cell), 1)
    south, west, north, east = box
    within = [
        HeatCell(lat=row * size, lon=column * size, count=count)
        for (row, column), count in shown.items()
        if south <= (row + 1) * size and row * size <= north and west <= (column + 1) * size and column * size <= east
    ]
    return tuple(sorted(within, key=lambda cell: (-cell.count, cell.lat, cell.lon))[:MOST_CELLS])
