"""The embedded PostgreSQL: started by whoever needs it first, shared, and stopped by whoever leaves last.

A directory holds `cluster` (PostgreSQL's own), `log`, `run` (the socket), `superuser` (its password, mode 0600) and two
lock files. `start.lock` is held exclusively while the server is started or stopped; every lease holds `members.lock`
shared. Both are `flock`s, which the kernel lets go of when a process dies in whatever way, so nothing needs tidying up.
There is no TCP listener. POSIX only.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
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
    major_version,
    reachable_binaries,
)
from pp_core.kernel.db.problems import DatabaseProblem

__all__ = [
    "BinariesMissing",
    "DirectoryUnusable",
    "Lease",
    "NotAnswering",
    "StartFailed",
    "WrongVersion",
    "acquire",
    "default_directory",
    "find_binaries",
]

SUPERUSER = "postgres"
PORT = 5432  # only names the socket's file
OLDEST_VERSION = 15
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02
LONGEST_SOCKET_PATH = 99  # bytes; the kernels' limits are 103 (macOS) and 107 (Linux)
LOGS_KEPT = 20  # files of at most 4 MB

# Modest: the whole product shares a small machine, and is idle most of the night.
SETTINGS = """\
# Written anew at every start; use ALTER SYSTEM for what must stay.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_directory}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 60
shared_buffers = 32MB
wal_buffers = 1MB
work_mem = 4MB
maintenance_work_mem = 32MB
max_wal_size = 256MB
min_wal_size = 32MB
checkpoint_timeout = 15min
max_wal_senders = 2
max_logical_replication_workers = 0
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
autovacuum_naptime = 3min
autovacuum_max_workers = 2
jit = off
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = {durable}
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
logging_collector = on
log_directory = '{log_directory}'
log_filename = 'postgresql-%Y%m%d-%H%M%S.log'
log_file_mode = 0600
log_rotation_age = 0
log_rotation_size = 4MB
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
log_autovacuum_min_duration = -1
# statements and details of errors hold people's names, phones and passwords
log_min_error_statement = panic
log_error_verbosity = terse
"""


class WrongVersion(DatabaseProblem):
    """The data was written by a major version of PostgreSQL other than the one installed."""

    code = "database.wrong_version"


class StartFailed(DatabaseProblem):
    """PostgreSQL refused to make or to start the cluster; `data["output"]` is what it said."""

    code = "database.start_failed"


class NotAnswering(DatabaseProblem):
    """The server, or another process that is starting or stopping it, did not get ready in time."""

    code = "database.not_answering"


class SecretMissing(DatabaseProblem):
    """The cluster is there but the file with its superuser's password is not."""

    code = "database.secret_missing"


def default_directory() -> Path:
    """Return `PP_DATA_DIR` if set, `/var/lib/progress-pulse` for root, else the user's data directory."""
    chosen = os.environ.get("PP_DATA_DIR")
    if chosen:
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/progress-pulse")
    import platformdirs  # noqa: PLC0415 - whoever names a directory does not need it

    return platformdirs.user_data_path("progress-pulse")


def acquire(directory: Path, *, throwaway: bool = False) -> "Lease":
    """Return a lease on the server of `directory`, starting or first creating it if need be.

    `throwaway` trades durability for speed and is for tests only. Raises `DatabaseProblem`s, nothing else.
    """
    server = _Server(directory, throwaway=throwaway)
    try:
        server.prepare_directory()
        members = os.open(server.directory / "members.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DirectoryUnusable(
            f"{error.filename or directory} cannot be used for the database: {error.strerror}. Choose a directory of yours "
            "with PP_DATA_DIR.",
            path=str(directory),
        ) from error
    try:
        with server.starting():
            fcntl.flock(members, fcntl.LOCK_SH)
            server.ensure_running()
    except BaseException:
        os.close(members)
        raise
    return Lease(server, members)


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
        return self._server.directory

    @property
    def admin_url(self) -> str:
        """The superuser's URL to the database `postgres`; holds the password, never show or log it."""
        return self.url(SUPERUSER, self._server.password(), "postgres")

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
            raise NotAnswering("This lease on the database was released. Acquire another one.")
        with self._server.starting():
            return self._server.ensure_running()

    def trim_logs(self) -> None:
        """Delete the server's oldest logs; starting does it too, so this is for processes that run for weeks."""
        self._server.trim_logs()

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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


