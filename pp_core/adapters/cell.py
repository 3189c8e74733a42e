"""The child's side of `confined`: takes its limits upon itself, then runs one program on what it was handed, and answers.

Run as a script by an interpreter that has the standard library alone, so that it starts in milliseconds. What it answers are
frames on stdout: four bytes with the length of a description in JSON, the description, and the buffers it tells `sizes` of.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

resource: Any
try:
    import resource
except ImportError:  # not a Unix: the parent's clock is all there is
    resource = None

_MEGABYTE = 1024 * 1024
_OUT = 1
_GRACE_S = 2


class OutOfTime(BaseException):
    """The processor time of one piece of work is used up. No Exception, so that nothing on the way takes it for one."""


class Cell:
    """The limits of this process and its answers."""

    def __init__(self, cpu_s: int, all_cpu_s: int, memory_mb: int) -> None:
        self._cpu_s = cpu_s
        self._all_cpu_s = all_cpu_s
        self._answering = self._late = self._timed = False
        if resource is None:
            return
        os.nice(2)  # behind whatever serves people
        signal.signal(signal.SIGPROF, self._stop)
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * _MEGABYTE, memory_mb * _MEGABYTE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    @contextmanager
    def piece(self) -> Iterator[None]:
        """One piece of the work with processor time of its own; `too_slow` or `too_large` when it goes past a limit."""
        self._late, self._timed = False, True
        if resource is not None:
            used = resource.getrusage(resource.RUSAGE_SELF)
            # The timer counts exactly and can be answered for; the limit ends a program that does not listen to it.
            last = int(used.ru_utime + used.ru_stime) + self._cpu_s + _GRACE_S
            resource.setrlimit(resource.RLIMIT_CPU, (min(last, self._all_cpu_s), self._all_cpu_s))
            signal.setitimer(signal.ITIMER_PROF, self._cpu_s)
        try:
            yield
        except OutOfTime:
            self.answer({"refused": "too_slow", "data": {"limit": self._cpu_s}})
        except MemoryError:
            self.answer({"refused": "too_large", "data": {"reason": "memory"}})
        finally:
            self._timed = False

    def answer(self, told: dict[str, Any], *buffers: Any) -> None:
        """Send one frame, whole even when time runs out meanwhile."""
        views = [memoryview(buffer).cast("B") for buffer in buffers]
        head = json.dumps({**told, "sizes": [len(view) for view in views]}).encode()
        self._answering = True
        for view in (memoryview(len(head).to_bytes(4, "little") + head), *views):
            while view:
                view = view[os.write(_OUT, view) :]
        self._answering = False
        if self._late:
            self._late = False
            raise OutOfTime

    def _stop(self, *_: Any) -> None:
        if not self._timed:
            return  # it was done at the very moment
        self._timed = False
        if self._answering:
            self._late = True
        else:
            raise OutOfTime


def main() -> None:
    """Run `sys.argv`: where packages are, the program's module, its limits and its argument in JSON."""
    root, site, program, limits, argument = sys.argv[1:]
    sys.path[:0] = [root]
    sys.path.append(site)
    cell = Cell(**json.loads(limits))
    try:
        with cell.piece():
            content = sys.stdin.buffer.read()
            import_module(program).work(content, json.loads(argument), cell.answer, cell.piece)
    except Exception as error:
        import traceback

        traceback.print_exc()
        cell.answer({"failed": type(error).__name__})
    cell.answer({"end": True})


if __name__ == "__main__":
    main()
