"""What comes of live points while they come in: figures, pauses, limits, late ones, and who is told."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import psycopg
import pytest

from pp_core.kernel.policy import Rate
from pp_core.runtime.worker import Worker
from pp_core.tracking.operations import (
    DeleteActivity,
    EditActivity,
    PauseActivity,
    ResumeActivity,
    ShowActivity,
    ShowBoard,
    StopActivity,
    WatchBoard,
)
from pp_core.tracking.rules.sampling import wished_interval_s
from tests.api.conftest import Api, rows, running_api
from tests.conftest import Gym, TestHome, onboard
from tests.tracking.runner import (
    PATIENCE,
    Runner,
    Streaming,
    ago,
    dialled,
    sent_in_batches,
    set_out,
    stored,
    told_of,
)
from tests.tracking.ways import north


async def test_live_figures_are_those_of_the_summary(api: Api, runner: Runner) -> None:
    points = north(ago(1000), metres=3000, every=1)
    async with Streaming(api.url, runner) as socket:
        await sent_in_batches(socket, points)
        live = await socket.told("live")
        while live["distance_m"] < 2900:
            live = await socket.told("live")
    finished = await runner.client.run(StopActivity())
    assert live["points"] == len(points)
    assert live["distance_m"] == pytest.approx(finished.distance_m, rel=0.01)
    assert live["moving_s"] == pytest.approx(finished.moving_s, rel=0.01)
    # Since it was begun, which was just now, when its points were a quarter of an hour old.
    assert live["pace_s_per_km"] == pytest.approx(finished.moving_s / finished.distance_m * 1000, rel=0.01)


async def test_a_speed_that_the_device_does_not_know_is_not_told(api: Api, runner: Runner) -> None:
    async with Streaming(api.url, runner) as socket:
        await socket.ask({"ts": ago(2).timestamp(), "lat": 0.5, "lon": 36.5, "speed": -1})
        live = await socket.told("live")
    assert (live["points"], live["speed"]) == (1, None)
    # As often as for somebody whose speed was never sent, not as seldom as for somebody who stands.
    assert live["interval_s"] == wished_interval_s(None, 1, 50_000)


async def test_the_board_shows_who_streams(api: Api, gym: Gym, runner: Runner) -> None:
    points = north(ago(60), metres=150, every=1)
    async with Streaming(api.url, runner) as socket:
        await socket.ask(*points)
        [out] = (await gym.operator.run(ShowBoard())).runners
    assert (out.activity_id, out.lat, out.lon) == (runner.activity_id, points[-1].lat, points[-1].lon)


async def test_a_pause_is_kept_and_not_counted(api: Api, home: TestHome, runner: Runner) -> None:
    points = north(ago(900), metres=2400, every=1)
    async with Streaming(api.url, runner) as socket:
        await sent_in_batches(socket, points[:200])
        await runner.client.run(PauseActivity())
        await sent_in_batches(socket, points[200:400])
        live = await socket.told("live")
        while live["status"] != "paused":
            live = await socket.told("live")
        await runner.client.run(ResumeActivity())
        await sent_in_batches(socket, points[400:])
        while live["status"] != "live" or live["points"] < len(points):
            live = await socket.told("live")
    assert stored(home, runner) == [point.ts for point in points]
    # The first message behind a pause still goes on from the last before it: its sender was not told yet.
    assert live["distance_m"] < 2400 - 3 * 90


async def test_a_fast_clock_is_found_out_and_kept_beside_the_points(api: Api, home: TestHome, runner: Runner) -> None:
    ahead = timedelta(seconds=90)
    points = [point.model_copy(update={"ts": point.ts + ahead}) for point in north(ago(30), metres=90, every=1)]
    async with Streaming(api.url, runner) as socket:
        for point in points[-3:]:
            assert (await socket.ask(point))["accepted"] is True
    assert stored(home, runner) == [point.ts for point in points[-3:]]
    [(shift,)] = rows(home, "SELECT clock_shift_ms FROM activities WHERE id = %s", runner.activity_id)
    assert shift == pytest.approx(90_000, abs=5_000)


async def test_who_sends_too_much_is_warned_then_refused_and_nobody_else(home: TestHome) -> None:
    rates = {**home.settings.rates, Rate.POINTS: (100, 3600)}
    async with running_api(home, rates=rates) as api:
        gym = await onboard(api.runtime)
        hasty, calm = await set_out(gym), await set_out(gym)
        points = north(ago(200), metres=450, every=1)
        async with Streaming(api.url, hasty) as fast, Streaming(api.url, calm) as slow:
            assert (await fast.ask(*points[:60]))["accepted"] == 60
            assert (await fast.told("hint"))["slow_down"] is True
            answer = await fast.ask(*points[60:110])
            assert answer["accepted"] == 40
            assert answer["rejected"] == [[place, "too_many"] for place in range(40, 50)]
            assert (await fast.ask(points[110])) == {"seq": 3, "accepted": False, "reason": "too_many"}
            assert (await slow.ask(*points[:60]))["accepted"] == 60
        assert len(stored(home, hasty)) == 100


async def test_a_full_activity_keeps_what_it_has(api: Api, home: TestHome, gym: Gym, runner: Runner) -> None:
    rows(home, "UPDATE tenants SET limits = '{\"points_per_activity\": 50}' WHERE tenant_id = %s RETURNING 1", gym.id)
    points = north(ago(200), metres=450, every=1)
    begun = Streaming(api.url, runner)
    async with begun as socket:
        assert begun.opened["cap"] == 50
        assert (await socket.ask(*points[:48]))["accepted"] == 48
        sparse = await socket.told("live")
        assert sparse["interval_s"] > begun.opened["interval_s"]
        answer = await socket.ask(*points[48:53])
        assert answer["rejected"] == [[place, "full"] for place in range(2, 5)]
        assert (await socket.ask(points[60]))["reason"] == "full"
    assert stored(home, runner) == [point.ts for point in points[:50]]


async def test_late_points_of_a_finished_activity_are_stored_and_summarised(
    api: Api, worker: Worker, runner: Runner
) -> None:
    points = north(ago(900), metres=2400, every=1)
    async with Streaming(api.url, runner) as socket:
        await sent_in_batches(socket, points[:400])
        short = await runner.client.run(StopActivity())
        assert short.distance_m == pytest.approx(3 * 399, rel=0.01)
        answers = await sent_in_batches(socket, points[400:])
        assert all("rejected" not in answer for answer in answers)
    await worker.drain()
    whole = await runner.client.run(ShowActivity(activity_id=runner.activity_id))
    assert whole.distance_m == pytest.approx(2400, rel=0.01)
    assert whole.summary.points == len(points)


async def test_what_its_owner_cut_off_does_not_come_back(
    api: Api, home: TestHome, worker: Worker, runner: Runner
) -> None:
    """Said to whoever sends it again, one by one and in the middle of others; what lies within still joins."""
    points = north(ago(900), metres=2400, every=1)
    async with Streaming(api.url, runner) as socket:
        await sent_in_batches(socket, [*points[:399], *points[401:]])
        await runner.client.run(StopActivity())
        edited = await runner.client.run(
            EditActivity(activity_id=runner.activity_id, begins_at=points[100].ts, ends_at=points[700].ts)
        )
        answer = await socket.ask(*points[698:703], {"ts": 0, "lat": 91, "lon": 0}, points[703], points[399])
        assert answer["rejected"] == [[3, "cut_off"], [4, "cut_off"], [5, "out_of_bounds"], [6, "cut_off"]]
        assert (answer["accepted"], answer["duplicates"]) == (1, 3)
        for _ in range(2):
            assert await socket.ask(points[99]) == {"seq": socket.seq, "accepted": False, "reason": "cut_off"}
        assert await socket.ask(points[399]) == {"seq": socket.seq, "accepted": True, "reason": "duplicate"}
        assert await socket.ask(points[400]) == {"seq": socket.seq, "accepted": True}
    assert stored(home, runner) == [point.ts for point in points[100:701]]
    await worker.drain()
    after = await runner.client.run(ShowActivity(activity_id=runner.activity_id))
    assert (after.summary.points, after.started_at, after.ended_at) == (601, edited.started_at, edited.ended_at)


async def test_a_summary_that_holds_the_activity_keeps_only_its_own_points_waiting(
    api: Api, home: TestHome, gym: Gym, runner: Runner
) -> None:
    other = await set_out(gym)
    points = north(ago(30), metres=60, every=1)
    assert home.urls.admin is not None
    async with Streaming(api.url, runner) as held, Streaming(api.url, other) as free:
        with psycopg.connect(home.urls.admin) as sealing:
            sealing.execute("SELECT 1 FROM activities WHERE id = %s FOR UPDATE", [runner.activity_id])
            number = await held.send(*points)
            for point in points:
                assert (await free.ask(point))["accepted"] is True
            assert held.answers == []
            assert stored(home, runner) == []
            sealing.rollback()
        assert (await held.answer(number))["accepted"] == len(points)
    assert stored(home, runner) == [point.ts for point in points]


async def test_a_deleted_activity_takes_no_points(api: Api, home: TestHome, runner: Runner) -> None:
    points = north(ago(30), metres=60, every=1)
    async with Streaming(api.url, runner) as socket:
        await socket.ask(*points[:5])
        await runner.client.run(DeleteActivity(activity_id=runner.activity_id))
        await socket.send(*points[5:])
        code, error = await socket.ended()
    assert (code, error and error["code"]) == (4404, "tracking.activity_unknown")
    assert stored(home, runner) == []
    async with dialled(api.url, runner.token, activity=runner.activity_id) as again:
        assert (await again.ended())[0] == 4404


async def test_a_burst_is_told_of_in_few_events_that_miss_no_point(home: TestHome) -> None:
    async with running_api(home) as api:
        runner = await set_out(await onboard(api.runtime))
        points = north(ago(1800), metres=5000, every=1)
        async with Streaming(api.url, runner) as socket:
            await sent_in_batches(socket, points, size=10)
            assert len(told_of(home, runner)) <= 3
    assert sum(told_of(home, runner)) == len(points)


async def test_who_watches_hears_of_points(api: Api, gym: Gym, runner: Runner) -> None:
    async with aclosing(gym.operator.watch(WatchBoard())) as changes, asyncio.timeout(PATIENCE):
        assert (await anext(changes)).began
        async with Streaming(api.url, runner) as socket:
            await socket.ask(*north(ago(30), metres=60, every=1))
            assert runner.activity_id in (await anext(changes)).ids
