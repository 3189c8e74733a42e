"""What a list of activities costs over REST, against the same statements on a bare route."""

from datetime import UTC, datetime, timedelta
from math import degrees
from uuid import UUID

from bench.harness import Figure, World, at_most, compared, directory, request, seconds_per_request, server, world
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator, VerifiedPhone
from pp_core.kernel.policy import Door
from pp_core.tenants.operations import GetMember
from pp_core.tracking.operations import PointIn, StartActivity, StopActivity, UploadPoints
from pp_core.tracking.rules.track import EARTH_METRES

COUNT = 400
LIMIT = 2.5
ACTIVITIES, POINTS = 30, 400


async def measure() -> list[Figure]:
    """Twenty activities, the first page of more."""
    with directory("activities") as path:
        async with world(path) as made, server(path) as served:
            await _run_often(made)
            bare = request("GET", f"/bare/{made.gym_id}/activities/{made.member_id}")
            listed = request("GET", f"/api/v1/activities?member={made.member_id}", token=made.token)

            async def bare_time() -> float:
                return await seconds_per_request(served.port, lambda _: bare, count=COUNT)

            async def list_time() -> float:
                return await seconds_per_request(served.port, lambda _: listed, count=COUNT)

            await bare_time()
            await list_time()
            plain, seconds = await compared(bare_time, list_time)
    name = "read: twenty activities over REST"
    return [at_most(name, seconds * 1e3, "ms", limit=LIMIT, of=plain * 1e3, to="bare route")]


async def _run_often(made: World) -> None:
    """Let the member run every few hours, north at 3 m/s with a heart that beats."""
    pulse = made.runtime.pulse
    phone = (
        await LocalClient(pulse, Door.CLI, Operator("bench", made.slug)).run(GetMember(member=made.member_id))
    ).phone
    assert phone is not None
    member = LocalClient(pulse, Door.TRACKER, VerifiedPhone(phone, UUID(made.gym_id), UUID(made.member_id)))
    for number in range(ACTIVITIES):
        begins = datetime.now(UTC) - timedelta(hours=4 * (number + 1))
        started = await member.run(StartActivity(started_at=begins))
        way = tuple(
            PointIn(
                ts=begins + timedelta(seconds=5 * place),
                lat=-1.2921 + degrees(15 * place / EARTH_METRES),
                lon=36.8219,
                altitude=1660 + place / 10,
                hr=140,
            )
            for place in range(POINTS)
        )
        await member.run(UploadPoints(activity_id=started.id, points=way))
        await member.run(StopActivity(activity_id=started.id))
