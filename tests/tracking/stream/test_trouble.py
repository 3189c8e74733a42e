"""A database that goes away, refuses or is slow, and a server that stops."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime

import pytest

from pp_core.tracking.ingest import writer
from tests.api.conftest import Api, rows, running_api
from tests.conftest import Gym, TestHome, onboard
from tests.tracking.runner import (
    Runner,
    Streaming,
    ago,
    alter,
    blocked,
    dialled,
    sent_in_batches,
    set_out,
    stored,
    told_of,
    until_blocked,
)
from tests.tracking.ways import north


async def test_a_lost_connection_is_told_and_comes_back_by_itself(api: Api, home: TestHome, runner: Runner) -> None:
    points = north(ago(60), metres=150, every=1)
    async with Streaming(api.url, runner) as socket:
        await socket.ask(*points[:10])
        with blocked(home):
            number = await socket.send(*points[10:20])
            await until_blocked(home)
            rows(home, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE usename = 'pp_ingest' AND datname = current_database()")  # fmt: skip
            code, error = await socket.ended()
        assert (code, error and error["code"]) == (1013, "database.unavailable")
        assert number not in [answer["seq"] for answer in socket.answers]
    begun = Streaming(api.url, runner)
    async with begun as socket:
        assert datetime.fromisoformat(begun.opened["last_ts"]) == points[9].ts
        await sent_in_batches(socket, points[10:])
    assert stored(home, runner) == [point.ts for point in points]


async def test_what_the_database_refuses_of_one_costs_nobody_else(
    api: Api, home: TestHome, gym: Gym, runner: Runner
) -> None:
    other = await set_out(gym)
    points = north(ago(30), metres=60, every=1)
    async with Streaming(api.url, runner) as bad, Streaming(api.url, other) as good:
        alter(home, f"ADD CONSTRAINT odd CHECK (activity_id <> '{runner.activity_id}'::uuid) NOT VALID")
        try:
            with blocked(home):
                numbers = await bad.send(*points), await good.send(*points)
                await until_blocked(home)
                later = await bad.send(points[0]), await good.send(points[0])
            assert (await bad.answer(numbers[0]))["reason"] == "not_stored"
            assert (await good.answer(numbers[1]))["accepted"] == len(points)
            assert (await bad.answer(later[0]))["reason"] == "not_stored"
            assert (await good.answer(later[1]))["reason"] == "duplicate"
        finally:
            alter(home, "DROP CONSTRAINT odd")
        assert (await bad.ask(*points))["accepted"] == len(points)


async def test_a_full_buffer_pushes_back_and_loses_nothing(
    api: Api, home: TestHome, gym: Gym, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "ROOM", 500)
    others = [await set_out(gym) for _ in range(3)]
    points = north(ago(2700), metres=7500, every=1)
    async with AsyncExitStack() as held:
        sockets = [await held.enter_async_context(Streaming(api.url, one)) for one in (runner, *others)]
        with blocked(home):
            numbers = [
                [await socket.send(*points[at : at + 50]) for at in range(0, len(points), 50)] for socket in sockets
            ]
            await until_blocked(home)
            # One message each is looked at before its socket sees that there is no room.
            assert api.runtime.ingest.waiting <= 500 + len(sockets) * 50
        for socket, sent in zip(sockets, numbers, strict=True):
            assert sum([(await socket.answer(number))["accepted"] for number in sent]) == len(points)
    assert api.runtime.ingest.waiting == 0
    for one in (runner, *others):
        assert len(stored(home, one)) == len(points)


async def test_a_server_that_stops_stores_answers_and_says_so(api: Api, home: TestHome, runner: Runner) -> None:
    points = north(ago(300), metres=600, every=1)
    async with Streaming(api.url, runner) as socket:
        with blocked(home):
            number = await socket.send(*points)
            await until_blocked(home)
            closing = asyncio.create_task(api.runtime.ingest.close())
        assert (await socket.answer(number))["accepted"] == len(points)
        code, error = await socket.ended()
        await closing
    assert (code, error and error["code"]) == (1012, "tracking.server_stopping")
    assert sum(told_of(home, runner)) == len(points)


async def test_a_server_without_the_writer_s_address_says_so(home: TestHome) -> None:
    without = replace(home, urls=replace(home.urls, ingest=None))
    async with running_api(without) as api:
        runner = await set_out(await onboard(api.runtime))
        async with dialled(api.url, runner.token) as socket:
            code, error = await socket.ended()
    assert (code, error and error["code"]) == (1013, "tracking.no_ingest")
    assert error is not None
    assert "PP_DATABASE_INGEST_URL" in error["detail"]
