"""Examples of activities outdoors."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pp_core.kernel.ids import new_id
from pp_core.tracking.operations import activities, athletes, maps, points, tiles
from tests.isolation.world import Caller, World

from .registry import example, naming, simple, word


async def put_activity(
    world: World, caller: Caller, *, status: str = "live", person_id: UUID | None = None, own: bool = False
) -> UUID:
    """An activity of a person, else of the caller (`own`) or a new member of their gym, without points."""
    activity_id, now = new_id(), datetime.now(UTC)
    if own and caller.person_id:
        person_id = caller.person_id
    person_id = person_id or (await world.member(caller.gym)).id
    world.put(
        "activities", tenant_id=caller.gym.id, id=activity_id, person_id=person_id, sport="run", status=status,
        visibility="staff", source="app", door="rest", started_at=now - timedelta(minutes=30),
        ended_at=now if status == "finished" else None, paused_at=now if status == "paused" else None,
    )  # fmt: skip
    return activity_id


@example(activities.StartActivity)
async def start(world: World, caller: Caller) -> activities.StartActivity:
    """By who is not out."""
    assert caller.person_id is not None
    world.finish_activities(caller.person_id)
    return activities.StartActivity(title=word())


@example(activities.PauseActivity)
async def pause(world: World, caller: Caller) -> activities.PauseActivity:
    """A member's."""
    return activities.PauseActivity(activity_id=await put_activity(world, caller))


@example(activities.ResumeActivity)
async def resume(world: World, caller: Caller) -> activities.ResumeActivity:
    """A member's."""
    return activities.ResumeActivity(activity_id=await put_activity(world, caller, status="paused"))


@example(activities.StopActivity)
async def stop(world: World, caller: Caller) -> activities.StopActivity:
    """A member's."""
    return activities.StopActivity(activity_id=await put_activity(world, caller))


@example(activities.ShowActivity)
async def show(world: World, caller: Caller) -> activities.ShowActivity:
    """A member's."""
    return activities.ShowActivity(activity_id=await put_activity(world, caller, status="finished"))


@example(activities.EditActivity)
async def edit(world: World, caller: Caller) -> activities.EditActivity:
    """A member's."""
    activity_id = await put_activity(world, caller, status="finished")
    return activities.EditActivity(activity_id=activity_id, title="Karura loop")


@example(activities.DeleteActivity)
async def delete(world: World, caller: Caller) -> activities.DeleteActivity:
    """A member's."""
    return activities.DeleteActivity(activity_id=await put_activity(world, caller, status="finished"))


@example(points.OpenTrack)
async def open_track(world: World, caller: Caller) -> points.OpenTrack:
    """A member's."""
    return points.OpenTrack(activity_id=await put_activity(world, caller))


@example(points.UploadPoints)
async def upload_points(world: World, caller: Caller) -> points.UploadPoints:
    """To a member's."""
    now = datetime.now(UTC) - timedelta(minutes=10)
    way = tuple(
        points.PointIn(ts=now + timedelta(seconds=5 * one), lat=-1.28 + one * 1e-4, lon=36.82) for one in range(5)
    )
    return points.UploadPoints(activity_id=await put_activity(world, caller), points=way)


@example(maps.DrawMap)
async def draw_map(world: World, caller: Caller) -> maps.DrawMap:
    """Of a member's."""
    return maps.DrawMap(activity_id=await put_activity(world, caller, status="finished"))


@example(maps.DrawThumbnail)
async def draw_thumbnail(world: World, caller: Caller) -> maps.DrawThumbnail:
    """Of a member's."""
    return maps.DrawThumbnail(activity_id=await put_activity(world, caller, status="finished"))


simple(athletes.ShowAthlete)
simple(athletes.SetAthlete, max_heart_rate=lambda: 150 + secrets.randbelow(60))
naming(activities.ListActivities)
naming(activities.ListActivityRecords)
simple(activities.ShowBoard)
simple(activities.CloseForgotten)
simple(tiles.ShowExploredTiles, listed=lambda: True)
simple(tiles.DrawExploredTiles)
simple(tiles.TileActivities)
