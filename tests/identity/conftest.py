"""Staff with logins, tokens in their hands, and a way to read the codes that go out."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from pp_core.client.local import LocalClient
from pp_core.identity.operations import SignedIn, SignIn
from pp_core.kernel.call import Anonymous, BearerToken
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Door, Role
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import AcceptInvitation, InviteStaff
from tests.conftest import Gateway, Gym, TestHome, new_phone

PASSWORD = "kahawa-tamu-9-vikombe"
OTHER_PASSWORD = "mvua za masika 7 milimani"


@dataclass(frozen=True)
class Staff:
    """Somebody who works in a gym and has a login."""

    gym: Gym
    person_id: UUID
    phone: str
    email: str

    @property
    def anonymous(self) -> LocalClient:
        return self.gym.acting(Anonymous())

    async def sign_in(self, password: str = PASSWORD, **more: Any) -> SignedIn:
        return await self.anonymous.run(SignIn(identifier=self.phone, password=password, **more))

    def holding(self, signed_in: SignedIn) -> LocalClient:
        """The client of a device that signed in."""
        return self.gym.acting(BearerToken(signed_in.access_token), Door.REST)


async def hire(gym: Gym, *roles: Role, name: str = "Njeri Mwangi", phone: str | None = None) -> Staff:
    """Invite somebody and accept for them."""
    phone = phone or new_phone()
    email = f"{phone[1:]}@example.com"
    sent = await gym.operator.run(
        InviteStaff(name=name, phone=phone, email=email, roles=list(roles) or [Role.TRAINER])
    )
    assert sent.invitation is not None
    await gym.acting(Anonymous()).run(AcceptInvitation(invitation=sent.invitation, password=PASSWORD))
    return Staff(gym, sent.person_id, phone, email)


@pytest.fixture
async def staff(clocked_gym: Gym) -> Staff:
    """A trainer whose time is `clock`'s."""
    return await hire(clocked_gym)


@pytest.fixture
async def clocked_worker(home: TestHome, gateway: Gateway, clock: ManualClock) -> AsyncIterator[Worker]:
    """A worker whose time is `clock`'s."""
    async with Runtime(home.settings, home, sms=gateway, as_worker=True, clock=clock) as opened:  # type: ignore[arg-type]
        yield Worker(opened)


CodeReader = Callable[[str], Awaitable[list[str]]]


@pytest.fixture
def codes(clocked_worker: Worker, gateway: Gateway) -> CodeReader:
    """Do what is waiting and return all codes that a phone was sent, oldest first."""

    async def read(phone: str) -> list[str]:
        await clocked_worker.drain()
        await clocked_worker.drain()
        texts = [sent.text for sent in gateway.sent if sent.to == phone]
        return [found[0] for text in texts if (found := re.search(r"\b\d{6}\b", text))]

    return read


@pytest.fixture
def rows(home: TestHome) -> Callable[..., list[Any]]:
    """Read the database past row-level security, to see what was stored."""

    def read(statement: str, **values: Any) -> list[Any]:
        with psycopg.connect(home.urls.admin, row_factory=namedtuple_row) as connection:
            return connection.execute(statement, values).fetchall()

    return read
