"""Fixtures: one embedded PostgreSQL for all workers, a fresh database for each, everything as pp_app."""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

import migrations
from pp_core.client.local import LocalClient, door_reactions
from pp_core.kernel.call import Call, Credentials, Operator, System, VerifiedPhone
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.db import embedded, roles
from pp_core.kernel.policy import Door
from pp_core.kernel.ports import SendOutcome, SendStatus
from pp_core.kernel.settings import DEFAULT_RATES, Settings, SmsSettings, UssdSettings
from pp_core.runtime.database import Home, Urls, urls_of
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import AddMember, GymOnboarded, Member, OnboardGym

NO_LIMITS = dict.fromkeys(DEFAULT_RATES, (1000000, 60))


@dataclass
class SentText:
    """One text that the gateway double took."""

    to: str
    text: str
    link_id: str | None
    sender: str | None


@dataclass
class Gateway:
    """A gateway that takes everything and remembers it; `answers` are given first, in order."""

    sent: list[SentText] = field(default_factory=list)
    answers: list[SendOutcome] = field(default_factory=list)

    async def send(self, *, to: str, text: str, sender: str | None, link_id: str | None) -> SendOutcome:
        self.sent.append(SentText(to, text, link_id, sender))
        if self.answers:
            return self.answers.pop(0)
        return SendOutcome(SendStatus.SENT, gateway_id=f"ATXid_{secrets.token_hex(16)}", cost_minor=80, currency="KES")


@dataclass(frozen=True)
class Cluster:
    """The server of all tests: who may do what in it, and the database that others are copied from."""

    lease: embedded.Lease
    passwords: dict[str, str]
    template: str

    def urls(self, database: str) -> Urls:
        return urls_of(self.lease, self.passwords, database)

    def copy(self, database: str) -> Urls:
        with psycopg.connect(self.lease.admin_url, autocommit=True) as connection:
            # Copying needs the template to itself: one copy at a time.
            connection.execute("SELECT pg_advisory_lock(hashtext('pp_test_copy'))")
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER pp_owner").format(
                    sql.Identifier(database), sql.Identifier(self.template)
                )
            )
            connection.execute(
                sql.SQL("ALTER ROLE pp_worker IN DATABASE {} SET search_path = public, jobs").format(
                    sql.Identifier(database)
                )
            )
        return self.urls(database)

    def drop(self, database: str) -> None:
        with psycopg.connect(self.lease.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _server_directory(run: str) -> Path:
    return Path(tempfile.gettempdir()) / f"pp-tests-{os.getuid()}-{run[:12]}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The process that began the run takes the server's directory away; its workers have stopped the server."""
    if not hasattr(session.config, "workerinput"):
        shutil.rmtree(_server_directory(_run_of(session.config)), ignore_errors=True)


def _run_of(config: pytest.Config) -> str:
    distributed = config.pluginmanager.get_plugin("dsession")
    return str(distributed.nodemanager.testrunuid) if distributed and distributed.nodemanager else str(os.getpid())


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One throwaway server for all workers, with the schema in a template database."""
    home = _server_directory(os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())))
    with embedded.acquire(home, throwaway=True) as lease:
        with psycopg.connect(lease.admin_url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('pp_tests'))")
            kept = home / "test-roles.json"
            if not kept.exists():
                passwords = {role: secrets.token_urlsafe(12) for role in roles.LOGIN_ROLES}
                roles.create_roles(lease.admin_url, passwords)
                roles.create_database(lease.admin_url, "pp_template")
                owner = urls_of(lease, passwords, "pp_template").owner
                assert owner is not None
                migrations.upgrade(owner)
                with psycopg.connect(owner, autocommit=True) as made:
                    # Migrations make partitions around the day they run; the tests' clock stands in a month of its own.
                    made.execute("SELECT pp_make_point_partitions('2026-09-01', '2027-02-01')")
                kept.write_text(json.dumps(passwords))
        yield Cluster(lease, json.loads(kept.read_text()), "pp_template")


@dataclass(frozen=True)
class TestHome:
    """A Home on a database of its own."""

    __test__ = False

    settings: Settings
    urls: Urls
    directory: Path


def home_on(urls: Urls, directory: Path) -> TestHome:
    """A Home on a migrated database, with the tests' settings."""
    settings = Settings(
        database_url=urls.app,
        secret_key="a secret of the tests",
        rates=NO_LIMITS,
        auth_address_ceiling=(1_000_000, 60),
        pool_size=6,
        sms=SmsSettings(callback_token="test-callback-token"),
        ussd=UssdSettings(callback_token="test-callback-token"),
    )
    return TestHome(settings, urls, directory)


@pytest.fixture(scope="session")
def make_home(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], TestHome]]:
    """A maker of fresh databases; all are dropped at the end."""
    made: list[str] = []

    def make() -> TestHome:
        name = f"pp_test_{secrets.token_hex(6)}"
        urls = cluster.copy(name)
        made.append(name)
        return home_on(urls, tmp_path_factory.mktemp("home"))

    yield make
    for name in made:
        cluster.drop(name)


