"""Live points over a real socket: answered after the commit, judged one by one, none lost and none twice."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from pp_core.tracking.operations import (
    PointIn,
    StopActivity,
)
from tests.api.conftest import Api, rows
from tests.conftest import TestHome, onboard
from tests.tracking.runner import (
    Frame,
    Runner,
    Streaming,
    ago,
    blocked,
    dialled,
    sent_in_batches,
    set_out,
    stored,
    until_blocked,
    wire,
)
from tests.tracking.ways import NAIROBI, north


async def test_a_point_is_answered_and_stored(api: Api, home: TestHome, runner: Runner) -> None:
    point = PointIn(ts=ago(1), lat=-1.2921, lon=36.8219, altitude=1661.5, speed=2.5, accuracy=4.0, hr=142)
    async with Streaming(api.url, runner) as socket:
        assert await socket.ask(point) == {"seq": 1, "accepted": True}
    [kept] = rows(
        home,
        "SELECT device_ts, lat, lon, altitude, speed, accuracy, heart_rate FROM activity_points WHERE activity_id = %s",
        runner.activity_id,
    )
    assert kept == (point.ts, point.lat, point.lon, point.altitude, point.speed, point.accuracy, point.hr)


async def test_what_a_device_does_not_know_stays_unknown(api: Api, home: TestHome, runner: Runner) -> None:
    async with Streaming(api.url, runner) as socket:
        assert (await socket.ask({"ts": ago(1).timestamp(), "lat": 0.5, "lon": 36.5, "speed": -1}))["accepted"] is True
    [kept] = rows(
        home,
        "SELECT altitude, speed, accuracy, heart_rate FROM activity_points WHERE activity_id = %s",
        runner.activity_id,
    )
    assert kept == (None, None, None, None)


async def test_a_batch_is_answered_by_one_frame(api: Api, home: TestHome, runner: Runner) -> None:
    points = north(ago(200), metres=300, every=1)
    async with Streaming(api.url, runner) as socket:
        assert await socket.ask(*points) == {"seq": 1, "accepted": len(points)}
    assert stored(home, runner) == [point.ts for point in points]


NOW = {"ts": 0.0, "lat": NAIROBI[0], "lon": NAIROBI[1]}
BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "a day ahead": ("in_future", {"ts": 86_400.0}),
    "a month old": ("too_old", {"ts": -31 * 86_400.0}),
    "north of the pole": ("out_of_bounds", {"lat": 91.0}),
    "where a receiver is that knows nothing": ("out_of_bounds", {"lat": 0.0, "lon": 0.0}),
    "higher than Everest": ("out_of_bounds", {"altitude": 12_000.0}),
    "a heart of a hummingbird": ("out_of_bounds", {"hr": 1200}),
    "somewhere in town": ("inaccurate", {"accuracy": 900.0}),
    "as fast as a train": ("too_fast", {"speed": 60.0}),
    "in Mombasa a second later": ("too_fast", {"lat": -4.0435, "lon": 39.6682}),
    "no number": ("not_a_number", {"lat": float("nan")}),
    "no position": ("malformed", {"lat": None}),
    "a time without its offset": ("malformed", {"ts": "2026-11-21T07:00:00"}),
    "a field that nobody knows": ("malformed", {"heart_rate": 140}),
}


def odd(changes: dict[str, Any]) -> Frame:
    frame = {**NOW, **changes}
    if isinstance(frame["ts"], float):
        frame["ts"] += datetime.now(UTC).timestamp()
    return frame


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_point_is_refused_with_its_reason(api: Api, home: TestHome, runner: Runner, name: str) -> None:
    reason, changes = BAD[name]
    good = north(ago(3), metres=6, every=1)
    async with Streaming(api.url, runner) as socket:
        assert (await socket.ask(*good[:2]))["accepted"] == 2
        answer = await socket.ask(odd(changes))
        assert (answer["accepted"], answer["reason"]) == (False, reason)
        assert ("detail" in answer) == (reason == "malformed")
        assert (await socket.ask(good[2]))["accepted"] is True
    assert stored(home, runner) == [point.ts for point in good]


async def test_the_bad_ones_of_a_batch_are_named_by_their_places(api: Api, home: TestHome, runner: Runner) -> None:
    good = north(ago(60), metres=30, every=1)
    mixed: list[Any] = [wire(point) for point in good]
    for place, name in ((2, "north of the pole"), (5, "no position"), (7, "no number")):
        mixed.insert(place, odd(BAD[name][1]))
    async with Streaming(api.url, runner) as socket:
        answer = await socket.ask(*mixed)
    assert answer["accepted"] == len(good)
    assert answer["rejected"] == [[2, "out_of_bounds"], [5, "malformed"], [7, "not_a_number"]]
    assert stored(home, runner) == [point.ts for point in good]


@pytest.mark.parametrize(
    "frame",
    ["", "no json", "[1, 2]", '"seq"', '{"ts": 1}', '{"seq": true}', '{"seq": 3, "points": 7}', "\x00", "{" * 9000],
)
async def test_a_frame_that_is_none_is_answered_and_ends_nothing(api: Api, runner: Runner, frame: str) -> None:
    async with Streaming(api.url, runner) as socket:
        await socket.write(frame)
        if '"seq": 3' in frame:
            assert (await socket.answer())["reason"] == "malformed"
        else:
            assert (await socket.told("error"))["code"] == "tracking.frame_malformed"
        assert (await socket.ask(*north(ago(1), metres=0)))["accepted"] is True


async def test_more_points_than_a_message_may_have_are_refused_whole(api: Api, home: TestHome, runner: Runner) -> None:
    async with Streaming(api.url, runner) as socket:
        answer = await socket.ask(*north(ago(2000), metres=3003, every=1))
        assert (answer["accepted"], answer["reason"]) == (False, "malformed")
        assert "1000" in answer["detail"]
    assert stored(home, runner) == []


async def test_no_answer_before_the_commit(api: Api, home: TestHome, runner: Runner) -> None:
    """What is refused is answered at once; what is taken is not, for as long as it cannot be committed."""
    async with Streaming(api.url, runner) as socket:
        with blocked(home):
            number = await socket.send(*north(ago(1), metres=0))
            await until_blocked(home)
            assert (await socket.ask(odd(BAD["north of the pole"][1])))["seq"] == number + 1
            assert socket.answers == []
            assert stored(home, runner) == []
        assert (await socket.answer(number))["accepted"] is True
    assert len(stored(home, runner)) == 1


async def test_replaying_a_whole_stream_changes_nothing(api: Api, home: TestHome, runner: Runner) -> None:
    points = north(ago(700), metres=2000, every=1)
    async with Streaming(api.url, runner) as socket:
        first = await sent_in_batches(socket, points)
        before = rows(
            home, "SELECT * FROM activity_points WHERE activity_id = %s ORDER BY device_ts", runner.activity_id
        )
        again = await sent_in_batches(socket, points)
        assert (await socket.ask(points[-1])) == {"seq": socket.seq, "accepted": True, "reason": "duplicate"}
    assert sum(answer["accepted"] for answer in first) == len(points)
    assert [(answer["accepted"], answer["duplicates"]) for answer in again] == [
        (0, first[place]["accepted"]) for place in range(len(again))
    ]
    after = rows(home, "SELECT * FROM activity_points WHERE activity_id = %s ORDER BY device_ts", runner.activity_id)
    assert after == before
    assert (await runner.client.run(StopActivity())).distance_m == pytest.approx(2000, rel=0.01)


async def test_a_point_twice_in_one_message_is_one_point(api: Api, home: TestHome, runner: Runner) -> None:
    points = north(ago(20), metres=15, every=1)
    async with Streaming(api.url, runner) as socket:
        answer = await socket.ask(*points, points[-1])
    assert answer == {"seq": 1, "accepted": len(points), "duplicates": 1}
    assert stored(home, runner) == [point.ts for point in points]


async def test_a_phone_that_changed_networks_goes_on_where_it_was(api: Api, home: TestHome, runner: Runner) -> None:
    points = north(ago(700), metres=2000, every=1)
    async with Streaming(api.url, runner) as old:
        await sent_in_batches(old, points[:300])
        begun = Streaming(api.url, runner)
        async with begun as new:
            assert datetime.fromisoformat(begun.opened["last_ts"]) == points[299].ts
            assert begun.opened["points"] == 300
            code, error = await old.ended()
            assert (code, error and error["code"]) == (4409, "tracking.stream_replaced")
            await sent_in_batches(new, points[300:])
    assert stored(home, runner) == [point.ts for point in points]


async def test_points_of_many_gyms_go_each_to_its_own(api: Api, home: TestHome) -> None:
    runners = [await set_out(await onboard(api.runtime)) for _ in range(4)]
    points = north(ago(100), metres=240, every=1)

    async def run(runner: Runner) -> None:
        async with Streaming(api.url, runner) as socket:
            numbers = [await socket.send(point) for point in points]
            assert [(await socket.answer(number))["accepted"] for number in numbers] == [True] * len(points)

    await asyncio.gather(*(run(runner) for runner in runners))
    for runner in runners:
        assert stored(home, runner) == [point.ts for point in points]
        gyms = rows(home, "SELECT DISTINCT tenant_id FROM activity_points WHERE activity_id = %s", runner.activity_id)
        assert gyms == [(runner.gym.id,)]


async def test_the_same_errors_in_swahili(api: Api, runner: Runner) -> None:
    await runner.client.run(StopActivity())
    async with dialled(api.url, runner.token, language="sw") as socket:
        code, error = await socket.ended()
    assert (code, error and error["code"]) == (4409, "tracking.not_out")
    assert error is not None
    assert error["detail"].startswith("Hauko nje")
