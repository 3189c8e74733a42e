"""The whole OpenAPI under generated requests: no 500, and no answer that the document does not describe.

`PP_FUZZ_EXAMPLES` says how many generated requests an operation gets beside the systematic ones (`make soak` asks for more).
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pp_api.openapi import describe
from pp_api.routes import bindings
from pp_core.identity.operations import GrantPlatform
from pp_core.memberships.operations import CheckIn, SellMembership
from pp_core.workouts.operations import LogWorkout
from tests.api.conftest import Api, SignedInGym, running_api, signed_in
from tests.conftest import TestHome

EXAMPLES = int(os.environ.get("PP_FUZZ_EXAMPLES", "8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="PP_FUZZ_EXAMPLES" not in os.environ,
)

schema = schemathesis.openapi.from_dict(describe(bindings()))
schema.config.generation.allow_x00 = True


@dataclass(frozen=True)
class Target:
    """The application in a thread of its own, and a gym in it with something to find."""

    api: Api
    loop: asyncio.AbstractEventLoop
    known: dict[str, str]
    gym: SignedInGym

    def fresh(self) -> SignedInGym:
        """Another gym, for what would lock or sign out the one that all others use."""
        return asyncio.run_coroutine_threadsafe(_keep(self.api), self.loop).result(60)


async def _keep(api: Api) -> SignedInGym:
    gym = await signed_in(api).__aenter__()
    # One that may also do what only the platform may.
    await gym.gym.operator.run(GrantPlatform(identifier=gym.login))
    return gym


async def _furnish(gym: SignedInGym) -> dict[str, str]:
    """One of everything that an address can name."""
    member = await gym.gym.add_member()
    operator = gym.gym.operator
    logged = await operator.run(LogWorkout(text="squat 5x5 100, bench 3x8 60", member=member.code))
    sold = await operator.run(SellMembership(member=member.code, plan="MONTHLY"))
    await operator.run(CheckIn(member=member.code))
    return {
        "member": member.code,
        "workout_id": str(logged.workout.id),
        "set_id": str(logged.workout.sets[0].id),
        "exercise": "squat",
        "code": "MONTHLY",
        "membership_id": str(sold.id),
        "person_id": str(member.id),
        "gym_id": str(gym.gym.id),
        "session_id": str(gym.tokens["session_id"]),
    }


@asynccontextmanager
async def _target(home: TestHome) -> AsyncIterator[Target]:
    async with running_api(home) as api, signed_in(api) as gym:
        yield Target(api, asyncio.get_running_loop(), await _furnish(gym), gym)


@pytest.fixture(scope="module")
def target(home: TestHome) -> Iterator[Target]:
    """The application, served from another thread: the generated requests are made by this one."""
    ready: list[Target] = []
    started, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        try:
            async with _target(home) as target:
                ready.append(target)
                started.set()
                await asyncio.to_thread(stop.wait)
        finally:
            started.set()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="api under generated requests")
    thread.start()
    started.wait(60)
    try:
        yield ready[0]
    finally:
        stop.set()
        thread.join(30)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """One connection for thousands of requests."""
    with requests.Session() as opened:
        yield opened


def _name_known(case: schemathesis.Case, known: dict[str, str]) -> None:
    """In half of the requests, point the address at what exists; the other half keeps what was generated."""
    if case.path_parameters and crc32(repr(case.path_parameters).encode()) % 2:
        for name in case.path_parameters:
            case.path_parameters[name] = known.get(name, case.path_parameters[name])


@schema.parametrize()
@bounded
def test_an_administrator(case: schemathesis.Case, target: Target, session: requests.Session) -> None:
    gym = target.gym if not _dangerous(case) else _own(target, case)
    _name_known(case, target.known)
    _send(case, target, session, gym.bearer)


@schema.parametrize()
@settings(bounded, max_examples=max(1, EXAMPLES // 4))
def test_a_stranger(case: schemathesis.Case, target: Target, session: requests.Session) -> None:
    _send(case, target, session, {})


def _send(case: schemathesis.Case, target: Target, session: requests.Session, headers: dict[str, Any]) -> None:
    case.call_and_validate(base_url=target.api.url, session=session, headers=headers, checks=CHECKS)


_own_gyms: dict[str, SignedInGym] = {}


def _dangerous(case: schemathesis.Case) -> bool:
    return case.operation.path.startswith(("/api/v1/auth", "/api/v1/me", "/api/v1/staff", "/api/v1/gyms", "/api/v1/platform"))


def _own(target: Target, case: schemathesis.Case) -> SignedInGym:
    if case.operation.label not in _own_gyms:
        _own_gyms[case.operation.label] = target.fresh()
    return _own_gyms[case.operation.label]
