"""The real application on a real socket, and people signed in to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn

from pp_api.app import create
from pp_core.identity.operations import GrantPlatform
from pp_core.kernel.ids import new_id
from pp_core.kernel.policy import Role
from pp_core.kernel.settings import Settings
from pp_core.memberships.operations import CheckIn, SellMembership
from pp_core.notifications.operations import AnswerText, ReceiveText, RecordOptOut, SendMessage
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import AcceptInvitation, InviteStaff, ListStaff, Member
from pp_core.tracking.operations import StartActivity, StopActivity, UploadPoints
from pp_core.workouts.operations import LogWorkout
from tests.bots.talking import SERVICE_CODE, Handset
from tests.conftest import Gateway, Gym, TestHome, new_phone, onboard
from tests.tracking.ways import north

JSON = {"Content-Type": "application/json"}
PASSWORD = "a long walk to Ngong hills"


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """`app` on a free port of this machine; yields its address."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http="httptools",
        log_config=None,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=5,
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


@dataclass(frozen=True)
class Filled:
    """A gym with two rows for every list."""

    member: str


async def fill(admin: SignedInGym) -> Filled:
    """Put two rows into every list of the gym, and make its administrator one of the platform as well."""
    gym, operator = admin.gym, admin.gym.operator
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    await operator.run(InviteStaff(name="Chege Mwangi", phone=new_phone(), roles=[Role.TRAINER]))
    for member in (amina, brian):
        await operator.run(CheckIn(member=member.code, override_reason="first visit"))
        await operator.run(SendMessage(member=member.code, text="Karibu!"))
        await operator.run(LogWorkout(text="squat 5x5 100", member=amina.code))
        assert (await admin.http.post("/api/v1/weights", json={"kilograms": "82.4"})).status_code == 201
        runner = gym.person(member)
        await runner.run(StartActivity(started_at=datetime.now(UTC) - timedelta(hours=1)))
        # Nobody runs as evenly as this.
        await runner.run(UploadPoints(points=north(datetime.now(UTC) - timedelta(hours=1), metres=5000)))
        await runner.run(StopActivity())
        assert (await admin.http.post("/api/v1/activities/start", json={})).status_code == 201
        assert (await admin.http.post("/api/v1/activities/stop", json={})).status_code == 200
        taken = await gym.system.run(
            ReceiveText(
                channel="sms", gateway_id=new_id().hex, sender=member.phone or "", address="22384", text="habari"
            )
        )
        await gym.system.run(
            AnswerText(
                text_id=taken.text_id,
                intent="unknown",
                understood=False,
                tenant_id=gym.id,
                person_id=member.id,
            )
        )
        await operator.run(RecordOptOut(member=member.code))
    await operator.run(GrantPlatform(identifier=admin.login))
    await onboard(gym.runtime, "Westlands Fitness")
    return Filled(amina.code)


@pytest.fixture
async def amina(admin: SignedInGym) -> Member:
    """Somebody who may come in."""
    member = await admin.gym.add_member()
    await admin.gym.operator.run(SellMembership(member=member.code, plan="MONTHLY"))
    return member


def handset(api: Api, member: Member, code: str = SERVICE_CODE) -> Handset:
    assert member.phone is not None
    return Handset(api.http, member.phone, code)


def rows(home: TestHome, statement: str, *values: object) -> list[tuple[Any, ...]]:
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        return connection.execute(statement.encode(), values).fetchall()