class _Server:
    """The steps; all but the reading ones are to be called while `starting()` is held."""

    def __init__(self, directory: Path, *, throwaway: bool) -> None:
        self.directory = directory.resolve()
        self.cluster = self.directory / "cluster"
        self.logs = self.directory / "log"
        self.secret = self.directory / "superuser"
        self.throwaway = throwaway
        self.binaries = find_binaries()
        self._socket_directory: Path | None = None

    def prepare_directory(self) -> None:
        """Make the directory, and see that the server's user gets there; modes of directories found are left alone."""
        account = Account.choose(self.cluster)
        if not self.directory.is_dir():
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if account.switched:
                self.directory.chmod(0o711)
        if self.cluster.exists() or account.reaches(self.directory):
            return
        wall = next(place for place in (*reversed(self.directory.parents), self.directory) if not account.reaches(place))
        raise DirectoryUnusable(
            f"As root the server runs as the user {account.name}, who cannot enter {wall}. Set PP_DATA_DIR to a directory "
            f"every parent of which others may enter, such as /var/lib/progress-pulse, or allow it: chmod o+x {wall}",
            path=str(self.directory),
            user=account.name,
            blocked_at=str(wall),
        )

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

    def password(self) -> str:
        """Read the superuser's password."""
        try:
            return self.secret.read_text().strip()
        except FileNotFoundError:
            raise SecretMissing(
                f"{self.secret} is missing: it holds the password of the database in {self.cluster}. Put it back, or move "
                "the directory away and restore a backup.",
                path=str(self.secret),
            ) from None

    def socket_directory(self) -> Path:
        """Return where the socket is: the running server's word counts, for a fallback depends on the environment."""
        told = self._pid_file()
        if len(told) > 4 and told[4]:
            return Path(told[4])
        return self._socket_directory or self._choose_socket_directory()

    def running_pid(self) -> int | None:
        """Return the server's process id if that process is this cluster's server and not dead."""
        told = self._pid_file()
        if len(told) < 2 or not told[0].strip("-").isdigit():
            return None
        pid = abs(int(told[0]))
        return pid if _serves(pid, told[1]) else None

    def ensure_running(self) -> bool:
        """Bring the server to answer; return whether it had to be started."""
        self._refuse_other_versions()
        if not self.cluster.exists():
            self._initialise()
        self.password()
        spawned: int | None = None
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            if self.running_pid() is not None:
                if self._is_ready():
                    return spawned is not None
            elif spawned is not None and _serves(spawned, str(self.cluster)):
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
            f"{self.logs}, and try again.",
            path=str(self.directory),
        )

    def stop(self) -> None:
        """Shut down fast: transactions are rolled back, memory is written out. Twice as rudely if that takes too long."""
        for rudeness in (signal.SIGINT, signal.SIGQUIT):
            pid = self.running_pid()
            if pid is None:
                return
            os.kill(pid, rudeness)
            deadline = time.monotonic() + WAIT_SECONDS
            while self.running_pid() == pid and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)

    def trim_logs(self) -> None:
        """Keep the newest logs."""
        for old in sorted(self.logs.glob("*.log"))[:-LOGS_KEPT]:
            old.unlink(missing_ok=True)

    def _refuse_other_versions(self) -> None:
        installed = major_version(self.binaries)
        if installed < OLDEST_VERSION:
            raise WrongVersion(
                f"{self.binaries} holds PostgreSQL {installed}. Set PP_PG_BIN to version {OLDEST_VERSION} or later.",
                found=str(installed),
                wanted=str(OLDEST_VERSION),
            )
        try:
            written = (self.cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if written == str(installed):
            return
        sender = "" if os.geteuid() else f"runuser -u {self.cluster.owner()} -- "
        old = Path(f"/usr/lib/postgresql/{written}/bin")
        bin_ = str(old) if old.is_dir() else f"<bin of PostgreSQL {written}>"
        command = (
            f"{sender}{bin_}/pg_ctl -D {self.cluster} -w start && "
            f'PGPASSWORD="$(cat {self.secret})" {bin_}/pg_dumpall -h {self.socket_directory()} -U {SUPERUSER} '
            f"> progress-pulse.sql; {sender}{bin_}/pg_ctl -D {self.cluster} stop"
        )
        raise WrongVersion(
            f"The database in {self.directory} is of PostgreSQL {written}; the programs in {self.binaries} are of "
            f"{installed}. Keep using the old ones with PP_PG_BIN, or dump it with them: {command} - then move "
            f"{self.directory} away, start again, and load progress-pulse.sql with psql.",
            found=written,
            wanted=str(installed),
            path=str(self.directory),
            command=command,
        )

    def _initialise(self) -> None:
        """Make a cluster elsewhere and move it into place, so that a killed start leaves none half made."""
        account = Account.choose(self.cluster)
        binaries = reachable_binaries(self.binaries, account, self.directory / "binaries")
        if not self.secret.exists():
            _write_whole(self.secret, secrets.token_urlsafe(32) + "\n", mode=0o600)
        workshop = Path(tempfile.mkdtemp(prefix="making-", dir=self.directory))
        try:
            key = workshop / "key"
            key.write_text(self.password())
            for made, mode in ((key, 0o600), (workshop, 0o700)):
                account.own(made, mode)
            output = ""
            for locale in self._locales():
                arguments = ["--pgdata", workshop / "cluster", "--encoding=UTF8", "--auth=scram-sha-256", *locale]
                arguments += [f"--username={SUPERUSER}", f"--pwfile={key}", "--no-instructions"]
                arguments += ["--no-sync"] if self.throwaway else []
                done = account.run(binaries / "initdb", *arguments)
                if done.returncode == 0:
                    break
                output += done.stderr
            else:
                raise StartFailed(
                    f"PostgreSQL could not make a database in {self.directory}. It said: {output.strip()}",
                    path=str(self.directory),
                    output=output,
                )
            # as root the sticky rule of a rename needs no more than write access to both parents
            (workshop / "cluster").rename(self.cluster)
            _sync(self.directory)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)

    def _locales(self) -> list[list[str]]:
        if major_version(self.binaries) >= 17:
            return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
        return [["--locale=C.UTF-8"], ["--locale=C"]]  # not every system has the first, which knows É from é

    def _choose_socket_directory(self) -> Path:
        within = self.directory / "run"
        if len(os.fsencode(within / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
            return within
        name = "pp-" + hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        # root's runtime directory is closed to the server's user
        base = os.environ.get("XDG_RUNTIME_DIR") if os.geteuid() else None
        return Path(base if base and Path(base).is_dir() else tempfile.gettempdir()).resolve() / name

    def _open_socket_directory(self, account: Account) -> Path:
        place = self._choose_socket_directory()
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)
            account.own(place, 0o700)
        found = place.lstat()
        if place.is_symlink() or found.st_uid != account.uid or found.st_mode & 0o077:
            raise DirectoryUnusable(
                f"{place}, where the server's socket belongs, is not a directory of mode 0700 owned by {account.name}. "
                "Remove it, or choose a shorter path with PP_DATA_DIR.",
                path=str(place),
                user=account.name,
            )
        self._socket_directory = place
        return place

    def _spawn(self) -> int:
        """Start the server's process, child of nobody, and return its id."""
        account = Account.choose(self.cluster)
        binaries = reachable_binaries(self.binaries, account, self.directory / "binaries")
        self._clear_remains()
        if not self.logs.is_dir():
            self.logs.mkdir(mode=0o700)
            account.own(self.logs, 0o700)
        self.trim_logs()
        socket_directory = self._open_socket_directory(account)
        for leftover in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (socket_directory / leftover).unlink(missing_ok=True)
        settings = SETTINGS.format(
            port=PORT,
            socket_directory=_quoted(socket_directory),
            log_directory=_quoted(self.logs),
            durable="off" if self.throwaway else "on",
        )
        if major_version(self.binaries) >= 18:
            settings += "io_method = sync\n"  # spares three idle processes
        _write_whole(self.cluster / "postgresql.conf", settings, mode=0o600, account=account)
        first_words = os.open(
            self.directory / "start.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW, 0o600
        )
        try:
            # The shell leaves at once, so the server is nobody's zombie when it dies; unlike pg_ctl it tells the pid.
            started = subprocess.run(
                ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", binaries / "postgres", "-D", self.cluster],
                cwd="/",
                env=bare_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=first_words,
                text=True,
                check=True,
                start_new_session=True,
                user=account.uid if account.switched else None,
                group=account.gid if account.switched else None,
                extra_groups=[] if account.switched else None,
            )
        finally:
            os.close(first_words)
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
        """Remove what killed starts left, and a pid file whose pid is a zombie's or was given to another process.

        PostgreSQL removes the pid file of a pid that is gone by itself, after seeing that no child uses its memory.
        """
        for unfinished in self.directory.glob("making-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        told = self._pid_file()
        if len(told) < 7 or not told[0].isdigit() or not _exists(int(told[0])):
            return
        with suppress(ChildProcessError):
            os.waitpid(int(told[0]), os.WNOHANG)  # ours to reap when this process is a container's first
        segments = Path("/proc/sysvipc/shm")
        if not segments.exists():
            return
        rows = [row.split() for row in segments.read_text().splitlines()[1:]]
        wanted = told[6].split()[-1:]
        if not any(row[1:2] == wanted and row[6] != "0" for row in rows):
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _is_ready(self) -> bool:
        program = [self.binaries / "pg_isready", "--quiet", f"--host={self.socket_directory()}", f"--port={PORT}"]
        asked = subprocess.run(
            [*program, f"--username={SUPERUSER}", "--dbname=postgres"], env=bare_environment(), check=False
        )
        return asked.returncode == 0

    def _answers_elsewhere(self) -> bool:
        """Tell whether a server whose process is not to be seen (another container's) listens; two would destroy the data."""
        with socket.socket(socket.AF_UNIX) as caller:
            try:
                caller.connect(str(self.socket_directory() / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return True

    def _pid_file(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _serves(pid: int, cluster: str) -> bool:
    """Tell whether `pid` is a living server of `cluster`: a zombie has no command line, a reused pid has another."""
    if sys.platform != "linux":
        return _exists(pid)
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(cluster) in words


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace("'", "''")


def _write_whole(path: Path, text: str, *, mode: int, account: Account | None = None) -> None:
    """Write `path` at once and durably, or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if account is None:
        Path(name).chmod(mode)
    else:
        account.own(Path(name), mode)
    Path(name).replace(path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
