"""`pp track import`, `export` and `original`."""

import csv
import gzip
from io import StringIO
from pathlib import Path

import pytest

from pp_cli.commands import files
from pp_core.tracking.formats import reading
from tests.cli.conftest import Pp
from tests.conftest import new_phone
from tests.tracking.formats import corpus_archives, corpus_fit, corpus_gpx, fitfile

RUN = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(0, 300)))
LATER = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(4000, 300), about="<type>hiking</type>"))


@pytest.fixture
def member(pp: Pp, slug: str) -> str:
    """A member's phone."""
    phone = new_phone()
    assert pp("member", "add", "Amina Wanjiru", phone).code == 0
    return phone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run, a hike packed in a zip, a broken file, and something else."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "run.gpx").write_bytes(RUN)
    (tmp_path / "inner" / "bulk.zip").write_bytes(
        corpus_archives.packed(("a/later.gpx", LATER), ("a/me.jpg", b"\xff\xd8"), ("a/run.gpx.gz", gzip.compress(RUN)))
    )
    (tmp_path / "inner" / "broken.fit").write_bytes(fitfile.file(corpus_fit.GOOD, crc=1))
    (tmp_path / "notes.txt").write_text("not for import")
    return tmp_path


def test_a_folder_is_imported_and_told_file_by_file(pp: Pp, member: str, folder: Path) -> None:
    dry = pp("track", "import", str(folder), "--member", member, "--dry-run", "--format", "json")
    assert (dry.code, dry.json["dry_run"], dry.json["imported"], dry.json["refused"]) == (1, True, 3, 1)
    ran = pp("track", "import", str(folder), "--member", member, "--format", "json")
    assert ran.code == 1
    told = {row["file"]: (row["outcome"], row["sport"], row["code"]) for row in ran.json["tracks"]}
    assert told == {
        "inner/broken.fit": ("refused", None, "tracking.file_damaged"),
        "a/later.gpx": ("imported", "hike", None),
        "a/run.gpx.gz": ("imported", "run", None),
        "run.gpx": ("duplicate", "run", None),
    }
    assert ran.json["others"] == 1
    again = pp("track", "import", str(folder / "run.gpx"), "--member", member)
    assert (again.code, "duplicate" in again.out) == (0, True)
    assert "there already 1" in again.err
    table = pp("track", "import", str(folder), "--member", member, "--lang", "sw")
    assert "Jumla ya ukaguzi" in table.out
    rows = list(csv.DictReader(StringIO(pp("track", "import", str(folder), "--member", member, "--format", "csv").out)))
    assert [row["outcome"] for row in rows] == ["refused", "duplicate", "duplicate", "duplicate"]


def test_a_large_archive_is_sent_file_by_file(
    pp: Pp, member: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_WHOLE", 10)
    archive = folder / "inner" / "bulk.zip"
    ran = pp("track", "import", str(archive), "--member", member, "--sport", "walk", "--format", "json")
    assert (ran.code, [row["file"] for row in ran.json["tracks"]]) == (
        0, ["bulk.zip/a/later.gpx", "bulk.zip/a/run.gpx.gz"],
    )  # fmt: skip
    assert {row["sport"] for row in ran.json["tracks"]} == {"walk"}
    (folder / "locked.zip").write_bytes(corpus_archives.locked())
    locked = pp("track", "import", str(folder / "locked.zip"), "--member", member)
    assert (locked.code, "internal" in locked.err) == (2, False)
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    assert pp("track", "import", str(folder / "broken.zip"), "--member", member).code == 2


def test_many_files_go_in_few_requests(pp: Pp, member: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}").mkdir()
        run = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(number * 300, 20)))
        (tmp_path / f"{number:02}" / "run.gpx").write_bytes(run)
    monkeypatch.setattr(files, "PARCEL", 20_000)
    ran = pp("track", "import", str(tmp_path), "--member", member, "--format", "json")
    assert (ran.code, ran.json["imported"]) == (0, 30)
    assert [row["file"] for row in ran.json["tracks"]] == [f"{number:02}/run.gpx" for number in range(30)]
    requests = pp("audit", "--operation", "tracking.import", "--format", "json").json["items"]
    assert 2 <= len(requests) <= 6


def test_what_is_not_there_or_not_allowed_stops_it(pp: Pp, member: str, tmp_path: Path) -> None:
    assert pp("track", "import", str(tmp_path / "none.gpx"), "--member", member).code == 2
    nothing = pp("track", "import", str(tmp_path), "--member", member)
    assert (nothing.code, ".gpx" in nothing.err) == (2, True)
    (tmp_path / "run.gpx").write_bytes(RUN)
    assert pp("track", "import", str(tmp_path / "run.gpx"), "--member", new_phone()).code == 3


def test_an_activity_is_exported(pp: Pp, member: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run.gpx").write_bytes(RUN)
    ran = pp("track", "import", "run.gpx", "--member", member, "--visibility", "gym", "--format", "json")
    activity = ran.json["tracks"][0]["activity_id"]
    written = pp("track", "export", activity)
    assert written.code == 0, written.err
    (made,) = tmp_path.glob("2026-11-20-run-*.gpx")
    assert made.name in written.out
    (found,) = reading.read(made.read_bytes())
    assert len(found) == 300
    there = pp("track", "export", activity)
    assert (there.code, "--force" in there.err) == (2, True)
    assert pp("track", "export", activity, "--force").code == 0
    assert pp("track", "export", activity, "--format", "csv", "--out", "way.csv").code == 0
    assert len(list(csv.DictReader(StringIO(Path("way.csv").read_text())))) == 300
    assert '"LineString"' in pp("track", "export", activity, "--format", "geojson", "--out", "-").out
    assert pp("track", "export", activity, "--out", "no/such/folder.gpx").code == 2
    # The operator may export what members may, but the file itself is its owner's alone.
    assert pp("track", "original", activity).code == 3
    assert pp("track", "export", "01a1ffcf-df26-72b9-a0cf-4a5588684446").code == 3
