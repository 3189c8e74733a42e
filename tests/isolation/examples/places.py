"""Examples of places: privacy zones, shared links, geofences, segments, routes and maps of many."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pp_core.kernel import crypto
from pp_core.kernel.ids import new_id
from pp_core.tenants.operations import AddBranch
from pp_core.tracking.formats.stream import encode
from pp_core.tracking.operations import geofences, maps, privacy, routes, search, segments, shares
from pp_core.tracking.rules.simplify import polyline_encoded
from pp_core.tracking.rules.track import Track
from tests.isolation.world import Caller, World

from .outdoors import put_activity
from .registry import example, naming, simple, word


async def put_zone(world: World, caller: Caller) -> UUID:
    """A privacy zone of the caller."""
    zone_id = new_id()
    world.put(
        "privacy_zones", tenant_id=caller.gym.id, id=zone_id, person_id=caller.person_id, name="Home", lat=-1.3, lon=36.8,
        radius_m=200,
    )  # fmt: skip
    return zone_id


@example(privacy.RemovePrivacyZone)
async def remove_zone(world: World, caller: Caller) -> privacy.RemovePrivacyZone:
    """The caller's own."""
    return privacy.RemovePrivacyZone(zone_id=await put_zone(world, caller))


@example(privacy.AddPrivacyZone)
async def add_zone(world: World, caller: Caller) -> privacy.AddPrivacyZone:
    """By somebody who has none yet."""
    world.admin.execute("DELETE FROM privacy_zones WHERE person_id = %s", [caller.person_id])
    return privacy.AddPrivacyZone(name=word(), lat=-1.29, lon=36.82)


simple(privacy.ListPrivacyZones)


async def put_share(world: World, caller: Caller) -> tuple[UUID, str]:
    """A link of the caller's to an activity of theirs, and its token."""
    share_id, token = new_id(), crypto.new_token("pps_")
    world.put(
        "live_shares", tenant_id=caller.gym.id, id=share_id, activity_id=await put_own(world, caller),
        person_id=caller.person_id, digest=crypto.digest(token), expires_at=datetime.now(UTC) + timedelta(hours=2),
    )  # fmt: skip
    return share_id, token


async def put_own(world: World, caller: Caller) -> UUID:
    """A finished activity of the caller's own."""
    return await put_activity(world, caller, status="finished", person_id=caller.person_id)


@example(shares.ShareActivity)
async def share(world: World, caller: Caller) -> shares.ShareActivity:
    """The caller's own, who shares nothing else."""
    world.admin.execute("DELETE FROM live_shares WHERE person_id = %s", [caller.person_id])
    return shares.ShareActivity(activity_id=await put_own(world, caller))


@example(shares.RevokeShare)
async def revoke_share(world: World, caller: Caller) -> shares.RevokeShare:
    """The caller's own."""
    share_id, _ = await put_share(world, caller)
    return shares.RevokeShare(share_id=share_id)


@example(maps.DrawLivePage)
async def draw_live_page(world: World, caller: Caller) -> maps.DrawLivePage:
    """By whoever holds the link."""
    _, token = await put_share(world, caller)
    return maps.DrawLivePage(token=token)


@example(shares.ShowShared)
async def show_shared(world: World, caller: Caller) -> shares.ShowShared:
    """By whoever holds the link."""
    _, token = await put_share(world, caller)
    return shares.ShowShared(token=token)


simple(shares.ListShares)


@example(geofences.SetGeofence)
async def set_geofence(_world: World, caller: Caller) -> geofences.SetGeofence:
    """Of the gym's branch."""
    lat = -1.3 + secrets.randbelow(10**6) * 1e-7
    return geofences.SetGeofence(branch_id=caller.gym.onboarded.branch_id, lat=lat, lon=36.8, radius_m=60, dwell_s=120)


@example(geofences.RemoveGeofence)
async def remove_geofence(world: World, caller: Caller) -> geofences.RemoveGeofence:
    """Of a new branch."""
    geofence_id = new_id()
    branch_id = (await caller.gym.operator.run(AddBranch(name=word(), city="Nairobi"))).id
    world.put(
        "geofences", tenant_id=caller.gym.id, id=geofence_id, branch_id=branch_id, lat=-1.3, lon=36.8, radius_m=60,
        dwell_s=120,
    )  # fmt: skip
    return geofences.RemoveGeofence(geofence_id=geofence_id)


simple(geofences.ListGeofences)


STRAIGHT = polyline_encoded([-1.30, -1.29], [36.8, 36.8])


async def put_segment(world: World, caller: Caller) -> UUID:
    """A segment of the caller's gym."""
    segment_id = new_id()
    world.put(
        "segments", tenant_id=caller.gym.id, id=segment_id, name=word(), sport="run", route=STRAIGHT, distance_m=1112.0,
        south=-1.30, west=36.8, north=-1.29, east=36.8,
    )  # fmt: skip
    return segment_id


@example(segments.ShowLeaderboard)
async def leaderboard(world: World, caller: Caller) -> segments.ShowLeaderboard:
    """Of the gym's segment."""
    return segments.ShowLeaderboard(segment_id=await put_segment(world, caller))


@example(segments.DeleteSegment)
async def delete_segment(world: World, caller: Caller) -> segments.DeleteSegment:
    """The gym's."""
    return segments.DeleteSegment(segment_id=await put_segment(world, caller))


@example(segments.DrawSegment)
async def draw_segment(world: World, caller: Caller) -> segments.DrawSegment:
    """A stretch of a member's activity."""
    activity_id = await put_activity(world, caller, status="finished")
    begins = datetime.now(UTC) - timedelta(minutes=20)
    way = Track.of(
        [int((begins + timedelta(seconds=5 * one)).timestamp() * 1000) for one in range(60)],
        [-1.30 + one * 1.5e-4 for one in range(60)], [36.8] * 60,
    )  # fmt: skip
    world.put("activity_streams", tenant_id=caller.gym.id, id=activity_id, points=60, data=encode(way))
    return segments.DrawSegment(name=word(), activity_id=activity_id, from_m=100, to_m=600)


simple(segments.ListSegments)


async def put_route(world: World, caller: Caller, person_id: UUID) -> UUID:
    """A route of somebody who went it once."""
    route_id = new_id()
    world.put(
        "activity_routes", tenant_id=caller.gym.id, id=route_id, person_id=person_id, sport="run", route=STRAIGHT,
        distance_m=1112.0,
    )  # fmt: skip
    activity_id = await put_activity(world, caller, status="finished", person_id=person_id)
    world.admin.execute(
        "UPDATE activities SET route_id = %s, route = %s WHERE id = %s", [route_id, STRAIGHT, activity_id]
    )
    return route_id


@example(routes.ShowRoute)
async def show_route(world: World, caller: Caller) -> routes.ShowRoute:
    """A member's."""
    return routes.ShowRoute(route_id=await put_route(world, caller, (await world.member(caller.gym)).id))


@example(routes.NameRoute)
async def name_route(world: World, caller: Caller) -> routes.NameRoute:
    """The caller's own."""
    return routes.NameRoute(route_id=await put_route(world, caller, caller.person_id), name=word())


naming(routes.ListMatchedRoutes)
simple(search.SearchActivities, lat=lambda: -1.29, lon=lambda: 36.82)
simple(search.ShowHeatMap)
