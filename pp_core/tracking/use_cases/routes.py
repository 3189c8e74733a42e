"""Matched routes: activities that go the same way are found by the worker and shown together."""

import asyncio
from collections.abc import Sequence
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from pp_core.kernel.clock import local_day
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Permission
from pp_core.tenants.public import access_brief
from pp_core.tracking.access import visible_to
from pp_core.tracking.operations import Status
from pp_core.tracking.operations.routes import (
    ListMatchedRoutes,
    MatchedRoutes,
    NameRoute,
    RouteRow,
    RouteTimes,
    RouteUnknown,
    ShowRoute,
    TimeOnRoute,
)
from pp_core.tracking.queries import activities
from pp_core.tracking.queries import routes as queries
from pp_core.tracking.rules.matching import LONGEST, SHORTEST, same_way
from pp_core.tracking.rules.simplify import polyline_decoded

from .streets import way_of

SHORTEST_M = 500.0
"""What is shorter is no route: around the block everybody's ways are alike."""
LOOKED_AT = 500
"""Other activities that one is held against, the newest."""


@handles(ListMatchedRoutes)
async def list_matched_routes(ctx: TenantContext, op: ListMatchedRoutes) -> MatchedRoutes:
    """A person's, as the caller may see them."""
    person = await access_brief(ctx, op.member, to=Permission.ACTIVITY_READ)
    rows = await _times(ctx, person.id, None)
    grouped = groupby(sorted(rows, key=lambda row: str(row.route_id)), key=lambda row: row.route_id)
    routes = [RouteRow(**_summed(ctx, sorted(times, key=lambda row: row.started_at))) for _, times in grouped]
    return MatchedRoutes(items=tuple(sorted(routes, key=lambda one: (one.last_on, one.id), reverse=True)))


@handles(ShowRoute)
async def show_route(ctx: TenantContext, op: ShowRoute) -> RouteTimes:
    """Each time over it that the caller may see; a route of nothing that they may see is none."""
    route = await queries.route(ctx.tx, ctx.tenant_id, op.route_id)
    if route is None or not (route.person_id == ctx.person_id or ctx.may(Permission.ACTIVITY_READ)):
        raise RouteUnknown(route_id=str(op.route_id))
    rows = await _times(ctx, route.person_id, route.id)
    if not rows:
        raise RouteUnknown(route_id=str(op.route_id))
    best = min(row.moving_s for row in rows)
    return RouteTimes(
        **_summed(ctx, list(reversed(rows))),
        person_id=route.person_id,
        route=await way_of(ctx, rows[0], mine=route.person_id == ctx.person_id),
        items=tuple(
            TimeOnRoute(
                activity_id=row.id,
                on=local_day(row.started_at, ctx.timezone),
                distance_m=row.distance_m,
                moving_s=row.moving_s,
                elapsed_s=row.elapsed_s,
                behind_s=row.moving_s - best,
            )
            for row in rows
        ),
    )


@handles(NameRoute)
async def name_route(ctx: TenantContext, op: NameRoute) -> Done:
    """Of one's own."""
    if ctx.person_id is None or not await queries.set_name(
        ctx.tx, ctx.tenant_id, op.route_id, person_id=ctx.person_id, name=op.name
    ):
        raise RouteUnknown(route_id=str(op.route_id))
    ctx.touched("activity_route", op.route_id)
    return Done()


async def find_route(ctx: TenantContext, activity_id: UUID) -> None:
    """Find the route that an activity is on: one that is known, or a new one with those that went the same way before."""
    row = await activities.activity(ctx.tx, ctx.tenant_id, activity_id)
    if row is not None:
        await queries.take_turn(ctx.tx, row.person_id)
        row = await activities.activity(ctx.tx, ctx.tenant_id, activity_id)
    if row is None or row.status != Status.FINISHED:
        return
    route_id = await _route_of(ctx, row) if row.route is not None and row.distance_m >= SHORTEST_M else None
    await queries.set_route(ctx.tx, ctx.tenant_id, [row.id], route_id)
    if row.route_id is not None and row.route_id != route_id:
        await queries.delete_empty(ctx.tx, ctx.tenant_id, row.person_id)


async def _route_of(ctx: TenantContext, row: Any) -> UUID | None:
    about = {
        "person_id": row.person_id,
        "sport": row.sport,
        "least": SHORTEST * row.distance_m,
        "most": LONGEST * row.distance_m,
    }
    known = await queries.alike(ctx.tx, ctx.tenant_id, **about)
    # The one that it is on already comes first: a route may lie between two others.
    known = sorted(known, key=lambda one: one.id != row.route_id)
    found = await asyncio.to_thread(_like, row.route, known, 1)
    if found:
        return found[0]
    others = await queries.ungrouped(ctx.tx, ctx.tenant_id, activity_id=row.id, limit=LOOKED_AT, **about)
    like = await asyncio.to_thread(_like, row.route, others, LOOKED_AT)
    if not like:
        return None
    route_id = new_id()
    await queries.insert_route(
        ctx.tx,
        tenant_id=ctx.tenant_id,
        id=route_id,
        person_id=row.person_id,
        sport=row.sport,
        route=row.route,
        distance_m=row.distance_m,
        created_at=ctx.now,
    )
    await queries.set_route(ctx.tx, ctx.tenant_id, like, route_id)
    return route_id


def _like(route: str, others: Sequence[Any], most: int) -> list[UUID]:
    """The first so many of the others that go the same way."""
    lat, lon = polyline_decoded(route)
    same = (one.id for one in others if same_way(lat, lon, *polyline_decoded(one.route)))
    return list(islice(same, most))


async def _times(ctx: TenantContext, person_id: UUID, route_id: UUID | None) -> Sequence[Any]:
    return await queries.times(
        ctx.tx,
        ctx.tenant_id,
        person_id=person_id,
        route_id=route_id,
        own=person_id == ctx.person_id,
        visible=visible_to(ctx),
    )


def _summed(ctx: TenantContext, times: Sequence[Any]) -> dict[str, Any]:
    """A route and what its times (the newest last) come to."""
    last = times[-1]
    return {
        "id": last.route_id,
        "name": last.name,
        "sport": last.sport,
        "distance_m": last.route_m,
        "times": len(times),
        "best_s": min(row.moving_s for row in times),
        "last_s": last.moving_s,
        "last_on": local_day(last.started_at, ctx.timezone),
    }
