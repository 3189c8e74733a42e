"""Examples of profiles and of judging flags."""

from uuid import UUID

from pp_core.kernel.ids import new_id
from pp_core.tracking.operations import profiles, review
from tests.isolation.world import Caller, World

from .outdoors import put_activity
from .registry import example, simple


async def put_flag(world: World, caller: Caller) -> UUID:
    """Something odd about an activity of a new member of the caller's gym."""
    flag_id = new_id()
    world.put(
        "activity_flags", tenant_id=caller.gym.id, id=flag_id, sort="impossible_speed", from_s=60, to_s=100,
        activity_id=await put_activity(world, caller, status="finished"), seen='{"speed": 20.0, "limit": 12.5}',
    )  # fmt: skip
    return flag_id


@example(profiles.ShowProfile)
async def profile(world: World, caller: Caller) -> profiles.ShowProfile:
    """Of a member's."""
    return profiles.ShowProfile(activity_id=await put_activity(world, caller, status="finished"))


@example(review.ShowFlag)
async def show(world: World, caller: Caller) -> review.ShowFlag:
    """Of a member's."""
    return review.ShowFlag(flag_id=await put_flag(world, caller))


@example(review.ReviewFlag)
async def judge(world: World, caller: Caller) -> review.ReviewFlag:
    """Of a member's."""
    return review.ReviewFlag(flag_id=await put_flag(world, caller), verdict=review.Verdict.CHEAT, note="On a bus")


simple(review.ListFlags)
