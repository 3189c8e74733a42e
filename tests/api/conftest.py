"""The real application on a real socket, and people signed in to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
import uvicorn

from pp_api.app import create
from pp_core.kernel.settings import Settings
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import AcceptInvitation, ListStaff
from tests.conftest import Gateway, Gym, TestHome, onboard

JSON = {"Content-Type": "application/json"}
PASSWORD = "a long walk to Ngong hills"


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """`app` on a free port of this machine; yields its address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http="httptools", log_config=None, lifespan="off", timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.005)
        assert not running.done(), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


@dataclass(frozen=True)
class Api:
    """A running application."""

    runtime: Runtime
    url: str
    http: httpx.AsyncClient


@asynccontextmanager
async def running_api(home: TestHome, gateway: Gateway | None = None, **settings: Any) -> AsyncIterator[Api]:
    """The application with some settings changed."""
    changed: Settings = replace(home.settings, **settings)
    async with (
        Runtime(changed, home, sms=gateway or Gateway()) as runtime,
        serving(create(runtime)) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as http,
    ):
        yield Api(runtime, url, http)


@pytest.fixture(scope="session")
async def api(home: TestHome) -> AsyncIterator[Api]:
    """The application as the tests' settings have it."""
    async with running_api(home) as running:
        yield running


@dataclass(frozen=True)
class SignedInGym:
    """A gym with its administrator signed in over HTTP."""

    gym: Gym
    http: httpx.AsyncClient
    tokens: dict[str, Any]
    login: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}


@asynccontextmanager
async def signed_in(api: Api) -> AsyncIterator[SignedInGym]:
    """A fresh gym whose administrator has accepted the invitation and signed in."""
    gym = await onboard(api.runtime)
    assert gym.onboarded.invitation is not None
    accepted = AcceptInvitation(invitation=gym.onboarded.invitation, password=PASSWORD)
    answer = await api.http.post(
        "/api/v1/auth/invitations/accept", content=accepted.model_dump_json(context={"reveal": True}), headers=JSON
    )
    assert answer.status_code == 204, answer.text
    staff = (await gym.operator.run(ListStaff())).items
    login = next(person.phone for person in staff if person.id == gym.onboarded.admin_id)
    assert login is not None
    answer = await api.http.post(
        "/api/v1/auth/sign-in", json={"identifier": login, "password": PASSWORD, "gym": gym.slug}
    )
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    async with httpx.AsyncClient(base_url=api.url, headers=headers, timeout=30) as http:
        yield SignedInGym(gym, http, tokens, login)


@pytest.fixture
async def admin(api: Api) -> AsyncIterator[SignedInGym]:
    """A fresh gym and its administrator."""
    async with signed_in(api) as gym:
        yield gym
