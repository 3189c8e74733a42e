"""The embedded PostgreSQL: started by whoever needs it first, shared, and stopped by whoever leaves last.

A directory holds `cluster` (PostgreSQL's own), `log`, `run` (the socket), `superuser` (its password, mode 0600) and two
lock files. `start.lock` is held exclusively while the server is started or stopped; every lease holds `members.lock`
shared. Both are `flock`s, which the kernel lets go of when a process dies in whatever way, so nothing needs tidying up.
There is no TCP listener. POSIX only.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from pp_core.kernel.db.binaries import (
    Account,
    BinariesMissing,
    DirectoryUnusable,
    bare_environment,
    find_binaries,
    reachable_binaries,
)
from pp_core.kernel.db.cluster import PORT, SOCKET, SUPERUSER, Cluster, SecretMissing, StartFailed, WrongVersion
from pp_core.kernel.db.problems import DatabaseProblem

__all__ = [
    "BinariesMissing",
    "DirectoryUnusable",
    "Lease",
    "NotAnswering",
    "SecretMissing",
    "StartFailed",
    "WrongVersion",
    "acquire",
    "default_directory",
    "find_binaries",
]

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02


class NotAnswering(DatabaseProblem):
    """The server, or another process that is starting or stopping it, did not get ready in time."""

    code = "database.not_answering"


def default_directory() -> Path:
    """Return `PP_DATA_DIR` if set, `/var/lib/progress-pulse` for root, else the user's data directory."""
    chosen = os.environ.get("PP_DATA_DIR")
    if chosen:
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/progress-pulse")
    import platformdirs

    return platformdirs.user_data_path("progress-pulse")


