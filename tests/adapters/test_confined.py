"""Confined programs: what they may not do, and that they are stopped."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from pp_core.adapters.confined import ConfinedPrograms
from pp_core.kernel.settings import FileSettings

PROGRAM = "tests.adapters.confined_programs"
LIMITS = FileSettings(cpu_s=1, all_cpu_s=4, wall_s=20, memory_mb=100)


async def run(do: str, content: bytes = b"", limits: FileSettings = LIMITS) -> list[tuple[Any, ...]]:
    """What a program answers: descriptions with their buffers."""
    answers = ConfinedPrograms(limits).run(PROGRAM, content, {"do": do})
    return [(answer.told, *answer.buffers) async for answer in answers]


def children() -> set[str]:
    """Processes that this one started and that still are."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.add(stat.parent.name)
    return found


async def test_content_goes_in_and_comes_back() -> None:
    """Ten megabytes whole, and nothing of our environment with them."""
    content = os.urandom(1024) * 10_240
    ((told, back, empty),) = await run("echo", content)
    assert (told["size"], back, empty) == (len(content), content, b"")
    assert "PATH" not in told["environment"]
    assert told["directory"] == "/"


async def test_stopped_by_processor_time() -> None:
    """Even where the program swallows every exception; the next piece has time of its own."""
    assert await run("spin") == [({"refused": "too_slow", "data": {"limit": 1}},), ({"after": True},)]


async def test_stopped_by_memory() -> None:
    """And its memory is free again for the next piece."""
    assert await run("hoard") == [({"refused": "too_large", "data": {"reason": "memory"}},), ({"after": True},)]


async def test_stopped_by_the_clock_on_the_wall() -> None:
    """A program that only waits uses no processor."""
    before = children()
    limits = FileSettings(cpu_s=1, all_cpu_s=4, wall_s=1, memory_mb=100)
    asleep, stopped = await run("sleep", limits=limits)
    assert (asleep, stopped) == (({"asleep": True},), ({"refused": "too_slow", "data": {"limit": 1}},))
    assert children() == before


async def test_writes_no_files(tmp_path: Path) -> None:
    """Not even where we may."""
    assert await run("write", str(tmp_path / "wrote").encode()) == [({"wrote": False},)]


@pytest.mark.parametrize(
    ("do", "answers"),
    [
        ("break", [({"refused": "damaged", "data": {"reason": "reader"}},)]),
        ("die", [({"before": True},), ({"refused": "damaged", "data": {"reason": "reader"}},)]),
    ],
)
async def test_broken_programs_refuse(do: str, answers: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of ours is told as a refusal to the caller and in full to the log."""
    assert await run(do) == answers
    assert "a confined program failed" in capsys.readouterr().out


async def test_ends_with_whoever_waits() -> None:
    """A caller who goes away takes the process along."""
    before = children()
    waiting = asyncio.ensure_future(run("sleep"))
    while children() == before:
        await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert children() == before
