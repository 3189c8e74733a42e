"""Examples of files of activities."""

import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import numpy as np

from pp_core.tracking.formats import stream
from pp_core.tracking.operations import files
from pp_core.tracking.rules.track import Track
from tests.isolation.world import Caller, World

from .outdoors import put_activity
from .registry import example

_POINT = '<trkpt lat="{lat:.6f}" lon="36.82"><time>{at:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'


def gpx(begins: datetime, points: int = 20) -> bytes:
    """A run due north."""
    way = "".join(_POINT.format(lat=-1.28 + one * 3e-5, at=begins + timedelta(seconds=one)) for one in range(points))
    return f'<gpx version="1.1"><trk><type>running</type><trkseg>{way}</trkseg></trk></gpx>'.encode()


async def put_imported(world: World, caller: Caller, *, own: bool) -> UUID:
    """A finished activity with its points and its file, the caller's own or somebody else's."""
    activity_id = await put_activity(world, caller, status="finished", own=own)
    begin = int(datetime.now(UTC).timestamp()) * 1000 - 3_600_000
    steps = np.arange(20)
    track = Track.of(begin + steps * 1000, -1.28 + steps * 3e-5, np.full(20, 36.82))
    world.put("activity_streams", tenant_id=caller.gym.id, id=activity_id, points=20, data=stream.encode(track))
    content = gpx(datetime.now(UTC))
    world.put(
        "activity_files", tenant_id=caller.gym.id, id=activity_id, name="run.gpx", media_type="application/gpx+xml",
        sha256=sha256(content).hexdigest(), size=len(content), content=zlib.compress(content),
    )  # fmt: skip
    return activity_id


@example(files.ImportActivities)
async def import_file(world: World, caller: Caller) -> files.ImportActivities:
    """For a member."""
    member = await world.member(caller.gym)
    begins = datetime.now(UTC) - timedelta(hours=2)
    return files.ImportActivities(content=gpx(begins), name="run.gpx", member=str(member.id))


@example(files.ExportActivity)
async def export(world: World, caller: Caller) -> files.ExportActivity:
    """A member's."""
    return files.ExportActivity(activity_id=await put_imported(world, caller, own=False))


@example(files.ShowOriginalFile)
async def show_original(world: World, caller: Caller) -> files.ShowOriginalFile:
    """Their own."""
    return files.ShowOriginalFile(activity_id=await put_imported(world, caller, own=True))
