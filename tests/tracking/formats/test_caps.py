"""A file that takes too much is stopped with a clear problem, and takes no other file of its archive along."""

import pytest

from pp_core.adapters.confined import ConfinedPrograms
from pp_core.kernel.settings import FileSettings
from pp_core.tracking.operations.files import FileTooLarge, FileTooSlow
from pp_core.tracking.use_cases.unpacking import read

from .corpus_archives import PLAIN, packed
from .corpus_gpx import gpx, track

SMALL = FileSettings(cpu_s=1, all_cpu_s=6, wall_s=20, memory_mb=100)
SLOW = gpx("<a/>" * 6_000_000)
"""Twelve million tags: some seconds for any reader in Python."""
LARGE = gpx(track('<trkpt lat="1" lon="1"/>' * 1_000_000))
"""A million points in 24 MB: seven columns of eight bytes, and what holds them while they grow."""
MEMORY = FileSettings(cpu_s=30, all_cpu_s=60, wall_s=60, memory_mb=64)


async def test_a_slow_file() -> None:
    (file,) = await read(ConfinedPrograms(SMALL), SLOW, "slow.gpx")
    (problem,) = file.refused
    assert isinstance(problem, FileTooSlow)
    assert problem.data["limit"] == 1
    assert not file.tracks


@pytest.mark.parametrize("name", ["large.gpx", "large.zip"])
async def test_a_large_file(name: str) -> None:
    content = packed(("large.gpx", LARGE)) if name.endswith("zip") else LARGE
    (file,) = await read(ConfinedPrograms(MEMORY), content, name)
    (problem,) = file.refused
    assert isinstance(problem, FileTooLarge)
    assert (problem.data["reason"], problem.data["why"]) == ("memory", "The file takes more memory than a file may.")


async def test_one_slow_file_of_many() -> None:
    archive = packed(("1.gpx", PLAIN), ("2.gpx", SLOW), ("3.gpx", PLAIN))
    files = await read(ConfinedPrograms(SMALL), archive, "all.zip")
    assert [(file.name, len(file.tracks), [one.code for one in file.refused]) for file in files] == [
        ("1.gpx", 1, []),
        ("2.gpx", 0, ["tracking.file_too_slow"]),
        ("3.gpx", 1, []),
    ]
