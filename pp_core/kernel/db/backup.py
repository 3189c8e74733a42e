"""Backups: one consistent dump with a manifest of what must be in it.

A backup is two files: PostgreSQL's custom format, which a plain `pg_restore` reads too, and beside it
`<name>.manifest.json` with the row counts of the same snapshot, a checksum, the roles needed and the database's own
grants and settings. Roles and their passwords belong to the server and are in no backup. `restore` is the way back.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pp_core.kernel.db.archive import (
    BackupFailed,
    Connection,
    Manifest,
    TargetExists,
    checksum,
    connect,
    count_rows,
    explained,
    manifest_path,
    refuse_without_bypass,
    run_program,
    single_value,
)
from pp_core.kernel.db.binaries import find_client_programs
from pp_core.kernel.db.files import sync_directory, write_whole

# pg_shdepend knows owners, grantees and roles named by policies, but not the first superuser
ROLES_USED = """
SELECT r.rolname
FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
WHERE d.refclassid = 'pg_authid'::regclass AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION
SELECT pg_get_userbyid(c.relowner)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
UNION
SELECT CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END
FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = current_database()
UNION
SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A finished backup: where it is, its size in bytes, when its snapshot was taken, and rows by `schema.table`."""

    path: Path
    manifest: Path
    bytes: int
    database: str
    taken_at: datetime
    rows: Mapping[str, int]


def back_up(url: str, target: Path) -> BackupReport:
    """Dump the database of `url` to the new file `target`, readable by its owner only.

    The role of `url` must be a superuser or have BYPASSRLS and be able to read everything (`pg_read_all_data`).
    `target` appears only when it is complete. Raises `BackupProblem`s and `BinariesMissing`.
    """
    if target.exists():
        raise TargetExists(f"{target} exists already. Choose another name, or remove it first.", path=str(target))
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".partial")
    except OSError as error:
        raise BackupFailed(f"{target.parent} cannot be written: {error.strerror}.", path=str(target)) from error
    os.close(handle)
    partial, beside = Path(name), manifest_path(target)
    try:
        with connect(url) as connection, explained(BackupFailed), connection.transaction():
            manifest = _dump(connection, url, partial)
        write_whole(beside, json.dumps(asdict(manifest), indent=1) + "\n")
        partial.rename(target)
        sync_directory(target.parent)
    except OSError as error:
        raise BackupFailed(f"{target} could not be written: {error.strerror}.", path=str(target)) from error
    finally:
        partial.unlink(missing_ok=True)
    taken_at = datetime.fromisoformat(manifest.taken_at)
    return BackupReport(target, beside, manifest.bytes, manifest.database, taken_at, manifest.rows)


def _dump(connection: Connection, url: str, partial: Path) -> Manifest:
    """Write the dump; the caller's transaction gives the snapshot that dump and counts share."""
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    connection.execute("SET LOCAL statement_timeout = 0")
    refuse_without_bypass(connection)
    snapshot = single_value(connection, "SELECT pg_export_snapshot()")
    server = connection.info.server_version // 10_000
    programs, version = find_client_programs(server=server)
    facts = connection.execute(
        "SELECT current_database(), transaction_timestamp(), pg_get_userbyid(datdba), datacl IS NULL "
        "FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    assert facts is not None
    grants = connection.execute(
        "SELECT CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END, a.privilege_type, a.is_grantable "
        "FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = current_database()"
    ).fetchall()
    settings = connection.execute(
        "SELECT CASE s.setrole WHEN 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END, "
        "split_part(e, '=', 1), substr(e, strpos(e, '=') + 1) "
        "FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) e "
        "WHERE d.datname = current_database()"
    ).fetchall()
    rows = count_rows(connection)
    roles = [str(role) for (role,) in connection.execute(ROLES_USED) if role is not None]
    run_program(
        [programs / "pg_dump", "--format=custom", "--no-password", "--lock-wait-timeout=60s", f"--snapshot={snapshot}"],
        [f"--file={partial}"],
        url=url,
        problem=BackupFailed,
    )
    return Manifest(
        database=facts[0],
        taken_at=facts[1].isoformat(),
        server=server,
        programs=version,
        bytes=partial.stat().st_size,
        sha256=checksum(partial),
        owner=facts[2],
        grants=None if facts[3] else [list(grant) for grant in grants],
        settings=[list(setting) for setting in settings],
        roles=roles,
        rows=rows,
    )
