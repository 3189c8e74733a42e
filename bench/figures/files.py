"""A long GPX file: how fast it becomes a finished activity, and how much memory that takes."""

import asyncio
import math
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.harness import Figure, World, at_most, compared, directory, world
from pp_core.adapters import cell
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator
from pp_core.kernel.policy import Door
from pp_core.tenants.operations import AddMember
from pp_core.tracking.operations.activities import ListActivityRecords, ShowActivity
from pp_core.tracking.operations.files import ImportActivities

POINTS = 50_000
ROUNDS = 7
TARGET, MEMORY_MB = 0.45, 100.0
_POINT = (
    '   <trkpt lat="{lat:.7f}" lon="{lon:.7f}">\n    <ele>{ele:.1f}</ele>\n    <time>{at:%Y-%m-%dT%H:%M:%S.000Z}</time>\n'
    "    <extensions>\n     <ns3:TrackPointExtension>\n      <ns3:hr>{hr}</ns3:hr>\n     </ns3:TrackPointExtension>\n"
    "    </extensions>\n   </trkpt>\n"
)
_FRAME = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="Bench"'
    ' xmlns="http://www.topografix.com/GPX/1/1"'
    ' xmlns:ns3="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">\n'
    " <trk>\n  <type>running</type>\n  <trkseg>\n{points}  </trkseg>\n </trk>\n</gpx>\n"
)


def gpx(count: int = POINTS) -> bytes:
    """Fourteen hours at a point a second as Garmin exports it: laps of two kilometres over a hill, 9 MB."""
    begins = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
    points = []
    for second in range(count):
        angle = second * 3.0 / 318  # 3 m/s on a circle of 318 m
        points.append(
            _POINT.format(
                lat=-1.29 + math.sin(angle) * 318 / 111_195,
                lon=36.82 + math.cos(angle) * 318 / 111_195,
                ele=1660 + 10 * math.sin(angle),
                at=begins + timedelta(seconds=second),
                hr=140 + second % 15,
            )
        )
    return _FRAME.format(points="".join(points)).encode()


async def measure() -> list[Figure]:
    """The import through the whole pipeline, by turns with gpxpy's parse."""
    content = gpx()
    with directory("files") as path:
        async with world(path) as stage:
            (path / "long.gpx").write_bytes(content)
            desk = LocalClient(stage.runtime.pulse, Door.CLI, Operator("bench", stage.slug))
            await _import(stage, desk, gpx(600))  # what is loaded once is loaded
            growth = await _megabytes(stage, desk, content)
            ours, theirs = await compared(
                lambda: _import(stage, desk, content), lambda: _parse(path / "long.gpx"), rounds=ROUNDS
            )
    return [
        at_most(
            "files: a 50,000-point GPX to a finished activity",
            ours,
            "s",
            limit=TARGET,
            of=theirs,
            to="gpxpy's parse of it",
        ),
        at_most("files: memory over that import", growth, "MB", limit=1, of=MEMORY_MB, to="100 MB"),
    ]


async def _import(stage: World, desk: LocalClient, content: bytes) -> float:
    """Seconds until the activity with its records and its way stands; each time for somebody new."""
    member = await desk.run(AddMember(name="Kipchoge Bench"))
    started = time.perf_counter()
    report = await desk.run(ImportActivities(content=content, name="long.gpx", member=member.code))
    spent = time.perf_counter() - started
    (row,) = report.tracks
    assert row.activity_id is not None
    activity = await desk.run(ShowActivity(activity_id=row.activity_id))
    assert activity.summary.points > row.points * 0.99
    assert activity.route
    assert (await desk.run(ListActivityRecords(member=member.code))).records
    return spent


async def _megabytes(stage: World, desk: LocalClient, content: bytes) -> float:
    """How far this process grows at most, and on top of that the most that the one which reads the file takes."""
    _forget_peak()
    before = _status("self", "VmRSS")
    peaks: dict[str, float] = {}
    over = threading.Event()
    watching = threading.Thread(target=_watch_readers, args=(peaks, over))
    watching.start()
    await _import(stage, desk, content)
    over.set()
    watching.join()
    assert peaks, "nobody was seen to read the file"
    return _status("self", "VmHWM") - before + max(peaks.values())


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _watch_readers(peaks: dict[str, float], over: threading.Event) -> None:
    """Keep the highest memory that each reader has had, until it is over."""
    reader = cell.__file__.encode()
    while not over.wait(0.002):
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, StopIteration):
                if reader in (process / "cmdline").read_bytes():
                    peaks[process.name] = _status(process.name, "VmHWM")


def _status(process: str, name: str) -> float:
    """A figure of a process's status in megabytes."""
    lines = Path("/proc", process, "status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith(name)).split()[1]) / 1024


async def _parse(path: Path) -> float:
    """Seconds that gpxpy takes, in a process that does nothing else: ours is large, and its collector slow for that."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARSE, str(path), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    return float(told)


_PARSE = """
import sys, time, gpxpy
text = open(sys.argv[1]).read()
started = time.perf_counter()
gpxpy.parse(text)
print(time.perf_counter() - started)
"""
