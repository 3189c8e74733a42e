"""Restoring a backup aside, comparing it with its manifest, and swapping it in by renaming."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from pp_core.kernel.db.archive import (
    AnotherRestore,
    BackupDamaged,
    Connection,
    Manifest,
    NotEmpty,
    RestoreFailed,
    RolesMissing,
    connect,
    count_rows,
    explained,
    first_column,
    read_manifest,
    refuse_without_bypass,
    run_program,
    single_value,
    url_parameters,
)
from pp_core.kernel.db.binaries import find_client_programs

MAINTENANCE_DATABASE = "postgres"
SCRATCH_PREFIX = "pp_scratch_"
ONE_AT_A_TIME = 0x70705F6261636B  # advisory lock in the maintenance database
SWAP_ATTEMPTS = 10

# settings whose stored value is a list of identifiers, already quoted
LIST_SETTINGS = {"search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"}

HOLDS_ANYTHING = """
SELECT EXISTS (
  SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
"""


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """A finished restore; `previous` is the name under which the database it replaced was kept."""

    database: str
    rows: Mapping[str, int]
    previous: str | None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a trial restore found; `differences` are (rows then, rows restored) by table, None without a table."""

    taken_at: datetime
    rows: Mapping[str, int]
    differences: Mapping[str, tuple[int | None, int | None]]

    @property
    def ok(self) -> bool:
        """Whether every table came back with all its rows."""
        return not self.differences


def restore(url: str, source: Path, *, replace: bool = False, keep_previous: bool = True) -> RestoreReport:
    """Restore `source` into a new database, compare its row counts, and give it the name that `url` names.

    A database of that name that holds anything is replaced only with `replace`, in one transaction, and kept under
    another name unless `keep_previous` is false; its connections are cut. The role of `url` should be a superuser.
    Raises `BackupProblem`s and `BinariesMissing`; then the database is as it was.
    """
    manifest = read_manifest(source)
    name = str(url_parameters(url, None).get("dbname") or "")
    if name in {"", MAINTENANCE_DATABASE, "template0", "template1"}:
        raise RestoreFailed(
            f"A backup is not restored into {name or 'no database'}. Name the product's database in the URL.",
            database=name,
        )
    with _maintenance(url) as admin:
        found = _database_exists(admin, name)
        full = found and _holds_anything(url)
        if full and not replace:
            raise NotEmpty(
                f"The database {name} is not empty. Give --replace if the backup is to take its place, or name another.",
                database=name,
            )
        with _scratch(admin, url, source, manifest) as scratch:
            rows, differences = _compare(url, scratch, manifest)
            if differences:
                raise BackupDamaged(
                    f"{source} restored with other row counts than it was taken with, so {name} was left as it was: "
                    f"{', '.join(sorted(differences))}.",
                    path=str(source),
                    differences=differences,
                )
            previous = _previous_name(name, admin) if found else None
            _apply_identity(admin, scratch, manifest)
            _swap(admin, scratch, name, previous)
        if previous is not None and not (full and keep_previous):
            _drop(admin, previous)
            previous = None
    return RestoreReport(name, rows, previous)


def verify(admin_url: str, source: Path) -> VerifyReport:
    """Restore `source` into a scratch database, compare the row counts with those of its snapshot, and drop it.

    The role should be a superuser; any database of the server will do in `admin_url`. Raises `BackupProblem`s and
    `BinariesMissing` where there is nothing to compare; differing counts are in the report.
    """
    manifest = read_manifest(source)
    with _maintenance(admin_url) as admin, _scratch(admin, admin_url, source, manifest) as scratch:
        rows, differences = _compare(admin_url, scratch, manifest)
    return VerifyReport(datetime.fromisoformat(manifest.taken_at), rows, differences)


def _compare(
    url: str, database: str, manifest: Manifest
) -> tuple[dict[str, int], dict[str, tuple[int | None, int | None]]]:
    with connect(url, database) as connection, explained(RestoreFailed):
        refuse_without_bypass(connection)
        rows = count_rows(connection)
        connection.execute("ANALYZE")
    tables = sorted(rows.keys() | manifest.rows.keys())
    pairs = {table: (manifest.rows.get(table), rows.get(table)) for table in tables}
    return rows, {table: (then, now) for table, (then, now) in pairs.items() if then != now}


@contextmanager
def _scratch(admin: Connection, url: str, source: Path, manifest: Manifest) -> Iterator[str]:
    """Give the name of a new database that holds `source`; it is dropped on leaving unless it was renamed."""
    missing = sorted(set(manifest.roles) - set(first_column(admin, "SELECT rolname FROM pg_roles")))
    if missing:
        raise RolesMissing(
            f"The backup needs roles that this server does not have: {', '.join(missing)}. Create them first; roles "
            "belong to the server and are in no backup.",
            roles=missing,
        )
    server = admin.info.server_version // 10_000
    programs, _ = find_client_programs(server=server, at_least=manifest.programs)
    scratch = f"{SCRATCH_PREFIX}{secrets.token_hex(6)}"
    try:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(scratch)))
        # policies come last in a dump: until then only the one who restores may look
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(scratch)))
        run_program(
            [programs / "pg_restore", "--no-password"], [source], url=url, database=scratch, problem=RestoreFailed
        )
        yield scratch
    finally:
        with suppress(psycopg.Error):
            _drop(admin, scratch)


