"""Topics in process: the first change, what arrives and what does not, and how a watch ends."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from pp_core.identity.operations import SignOut
from pp_core.kernel.call import Call
from pp_core.kernel.db import listening
from pp_core.kernel.db.statement import Statement
from pp_core.kernel.db.transaction import Transaction
from pp_core.kernel.errors import DatabaseUnavailable, PermissionMissing, SessionEnded
from pp_core.kernel.policy import Role
from pp_core.kernel.watching import Change, Topic, Unwatchable
from pp_core.memberships.events import VisitRecorded
from pp_core.memberships.operations import CheckedIn, CheckIn, VisitRow, WatchVisits
from pp_core.runtime.wiring import Runtime
from tests.conftest import Gateway, Gym, TestHome, onboard
from tests.staff import hire

Changes = AsyncGenerator[Change, None]
PATIENCE = 20


async def following(changes: Changes) -> Change:
    """The next change, which should not take long."""
    return await asyncio.wait_for(anext(changes), PATIENCE)


@asynccontextmanager
async def watching(gym: Gym) -> AsyncIterator[Changes]:
    """A watch of the gym's visits that has begun."""
    async with aclosing(gym.operator.watch(WatchVisits())) as changes:
        assert await following(changes) == Change(began=True)
        yield changes


async def come_in(gym: Gym) -> CheckedIn:
    member = await gym.add_member()
    return await gym.operator.run(CheckIn(member=member.code, override_reason="first visit"))


def on_database(home: TestHome, statement: str, *values: object) -> list[tuple[object, ...]]:
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


async def test_who_comes_in_is_told_to_all_who_watch(gym: Gym) -> None:
    async with watching(gym) as one, watching(gym) as other:
        visit = (await come_in(gym)).visit
        assert await following(one) == await following(other) == Change(ids=(visit.id,))


async def test_what_another_process_commits_arrives(gym: Gym, home: TestHome) -> None:
    async with Runtime(home.settings, home, sms=Gateway()) as elsewhere, watching(gym) as changes:
        visit = (await come_in(replace(gym, runtime=elsewhere))).visit
        assert (await following(changes)).ids == (visit.id,)


async def test_changes_that_wait_come_as_one(gym: Gym) -> None:
    async with watching(gym) as changes:
        visits = [(await come_in(gym)).visit.id for _ in range(3)]
        arrived: list[object] = []
        while len(arrived) < 3:
            arrived += (await following(changes)).ids
        assert arrived == visits


async def and_then_fail(tx: Transaction, statement: Statement, /, **values: object) -> int:
    """Run the statement, then give up the transaction."""
    text, parameters = statement.prepared(values)
    await tx.connection.execute(text, parameters)
    raise RuntimeError("changed my mind")


