"""Backup, restore and verification under forced row-level security."""

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pp_core.kernel.db import binaries
from pp_core.kernel.db.archive import (
    AnotherRestore,
    BackupDamaged,
    BackupFailed,
    NotEmpty,
    RestoreFailed,
    RoleNotAllowed,
    RolesMissing,
    TargetExists,
    Unreachable,
    manifest_path,
)
from pp_core.kernel.db.backup import back_up
from pp_core.kernel.db.binaries import BinariesMissing, find_client_programs
from pp_core.kernel.db.embedded import Lease, acquire
from pp_core.kernel.db.restore import ONE_AT_A_TIME, SCRATCH_PREFIX, restore, verify

DEBIANS_15 = Path("/usr/lib/postgresql/15/bin")

SCHEMA = """
CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE people (
    tenant_id int NOT NULL REFERENCES tenants (id), id int NOT NULL, name text NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE points (tenant_id int NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE points_2026 PARTITION OF points FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE tenants OWNER TO pp_owner;
ALTER TABLE people OWNER TO pp_owner;
ALTER TABLE points OWNER TO pp_owner;
ALTER TABLE points_2026 OWNER TO pp_owner;
CREATE TABLE jobs (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, task text);
ALTER TABLE jobs OWNER TO pp_worker;
INSERT INTO tenants VALUES (1, 'Uhuru Gym'), (2, 'Mlima Fitness');
INSERT INTO people SELECT 1 + i % 2, i, 'Wanjikũ ' || i FROM generate_series(1, 100) i;
INSERT INTO points SELECT 1, '2026-03-01' FROM generate_series(1, 10);
INSERT INTO jobs (task) VALUES ('send'), ('sweep');
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;
CREATE POLICY own_gym ON people TO pp_app USING (tenant_id = current_setting('app.tenant_id')::int);
ALTER TABLE points_2026 ENABLE ROW LEVEL SECURITY;
ALTER TABLE points_2026 FORCE ROW LEVEL SECURITY;
GRANT SELECT ON people TO pp_app;
"""


@pytest.fixture(scope="module")
def server(shared_server: Lease) -> Lease:
    with psycopg.connect(shared_server.admin_url, autocommit=True) as admin:
        for role in ("pp_owner", "pp_app", "pp_worker"):
            admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
        admin.execute("CREATE ROLE pp_admin LOGIN BYPASSRLS PASSWORD 'secret' IN ROLE pg_read_all_data")
        admin.execute("CREATE ROLE blind LOGIN BYPASSRLS PASSWORD 'secret'")
    return shared_server


@pytest.fixture
def gyms(server: Lease) -> Iterator[str]:
    """The name of a database with two gyms in it."""
    name = f"gyms_{secrets.token_hex(4)}"
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER pp_owner")
        admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        admin.execute(f"GRANT CONNECT ON DATABASE {name} TO pp_app, pp_admin, blind")
        admin.execute(f"ALTER DATABASE {name} SET statement_timeout TO '7s'")
        admin.execute(f"ALTER DATABASE {name} SET search_path TO public, pg_catalog")
        admin.execute(f"ALTER ROLE pp_app IN DATABASE {name} SET app.tenant_id TO '1'")
    with psycopg.connect(admin_url(server, name), autocommit=True) as owner:
        owner.execute(SCHEMA)
    yield name
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        for (found,) in admin.execute("SELECT datname FROM pg_database").fetchall():
            if found.startswith(name):
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(found)))


def admin_url(server: Lease, database: str) -> str:
    return server.admin_url.replace("@/postgres?", f"@/{database}?")


def databases(server: Lease) -> set[str]:
    with psycopg.connect(server.admin_url) as admin:
        return {name for (name,) in admin.execute("SELECT datname FROM pg_database")}


def value(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0]


def test_a_backup_holds_every_gym_and_counts_them_in_the_same_snapshot(
    server: Lease, gyms: str, tmp_path: Path
) -> None:
    report = back_up(server.url("pp_admin", "secret", gyms), tmp_path / "gyms.dump")
    assert report.rows == {
        "public.jobs": 2,
        "public.people": 100,
        "public.points_2026": 10,
        "public.tenants": 2,
    }
    assert report.database == gyms
    assert report.bytes == report.path.stat().st_size
    assert report.path.stat().st_mode & 0o777 == 0o600
    assert report.manifest.stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.iterdir()) == [report.path, report.manifest]
    assert "secret" not in report.manifest.read_text()


