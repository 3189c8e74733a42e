"""Programs that work on what strangers sent, each in a process of its own that has limits and nothing else.

The child (`cell`) gets no environment, no network of ours and no path but to our own packages; it holds itself to its limits
before it looks at the content. Where the system knows no such limits, the clock on the wall is the only one.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import structlog

import pp_core
from pp_core.kernel.ports import Answer
from pp_core.kernel.settings import FileSettings

from . import cell

_ROOT = str(Path(pp_core.__file__).parents[1])
_READ_AHEAD = 1024 * 1024
_LONGEST_HEAD = 16 * 1024 * 1024
_OVERDRAWN = (-getattr(signal, "SIGKILL", 9), -getattr(signal, "SIGXCPU", 24))
_BROKEN = {"refused": "damaged", "data": {"reason": "reader"}}
_log = structlog.stdlib.get_logger(__name__)


class ConfinedPrograms:
    """The `Confined` port: as many at once as there are processors."""

    def __init__(self, limits: FileSettings) -> None:
        self.limits = limits
        self._turns = asyncio.Semaphore(os.cpu_count() or 1)
        spec = find_spec("garmin_fit_sdk")
        self._site = str(Path(spec.origin).parents[1]) if spec is not None and spec.origin else ""

    async def run(self, program: str, content: bytes, argument: Mapping[str, Any]) -> AsyncGenerator[Answer, None]:
        """See `ports.Confined`."""
        async with self._turns:
            process = await self._start(program, content, argument)
            ended = False
            try:
                while not ended:
                    told, *buffers = await asyncio.wait_for(_frame(process), self.limits.wall_s)
                    ended = "end" in told
                    if "failed" in told:
                        await self._log_failure(program, process, told["failed"])
                        yield Answer(_BROKEN)
                    elif not ended:
                        yield Answer(told, buffers)
            except asyncio.IncompleteReadError:
                yield Answer(await self._explained(program, process))
            except TimeoutError:
                yield Answer(self._too_slow())
            finally:
                # One that said that it ends does; to signal it then is to race with whoever waits for it.
                if not ended and process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                await process.wait()

    async def _start(self, program: str, content: bytes, argument: Mapping[str, Any]) -> asyncio.subprocess.Process:
        limits = self.limits
        own = {"cpu_s": limits.cpu_s, "all_cpu_s": limits.all_cpu_s, "memory_mb": limits.memory_mb}
        with _handed_over(content) as given:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", cell.__file__),
                *(_ROOT, self._site, program, json.dumps(own), json.dumps(argument)),
                stdin=given,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={},
                cwd="/",
                start_new_session=True,
                limit=_READ_AHEAD,
            )

    def _too_slow(self) -> dict[str, Any]:
        return {"refused": "too_slow", "data": {"limit": self.limits.cpu_s}}

    async def _explained(self, program: str, process: asyncio.subprocess.Process) -> dict[str, Any]:
        """What an answer that breaks off means."""
        code = await process.wait()
        if code in _OVERDRAWN:
            return self._too_slow()
        await self._log_failure(program, process, f"exit code {code}")
        return _BROKEN

    async def _log_failure(self, program: str, process: asyncio.subprocess.Process, what: str) -> None:
        assert process.stderr is not None
        said = await process.stderr.read(_READ_AHEAD)
        _log.error("a confined program failed", program=program, what=what, said=said.decode(errors="replace")[-4000:])


@contextmanager
def _handed_over(content: bytes) -> Iterator[IO[bytes]]:
    """A file in memory, where there are such, with `content` in it, to be read from its start."""
    in_memory = hasattr(os, "memfd_create")
    with os.fdopen(os.memfd_create("content"), "w+b") if in_memory else tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file


async def _frame(process: asyncio.subprocess.Process) -> tuple[dict[str, Any], *tuple[bytes, ...]]:
    """The next description with its buffers; IncompleteReadError when there is none."""
    assert process.stdout is not None
    length = int.from_bytes(await process.stdout.readexactly(4), "little")
    if length > _LONGEST_HEAD:
        raise asyncio.IncompleteReadError(b"", length)
    told: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
    return told, *[await process.stdout.readexactly(size) for size in told.pop("sizes")]