def _apply_identity(admin: Connection, database: str, manifest: Manifest) -> None:
    """Give `database` the owner, grants and settings of the one backed up, which a dump does not hold."""
    target = sql.Identifier(database)
    admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(target, sql.Identifier(manifest.owner)))
    if manifest.grants is None:
        admin.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO PUBLIC").format(target))
    for grantee, privilege, passing_on in manifest.grants or ():
        admin.execute(
            sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(
                sql.SQL(privilege),
                target,
                sql.SQL("PUBLIC") if grantee is None else sql.Identifier(grantee),
                sql.SQL(" WITH GRANT OPTION" if passing_on else ""),
            )
        )
    for role, setting, wanted in manifest.settings:
        whose = sql.SQL("") if role is None else sql.SQL("ROLE {} IN ").format(sql.Identifier(role))
        shown = sql.SQL(wanted) if setting in LIST_SETTINGS else sql.Literal(wanted)
        words = sql.SQL("ALTER {}DATABASE {} SET {} TO {}")
        admin.execute(words.format(whose, target, sql.Identifier(*setting.split(".")), shown))


def _swap(admin: Connection, scratch: str, name: str, previous: str | None) -> None:
    """Rename in one transaction, so that a crash leaves either the old database or the new one under `name`."""
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    for _ in range(SWAP_ATTEMPTS):
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (%s, %s)", [name, scratch]
        )
        try:
            with admin.transaction():
                if previous is not None:
                    admin.execute(rename.format(sql.Identifier(name), sql.Identifier(previous)))
                admin.execute(rename.format(sql.Identifier(scratch), sql.Identifier(name)))
        except psycopg.errors.ObjectInUse:
            continue  # somebody connected between the two statements
        return
    raise RestoreFailed(
        f"The database {name} could not be swapped because it is always in use. Stop what uses it and try again.",
        database=name,
    )


def _previous_name(name: str, admin: Connection) -> str:
    stamp = str(single_value(admin, "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSMS')"))
    return f"{name[:38]}_before_{stamp}"


def _drop(admin: Connection, database: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _database_exists(admin: Connection, name: str) -> bool:
    return name in first_column(admin, "SELECT datname FROM pg_database")


def _holds_anything(url: str) -> bool:
    with connect(url) as connection, explained(RestoreFailed):
        return bool(single_value(connection, HOLDS_ANYTHING))


@contextmanager
def _maintenance(url: str) -> Iterator[Connection]:
    """Give a connection from which databases can be made and renamed, alone on the server, with old scratch removed."""
    with connect(url, MAINTENANCE_DATABASE, autocommit=True) as admin, explained(RestoreFailed):
        if not single_value(admin, f"SELECT pg_try_advisory_lock({ONE_AT_A_TIME})"):
            raise AnotherRestore(
                "Another restore or verification is at work on this server. Wait for it, then try again."
            )
        for name in first_column(admin, "SELECT datname FROM pg_database"):
            if name.startswith(SCRATCH_PREFIX):
                _drop(admin, name)  # its maker was killed: it would hold the lock
        yield admin