def test_rows_written_meanwhile_are_in_neither_dump_nor_counts(
    server: Lease, gyms: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = admin_url(server, gyms)
    run = subprocess.run

    def run_later(*arguments: object, **options: object) -> object:
        if "pg_dump" in str(arguments[0]):
            with psycopg.connect(url) as writer:
                writer.execute("INSERT INTO tenants VALUES (3, 'Late Gym')")
        return run(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", run_later)
    report = back_up(url, tmp_path / "gyms.dump")
    assert value(url, "SELECT count(*) FROM tenants") == 3
    assert report.rows["public.tenants"] == 2
    assert verify(server.admin_url, report.path).ok


def test_the_password_is_in_no_argument(
    server: Lease, gyms: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    run = subprocess.run

    def spy(*arguments: object, **options: object) -> object:
        seen.append(str(arguments[0]))
        return run(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", spy)
    back_up(server.url("pp_admin", "secret", gyms), tmp_path / "gyms.dump")
    assert any("pg_dump" in command for command in seen)
    assert not any("secret" in command for command in seen)


def test_a_role_under_row_level_security_is_refused(server: Lease, gyms: str, tmp_path: Path) -> None:
    with pytest.raises(RoleNotAllowed, match="pp_app") as refusal:
        back_up(server.url("pp_app", "secret", gyms), tmp_path / "gyms.dump")
    assert refusal.value.code == "backup.role_not_allowed"
    with pytest.raises(RoleNotAllowed, match="pg_read_all_data"):
        back_up(server.url("blind", "secret", gyms), tmp_path / "gyms.dump")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_overwrites_nothing_and_leaves_nothing_when_it_fails(
    server: Lease, gyms: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "gyms.dump"
    target.write_text("precious")
    with pytest.raises(TargetExists):
        back_up(admin_url(server, gyms), target)
    with pytest.raises(BackupFailed, match="cannot be written"):
        back_up(admin_url(server, gyms), tmp_path / "nowhere" / "gyms.dump")
    with pytest.raises(Unreachable, match="does not exist"):
        back_up(admin_url(server, "no_such_database"), tmp_path / "other.dump")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_dump").write_text("#!/bin/sh\necho out of luck >&2; exit 1\n")
    (programs / "pg_dump").chmod(0o755)
    monkeypatch.setattr("pp_core.kernel.db.backup.find_client_programs", lambda **_: (programs, 18))
    with pytest.raises(BackupFailed, match="out of luck"):
        back_up(admin_url(server, gyms), tmp_path / "other.dump")
    assert sorted(tmp_path.iterdir()) == [target, programs]
    assert target.read_text() == "precious"


def test_a_restore_brings_rows_policies_owners_grants_and_settings_back(
    server: Lease, gyms: str, tmp_path: Path
) -> None:
    backup = back_up(admin_url(server, gyms), tmp_path / "gyms.dump")
    copy = f"{gyms}_copy"
    report = restore(admin_url(server, copy), backup.path)
    assert (report.database, report.rows, report.previous) == (copy, backup.rows, None)
    url = admin_url(server, copy)
    assert value(url, "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'people'") is True
    assert value(url, "SELECT tableowner FROM pg_tables WHERE tablename = 'jobs'") == "pp_worker"
    assert value(url, "SHOW statement_timeout") == "7s"
    assert value(url, "SHOW search_path") == "public, pg_catalog"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert value(url, owner) == "pp_owner"
    assert value(server.url("pp_app", "secret", copy), "SELECT count(*) FROM people") == 50
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        value(server.url("pp_worker", "secret", copy), "SELECT 1")


def test_a_database_that_holds_something_is_replaced_only_on_demand(server: Lease, gyms: str, tmp_path: Path) -> None:
    url = admin_url(server, gyms)
    backup = back_up(url, tmp_path / "gyms.dump")
    with psycopg.connect(url, autocommit=True) as user:
        user.execute("DELETE FROM people")
        with pytest.raises(NotEmpty) as refusal:
            restore(url, backup.path)
        assert refusal.value.code == "backup.database_not_empty"
        report = restore(url, backup.path, replace=True)
        with pytest.raises(psycopg.OperationalError):
            user.execute("SELECT 1")
    assert value(url, "SELECT count(*) FROM people") == 100
    assert report.previous is not None
    assert value(admin_url(server, report.previous), "SELECT count(*) FROM people") == 0
    assert restore(url, backup.path, replace=True, keep_previous=False).previous is None
    assert {name for name in databases(server) if name.startswith(gyms)} == {gyms, report.previous}


def test_an_empty_database_is_simply_filled(server: Lease, gyms: str, tmp_path: Path) -> None:
    backup = back_up(admin_url(server, gyms), tmp_path / "gyms.dump")
    empty = f"{gyms}_empty"
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {empty}")
    assert restore(admin_url(server, empty), backup.path).previous is None
    assert value(admin_url(server, empty), "SELECT count(*) FROM tenants") == 2


def test_postgresqls_own_databases_are_not_restored_into(server: Lease, gyms: str, tmp_path: Path) -> None:
    backup = back_up(admin_url(server, gyms), tmp_path / "gyms.dump")
    with pytest.raises(RestoreFailed, match="Name the product's database"):
        restore(server.admin_url, backup.path, replace=True)


def test_missing_roles_are_named_before_anything_happens(server: Lease, gyms: str, tmp_path: Path) -> None:
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE passing")
    with psycopg.connect(admin_url(server, gyms), autocommit=True) as owner:
        owner.execute("CREATE POLICY too ON people TO passing USING (true)")
        backup = back_up(admin_url(server, gyms), tmp_path / "gyms.dump")
        owner.execute("DROP POLICY too ON people")
        owner.execute("DROP ROLE passing")
    with pytest.raises(RolesMissing, match="passing") as refusal:
        verify(server.admin_url, backup.path)
    assert refusal.value.data["roles"] == ["passing"]


def test_verifying_restores_compares_and_leaves_nothing(server: Lease, gyms: str, tmp_path: Path) -> None:
    backup = back_up(server.url("pp_admin", "secret", gyms), tmp_path / "gyms.dump")
    before = databases(server)
    report = verify(server.admin_url, backup.path)
    assert report.ok
    assert report.rows == backup.rows
    assert report.taken_at == backup.taken_at
    assert databases(server) == before


def test_other_row_counts_are_found_and_never_swapped_in(server: Lease, gyms: str, tmp_path: Path) -> None:
    backup = back_up(admin_url(server, gyms), tmp_path / "gyms.dump")
    manifest = json.loads(backup.manifest.read_text())
    manifest["rows"] |= {"public.people": 101, "public.visits": 3}
    backup.manifest.write_text(json.dumps(manifest))
    report = verify(server.admin_url, backup.path)
    assert not report.ok
    assert report.differences == {"public.people": (101, 100), "public.visits": (3, None)}
    before = databases(server)
    with pytest.raises(BackupDamaged, match=r"public\.people"):
        restore(admin_url(server, gyms), backup.path, replace=True)
    assert databases(server) == before


@pytest.mark.parametrize("harm", ["cut", "changed", "manifest gone", "manifest broken", "dump gone", "from the future"])
def test_damage_is_noticed_before_restoring(server: Lease, gyms: str, tmp_path: Path, harm: str) -> None:
    backup = back_up(admin_url(server, gyms), tmp_path / "gyms.dump")
    whole = backup.path.read_bytes()
    match harm:
        case "cut":
            backup.path.write_bytes(whole[:-1])
        case "changed":
            backup.path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        case "manifest gone":
            backup.manifest.unlink()
        case "manifest broken":
            backup.manifest.write_text("{")
        case "dump gone":
            backup.path.unlink()
        case _:
            backup.manifest.write_text(json.dumps(json.loads(backup.manifest.read_text()) | {"format": 2}))
    with pytest.raises(BackupDamaged) as refusal:
        verify(server.admin_url, backup.path)
    assert refusal.value.code == "backup.damaged"


def test_a_dump_that_does_not_restore_leaves_the_database_as_it_was(server: Lease, gyms: str, tmp_path: Path) -> None:
    with psycopg.connect(admin_url(server, gyms), autocommit=True) as owner:
        owner.execute("CREATE FUNCTION picky(int) RETURNS bool LANGUAGE sql AS 'SELECT $1 < 3'")
        owner.execute("ALTER TABLE tenants ADD CHECK (picky(id))")
        owner.execute("CREATE OR REPLACE FUNCTION picky(int) RETURNS bool LANGUAGE sql AS 'SELECT false'")
    backup = back_up(admin_url(server, gyms), tmp_path / "gyms.dump")
    before = databases(server)
    with pytest.raises(RestoreFailed, match="pg_restore failed"):
        restore(admin_url(server, gyms), backup.path, replace=True)
    assert databases(server) == before
    assert value(admin_url(server, gyms), "SELECT count(*) FROM tenants") == 2


def test_only_one_restore_at_a_time_and_a_killed_ones_remains_are_removed(
    server: Lease, gyms: str, tmp_path: Path
) -> None:
    backup = back_up(admin_url(server, gyms), tmp_path / "gyms.dump")
    with psycopg.connect(server.admin_url, autocommit=True) as other:
        other.execute(f"CREATE DATABASE {SCRATCH_PREFIX}left")
        other.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        with pytest.raises(AnotherRestore):
            verify(server.admin_url, backup.path)
    assert verify(server.admin_url, backup.path).ok
    assert not any(name.startswith(SCRATCH_PREFIX) for name in databases(server))


def test_a_restore_wins_against_clients_that_keep_coming_back(server: Lease, gyms: str, tmp_path: Path) -> None:
    url = admin_url(server, gyms)
    backup = back_up(url, tmp_path / "gyms.dump")
    done = threading.Event()

    def come_back() -> None:
        while not done.is_set():
            try:
                value(url, "SELECT pg_sleep(0.01) IS NULL")
            except psycopg.OperationalError:
                continue

    clients = [threading.Thread(target=come_back) for _ in range(3)]
    for thread in clients:
        thread.start()
    try:
        report = restore(url, backup.path, replace=True, keep_previous=False)
    finally:
        done.set()
        for thread in clients:
            thread.join()
    assert report.rows == backup.rows


@pytest.mark.skipif(not (DEBIANS_15 / "postgres").exists(), reason="Debian's PostgreSQL 15 is not installed")
@pytest.mark.parametrize("programs", ["of the server's version", "newer"])
def test_a_server_of_15_is_backed_up_and_restored(place: Path, programs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PP_PG_BIN", str(DEBIANS_15))
    with acquire(place / "home", throwaway=True) as lease:
        monkeypatch.delenv("PP_PG_BIN")
        if programs == "newer":
            monkeypatch.setattr(binaries, "SYSTEM_INSTALLATIONS", place)
        with psycopg.connect(lease.admin_url, autocommit=True) as admin:
            admin.execute("CREATE DATABASE gyms")
        with psycopg.connect(admin_url(lease, "gyms"), autocommit=True) as owner:
            owner.execute("CREATE TABLE people AS SELECT generate_series(1, 10)")
        backup = back_up(admin_url(lease, "gyms"), place / "gyms.dump")
        assert json.loads(backup.manifest.read_text())["programs"] >= 15
        assert verify(lease.admin_url, backup.path).ok
        assert restore(admin_url(lease, "gyms"), backup.path, replace=True).rows == {"public.people": 10}


def test_programs_fit_the_server_and_the_archive(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in (15, 16, 99):
        folder = place / str(version) / "bin"
        folder.mkdir(parents=True)
        for name in ("postgres", "initdb", "pg_dump"):
            (folder / name).write_text("")
    monkeypatch.setattr(binaries, "SYSTEM_INSTALLATIONS", place)
    monkeypatch.setattr(binaries, "major_version", lambda _: 18)
    assert find_client_programs(server=15) == (place / "15" / "bin", 15)
    assert find_client_programs(server=15, at_least=16) == (place / "16" / "bin", 16)
    assert find_client_programs(server=17)[1] == 18
    with pytest.raises(BinariesMissing, match="PostgreSQL 100"):
        find_client_programs(server=100)


def test_the_scheme_of_sqlalchemy_is_understood(server: Lease, gyms: str, tmp_path: Path) -> None:
    url = admin_url(server, gyms).replace("postgresql://", "postgresql+psycopg://")
    assert back_up(url, tmp_path / "gyms.dump").rows["public.people"] == 100


def test_a_backup_killed_halfway_leaves_no_file_of_that_name(server: Lease, gyms: str, tmp_path: Path) -> None:
    target = tmp_path / "gyms.dump"
    with psycopg.connect(admin_url(server, gyms)) as holder:
        holder.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        code = "import os; from pathlib import Path; from pp_core.kernel.db.backup import back_up\n"
        code += "back_up(os.environ['URL'], Path(os.environ['TARGET']))"
        environment = {**os.environ, "URL": admin_url(server, gyms), "TARGET": str(target)}
        unlucky = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=Path(__file__).parents[3])
        while not list(tmp_path.iterdir()):
            assert unlucky.poll() is None
        unlucky.kill()
        unlucky.wait()
    assert not target.exists()
    assert not manifest_path(target).exists()
    assert back_up(admin_url(server, gyms), target).rows["public.people"] == 100
