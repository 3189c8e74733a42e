"""Fixtures of the tests of tracking."""

from collections.abc import AsyncIterator

import pytest

from pp_core.client.local import door_reactions
from pp_core.kernel.clock import ManualClock
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from tests.conftest import Gateway, Gym, TestHome
from tests.outdoors import Outdoors, reader


@pytest.fixture
async def clocked_worker(home: TestHome, gateway: Gateway, clock: ManualClock) -> AsyncIterator[Worker]:
    """A worker whose time is `clock`'s."""
    async with Runtime(home.settings, home, sms=gateway, clock=clock, as_worker=True) as opened:
        yield Worker(opened, door_reactions(opened.pulse))


@pytest.fixture
def outdoors(clocked_gym: Gym, clock: ManualClock, home: TestHome) -> Outdoors:
    """A fresh gym at ten in the morning."""
    return Outdoors(clocked_gym, clock, reader(home))
