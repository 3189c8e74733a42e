"""Sessions that a screen holds all day: where the core is found, and tokens that end while several tasks ask."""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import BaseModel

from pp_core.client import session, signing_in
from pp_core.client.connect import SignedInClient
from pp_core.client.local import LocalClient
from pp_core.client.remote import RemoteClient, Tokens
from pp_core.client.signing_in import Session, reach
from pp_core.identity.operations import RefreshSession
from pp_core.kernel.call import NOBODY, Credentials
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import NotSignedIn, SessionEnded
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door, Role
from pp_core.memberships.operations import CheckIn, WatchVisits
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import GetGym
from tests.api.conftest import Api, SignedInGym
from tests.conftest import Gateway, Gym, TestHome, onboard
from tests.staff import Staff, hire

R = TypeVar("R", bound=BaseModel)
PATIENCE = 20
A_WHILE = timedelta(minutes=20)
"""Longer than an access token lasts."""


@pytest.fixture
async def kept(admin: SignedInGym, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> session.Login:
    """A login that this machine keeps, whose access token has ended."""
    monkeypatch.setenv("PP_CONFIG_DIR", str(tmp_path))
    url = str(admin.http.base_url).rstrip("/")
    gym = admin.gym.slug
    access = {gym: session.Access(admin.tokens["access_token"], 0.0)}
    login = session.Login(url, admin.login, gym, admin.tokens["refresh_token"], access)
    session.save(login, make_current=True)
    return login


async def test_tasks_that_find_the_kept_token_ended_wait_for_one_exchange_without_standing_still(
    kept: session.Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = fcntl.flock

    def impatient(descriptor: int, how: int) -> None:
        plain(descriptor, how | fcntl.LOCK_NB)  # a lock that is waited for here stops every task of a screen for good

    monkeypatch.setattr(fcntl, "flock", impatient)
    async with RemoteClient.connect(kept.url) as remote:
        client = SignedInClient(remote, kept.url, None)
        gyms = await asyncio.gather(*(client.run(GetGym()) for _ in range(5)))
    assert {gym.slug for gym in gyms} == {kept.gym}


async def test_a_login_held_by_another_process_is_waited_for_while_others_go_on(
    kept: session.Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "TRY_SECONDS", 0.01)
    async with RemoteClient.connect(kept.url) as remote:
        with session.alone():  # through another descriptor, as another process would
            asking = asyncio.create_task(SignedInClient(remote, kept.url, None).run(GetGym()))
            done, _ = await asyncio.wait({asking}, timeout=0.2)
            assert not done
        assert (await asyncio.wait_for(asking, PATIENCE)).slug == kept.gym


class Held:
    """A client whose exchange of tokens waits before its answer is given; a `Client`."""

    def __init__(self, inner: Any, free: asyncio.Event, sent: asyncio.Event) -> None:
        self._inner, self._free, self._sent = inner, free, sent

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        answer: R = await self._inner.run(op, key=key)
        if isinstance(op, RefreshSession):
            self._sent.set()
            await self._free.wait()
        return answer

    def watch(self, topic: Any) -> Any:
        return self._inner.watch(topic)

    def acting(self, credentials: Credentials) -> "Held":
        return Held(self._inner.acting(credentials), self._free, self._sent)


@pytest.fixture
async def timed(home: TestHome) -> AsyncIterator[tuple[Gym, ManualClock]]:
    """A gym and its clock, whose watchers are asked for their permission again and again."""
    clock = ManualClock(datetime(2026, 11, 21, 7, 0, tzinfo=UTC))
    async with Runtime(home.settings, home, sms=Gateway(), clock=clock, recheck_watchers=0.02) as runtime:
        yield await onboard(runtime), clock


async def held_session(staff: Staff, free: asyncio.Event, sent: asyncio.Event) -> Session:
    nobody = LocalClient(staff.gym.runtime.pulse, Door.TUI, NOBODY)
    return Session(Held(nobody, free, sent), await staff.sign_in(gym=staff.gym.slug))


async def test_who_stops_waiting_for_new_tokens_does_not_lose_the_session(timed: tuple[Gym, ManualClock]) -> None:
    """A card that is closed while its request exchanges the tokens: a refresh token used twice would end the session."""
    gym, clock = timed
    free, sent = asyncio.Event(), asyncio.Event()
    client = await held_session(await hire(gym, Role.RECEPTION), free, sent)
    clock.advance(A_WHILE)
    asking = asyncio.create_task(client.run(GetGym()))
    await asyncio.wait_for(sent.wait(), PATIENCE)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    free.set()
    assert (await client.run(GetGym())).slug == gym.slug


async def test_a_watch_outlives_every_access_token(timed: tuple[Gym, ManualClock]) -> None:
    gym, clock = timed
    free = asyncio.Event()
    free.set()
    client = await held_session(await hire(gym, Role.RECEPTION), free, asyncio.Event())
    member = await gym.add_member()
    async with aclosing(client.watch(WatchVisits())) as changes:
        assert (await asyncio.wait_for(anext(changes), PATIENCE)).began
        for _ in range(3):
            clock.advance(A_WHILE)
            assert (await asyncio.wait_for(anext(changes), PATIENCE)).began, "the same session, watched afresh"
        visit = (await gym.operator.run(CheckIn(member=member.code, override_reason="first visit"))).visit
        assert (await asyncio.wait_for(anext(changes), PATIENCE)).ids == (visit.id,)


async def test_a_session_that_is_over_is_told_as_such(timed: tuple[Gym, ManualClock]) -> None:
    gym, clock = timed
    free = asyncio.Event()
    free.set()
    client = await held_session(await hire(gym, Role.RECEPTION), free, asyncio.Event())
    clock.advance(timedelta(days=400))
    with pytest.raises(SessionEnded):
        await client.run(GetGym())
    with pytest.raises(SessionEnded):
        await asyncio.wait_for(anext(client.watch(WatchVisits())), PATIENCE)


async def test_a_remote_clients_own_exchange_is_not_lost_either(
    admin: SignedInGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, answered, free = RemoteClient._send, asyncio.Event(), asyncio.Event()

    async def slow(self: RemoteClient, op: Operation[R], key: str | None) -> R:
        answer = await plain(self, op, key)
        if isinstance(op, RefreshSession):
            answered.set()
            await free.wait()
        return answer

    monkeypatch.setattr(RemoteClient, "_send", slow)
    stale = Tokens("expired.or.forged", admin.tokens["refresh_token"])
    async with RemoteClient.connect(str(admin.http.base_url), stale) as client:
        asking = asyncio.create_task(client.run(GetGym()))
        await asyncio.wait_for(answered.wait(), PATIENCE)
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
        free.set()
        assert (await client.run(GetGym())).slug == admin.gym.slug


async def test_a_kept_login_is_taken_up_where_it_was_made(kept: session.Login) -> None:
    async with reach(door=Door.TUI) as reached:
        assert (reached.url, reached.login) == (kept.url, kept)
        assert reached.kept is not None
        assert (await reached.kept.run(GetGym())).slug == kept.gym
        with pytest.raises(NotSignedIn):
            await reached.nobody.run(GetGym())


async def test_a_server_that_is_named_or_runs_here_is_reached_without_a_login(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PP_CONFIG_DIR", str(tmp_path))
    async with reach(door=Door.TUI, server=api.url) as reached:
        assert (reached.url, reached.kept, reached.login) == (api.url, None, None)
    monkeypatch.setattr(signing_in, "_serving", lambda _: api.url)
    async with reach(door=Door.TUI) as reached:
        assert (reached.url, reached.kept) == (api.url, None)
        with pytest.raises(NotSignedIn):
            await reached.nobody.run(GetGym())


async def test_else_the_database_of_this_machine_is_opened(
    home: TestHome, kept: session.Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "_home", lambda _: home)
    monkeypatch.setattr(type(home), "close", lambda _: None, raising=False)
    finished: list[Any] = []

    async def finish_own(*given: Any) -> None:
        finished.append(given)

    monkeypatch.setattr("pp_core.runtime.jobs.finish_own", finish_own)
    async with reach(door=Door.TUI, local=True, settings=replace(home.settings, pool_size=2)) as reached:
        assert (reached.url, reached.kept, reached.login) == (None, None, None), "the kept login is another place's"
        with pytest.raises(NotSignedIn):
            await reached.nobody.run(GetGym())
        assert not finished
    assert len(finished) == 1, "the jobs that were queued here are done on leaving"
