"""Topics over a real socket: as an app follows them, and as our own remote client does."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from pp_api import live
from pp_api.app import create
from pp_api.openapi import describe
from pp_api.routes import bindings
from pp_core.client import session
from pp_core.client.connect import connect
from pp_core.client.remote import RemoteClient, Tokens
from pp_core.client.session import Access
from pp_core.identity.operations import SignOut
from pp_core.kernel.call import Anonymous
from pp_core.kernel.errors import BuildMismatch, NotSignedIn, PermissionMissing, ServerUnreachable, SessionEnded
from pp_core.kernel.policy import Door, Role
from pp_core.kernel.watching import Change
from pp_core.memberships.operations import CheckIn, WatchVisits
from pp_core.runtime import catalog
from pp_core.runtime.wiring import Runtime
from tests.api.conftest import Api, SignedInGym, running_api, serving, signed_in
from tests.conftest import Gateway, Gym, TestHome
from tests.runtime.test_live import following, on_database
from tests.staff import hire

ADDRESS = "/api/v1/live/memberships.watch_visits"
PATIENCE = 20


async def come_in(gym: Gym) -> UUID:
    member = await gym.add_member()
    return (await gym.operator.run(CheckIn(member=member.code, override_reason="first visit"))).visit.id


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    """The events of a stream, comments as (':', text)."""
    kind = ""
    async for line in answer.aiter_lines():
        if line.startswith(":"):
            yield ":", line
        elif line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


async def coming(stream: AsyncIterator[tuple[str, Any]]) -> tuple[str, Any]:
    return await asyncio.wait_for(anext(stream), PATIENCE)


def open_watches(metrics: str) -> float:
    return float(next(line.split()[1] for line in metrics.splitlines() if line.startswith("pp_watches_open ")))


async def watches(http: httpx.AsyncClient, wanted: int) -> None:
    """Wait until so many watches are open."""
    async with asyncio.timeout(PATIENCE):
        while open_watches((await http.get("/metrics")).text) != wanted:
            pass


async def test_an_app_follows_visits(admin: SignedInGym, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    async with admin.http.stream("GET", ADDRESS) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert "x-request-id" in answer.headers
        stream = events(answer)
        assert await coming(stream) == ("change", {"ids": [], "began": True})
        assert (await coming(stream))[0] == ":"
        visit = await come_in(admin.gym)
        async with asyncio.timeout(PATIENCE):
            while (heard := await anext(stream))[0] == ":":
                pass
        assert heard == ("change", {"ids": [str(visit)], "began": False})
        await watches(admin.http, 1)
    await watches(admin.http, 0)


async def test_what_is_refused_is_an_ordinary_problem(api: Api, admin: SignedInGym) -> None:
    async def told(path: str = ADDRESS, **headers: str) -> tuple[int, str]:
        answer = await api.http.get(path, headers=headers)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["code"]

    assert await told() == (401, "auth.not_signed_in")
    assert await told(Authorization="Bearer a.b.c") == (401, "auth.not_signed_in")
    assert await told("/api/v1/live/memberships.check_in", **admin.bearer) == (404, "request.not_found")
    assert await told(**admin.bearer, **{"X-PP-Build": "older"}) == (409, "client.build_mismatch")
    assert (await admin.http.post(ADDRESS)).status_code == 405


@asynccontextmanager
async def connected(admin: SignedInGym, url: str | None = None) -> AsyncIterator[RemoteClient]:
    tokens = Tokens(admin.tokens["access_token"], admin.tokens["refresh_token"])
    async with RemoteClient.connect(url or str(admin.http.base_url), tokens) as client:
        yield client


async def test_a_remote_client_is_told_what_a_local_one_is(admin: SignedInGym) -> None:
    async with (
        connected(admin) as remote,
        aclosing(remote.watch(WatchVisits())) as far,
        aclosing(admin.gym.operator.watch(WatchVisits())) as near,
    ):
        assert await following(far) == await following(near) == Change(began=True)
        visit = await come_in(admin.gym)
        assert await following(far) == await following(near) == Change(ids=(visit,))
    await watches(admin.http, 0)


async def test_who_stops_or_is_cancelled_lets_the_server_go(admin: SignedInGym) -> None:
    async with connected(admin) as remote:
        async for change in (changes := remote.watch(WatchVisits())):
            assert change.began
            break
        await changes.aclose()
        await watches(admin.http, 0)

        async def consume(changes: AsyncGenerator[Change, None]) -> None:
            async with aclosing(changes):
                async for change in changes:
                    assert change.began

        consuming = asyncio.create_task(consume(remote.watch(WatchVisits())))
        await watches(admin.http, 1)
        consuming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await consuming
        await watches(admin.http, 0)


async def test_refusals_come_back_as_what_they_are(
    admin: SignedInGym, home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(admin) as remote:
        with pytest.raises(NotSignedIn):
            await following(remote.acting(Anonymous()).watch(WatchVisits()))
        trainer = await hire(admin.gym, Role.TRAINER)
        signed_in = await trainer.sign_in(gym=admin.gym.slug)
        on_database(home, "UPDATE people SET roles = '{CLIENT}' WHERE id = %s", trainer.person_id)
        async with RemoteClient.connect(remote.url, Tokens(signed_in.access_token)) as member:
            with pytest.raises(PermissionMissing):
                await following(member.watch(WatchVisits()))
        with monkeypatch.context() as patched:
            patched.setattr("pp_core.client.remote.catalog.build", lambda: "an-older-build")
            with pytest.raises(BuildMismatch):
                await following(remote.watch(WatchVisits()))


async def test_an_expired_token_is_renewed_once(admin: SignedInGym) -> None:
    kept: list[Tokens] = []
    stale = Tokens("expired.or.forged", admin.tokens["refresh_token"])
    async with RemoteClient.connect(str(admin.http.base_url), stale, kept=kept.append) as client:
        async with aclosing(client.watch(WatchVisits())) as changes:
            assert (await following(changes)).began
            assert kept == [client.tokens]
            visit = await come_in(admin.gym)
            assert (await following(changes)).ids == (visit,)
        await client.run(SignOut())
        with pytest.raises((SessionEnded, NotSignedIn)):
            await following(client.watch(WatchVisits()))


async def test_a_kept_login_exchanges_a_token_that_is_refused(
    admin: SignedInGym, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PP_CONFIG_DIR", str(tmp_path))
    url, slug = str(admin.http.base_url).rstrip("/"), admin.gym.slug
    refused = Access("expired.or.forged", time.time() + 3600)
    session.save(session.Login(url, admin.login, slug, admin.tokens["refresh_token"], {slug: refused}))
    async with connect(door=Door.TUI, server=url) as client:
        async with aclosing(client.watch(WatchVisits())) as changes:
            assert (await following(changes)).began
            visit = await come_in(admin.gym)
            assert (await following(changes)).ids == (visit,)
        await watches(admin.http, 0)
        kept = session.load(url)
        assert kept is not None
        assert kept.refresh_token != admin.tokens["refresh_token"]
        session.forget(url)
        with pytest.raises(NotSignedIn):
            await following(client.watch(WatchVisits()))


@asynccontextmanager
async def strict(home: TestHome) -> AsyncIterator[Api]:
    """The application, whose watchers are asked for their permission again and again."""
    async with (
        Runtime(home.settings, home, sms=Gateway(), recheck_watchers=0.05) as runtime,
        serving(create(runtime)) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as http,
    ):
        yield Api(runtime, url, http)


async def test_a_session_that_ends_ends_the_stream(home: TestHome) -> None:
    async with (
        strict(home) as api,
        signed_in(api) as admin,
        connected(admin) as remote,
        aclosing(remote.watch(WatchVisits())) as changes,
        admin.http.stream("GET", ADDRESS) as answer,
    ):
        stream = events(answer)
        assert (await following(changes)).began
        assert (await coming(stream))[1]["began"]
        await remote.run(SignOut())
        with pytest.raises((SessionEnded, NotSignedIn)):
            await following(changes)
        kind, problem = await coming(stream)
        assert (kind, problem["code"], problem["status"]) == ("problem", "auth.session_ended", 401)
        assert [each async for each in stream] == []


async def test_a_server_that_stops_ends_its_streams_first(home: TestHome) -> None:
    """As `pp up` stops: what is being watched ends, and the server has no request left to wait for."""
    async with running_api(home) as api, signed_in(api) as admin, connected(admin) as remote:
        async with aclosing(remote.watch(WatchVisits())) as changes:
            assert (await following(changes)).began
            await api.runtime.listener.close()
            with pytest.raises(ServerUnreachable):
                await following(changes)
        await watches(admin.http, 0)
        assert (await admin.http.get(ADDRESS)).json()["code"] == "database.unavailable"


async def test_a_silent_server_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b": nothing\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        ended.set()

    monkeypatch.setattr("pp_core.client.remote.SILENCE_SECONDS", 0.1)
    async with serving(silent) as url, RemoteClient.connect(url) as client:
        with pytest.raises(ServerUnreachable):
            await following(client.watch(WatchVisits()))
        await asyncio.wait_for(ended.wait(), PATIENCE)


async def test_what_is_no_stream_of_ours_is_unreachable() -> None:
    async def stranger(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"event: change\ndata: <h1>Welcome</h1>\n\n"})

    async with serving(stranger) as url, RemoteClient.connect(url) as client:
        with pytest.raises(ServerUnreachable):
            await following(client.watch(WatchVisits()))


async def test_topics_are_documented(api: Api) -> None:
    paths = (await api.http.get("/openapi.json")).json()["paths"]
    for name, topic in catalog.load_topics().items():
        described = paths[f"/api/v1/live/{name}"]["get"]
        assert described["operationId"] == topic.__name__
        assert "text/event-stream" in described["responses"]["200"]["content"]
        assert {"401", "403", "429", "503"} <= set(described["responses"])
    assert describe(bindings())["paths"].keys() < paths.keys()