async def test_only_new_visits_that_were_committed_are_told(
    gym: Gym, other_gym: Gym, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeat, a rollback and another gym's visit are silent: the next thing heard is what came after them."""
    first = await come_in(gym)
    async with watching(gym) as changes:
        again = await gym.operator.run(CheckIn(member=first.visit.person_code, override_reason="forgot a towel"))
        assert again.repeated
        await come_in(other_gym)
        with monkeypatch.context() as patched:
            patched.setattr(Transaction, "run", and_then_fail)
            with pytest.raises(RuntimeError, match="changed my mind"):
                await recorded(gym, first.visit)
        visit = (await come_in(gym)).visit
        assert await following(changes) == Change(ids=(visit.id,))


async def recorded(gym: Gym, visit: VisitRow) -> None:
    """Say in a transaction of the worker's that the visit was recorded."""
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        ctx.emit(VisitRecorded(visit_id=visit.id, person_id=visit.person_id, branch_id=None, day=visit.day))


async def test_the_systems_own_transactions_are_told(gym: Gym) -> None:
    visit = (await come_in(gym)).visit
    async with watching(gym) as changes:
        await recorded(gym, visit)
        assert (await following(changes)).ids == (visit.id,)


async def test_who_lags_behind_begins_afresh(gym: Gym, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "ROOM", 2)
    async with watching(gym) as slow, watching(gym) as quick:
        seen = 0
        for _ in range(3):
            await come_in(gym)
            seen += len((await following(quick)).ids)
        assert seen == 3
        assert await following(slow) == Change(began=True)
        visit = (await come_in(gym)).visit
        assert await following(slow) == Change(ids=(visit.id,))


async def test_a_lost_connection_ends_the_watch_and_the_next_one_works(gym: Gym, home: TestHome) -> None:
    async with watching(gym) as changes:
        killed = on_database(
            home,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'pp live' AND datname = current_database()",
        )
        assert killed
        with pytest.raises(DatabaseUnavailable):
            await following(changes)
    async with watching(gym) as changes:
        visit = (await come_in(gym)).visit
        assert (await following(changes)).ids == (visit.id,)


async def test_one_connection_serves_all_and_goes_with_the_last(home: TestHome) -> None:
    async def connections(wanted: int) -> int:
        open_now = -1
        async with asyncio.timeout(PATIENCE):
            while open_now != wanted:
                found = await asyncio.to_thread(
                    on_database, home, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pp live, alone'"
                )
                open_now = int(str(found[0][0]))
        return open_now

    listener = listening.Listener(f"{home.urls.app}", name="pp live, alone")
    gym_id = (await onboard_alone(home)).id
    async with listener.following(gym_id, ["a.b"]):
        async with listener.following(gym_id, ["a.b", "c.d"]):
            assert listener.watching == 2
            assert await connections(1) == 1
        assert listener.watching == 1
    assert listener.watching == 0
    assert await connections(0) == 0
    await listener.close()


async def onboard_alone(home: TestHome) -> Gym:
    async with Runtime(home.settings, home, sms=Gateway()) as runtime:
        return await onboard(runtime)


async def test_a_closing_core_ends_its_watches(home: TestHome) -> None:
    async with Runtime(home.settings, home, sms=Gateway()) as runtime:
        gym = await onboard(runtime)
        async with watching(gym) as changes:
            await runtime.listener.close()
            assert [change async for change in changes] == []
        with pytest.raises(DatabaseUnavailable):
            await following(gym.operator.watch(WatchVisits()))


async def test_behind_a_pooler_the_workers_way_is_taken_or_none(home: TestHome) -> None:
    pooled = replace(home.settings, pooled=True)
    async with Runtime(pooled, home, sms=Gateway()) as runtime:
        gym = await onboard(runtime)
        with pytest.raises(Unwatchable):
            await following(gym.operator.watch(WatchVisits()))
    direct = replace(pooled, database_worker_url=home.urls.worker)
    async with Runtime(direct, home, sms=Gateway()) as runtime, watching(replace(gym, runtime=runtime)) as changes:
        visit = (await come_in(replace(gym, runtime=runtime))).visit
        assert (await following(changes)).ids == (visit.id,)


async def test_what_cannot_be_read_is_passed_over(gym: Gym, home: TestHome) -> None:
    async with watching(gym) as changes:
        for payload in ("", "nonsense", f"{gym.id} memberships.visit.recorded x", f"{gym.id} a b c"):
            on_database(home, "SELECT pg_notify('pp_live', %s)", payload)
        visit = (await come_in(gym)).visit
        assert (await following(changes)).ids == (visit.id,)


@pytest.fixture
async def strict(home: TestHome) -> AsyncIterator[Gym]:
    """A gym whose watchers are asked for their permission again and again."""
    async with Runtime(home.settings, home, sms=Gateway(), recheck_watchers=0.05) as runtime:
        yield await onboard(runtime)


async def test_a_session_that_ends_ends_the_watch(strict: Gym) -> None:
    trainer = await hire(strict, Role.TRAINER)
    signed_in = await trainer.sign_in(gym=strict.slug)
    client = trainer.holding(signed_in)
    async with aclosing(client.watch(WatchVisits())) as changes:
        assert (await following(changes)).began
        await client.run(SignOut())
        with pytest.raises(SessionEnded):
            await following(changes)


async def test_a_role_that_is_withdrawn_ends_the_watch(strict: Gym, home: TestHome) -> None:
    trainer = await hire(strict, Role.TRAINER)
    client = trainer.holding(await trainer.sign_in(gym=strict.slug))
    async with aclosing(client.watch(WatchVisits())) as changes:
        assert (await following(changes)).began
        on_database(home, "UPDATE people SET roles = '{CLIENT}' WHERE id = %s", trainer.person_id)
        with pytest.raises(PermissionMissing):
            await following(changes)


async def test_who_still_may_goes_on_watching(strict: Gym) -> None:
    trainer = await hire(strict, Role.TRAINER)
    client = trainer.holding(await trainer.sign_in(gym=strict.slug))
    asked: list[bool] = []
    let_watch = strict.runtime.pulse._let_watch

    async def counting(topic: Topic, call: Call, *, again: bool) -> UUID:
        asked.append(again)
        return await let_watch(topic, call, again=again)

    strict.runtime.pulse._let_watch = counting  # type: ignore[method-assign]
    async with aclosing(client.watch(WatchVisits())) as changes:
        assert (await following(changes)).began
        waiting = asyncio.create_task(following(changes))
        async with asyncio.timeout(PATIENCE):
            while len(asked) < 4:
                await asyncio.sleep(0)
        visit = (await come_in(strict)).visit
        assert (await waiting).ids == (visit.id,)
    assert asked[:4] == [False, True, True, True]
