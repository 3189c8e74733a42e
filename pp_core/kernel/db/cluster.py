"""One PostgreSQL cluster on disk: where its parts lie, who owns them, how it is made and how it is set up.

Nothing here looks at a running server; see `embedded`.
"""

import hashlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from pp_core.kernel.db.binaries import Account, DirectoryUnusable, find_binaries, major_version, reachable_binaries
from pp_core.kernel.db.files import sync_directory, write_whole
from pp_core.kernel.db.problems import DatabaseProblem

SUPERUSER = "postgres"
PORT = 5432  # only names the socket's file
SOCKET = f".s.PGSQL.{PORT}"
OLDEST_VERSION = 15
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


class SecretMissing(DatabaseProblem):
    """The cluster is there but the file with its superuser's password is not."""

    code = "database.secret_missing"


class Cluster:
    """The directory given to `acquire` and what lies in it; whatever writes needs the lock on starting and stopping."""

    def __init__(self, directory: Path, *, throwaway: bool) -> None:
        self.directory = directory.resolve()
        self.data = self.directory / "cluster"
        self.logs = self.directory / "log"
        self.copies = self.directory / "binaries"
        self.secret = self.directory / "superuser"
        self.throwaway = throwaway
        self.binaries = find_binaries()

    def prepare_directory(self) -> None:
        """Make the directory, and see that the server's user gets there; modes of directories found are left alone."""
        account = Account.choose(self.data)
        if not self.directory.is_dir():
            # made with its mode in one step, for another process may be here at the same time
            self.directory.parent.mkdir(parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(prefix=".making-", dir=self.directory.parent))
            made.chmod(0o711 if account.switched else 0o700)
            try:
                made.rename(self.directory)
            except OSError:
                made.rmdir()
                if not self.directory.is_dir():
                    raise
        if self.data.exists() or account.reaches(self.directory):
            return
        wall = next(
            place for place in (*reversed(self.directory.parents), self.directory) if not account.reaches(place)
        )
        raise DirectoryUnusable(
            f"As root the server runs as the user {account.name}, who cannot enter {wall}. Set PP_DATA_DIR to a "
            "directory every parent of which others may enter, such as /var/lib/progress-pulse, or allow it: "
            f"chmod o+x {wall}",
            path=str(self.directory),
            user=account.name,
            blocked_at=str(wall),
        )

    def password(self) -> str:
        """Read the superuser's password."""
        try:
            return self.secret.read_text().strip()
        except FileNotFoundError:
            raise SecretMissing(
                f"{self.secret} is missing: it holds the password of the database in {self.data}. Put it back, or move "
                "the directory away and restore a backup.",
                path=str(self.secret),
            ) from None

    def set_up(self, account: Account) -> None:
        """Write the settings and make what the server expects to find; to be done before each start."""
        self.logs.mkdir(mode=0o700, exist_ok=True)
        account.own(self.logs, 0o700)
        self.trim_logs()
        settings = SETTINGS.format(
            port=PORT,
            socket_directory=_quoted(self._open_socket_directory(account)),
            log_directory=_quoted(self.logs),
            durable="off" if self.throwaway else "on",
        )
        if major_version(self.binaries) >= 18:
            settings += "io_method = sync\n"  # spares three idle processes
        write_whole(self.data / "postgresql.conf", settings, owner=(account.uid, account.gid))

    def trim_logs(self) -> None:
        """Keep the newest logs."""
        for old in sorted(self.logs.glob("*.log"))[:-LOGS_KEPT]:
            old.unlink(missing_ok=True)

    def refuse_other_versions(self) -> None:
        """Raise `WrongVersion` unless the programs are of the major version that wrote the data."""
        installed = major_version(self.binaries)
        if installed < OLDEST_VERSION:
            raise WrongVersion(
                f"{self.binaries} holds PostgreSQL {installed}. Set PP_PG_BIN to version {OLDEST_VERSION} or later.",
                found=str(installed),
                wanted=str(OLDEST_VERSION),
            )
        try:
            written = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if written == str(installed):
            return
        sender = "" if os.geteuid() else f"runuser -u {Account.choose(self.data).name} -- "
        old = Path(f"/usr/lib/postgresql/{written}/bin")
        bin_ = str(old) if old.is_dir() else f"<bin of PostgreSQL {written}>"
        command = (
            f"{sender}{bin_}/pg_ctl -D {self.data} -w start && "
            f'PGPASSWORD="$(cat {self.secret})" {bin_}/pg_dumpall -h {self.choose_socket_directory()} -U {SUPERUSER} '
            f"> progress-pulse.sql; {sender}{bin_}/pg_ctl -D {self.data} stop"
        )
        raise WrongVersion(
            f"The database in {self.directory} is of PostgreSQL {written}; the programs in {self.binaries} are of "
            f"{installed}. Keep using the old ones with PP_PG_BIN, or dump it with them: {command} - then move "
            f"{self.data} away but leave {self.secret.name} where it is, start again, and load progress-pulse.sql with "
            "psql.",
            found=written,
            wanted=str(installed),
            path=str(self.directory),
            command=command,
        )

    def initialise(self) -> None:
        """Make a cluster elsewhere and move it into place, so that a killed start leaves none half made."""
        account = Account.choose(self.data)
        binaries = reachable_binaries(self.binaries, account, self.copies)
        if not self.secret.exists():
            write_whole(self.secret, secrets.token_urlsafe(32) + "\n")
        workshop = Path(tempfile.mkdtemp(prefix="making-", dir=self.directory))
        try:
            key = workshop / "key"
            key.write_text(self.password())
            for made, mode in ((key, 0o600), (workshop, 0o700)):
                account.own(made, mode)
            output = ""
            for locale in self._locales():
                arguments: list[str | Path] = [
                    "--pgdata",
                    workshop / "cluster",
                    "--encoding=UTF8",
                    "--auth=scram-sha-256",
                    *locale,
                ]
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
            (workshop / "cluster").rename(self.data)
            sync_directory(self.directory)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)

    def _locales(self) -> list[list[str]]:
        if major_version(self.binaries) >= 17:
            return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
        return [["--locale=C.UTF-8"], ["--locale=C"]]  # not every system has the first, which knows É from é

    def choose_socket_directory(self) -> Path:
        """Return `run`, or where that is too long for a socket a short name in the runtime or temporary directory."""
        within = self.directory / "run"
        if len(os.fsencode(within / SOCKET)) <= LONGEST_SOCKET_PATH:
            return within
        name = "pp-" + hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        # root's runtime directory is closed to the server's user
        base = os.environ.get("XDG_RUNTIME_DIR") if os.geteuid() else None
        return Path(base if base and Path(base).is_dir() else tempfile.gettempdir()).resolve() / name

    def _open_socket_directory(self, account: Account) -> Path:
        place = self.choose_socket_directory()
        place.mkdir(mode=0o700, exist_ok=True)
        if not place.is_symlink() and place.stat().st_uid == os.geteuid():
            account.own(place, 0o700)
        found = place.lstat()
        if place.is_symlink() or found.st_uid != account.uid or found.st_mode & 0o077:
            raise DirectoryUnusable(
                f"{place}, where the server's socket belongs, is not a directory of mode 0700 owned by {account.name}. "
                "Remove it, or choose a shorter path with PP_DATA_DIR.",
                path=str(place),
                user=account.name,
            )
        return place


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace("'", "''")