def acquire(directory: Path, *, throwaway: bool = False) -> "Lease":
    """Return a lease on the server of `directory`, starting or first creating it if need be.

    `throwaway` trades durability for speed and is for tests only. Raises `DatabaseProblem`s, nothing else.
    """
    with _explained(directory):
        server = _Server(Cluster(directory, throwaway=throwaway))
        server.cluster.prepare_directory()
        members = os.open(server.cluster.directory / "members.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        lease = Lease(server, members)
        try:
            with server.starting():
                fcntl.flock(members, fcntl.LOCK_SH)
                server.ensure_running()
        except DatabaseProblem:
            os.close(members)  # and leave a server that is still recovering at it
            raise
        except BaseException:
            lease.release()
            raise
        return lease


@contextmanager
def _explained(directory: Path) -> Iterator[None]:
    """Turn what the file system refuses into a `DatabaseProblem`."""
    try:
        yield
    except OSError as error:
        raise DirectoryUnusable(
            f"The database cannot use {error.filename or directory}: {error.strerror}. Make room or give leave there, "
            "or choose a directory of yours with PP_DATA_DIR.",
            path=str(directory),
        ) from error


class Lease:
    """The right to use a running server; as a context manager it is released on leaving.

    Do not carry a lease into a forked child: both hold it until both have let go.
    """

    def __init__(self, server: "_Server", members: int) -> None:
        self._server = server
        self._members: int | None = members

    @property
    def directory(self) -> Path:
        """The directory given to `acquire`, resolved."""
        return self._server.cluster.directory

    @property
    def admin_url(self) -> str:
        """The superuser's URL to the database `postgres`; holds the password, never show or log it."""
        return self.url(SUPERUSER, self._server.cluster.password(), "postgres")

    def url(self, user: str, password: str, database: str) -> str:
        """Return a `postgresql://` URL over the socket; ask again after `revive`, the socket may have moved."""
        socket_directory = quote(str(self._server.socket_directory()), safe="")
        credentials = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"postgresql://{credentials}@/{quote(database, safe='')}?host={socket_directory}&port={PORT}"

    def alive(self) -> bool:
        """Tell whether the server's process exists: a file or two read, no connection made."""
        return self._server.running_pid() is not None

    def revive(self) -> bool:
        """Start the server again if it was killed; return whether it was this call that did.

        Any number of processes may call it at once. Raises what `acquire` raises.
        """
        if self._members is None:
            raise RuntimeError("this lease was released; acquire another one")
        with _explained(self.directory), self._server.starting():
            return self._server.ensure_running()

    def trim_logs(self) -> None:
        """Delete the server's oldest logs; starting does it too, so this is for processes that run for weeks."""
        self._server.cluster.trim_logs()

    def release(self) -> None:
        """Give up the lease; whoever gives up the last one stops the server. Doing it twice is harmless."""
        if self._members is None:
            return
        members, self._members = self._members, None
        try:
            with self._server.starting():
                try:
                    fcntl.flock(members, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self._server.stop()
        finally:
            # a descriptor that a fork has copied would keep the lock if this were left to close()
            fcntl.flock(members, fcntl.LOCK_UN)
            os.close(members)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class _Server:
    """The server's process; starting and stopping it are to be done while `starting()` is held."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.directory = cluster.directory

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Hold the lock on starting and stopping."""
        lock = os.open(self.directory / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + 2 * WAIT_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise NotAnswering(
                            f"Another process has been starting or stopping the database in {self.directory} for two "
                            "minutes. See which one holds start.lock there, and end it.",
                            path=str(self.directory),
                        ) from None
                    time.sleep(POLL_SECONDS)
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_UN)
            os.close(lock)

    def socket_directory(self) -> Path:
        """Return where the socket is: the running server's word counts, for a fallback depends on the environment."""
        told = self._pid_file()
        if len(told) > 4 and told[4]:
            return Path(told[4])
        return self.cluster.choose_socket_directory()

    def running_pid(self) -> int | None:
        """Return the server's process id if that process is this cluster's server and not dead."""
        told = self._pid_file()
        if len(told) < 2 or not told[0].strip("-").isdigit():
            return None
        pid = abs(int(told[0]))
        return pid if _serves(pid, told[1]) else None

    def ensure_running(self) -> bool:
        """Bring the server to answer; return whether it had to be started."""
        self.cluster.refuse_other_versions()
        if not self.cluster.data.exists():
            self.cluster.initialise()
        self.cluster.password()
        spawned: int | None = None
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            if self.running_pid() is not None:
                if self._is_ready():
                    return spawned is not None
            elif spawned is not None and _serves(spawned, str(self.cluster.data)):
                pass  # on its way to writing its pid
            elif self._answers_elsewhere():
                pass
            else:
                if spawned is not None:
                    self._refuse_unless_passing()
                spawned = self._spawn()
            time.sleep(POLL_SECONDS)
        raise NotAnswering(
            f"The database in {self.directory} did not get ready within {WAIT_SECONDS:.0f} seconds. It may still be "
            f"recovering, or be served from another container, or its last server's children may still be at work: see "
            f"{self.cluster.logs}, and try again.",
            path=str(self.directory),
        )

    def stop(self) -> None:
        """Shut down fast: transactions are rolled back, memory is written out; more rudely if that takes too long."""
        for rudeness in (signal.SIGINT, signal.SIGQUIT):
            pid = self.running_pid()
            if pid is None:
                return
            os.kill(pid, rudeness)
            deadline = time.monotonic() + WAIT_SECONDS
            while self.running_pid() == pid and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)

    def _spawn(self) -> int:
        """Start the server's process, child of nobody, and return its id."""
        account = Account.choose(self.cluster.data)
        binaries = reachable_binaries(self.cluster.binaries, account, self.cluster.copies)
        self._clear_remains()
        self.cluster.set_up(account)
        first_words = os.open(
            self.directory / "start.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW, 0o600
        )
        try:
            # The shell leaves at once, so the server is nobody's zombie when it dies; unlike pg_ctl it tells the pid.
            started = subprocess.run(
                ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", binaries / "postgres", "-D", self.cluster.data],
                cwd="/",
                env=bare_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=first_words,
                text=True,
                check=False,
                start_new_session=True,
                user=account.uid if account.switched else None,
                group=account.gid if account.switched else None,
                extra_groups=[] if account.switched else None,
            )
        finally:
            os.close(first_words)
        if started.returncode != 0:
            raise StartFailed(
                f"No process could be started for the database in {self.directory}. See start.log there.",
                path=str(self.directory),
            )
        return int(started.stdout)

    def _refuse_unless_passing(self) -> None:
        """Raise what the server said before it died, unless it only waits for its predecessor's children to leave."""
        output = (self.directory / "start.log").read_text(errors="replace")
        if "pre-existing shared memory block" in output or "lock file" in output:
            return
        raise StartFailed(
            f"PostgreSQL did not start in {self.directory}. It said: {output.strip()[-2000:]}",
            path=str(self.directory),
            output=output,
        )

    def _clear_remains(self) -> None:
        """Remove what killed starts left, and lock files whose pid is a zombie's or was given to another process.

        PostgreSQL removes those whose pid is gone by itself, after seeing that no child uses the memory.
        """
        for unfinished in self.directory.glob("making-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        told = self._pid_file()
        if told and _exists(told[0]):
            with suppress(ChildProcessError):
                os.waitpid(int(told[0]), os.WNOHANG)  # ours to reap when this process is a container's first
            segment = told[6].split()[-1:] if len(told) > 6 else []
            if not (segment and _memory_in_use(segment[0])):
                (self.cluster.data / "postmaster.pid").unlink(missing_ok=True)
        socket_lock = self.cluster.choose_socket_directory() / f"{SOCKET}.lock"
        if _exists((_lines(socket_lock) or [""])[0]):
            socket_lock.unlink(missing_ok=True)

    def _is_ready(self) -> bool:
        command: list[str | Path] = [self.cluster.binaries / "pg_isready", "--quiet", "--timeout=1", f"--port={PORT}"]
        command += [f"--host={self.socket_directory()}", f"--username={SUPERUSER}", "--dbname=postgres"]
        asked = subprocess.run(command, env=bare_environment(), check=False)
        return asked.returncode == 0

    def _answers_elsewhere(self) -> bool:
        """Tell whether a server of another container, its process unseen, listens: two would destroy the data."""
        with socket.socket(socket.AF_UNIX) as caller:
            try:
                caller.connect(str(self.socket_directory() / SOCKET))
            except OSError:
                return False
        return True

    def _pid_file(self) -> list[str]:
        return _lines(self.cluster.data / "postmaster.pid")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _exists(pid: str | int) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _memory_in_use(segment: str) -> bool:
    """Tell whether a process is attached to the shared memory `segment`; where that cannot be known, say yes."""
    try:
        rows = [row.split() for row in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    except OSError:
        return True
    return any(row[1] == segment and row[6] != "0" for row in rows)


def _serves(pid: int, cluster: str) -> bool:
    """Tell whether `pid` is a living server of `cluster`: a zombie has no command line, a reused pid has another."""
    if sys.platform != "linux":
        return _exists(pid)
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(cluster) in words
