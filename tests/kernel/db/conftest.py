"""Short directories that a server may live in, and which no server survives."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pp_core.kernel.db.cluster import Cluster
from pp_core.kernel.db.embedded import Lease, _Server, acquire


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory with nothing in it, which the server's user may pass through.

    `tmp_path` would not do: its parents are closed to others, and it is long.
    """
    made = Path(tempfile.mkdtemp(prefix="pp-test-"))
    made.chmod(0o711)
    yield made
    end_servers(made)
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def home(place: Path) -> Path:
    """The directory to give to `acquire`; not there yet."""
    return place / "home"


@pytest.fixture(scope="module")
def shared_server() -> Iterator[Lease]:
    """One throwaway server for the tests of a module that only need some database."""
    made = Path(tempfile.mkdtemp(prefix="pp-test-"))
    made.chmod(0o711)
    with acquire(made / "home", throwaway=True) as lease:
        yield lease
    shutil.rmtree(made, ignore_errors=True)


def server_pid(directory: Path) -> int | None:
    """The id of the server's process, read anew."""
    return _Server(Cluster(directory, throwaway=True)).running_pid()


def end_servers(place: Path) -> None:
    for pid_file in place.rglob("postmaster.pid"):
        directory = pid_file.parent.parent
        pid = int(pid_file.read_text().split()[0])
        if f"{pid_file.parent}".encode() in command_line(pid):
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda pid=pid, own=directory: f"{own}".encode() not in command_line(pid))


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_until(happened, seconds: float = 30.0) -> None:  # type: ignore[no-untyped-def]
    """Wait for something sure to happen; the limit only keeps a broken test from hanging."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
