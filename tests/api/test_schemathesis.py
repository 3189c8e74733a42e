"""The whole OpenAPI under generated requests: no 500, and no answer that the document does not describe.

`PP_FUZZ_EXAMPLES` says how many generated requests an operation gets beside the systematic ones (`make soak` asks for more).
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
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
from tests.api.conftest import PASSWORD, Api, SignedInGym, running_api, signed_in
from tests.conftest import TestHome

BY_FIELD = ("member", "person_id", "plan", "identifier", "password", "current_password", "refresh_token")
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
    """The application in a thread of its own."""

    api: Api
    loop: asyncio.AbstractEventLoop

    def furnished(self) -> "Furnished":
        """A gym with something to find; each operation has its own, so that none locks, suspends or empties another's."""
        return asyncio.run_coroutine_threadsafe(_prepare(self.api), self.loop).result(60)


@dataclass(frozen=True)
class Furnished:
    """What exists in a gym, and its administrator's token."""

    known: dict[str, str]
    bearer: dict[str, str]


async def _furnish(gym: SignedInGym) -> dict[str, str]:
    """One of everything that an address can name; and its administrator is one of the platform as well."""
    member = await gym.gym.add_member()
    operator = gym.gym.operator
    await operator.run(GrantPlatform(identifier=gym.login))
    logged = await operator.run(LogWorkout(text="squat 5x5 100, bench 3x8 60", member=member.code))
    sold = await operator.run(SellMembership(member=member.code, plan="MONTHLY"))
    await operator.run(CheckIn(member=member.code))
    return {
        "member": member.code,
        "workout_id": str(logged.workout.id),
        "set_id": str(logged.workout.sets[0].id),
        "exercise": "squat",
        "code": "MONTHLY",
        "plan": "MONTHLY",
        "membership_id": str(sold.id),
        "person_id": str(member.id),
        "gym_id": str(gym.gym.id),
        "session_id": str(gym.tokens["session_id"]),
        "identifier": gym.login,
        "password": PASSWORD,
        "current_password": PASSWORD,
        "refresh_token": gym.tokens["refresh_token"],
    }


async def _prepare(api: Api) -> Furnished:
    async with signed_in(api) as gym:
        return Furnished(await _furnish(gym), gym.bearer)


@pytest.fixture(scope="module")
def target(home: TestHome) -> Iterator[Target]:
    """The application, served from another thread: the generated requests are made by this one."""
    ready: list[Target] = []
    started, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        try:
            async with running_api(home) as api:
                ready.append(Target(api, asyncio.get_running_loop()))
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


@schema.parametrize()
@bounded
def test_an_administrator(case: schemathesis.Case, target: Target, session: requests.Session) -> None:
    gym = _gyms.get(case.operation.label)
    if gym is None:
        gym = _gyms[case.operation.label] = target.furnished()
    _name_known(case, gym.known)
    _send(case, target, session, gym.bearer)


@schema.parametrize()
@settings(bounded, max_examples=max(1, EXAMPLES // 4))
def test_a_stranger(case: schemathesis.Case, target: Target, session: requests.Session) -> None:
    _send(case, target, session, {})


_gyms: dict[str, Furnished] = {}


def _name_known(case: schemathesis.Case, known: dict[str, str]) -> None:
    """In half of the requests, name what exists and use a key of their own; the others keep what was generated."""
    if crc32(repr((case.path_parameters, case.query, case.body)).encode()) % 2:
        return
    for name in case.path_parameters or ():
        case.path_parameters[name] = known.get(name, case.path_parameters[name])
    for values in (case.query, case.body):
        if isinstance(values, dict):
            values.update({name: known[name] for name in BY_FIELD if values.get(name)})
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = token_hex(12)


def _send(case: schemathesis.Case, target: Target, session: requests.Session, headers: dict[str, Any]) -> None:
    case.call_and_validate(base_url=target.api.url, session=session, headers=headers, checks=CHECKS)
