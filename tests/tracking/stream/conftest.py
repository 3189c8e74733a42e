"""The application on a real socket, for those who stream."""

from collections.abc import AsyncIterator

import pytest

from tests.api.conftest import Api, running_api
from tests.conftest import Gym, TestHome, onboard
from tests.tracking.runner import Runner, set_out


@pytest.fixture
async def api(home: TestHome) -> AsyncIterator[Api]:
    """A running application; a fresh one for each test, because streams outlive their sockets."""
    async with running_api(home) as running:
        yield running


@pytest.fixture
async def gym(api: Api) -> Gym:
    return await onboard(api.runtime)


@pytest.fixture
async def runner(gym: Gym) -> Runner:
    return await set_out(gym)
