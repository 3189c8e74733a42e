"""`pp track list|show|board|records|...`: activities in the units people use, and as they are for programs."""

import csv
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from pp_cli import session
from pp_core.kernel.call import VerifiedPhone
from pp_core.kernel.ids import new_id
from pp_core.tracking.operations import UploadPoints
from tests.cli.conftest import ROOT, Pp
from tests.conftest import new_phone
from tests.tracking.ways import north


@pytest.fixture
def rows(installation: dict[str, str]) -> Iterator[Any]:
    """Change the database past row-level security."""
    with psycopg.connect(installation["PP_DATABASE_ADMIN_URL"], autocommit=True) as admin:
        yield lambda query, **values: admin.execute(query.encode(), values)


@pytest.fixture
def runner(pp: Pp, slug: str) -> str:
    """A member's code."""
    code: str = pp("member", "add", "Amina Wanjiru", new_phone(), "--format", "json").json["code"]
    return code


def a_run(pp: Pp, rows: Any, runner: str, *, live: bool = False, metres: float = 5240, speed: float = 3.2) -> str:
    """What the member recorded, as their tracker would have sent it; begun two hours ago. Its id."""
    activity_id, member = new_id(), pp("member", "show", runner, "--format", "json").json
    begins = datetime.now(UTC) - timedelta(seconds=metres / speed if live else 7200)
    rows(
        "INSERT INTO activities (tenant_id, id, person_id, sport, status, visibility, source, door, title, started_at)"
        " SELECT tenant_id, %(id)s, id, 'run', 'live', 'staff', 'app', 'rest', 'Karura', %(at)s FROM people WHERE id = %(who)s",
        id=activity_id, who=member["id"], at=begins,
    )  # fmt: skip
    session.run(UploadPoints(activity_id=activity_id, points=north(begins, metres=metres, speed=speed)))
    if not live:
        assert pp("track", "stop", str(activity_id)).code == 0
    return str(activity_id)


def test_a_run_is_told_in_kilometres_and_minutes(pp: Pp, rows: Any, runner: str) -> None:
    activity = a_run(pp, rows, runner)
    listed = pp("track", "list", "--member", runner)
    assert listed.code == 0, listed.err
    for word in (
        "Distance",
        "Moving",
        "Pace",
        "Amina Wanjiru",
        "Run",
        "5.2",
        " km",
        "27:",
        "5:1",
        "/km",
        "Karura",
        "finished",
    ):
        assert word in listed.out, word
    swahili = pp("track", "list", "--everybody", "--sport", "run", "--lang", "sw")
    assert ("Umbali" in swahili.out, "Kukimbia" in swahili.out, "km 5.2" in swahili.out) == (True, True, True)
    assert pp("track", "list", "--everybody", "--sport", "ride").out == ""
    shown = pp("track", "show", activity)
    for word in ("Karura", "trainers and managers", "furthest", "Km", "400 m", "1 mile", "Time"):
        assert word in shown.out, word
    assert len([line for line in shown.out.splitlines() if "/km" in line]) == 7  # its own, and six kilometres


def test_programs_get_metres_and_seconds(pp: Pp, rows: Any, runner: str) -> None:
    activity = a_run(pp, rows, runner)
    (row,) = pp("track", "list", "--member", runner, "--format", "json").json["items"]
    assert (row["id"], row["sport"]) == (activity, "run")
    assert row["distance_m"] == pytest.approx(5240, abs=30)
    shown = pp("track", "show", activity, "--format", "json").json
    assert [split["number"] for split in shown["summary"]["splits"]] == [1, 2, 3, 4, 5, 6]
    (line,) = csv.DictReader(io.StringIO(pp("track", "list", "--member", runner, "--format", "csv").out))
    assert (line["id"], float(line["distance_m"])) == (activity, row["distance_m"])


def test_bests_are_listed(pp: Pp, rows: Any, runner: str) -> None:
    activity = a_run(pp, rows, runner)
    told = pp("track", "records", runner)
    for word in ("Best", "5 km", "26:", "furthest", "5.2", activity):
        assert word in told.out, word
    lines = list(csv.DictReader(io.StringIO(pp("track", "records", runner, "--sport", "run", "--format", "csv").out)))
    assert {line["measure"] for line in lines} == {"400m", "1km", "1mi", "5km", "furthest", "longest"}
    found = pp("track", "records", runner, "--format", "json").json["records"]
    assert [one["value"] for one in found if one["measure"] == "1km"] == [pytest.approx(312.5, abs=2)]


def test_an_activity_is_corrected_and_deleted(pp: Pp, rows: Any, runner: str) -> None:
    activity = a_run(pp, rows, runner)
    edited = pp(
        "track", "edit", activity, "--title", "Ngong", "--sport", "walk", "--hide", "map", "--format", "json"
    ).json
    assert (edited["title"], edited["sport"], edited["hidden"]) == ("Ngong", "walk", ["map"])
    assert pp("track", "delete", activity).code == 0
    assert pp("track", "show", activity).code == 3


def test_whoever_acts_for_nobody_is_not_out(pp: Pp, slug: str) -> None:
    """The operator of a machine is no member; whoever has signed in starts, pauses, goes on and stops."""
    assert pp("track", "start", "run").code in (3, 4)
    for act in ("pause", "resume", "stop"):
        refused = pp("track", act)
        assert (refused.code, "not out" in refused.err) == (5, True), refused.err


