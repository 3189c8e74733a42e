"""A superuser's eyes, and pp_app's hands."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from pp_core.runtime.wiring import Runtime
from tests.conftest import Gateway, TestHome

from . import schema
from .world import World


@pytest.fixture(scope="session")
def admin(home: TestHome) -> Iterator[schema.Connection]:
    """A superuser on this process's database: sees everything."""
    assert home.urls.admin is not None
    with schema.connect(home.urls.admin) as connection:
        yield connection


@pytest.fixture
def app(home: TestHome) -> Iterator[schema.Connection]:
    """A fresh connection as pp_app, on which nothing was set."""
    with schema.connect(home.urls.app) as connection:
        yield connection


@pytest.fixture(scope="session")
async def world(make_home: Callable[[], TestHome]) -> AsyncIterator[World]:
    """Two gyms on a database of their own, shared by all tests of this process."""
    home = make_home()
    assert home.urls.admin is not None
    with schema.connect(home.urls.admin) as admin:
        async with Runtime(home.settings, home, sms=Gateway()) as runtime:  # type: ignore[arg-type]
            yield await World.make(runtime, admin)
