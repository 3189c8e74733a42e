"""Maps over HTTP: pages under their own policy, pictures, and assets that browsers keep."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import Api, SignedInGym, running_api
from tests.conftest import TestHome
from tests.tracking.ways import north

KEPT = "public, max-age=31536000, immutable"


@pytest.fixture
async def run(admin: SignedInGym) -> str:
    """A run of 1.5 km of the administrator's."""
    begins = datetime.now(UTC) - timedelta(minutes=20)
    answer = await admin.http.post("/api/v1/activities/start", json={"started_at": begins.isoformat()})
    assert answer.status_code == 201, answer.text
    activity: str = answer.json()["id"]
    points: list[dict[str, Any]] = [each.model_dump(mode="json") for each in north(begins, metres=1500)]
    await admin.http.post("/api/v1/activities/points", json={"points": points})
    answer = await admin.http.post("/api/v1/activities/stop", json={})
    assert answer.status_code == 200, answer.text
    return activity


async def test_a_map_is_a_page_under_its_own_policy(admin: SignedInGym, run: str) -> None:
    answer = await admin.http.get(f"/api/v1/activities/{run}/map", headers={"Accept-Language": "sw"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Content-Language"] == "sw"
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<html lang="sw">' in answer.text
    policies = answer.headers.get_list("Content-Security-Policy")
    assert len(policies) == 1
    assert "script-src 'self' 'sha256-" in policies[0]
    assert "frame-ancestors 'none'" in policies[0]
    assert answer.headers.get_list("X-Frame-Options") == ["DENY"]
    bare = await admin.http.get(f"/api/v1/activities/{run}/map?tiles=none")
    assert "openstreetmap" not in bare.text + bare.headers["Content-Security-Policy"]


async def test_what_a_page_loads_is_there_and_kept_for_good(admin: SignedInGym, api: Api, run: str) -> None:
    html = (await admin.http.get(f"/api/v1/activities/{run}/map")).text
    found = re.findall(r'(?:src|href)="(/assets/[^"]+)"', html)
    assert [each.rsplit("/", 1)[1] for each in found] == ["leaflet.css", "leaflet.js"]
    for path, media in zip(found, ("text/css", "text/javascript"), strict=True):
        plain = await api.http.get(path, headers={"Accept-Encoding": "identity"})
        assert (plain.status_code, plain.headers["Content-Type"]) == (200, f"{media}; charset=utf-8")
        assert plain.headers.get_list("Cache-Control") == [KEPT]
        assert "Content-Encoding" not in plain.headers
        assert plain.headers["Vary"] == "Accept-Encoding"
        packed = await api.http.get(path, headers={"Accept-Encoding": "br, gzip;q=0.8"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.content == plain.content  # httpx unpacks it
        assert int(packed.headers["Content-Length"]) < len(plain.content) / 2
        again = await api.http.get(path, headers={"If-None-Match": f'"other", {plain.headers["ETag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == plain.headers["ETag"]
        assert again.headers.get_list("Cache-Control") == [KEPT]


@pytest.mark.parametrize("path", ["/assets/000000000000/leaflet.js", "/assets/../app.py", "/assets/x/%2e%2e%2fsecret"])
async def test_no_other_file_is_served(api: Api, path: str) -> None:
    answer = await api.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["code"] == "request.no_such_address"


async def test_thumbnails(admin: SignedInGym, run: str) -> None:
    svg = await admin.http.get(f"/api/v1/activities/{run}/thumbnail.svg")
    assert (svg.status_code, svg.headers["Content-Type"]) == (200, "image/svg+xml")
    assert svg.text.startswith("<svg")
    assert "default-src 'none'" in svg.headers["Content-Security-Policy"]
    png = await admin.http.get(f"/api/v1/activities/{run}/thumbnail.png?width=100")
    assert (png.status_code, png.headers["Content-Type"]) == (200, "image/png")
    assert (png.content[:4], int.from_bytes(png.content[16:20], "big")) == (b"\x89PNG", 100)
    for wrong in ("thumbnail.gif", "thumbnail.png?width=5000"):
        answer = await admin.http.get(f"/api/v1/activities/{run}/{wrong}")
        assert answer.status_code == 422, answer.text


async def test_who_is_refused_gets_an_ordinary_problem(api: Api, admin: SignedInGym, run: str) -> None:
    answer = await api.http.get(f"/api/v1/activities/{run}/map")
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    answer = await admin.http.get(f"/api/v1/activities/{uuid4()}/map")
    assert (answer.status_code, answer.json()["code"]) == (404, "tracking.activity_unknown")
    assert "script-src" not in answer.headers["Content-Security-Policy"]


async def test_a_link_opens_a_page_for_anybody(api: Api, admin: SignedInGym, run: str) -> None:
    link = (await admin.http.post("/api/v1/activities/share", json={"activity_id": run})).json()
    page = await api.http.get(link["path"], headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["Referrer-Policy"] == "no-referrer"  # the link is nobody else's business
    assert page.headers["Cache-Control"] == "no-store"
    source = re.search(r'data-source="([^"]+)"', page.text)
    assert source is not None
    told = await api.http.get(source[1], params={"after": "0"})
    assert told.status_code == 200, told.text
    assert len(told.json()["points"]) > 1
    scripts = re.findall(r'src="(/assets/[^"]+)"', page.text)
    assert [each.rsplit("/", 1)[1] for each in scripts] == ["leaflet.js", "live.js"]
    assert [(await api.http.get(each)).status_code for each in scripts] == [200, 200]


async def test_who_opens_a_link_that_ended_reads_a_page(api: Api) -> None:
    headers = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "sw"}
    answer = await api.http.get("/live/pps_over", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert '<html lang="sw">' in answer.text
    assert "pps_over" not in answer.text
    program = await api.http.get("/live/pps_over", headers={"Accept": "application/json"})
    assert (program.status_code, program.json()["code"]) == (404, "tracking.share_unknown")


async def test_the_documentation_says_what_they_are(api: Api) -> None:
    paths = (await api.http.get("/openapi.json")).json()["paths"]
    page = paths["/api/v1/activities/{activity_id}/map"]["get"]["responses"]["200"]
    assert list(page["content"]) == ["text/html"]
    picture = paths["/api/v1/activities/{activity_id}/thumbnail.{format}"]["get"]["responses"]["200"]
    assert list(picture["content"]) == ["image/svg+xml", "image/png"]


async def test_tiles_are_those_of_the_setting(home: TestHome, admin: SignedInGym, run: str) -> None:
    from pp_core.kernel.settings import Settings

    maps = Settings.from_environment(
        {"PP_MAP_TILES": "https://{s}.tiles.example/{z}/{x}/{y}.png", "PP_MAP_ATTRIBUTION": "Maps of Nairobi"}
    ).maps
    async with running_api(home, maps=maps) as api, httpx.AsyncClient(base_url=api.url, headers=admin.bearer) as http:
        answer = await http.get(f"/api/v1/activities/{run}/map")
    assert answer.status_code == 200, answer.text
    assert "img-src data: https://*.tiles.example;" in answer.headers["Content-Security-Policy"]
    assert "https://{s}.tiles.example/{z}/{x}/{y}.png" in answer.text
    assert "Maps of Nairobi" in answer.text
