"""What `pp up` with its database holds in memory, and what it does when nobody asks anything of it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from bench.harness import Figure, at_most, directory, free_port, unlimited, wait_for_port

SETTLE_SECONDS = 10
IDLE_SECONDS = 60


async def measure() -> list[Figure]:
    """Summed proportional set size of all its processes, and their CPU time over a minute."""
    with directory("footprint") as path:
        port = free_port()
        pp = str(Path(sys.executable).with_name("pp"))
        up = subprocess.Popen([pp, "up", "--port", str(port)], env=unlimited(path), stderr=subprocess.DEVNULL)
        try:
            await wait_for_port(port)
            await asyncio.sleep(SETTLE_SECONDS)
            processes = _of(up.pid, path)
            megabytes = sum(_pss(pid) for pid in processes) / 1024
            before = {pid: _cpu_seconds(pid) for pid in processes}
            await asyncio.sleep(IDLE_SECONDS)
            spent = sum(_cpu_seconds(pid) - before.get(pid, 0.0) for pid in _of(up.pid, path))
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(30)
    share = spent / IDLE_SECONDS * 100
    return [
        at_most("pp up with its database: summed PSS", megabytes, "MB", limit=1, of=350, to="350 MB"),
        at_most("pp up with its database: idle CPU", share, "% of a core", limit=1, of=1, to="1 % of a core"),
    ]


def _of(root: int, path: Path) -> list[int]:
    """The process, its children, and the processes of the database server in `path`."""
    parents = {int(entry.name): _parent(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    postmaster = int((path / "cluster" / "postmaster.pid").read_text().split()[0])
    found = {root, postmaster}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
