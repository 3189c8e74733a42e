"""Alive, ready, and in which figures."""

import logging

import pytest

from pp_core.kernel.errors import DatabaseUnavailable
from pp_core.runtime import health
from tests.api.conftest import Api, SignedInGym, running_api


async def test_alive_and_ready(api: Api) -> None:
    assert (await api.http.get("/healthz")).json() == {"status": "ok"}
    ready = await api.http.get("/readyz")
    assert (ready.status_code, ready.json()["database"], ready.json()["schema"]) == (200, "ok", "ok")


async def test_not_ready_without_a_database_but_alive(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(health, "look", away)
    assert (await api.http.get("/healthz")).status_code == 200
    assert (await api.http.get("/readyz")).status_code == 503
    assert (await api.http.get("/metrics")).status_code == 200


async def test_not_ready_on_another_schema(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_wanted", lambda: "2027_01_01")
    ready = await api.http.get("/readyz")
    assert ready.status_code == 503
    assert "2027_01_01" in ready.json()["schema"]


async def test_waiting_jobs_are_told(api: Api, admin: SignedInGym) -> None:
    await admin.gym.add_member()
    seen = await health.look(api.runtime)
    assert seen.waiting >= 1
    assert 0 <= seen.oldest_seconds < 600
    text = (await api.http.get("/metrics")).text
    assert f'pp_jobs{{state="waiting"}} {float(seen.waiting)}' in text


async def test_the_figures_name_routes_and_never_people(api: Api, admin: SignedInGym) -> None:
    member = await admin.gym.add_member()
    await admin.http.get(f"/api/v1/members/{member.phone}")
    await api.http.get(f"/nowhere/{member.phone}")
    text = (await api.http.get("/metrics")).text
    route = 'pp_http_request_seconds_count{method="GET",route="/api/v1/members/{member}",status="200"}'
    assert route in text
    assert 'route="unmatched",status="404"' in text
    assert member.phone is not None
    assert member.phone not in text
    assert "pp_http_requests_in_flight 1.0" in text
    assert 'pp_db_pool{figure="pool_size"}' in text


async def test_the_access_log_names_routes_and_never_people(
    api: Api, admin: SignedInGym, caplog: pytest.LogCaptureFixture
) -> None:
    from pp_core.kernel import logging as ours

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        ours.set_up()
        root.addHandler(caplog.handler)
        member = await admin.gym.add_member()
        await admin.http.get(f"/api/v1/members/{member.phone}", headers={"X-Request-Id": "looked-up-1"})
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    lines = [record.getMessage() for record in caplog.records if record.name == "pp_api.access"]
    line = next(line for line in lines if "looked-up-1" in line)
    assert "/api/v1/members/{member}" in line
    assert "tenants.get_member" in line
    assert (member.phone or "?") not in "".join(lines)


async def test_the_figures_are_not_for_everybody(api: Api) -> None:
    forwarded = await api.http.get("/metrics", headers={"X-Forwarded-For": "41.90.1.1"})
    assert (forwarded.status_code, forwarded.json()["code"]) == (401, "auth.not_signed_in")
    async with running_api(api.runtime.home, metrics_token="for prometheus") as guarded:  # type: ignore[arg-type]
        assert (await guarded.http.get("/metrics")).status_code == 401
        told = await guarded.http.get("/metrics", headers={"Authorization": "Bearer for prometheus"})
        assert told.status_code == 200