@pytest.fixture(scope="session")
def home(make_home: Callable[[], TestHome]) -> TestHome:
    """The database of this test process."""
    return make_home()


@pytest.fixture
def gateway() -> Gateway:
    """What texts are handed to."""
    return Gateway()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at ten in the morning of a Saturday in Nairobi until it is moved."""
    return ManualClock(datetime(2026, 11, 21, 7, 0, tzinfo=UTC))


@pytest.fixture
async def runtime(home: Home, gateway: Gateway) -> AsyncIterator[Runtime]:
    """An open core as pp_app."""
    async with Runtime(home.settings, home, sms=gateway) as opened:
        yield opened


@pytest.fixture
async def clocked(home: Home, gateway: Gateway, clock: ManualClock) -> AsyncIterator[Runtime]:
    """An open core whose time is `clock`'s."""
    async with Runtime(home.settings, home, sms=gateway, clock=clock) as opened:
        yield opened


@pytest.fixture
async def worker(home: Home, gateway: Gateway) -> AsyncIterator[Worker]:
    """A worker as pp_worker; `await worker.drain()` does what is waiting."""
    async with Runtime(home.settings, home, sms=gateway, as_worker=True) as opened:
        yield Worker(opened, door_reactions(opened.pulse))


@dataclass(frozen=True)
class Gym:
    """An onboarded gym with its administrator, and clients to act in it."""

    runtime: Runtime
    onboarded: GymOnboarded

    @property
    def id(self) -> UUID:
        return self.onboarded.gym_id

    @property
    def slug(self) -> str:
        return self.onboarded.slug

    @property
    def operator(self) -> LocalClient:
        """An operator of the server, inside the gym."""
        return self.acting(Operator("tester", self.slug))

    @property
    def system(self) -> LocalClient:
        return LocalClient(self.runtime.pulse, Door.WORKER, System("test"))

    def acting(self, credentials: Credentials, door: Door = Door.CLI) -> LocalClient:
        return LocalClient(self.runtime.pulse, door, credentials)

    def person(self, member: Member, door: Door = Door.SMS) -> LocalClient:
        """The member themselves, by their phone."""
        assert member.phone is not None
        return self.acting(VerifiedPhone(member.phone, self.id, member.id), door)

    async def add_member(self, name: str = "Amina Wanjiru", phone: str | None = None, **more: object) -> Member:
        return await self.operator.run(AddMember(name=name, phone=phone or new_phone(), **more))

    def call(self, credentials: Credentials | None = None, **more: object) -> Call:
        return replace(Call(door=Door.CLI, credentials=credentials or Operator("tester", self.slug)), **more)


def new_phone() -> str:
    """A Kenyan mobile number that no other test uses."""
    return f"+2547{secrets.randbelow(10**8):08d}"


async def onboard(runtime: Runtime, name: str = "Kilimani Strength") -> Gym:
    """A gym of its own for one test."""
    client = LocalClient(runtime.pulse, Door.CLI, Operator("tester"))
    onboarded = await client.run(
        OnboardGym(name=name, slug=f"g{secrets.token_hex(5)}", admin_name="Wambui Kamau", admin_phone=new_phone())
    )
    return Gym(runtime, onboarded)


@pytest.fixture
async def gym(runtime: Runtime) -> Gym:
    """A fresh gym."""
    return await onboard(runtime)


@pytest.fixture
async def other_gym(runtime: Runtime) -> Gym:
    """Another fresh gym."""
    return await onboard(runtime, "Westlands Fitness")


@pytest.fixture
async def clocked_gym(clocked: Runtime) -> Gym:
    """A fresh gym whose time is `clock`'s."""
    return await onboard(clocked)
