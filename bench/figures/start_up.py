"""What `pp --help` costs beside a bare Typer app's help."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.harness import Figure, at_most

ROUNDS = 15


async def measure() -> list[Figure]:
    """Whole processes, in turns."""
    pp = [str(Path(sys.executable).with_name("pp")), "--help"]
    bare = [sys.executable, str(Path(__file__).parents[1] / "bare_cli.py"), "--help"]
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        theirs.append(_seconds(bare))
        ours.append(_seconds(pp))
    spent, plain = statistics.median(ours), statistics.median(theirs)
    return [at_most("pp --help", spent * 1e3, "ms", limit=1.3, of=plain * 1e3, to="a bare Typer app's help")]


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started
