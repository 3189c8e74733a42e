"""`pp track map`: pages and pictures as files."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from pp_core.kernel.ids import new_id
from tests.cli.conftest import Pp, Ran
from tests.conftest import new_phone
from tests.tracking.ways import north


@pytest.fixture
def run(pp: Pp, slug: str, installation: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A run of a kilometre and a half of a member's; commands are given in an empty folder."""
    member = pp("member", "add", "Amina Wanjiru", new_phone(), "--format", "json").json
    begins, run = datetime.now(UTC) - timedelta(minutes=20), new_id()
    with psycopg.connect(installation["PP_DATABASE_ADMIN_URL"]) as connection:
        told = connection.execute("SELECT tenant_id FROM people WHERE id = %s", [member["id"]]).fetchone()
        assert told is not None
        connection.execute(
            "INSERT INTO activities (tenant_id, id, person_id, sport, status, visibility, title, source, door, started_at,"
            " ended_at) VALUES (%s, %s, %s, 'run', 'finished', 'staff', 'Karura', 'app', 'rest', %s, %s)",
            [told[0], run, member["id"], begins, begins + timedelta(minutes=9)],
        )
        for point in north(begins, metres=1500):
            connection.execute(
                "INSERT INTO activity_points (tenant_id, activity_id, device_ts, received_at, lat, lon, altitude)"
                " VALUES (%s, %s, %s, now(), %s, %s, %s)",
                [told[0], run, point.ts, point.lat, point.lon, point.altitude],
            )
    monkeypatch.chdir(tmp_path)
    return run


def test_a_page_and_what_it_loads_lie_side_by_side(pp: Pp, run: UUID, tmp_path: Path) -> None:
    ran = pp("track", "map", str(run), "--format", "json")
    assert ran.code == 0, ran.err
    assert ran.json["file"] == f"activity-{run}.html"
    html = (tmp_path / ran.json["file"]).read_text()
    assert len(html.encode()) == ran.json["bytes"]
    loaded = re.findall(r'(?:src|href)="([^":]+\.(?:js|css))"', html)
    assert (
        sorted(loaded)
        == ran.json["beside"]
        == sorted(each.name for each in tmp_path.iterdir() if each.suffix != ".html")
    )
    assert "Karura" in html
    assert "5:33 /km" in html
    assert "openstreetmap" in html
    # A second page in the folder shares them.
    before = {each: each.stat().st_mtime_ns for each in tmp_path.iterdir()}
    assert pp("track", "map", str(run), "--out", "again.html", "--lang", "sw", "--no-tiles").code == 0
    assert {each: each.stat().st_mtime_ns for each in before} == before
    again = (tmp_path / "again.html").read_text()
    assert "Umbali" in again
    assert "openstreetmap" not in again


def test_a_page_may_hold_everything(pp: Pp, run: UUID, tmp_path: Path) -> None:
    assert pp("track", "map", str(run), "--inline", "-o", "all.html").code == 0
    assert [each.name for each in tmp_path.iterdir()] == ["all.html"]
    assert not re.findall(r'(?:src|href)="[^":]+\.(?:js|css)"', (tmp_path / "all.html").read_text())


def test_a_picture_is_drawn_where_the_file_is_one(pp: Pp, run: UUID, tmp_path: Path) -> None:
    assert pp("track", "map", str(run), "-o", "run.svg").code == 0
    assert pp("track", "map", str(run), "-o", "RUN.PNG").code == 0
    assert (tmp_path / "run.svg").read_text().startswith("<svg")
    assert (tmp_path / "RUN.PNG").read_bytes().startswith(b"\x89PNG")


def test_a_file_that_is_there_is_kept(pp: Pp, run: UUID, tmp_path: Path) -> None:
    kept = tmp_path / "mine.html"
    kept.write_text("mine")
    ran = pp("track", "map", str(run), "-o", "mine.html")
    assert (ran.code, kept.read_text()) == (2, "mine")
    assert "--force" in ran.err
    assert pp("track", "map", str(run), "-o", "mine.html", "--force").code == 0
    assert "Karura" in kept.read_text()


@pytest.mark.parametrize(
    ("out", "said"), [("run.pdf", ".html"), ("run", ".html"), ("no/such/folder/run.html", "No such file")]
)
def test_a_file_that_cannot_be_is_refused(pp: Pp, run: UUID, tmp_path: Path, out: str, said: str) -> None:
    ran = pp("track", "map", str(run), "-o", out)
    assert ran.code == 2
    assert said in ran.err
    assert list(tmp_path.iterdir()) == []


def test_an_activity_that_is_not_there(pp: Pp, slug: str, tmp_path: Path) -> None:
    ran = pp("track", "map", str(new_id()), "-o", str(tmp_path / "x.html"))
    assert (ran.code, list(tmp_path.iterdir())) == (3, [])


def test_a_written_page_is_opened(pp: Pp, run: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    answers: list[int] = [0, 1]

    def launch(url: str) -> int:
        opened.append(url)
        return answers.pop(0)

    launched: Callable[[str], int] = launch
    monkeypatch.setattr("typer.launch", launched)
    fine: Ran = pp("track", "map", str(run), "-o", "run.html", "--open")
    failed: Ran = pp("track", "map", str(run), "-o", "run.svg", "--open")
    assert (opened, fine.code, failed.code) == (["run.html", "run.svg"], 0, 0)
    assert "Open it in a browser" not in fine.err
    assert "Open it in a browser" in failed.err
