"""Files of activities over REST: sent as a form, bare or in JSON; exported and given back as files."""

import json
from base64 import b64encode
from typing import Any

import httpx
import pytest

from pp_core.kernel.settings import FileSettings
from pp_core.tracking.formats import reading
from tests.api.conftest import SignedInGym, running_api, signed_in
from tests.conftest import TestHome
from tests.tracking.formats import corpus_archives, corpus_gpx
from tests.tracking.formats.corpus import BEGIN, BEGIN_MS

ADDRESS = "/api/v1/activities/import"
RUN = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(0, 300)))


async def by_form(admin: SignedInGym, **more: str) -> httpx.Response:
    files = {"file": ("run.gpx", RUN, "application/gpx+xml")}
    return await admin.http.post(ADDRESS, files=files, data=more)


async def bare(admin: SignedInGym, **more: str) -> httpx.Response:
    return await admin.http.post(
        ADDRESS, content=RUN, params={"name": "run.gpx", **more}, headers={"Content-Type": "application/octet-stream"}
    )


async def as_json(admin: SignedInGym, **more: Any) -> httpx.Response:
    given = {name: json.loads(value) if name == "dry_run" else value for name, value in more.items()}
    return await admin.http.post(ADDRESS, json={"content": b64encode(RUN).decode(), "name": "run.gpx", **given})


@pytest.mark.parametrize("send", [by_form, bare, as_json])
async def test_a_file_is_sent_in_three_ways(admin: SignedInGym, send: Any) -> None:
    dry = await send(admin, dry_run="true", sport="walk")
    assert (dry.status_code, dry.json()["imported"], dry.json()["tracks"][0]["activity_id"]) == (200, 1, None)
    answer = await send(admin, sport="walk")
    assert answer.status_code == 200, answer.text
    (track,) = answer.json()["tracks"]
    assert (track["outcome"], track["file"], track["sport"], track["points"]) == ("imported", "run.gpx", "walk", 300)
    assert track["started_at"] == BEGIN.strftime("%Y-%m-%dT%H:%M:%SZ")
    again = (await send(admin)).json()
    assert (again["duplicates"], again["tracks"][0]["activity_id"]) == (1, track["activity_id"])
    unknown = await send(admin, colour="red")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "colour")


async def test_a_file_comes_back_as_a_file(admin: SignedInGym) -> None:
    activity = (await by_form(admin)).json()["tracks"][0]["activity_id"]
    original = await admin.http.get(f"/api/v1/activities/{activity}/file")
    assert original.content == RUN
    assert original.headers["content-type"] == "application/gpx+xml"
    assert original.headers["content-disposition"].startswith('attachment; filename="run.gpx"')
    exported = await admin.http.get(f"/api/v1/activities/{activity}/export", params={"format": "tcx"})
    assert exported.headers["content-type"] == "application/vnd.garmin.tcx+xml"
    assert f"2026-11-20-run-{activity[-8:]}.tcx" in exported.headers["content-disposition"]
    (found,) = reading.read(exported.content)
    assert (len(found), found.ts[0]) == (300, BEGIN_MS)
    wrong = await admin.http.get(f"/api/v1/activities/{activity}/export", params={"format": "doc"})
    assert wrong.status_code == 422


async def test_a_bad_file_is_a_problem_in_the_callers_language(admin: SignedInGym) -> None:
    bomb = corpus_archives.bomb()
    answer = await admin.http.post(ADDRESS, files={"file": ("b.zip", bomb)}, headers={"Accept-Language": "sw"})
    assert (answer.status_code, answer.json()["code"]) == (422, "tracking.file_hostile")
    assert answer.json()["values"]["reason"] == "bomb"
    assert "kumbukumbu" in answer.json()["detail"]


async def test_forms_that_are_none(admin: SignedInGym) -> None:
    two = [("file", ("a.gpx", RUN)), ("file", ("b.gpx", RUN))]
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    for answer in (
        await admin.http.post(ADDRESS, files=two),
        await admin.http.post(ADDRESS, content=b"--y\r\nnonsense", headers=broken),
        await admin.http.post(ADDRESS, content=RUN, headers={"Content-Type": "multipart/form-data"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")
    for answer in (
        await admin.http.post(ADDRESS),
        await admin.http.post(ADDRESS, files={"picture": ("a.gpx", RUN)}),
        await admin.http.post(ADDRESS, data={"name": "a.gpx"}),
        await admin.http.post(ADDRESS, content=RUN, headers={"Content-Type": "application/gpx+xml"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


async def test_how_large_a_file_may_be_is_a_setting(home: TestHome) -> None:
    async with running_api(home, files=FileSettings(upload_mb=1)) as api, signed_in(api) as admin:
        for megabytes, status, code in ((1.2, 422, "tracking.file_too_large"), (2, 413, "request.body_too_large")):
            sent = bytes(int(megabytes * 1024 * 1024))
            answer = await admin.http.post(
                ADDRESS, content=sent, params={"name": "x"}, headers={"Content-Type": "application/octet-stream"}
            )
            assert (answer.status_code, answer.json()["code"]) == (status, code)
    # Ten megabytes pass where ordinary requests may have one.
    async with running_api(home) as api, signed_in(api) as admin:
        spaced = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(), about=" " * 10_000_000))
        answer = await admin.http.post(ADDRESS, files={"file": ("x.gpx", spaced)})
        assert (answer.status_code, answer.json()["imported"]) == (200, 1)
