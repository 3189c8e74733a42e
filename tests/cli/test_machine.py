"""Looking after the installation: doctor, db, jobs, backup."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from migrations.check import check
from pp_core.kernel.db import embedded
from pp_core.runtime import jobs
from tests.cli.conftest import Pp
from tests.conftest import TestHome, new_phone


def test_doctor_finds_nothing_wrong(pp: Pp) -> None:
    ran = pp("doctor", "--format", "json")
    # Texts that the gateway of the tests never takes may have become due again.
    assert {
        row["check"]: row["detail"] for row in ran.json if row["result"] == "fail" and row["check"] != "worker"
    } == {}
    assert {row["check"] for row in ran.json} >= {
        "python",
        "disk",
        "database",
        "role",
        "schema",
        "worker",
        "sms",
        "telegram",
        "clock",
    }


def test_doctor_fails_when_the_database_is_gone(pp: Pp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PP_DATABASE_URL", "postgresql://pp_app@127.0.0.1:1/nothing")
    ran = pp("doctor", "--format", "json")
    assert ran.code == 1
    assert next(row for row in ran.json if row["check"] == "database")["result"] == "fail"


def test_doctor_refuses_a_role_that_sees_everything(
    pp: Pp, installation: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PP_DATABASE_URL", installation["PP_DATABASE_ADMIN_URL"])
    ran = pp("doctor", "--format", "json")
    assert ran.code == 1
    assert next(row for row in ran.json if row["check"] == "role")["result"] == "fail"


def test_db_check_finds_the_schema_as_expected(pp: Pp) -> None:
    ran = pp("db", "check", "--format", "json")
    assert (ran.json, ran.code) == ([], 0)


@pytest.fixture
def spoiled(make_home: Callable[[], TestHome]) -> Callable[[str], list[str]]:
    home = make_home()

    def spoil(statement: str) -> list[str]:
        assert home.urls.admin
        with psycopg.connect(home.urls.admin, autocommit=True) as connection:
            connection.execute(statement)
        return [f"{found.area} {found.subject}" for found in check(home.urls.app)]

    return spoil


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("ALTER TABLE people NO FORCE ROW LEVEL SECURITY", "security people"),
        ("ALTER TABLE people DISABLE ROW LEVEL SECURITY", "security people"),
        ("ALTER POLICY people_tenant ON people USING (true)", "policies people"),
        ("ALTER POLICY people_tenant ON people WITH CHECK (true)", "policies people"),
        ("CREATE POLICY extra ON people USING (true)", "policies people"),
        ("DROP POLICY people_tenant ON people", "policies people"),
        ("GRANT UPDATE ON audit_entries TO pp_app", "grants audit_entries"),
        ("GRANT SELECT ON people TO PUBLIC", "grants people"),
        ("REVOKE DELETE ON people FROM pp_app", "grants people"),
        ("GRANT SELECT (name) ON people TO pp_ingest", "grants people"),
        ("CREATE TABLE stray (id int)", "tables stray"),
        ("ALTER TABLE people ADD COLUMN shoe_size int", "schema people"),
        ("ALTER TABLE people OWNER TO pp_worker", "security people"),
        ("CREATE VIEW leak AS SELECT * FROM people", "views leak"),
        ("CREATE FUNCTION leak() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "functions leak"),
        ("CREATE UNIQUE INDEX one_phone ON people (phone)", "keys one_phone"),
        ("COMMENT ON FUNCTION pp_enter_gym(uuid) IS 'functions of another day'", "functions migrations/functions"),
        ("UPDATE alembic_version SET version_num = 'another'", "schema revision"),
    ],
)
def test_db_check_finds_what_is_spoiled(spoiled: Callable[[str], list[str]], statement: str, finding: str) -> None:
    assert finding in spoiled(statement)


def test_db_upgrade_can_be_repeated(pp: Pp) -> None:
    before, after = (line.split()[-1] for line in pp("db", "upgrade").out.splitlines())
    assert before == after


def test_a_command_does_the_jobs_it_queued(pp: Pp, slug: str, installation: dict[str, str]) -> None:
    assert pp("member", "add", "Amina Wanjiru", new_phone()).code == 0
    figures = jobs.figures(installation["PP_DATABASE_WORKER_URL"])
    assert (figures.workers, figures.waiting, figures.failed) == (0, 0, 0)


def test_jobs_in_trouble_are_listed_and_retried(pp: Pp, slug: str, installation: dict[str, str]) -> None:
    with psycopg.connect(installation["PP_DATABASE_WORKER_URL"], autocommit=True) as connection:
        row = connection.execute(
            "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, status, attempts, args)"
            " VALUES ('events', 'deliver', 'failed', 12, '{\"events\": []}') RETURNING id"
        ).fetchone()
    assert row
    listed = pp("jobs", "list", "--format", "json").json
    assert next(job for job in listed if job["id"] == row[0])["status"] == "failed"
    assert pp("jobs", "retry", str(row[0]), "--format", "json").json == [{"id": row[0]}]
    assert row[0] not in [job["id"] for job in pp("jobs", "list", "--format", "json").json]


def test_a_backup_is_taken_and_tried(pp: Pp, slug: str, tmp_path: Path) -> None:
    file = tmp_path / "today.backup"
    assert pp("backup", str(file), "--format", "json").json["rows"] > 0
    assert pp("backup", str(file)).code == 6
    verified = pp("restore", str(file), "--verify", "--format", "json")
    assert (verified.code, verified.json["differences"]) == (0, "")
    refused = pp("restore", str(file))
    assert refused.code == 6
    assert "not empty" in refused.err


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that the server's own user may enter, which pytest's are not."""
    made = Path(tempfile.mkdtemp(prefix="pp-init-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_db_init_prepares_a_real_server(place: Path, monkeypatch: pytest.MonkeyPatch, pp: Pp) -> None:
    with embedded.acquire(place, throwaway=True) as server:
        made = pp("db", "init", server.admin_url, "--format", "json").json
        assert set(made) == {
            "PP_DATABASE_URL",
            "PP_DATABASE_WORKER_URL",
            "PP_DATABASE_OWNER_URL",
            "PP_DATABASE_ADMIN_URL",
            "PP_DATABASE_INGEST_URL",
        }
        for name, address in made.items():
            monkeypatch.setenv(name, address)
        assert pp("db", "check").code == 0
        assert pp("gym", "list", "--format", "json").json["items"] == []
        again = pp("db", "init", server.admin_url)
        assert (again.code, again.out) == (0, "")
        assert "--new-passwords" in again.err
        assert len(pp("db", "init", server.admin_url, "--new-passwords").out.splitlines()) == 5
        assert pp("gym", "list").code == 6
