"""A superuser's eyes, and pp_app's hands."""

from collections.abc import Iterator

import pytest

from tests.conftest import TestHome

from . import schema


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
