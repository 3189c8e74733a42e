"""A trainer with a login, and ways to read the codes that go out and the rows that were stored."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from pp_core.kernel.clock import ManualClock
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from tests.conftest import Gateway, Gym, TestHome
from tests.staff import Staff, hire


@pytest.fixture
async def staff(clocked_gym: Gym) -> Staff:
    """A trainer whose time is `clock`'s."""
    return await hire(clocked_gym)


@pytest.fixture
async def clocked_worker(home: TestHome, gateway: Gateway, clock: ManualClock) -> AsyncIterator[Worker]:
    """A worker whose time is `clock`'s."""
    async with Runtime(home.settings, home, sms=gateway, as_worker=True, clock=clock) as opened:  # type: ignore[arg-type]
        yield Worker(opened, {})


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
