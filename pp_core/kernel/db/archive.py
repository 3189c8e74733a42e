"""What backup and restore share: their problems, the manifest, counting, and PostgreSQL's programs run on a URL."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pp_core.kernel.db.binaries import bare_environment
from pp_core.kernel.db.problems import DatabaseProblem

Connection = psycopg.Connection[Any]

USER_TABLES = """
SELECT n.nspname, c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""


class BackupProblem(DatabaseProblem):
    """Something about taking, reading or restoring a backup."""

    code = "backup.problem"


class Unreachable(BackupProblem):
    """The server cannot be reached or refuses the user."""

    code = "backup.unreachable"


class RoleNotAllowed(BackupProblem):
    """The connecting role may not do this: row-level security would hide rows, or privileges are missing."""

    code = "backup.role_not_allowed"


class TargetExists(BackupProblem):
    """There is a file where the backup should go."""

    code = "backup.target_exists"


class BackupFailed(BackupProblem):
    """The dump was not made; nothing was left behind."""

    code = "backup.failed"


class BackupDamaged(BackupProblem):
    """The dump or its manifest is missing, incomplete or not what was written."""

    code = "backup.damaged"


class RolesMissing(BackupProblem):
    """The server lacks roles that the backup's objects belong to or are granted to."""

    code = "backup.roles_missing"


class NotEmpty(BackupProblem):
    """The database to restore into holds something."""

    code = "backup.database_not_empty"


class AnotherRestore(BackupProblem):
    """Another restore or verification is at work on this server."""

    code = "backup.another_restore"


class RestoreFailed(BackupProblem):
    """The backup could not be restored; the database is as it was."""

    code = "backup.restore_failed"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a dump, written beside it."""

    database: str
    taken_at: str
    server: int
    programs: int
    bytes: int
    sha256: str
    owner: str
    grants: list[list[Any]] | None  # grantee (None: everyone), privilege, may pass it on; None: PostgreSQL's default
    settings: list[list[Any]]  # role (None: everyone), name, value
    roles: list[str]
    rows: dict[str, int]
    format: int = 1


def refuse_without_bypass(connection: Connection) -> None:
    """Raise `RoleNotAllowed` if row-level security applies to the connection's role."""
    role = connection.info.user
    if not single_value(connection, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"):
        raise RoleNotAllowed(
            f"The role {role} is subject to row-level security and would back up nothing of the gyms. Use pp_admin, "
            "or a superuser.",
            role=role,
        )


def count_rows(connection: Connection) -> dict[str, int]:
    """Count every table and partition of the database that is no extension's, by `schema.table`."""
    counted = {}
    for schema, table in connection.execute(USER_TABLES).fetchall():
        statement = sql.SQL("SELECT count(*) FROM ONLY {}").format(sql.Identifier(schema, table))
        counted[f"{schema}.{table}"] = single_value(connection, statement.as_string(connection))
    return counted


def url_parameters(url: str, database: str | None) -> dict[str, Any]:
    """Return the URL's parts for libpq; SQLAlchemy's spelling of the scheme is understood."""
    parts = dict(conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1)))
    return parts | ({"dbname": database} if database else {})


@contextmanager
def connect(url: str, database: str | None = None, *, autocommit: bool = False) -> Iterator[Connection]:
    """Give a connection to the database of `url`, or to `database` on its server; closed on leaving."""
    try:
        connection = psycopg.connect(make_conninfo("", **url_parameters(url, database)), autocommit=autocommit)
    except psycopg.OperationalError as error:
        raise Unreachable(f"The database cannot be reached: {str(error).strip()}") from error
    with connection:
        yield connection


@contextmanager
def explained(problem: type[BackupProblem]) -> Iterator[None]:
    """Turn what PostgreSQL refuses into a `BackupProblem`."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise RoleNotAllowed(
            f"PostgreSQL says: {str(error).strip()}. To back up use pp_admin with pg_read_all_data, to restore a "
            "superuser."
        ) from error
    except psycopg.Error as error:
        raise problem(f"PostgreSQL says: {str(error).strip()}", output=str(error)) from error


def first_column(connection: Connection, statement: str) -> list[Any]:
    """Return the first column of every row."""
    return [row[0] for row in connection.execute(statement.encode())]


def single_value(connection: Connection, statement: str) -> Any:
    """Return the first column of the first row."""
    return first_column(connection, statement)[0]


def run_program(
    command: Sequence[str | Path],
    arguments: Sequence[str | Path],
    *,
    url: str,
    problem: type[BackupProblem],
    database: str | None = None,
) -> None:
    """Run one of PostgreSQL's programs on the database; the password travels in its environment."""
    parameters = url_parameters(url, database)
    password = parameters.pop("password", None)
    parameters.pop("sslpassword", None)
    inherited = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    environment = bare_environment(inherited | ({"PGPASSWORD": str(password)} if password else {}))
    done = subprocess.run(
        [*command, f"--dbname={make_conninfo('', **parameters)}", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0 or _only_unknown_setting(done.stderr):
        return
    name = Path(command[0]).name
    raise problem(f"{name} failed. It said: {done.stderr.strip()[-2000:]}", program=name, output=done.stderr)


def _only_unknown_setting(errors: str) -> bool:
    """Tell whether all that went wrong is a setting that newer programs send and servers before 17 do not know."""
    known = errors.count('unrecognized configuration parameter "transaction_timeout"')
    return known > 0 and errors.count("pg_restore: error:") == known and f"errors ignored on restore: {known}" in errors


def manifest_path(source: Path) -> Path:
    """Return where the manifest of the dump `source` lies."""
    return source.with_name(f"{source.name}.manifest.json")


def read_manifest(source: Path) -> Manifest:
    """Read the manifest of `source` and see that the dump is the one it describes."""
    path = manifest_path(source)
    try:
        manifest = Manifest(**json.loads(path.read_text()))
        if manifest.format != 1:
            raise ValueError(f"format {manifest.format}, which this version does not know")
        intact = source.stat().st_size == manifest.bytes and checksum(source) == manifest.sha256
    except OSError as error:
        raise BackupDamaged(
            f"{error.filename} cannot be read: {error.strerror}. A backup is a dump with its manifest, {path.name}.",
            path=str(source),
        ) from error
    except (ValueError, TypeError) as error:
        raise BackupDamaged(f"{path} is not a manifest: {error}. Use another backup.", path=str(source)) from error
    if not intact:
        raise BackupDamaged(
            f"{source} is not the dump that its manifest describes: it was cut short or changed. Use another backup.",
            path=str(source),
        )
    return manifest


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