@pytest.fixture
def as_the_member(pp: Pp, runner: str, rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the member gives the commands."""
    member = pp("member", "show", runner, "--format", "json").json
    (gym,) = rows("SELECT tenant_id FROM people WHERE id = %(id)s", id=member["id"]).fetchone()
    plain = session.client

    @asynccontextmanager
    async def acting() -> AsyncIterator[Any]:
        async with plain() as connected:
            yield connected.acting(VerifiedPhone(member["phone"], gym, UUID(member["id"])))

    monkeypatch.setattr(session, "client", acting)


@pytest.mark.usefixtures("as_the_member")
def test_a_member_who_signed_in_sets_out_and_stops(pp: Pp) -> None:
    started = pp("track", "start", "ride", "--title", "To work")
    assert (started.code, "You are out (ride)." in started.err) == (0, True), started.err
    again = pp("track", "start")
    assert (again.code, "You are out already." in again.err) == (5, True)
    assert pp("track", "pause").code == 0
    assert "paused" in pp("track", "list").out
    assert pp("track", "resume").code == 0
    stopped = pp("track", "stop")
    assert (stopped.code, "To work" in stopped.out, "finished" in stopped.out) == (0, True, True)


def test_what_a_member_explored_is_told_to_them(
    pp: Pp, runner: str, rows: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    activity = a_run(pp, rows, runner)
    assert pp("track", "tiles").code == 3, "an operator is nobody in the gym"
    assert "New squares" not in pp("track", "show", activity).out
    request.getfixturevalue("as_the_member")
    assert re.search(r"New squares +3\b", pp("track", "show", activity).out)
    told = pp("track", "tiles", "--sport", "run")
    for words in (r"Squares +3\b", r"New in 30 days +3\b", "Largest square +1 x 1", r"Largest cluster +0\b"):
        assert re.search(words, told.out), words
    found = pp("track", "tiles", "--listed", "--format", "json").json
    assert (found["count"], [(one["x"], one["y"]) for one in found["tiles"]]) == (
        3,
        [(9867, y) for y in (8248, 8249, 8250)],
    )
    lines = list(csv.DictReader(io.StringIO(pp("track", "tiles", "--listed", "--format", "csv").out)))
    assert [(line["y"], line["activity_id"]) for line in lines] == [(str(y), activity) for y in (8248, 8249, 8250)]
    assert pp("track", "tiles", "--sport", "ride", "--listed").out == ""
    page = tmp_path / "explored.html"
    drawn = pp("track", "tiles", "--map", str(page), "--no-tiles", "--format", "json")
    assert (drawn.json["bytes"], len(drawn.json["beside"])) == (len(page.read_bytes()), 2)
    assert "Your explored map" in page.read_text()
    assert "openstreetmap.org" not in page.read_text()
    for again in (str(page), str(tmp_path / "explored.png")):
        assert pp("track", "tiles", "--map", again).code == 2


def test_the_board_shows_who_is_out(pp: Pp, rows: Any, runner: str) -> None:
    assert pp("track", "board").out == ""
    activity = a_run(pp, rows, runner, live=True, metres=1500, speed=3)
    told = pp("track", "board")
    for word in ("Amina Wanjiru", "Run", "8:2", "1.5 km", "just now", "Heard of"):
        assert word in told.out, word
    (one,) = pp("track", "board", "--format", "json").json["runners"]
    assert (one["activity_id"], one["status"]) == (activity, "live")
    (line,) = csv.DictReader(io.StringIO(pp("track", "board", "--format", "csv").out))
    assert line["person_code"] == runner


def test_the_board_is_followed(pp: Pp, rows: Any, runner: str, slug: str, installation: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "pp_cli", "track", "board", "--follow", "--gym", slug],
        env={**os.environ, **installation},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            assert process.stdout
            assert process.stderr
            assert "0 are out" in process.stderr.readline()
            a_run(pp, rows, runner, live=True, metres=1500, speed=3)
            assert "Amina Wanjiru  Run" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_flags_are_listed_and_judged(pp: Pp, rows: Any, runner: str) -> None:
    activity, flag = a_run(pp, rows, runner), new_id()
    rows("DELETE FROM activity_flags WHERE activity_id = %(id)s", id=activity)
    rows(
        "INSERT INTO activity_flags (tenant_id, id, activity_id, sort, from_s, to_s, seen)"
        " SELECT tenant_id, %(flag)s, id, 'impossible_speed', 10, 50, '{\"speed\": 20, \"limit\": 9.3, \"seconds\": 40}'"
        " FROM activities WHERE id = %(id)s",
        flag=flag, id=activity,
    )  # fmt: skip
    told = pp("track", "flags")
    for word in ("Amina Wanjiru", "72 km/h for 0:40.", "33.5 km/h (run)", "not judged yet", str(flag)):
        assert word in told.out, word
    assert "km 72/saa kwa 0:40." in pp("track", "flags", "--lang", "sw").out
    judged = pp("track", "review", str(flag), "cheat", "--note", "By bus")
    assert (judged.code, "a cheat" in judged.out) == (0, True), judged.err
    assert pp("track", "flags", "--only-open").out == ""
    assert pp("track", "records", runner).out == ""
    assert pp("track", "review", str(new_id()), "honest").code == 3
    (written,) = pp("audit", "--operation", "tracking.review_flag", "--refused", "--format", "json").json["items"]
    assert written["outcome"] == "tracking.flag_unknown"
