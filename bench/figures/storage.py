"""What a point of a finished activity costs at rest, with all that the database keeps beside it."""

import math
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bench.harness import Figure, at_most, directory, world
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator, VerifiedPhone
from pp_core.kernel.db.statement import sql
from pp_core.kernel.policy import Door
from pp_core.tenants.operations import AddMember
from pp_core.tracking.operations import PointIn, StartActivity, StopActivity, UploadPoints

RUNS, POINTS, UPLOAD = 20, 3600, 1800
LIMIT_BYTES = 10.0

_SIZE = sql(
    "SELECT pg_total_relation_size('activity_streams') AS bytes, (SELECT sum(points) FROM activity_streams) AS points"
)


def way(begins: datetime, seed: int) -> list[PointIn]:
    """An hour's run as a phone tells it: a point a second with jitter, noise that drifts, hills, and a heart."""
    dice = random.Random(seed)
    points, north, east, drift = [], 0.0, 0.0, [0.0, 0.0]
    for second in range(POINTS):
        heading = second / 240 + math.sin(second / 37)
        speed = 3.0 + 0.4 * math.sin(second / 90)
        north, east = north + speed * math.cos(heading), east + speed * math.sin(heading)
        drift = [0.95 * one + dice.gauss(0, 1.2) for one in drift]
        points.append(
            PointIn(
                ts=begins + timedelta(seconds=second, milliseconds=dice.randrange(250)),
                lat=-1.2833 + (north + drift[0]) / 111_195,
                lon=36.8219 + (east + drift[1]) / 111_170,
                altitude=1661 + 12 * math.sin(second / 300) + dice.gauss(0, 0.4),
                speed=max(0.0, speed + dice.gauss(0, 0.15)),
                accuracy=4 + abs(dice.gauss(0, 2)),
                hr=round(150 + 12 * math.sin(second / 200) + dice.gauss(0, 1)),
            )
        )
    return points


async def measure() -> list[Figure]:
    """The table of streams with its index and what is stored beside it, for twenty runs of an hour."""
    with directory("storage") as path:
        async with world(path) as stage:
            desk = LocalClient(stage.runtime.pulse, Door.CLI, Operator("bench", stage.slug))
            begins = datetime.now(UTC) - timedelta(hours=2)
            for number in range(RUNS):
                member = await desk.run(AddMember(name=f"Runner {number}", phone=f"+25479{number:07d}"))
                assert member.phone is not None
                phone = VerifiedPhone(member.phone, UUID(stage.gym_id), member.id)
                runner = LocalClient(stage.runtime.pulse, Door.TELEGRAM, phone)
                await runner.run(StartActivity(started_at=begins))
                points = way(begins, number)
                for first in range(0, POINTS, UPLOAD):
                    kept = await runner.run(UploadPoints(points=tuple(points[first : first + UPLOAD])))
                    assert kept.accepted == UPLOAD, kept
                await runner.run(StopActivity())
            async with stage.runtime.pulse.system("bench", UUID(stage.gym_id), "") as ctx:
                row = await ctx.tx.one(_SIZE)
    assert row.points == RUNS * POINTS
    size = row.bytes / int(row.points)
    return [at_most("storage: a point of a finished activity", size, "bytes", limit=1, of=LIMIT_BYTES, to="10 bytes")]
