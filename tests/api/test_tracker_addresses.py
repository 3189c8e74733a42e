"""Tracker addresses: what a wrong one is told, and what comes of what came."""

import json
from datetime import timedelta

import pytest

from pp_core.tracking.operations import (
    RevokeTracker,
    Status,
    StopActivity,
    TrackerApp,
)
from tests.api.conftest import Api
from tests.conftest import onboard
from tests.tracking.ways import METRE

from .phones import LAT, LON, Runner, now, speak


@pytest.fixture
async def runner(api: Api) -> Runner:
    gym = await onboard(api.runtime)
    return Runner(api, gym, await gym.add_member())


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("lat=%LAT&lon=%LON&timestamp=%TIMESTAMP", "lat"),
        ("lat={0}&lon={1}&timestamp={2}", "lat"),
        ("lat=-1.29&timestamp=1795241085", "lon"),
        ("lat=-1.29&lon=36.82", "timestamp"),
        ("lat=-1.29&lon=36.82&timestamp=yesterday", "timestamp"),
        ("location=-1.29&timestamp=1795241085", "lon"),
    ],
)
async def test_an_address_that_was_copied_wrongly_is_told(runner: Runner, query: str, field: str) -> None:
    answer = await runner.get(await runner.link(), query)
    assert (answer.status, answer.code) == (400, "request.point_unreadable")
    assert f'"{field}"' in json.loads(answer.body)["detail"]
    assert (await runner.tracker()).last_seen_at is not None


@pytest.mark.parametrize(
    ("body", "field"),
    [(b'{"location": ', "body"), (b"{}", "location"), (b"[1, 2]", "body"), (b"[" * 100_000, "body")],
)
async def test_json_of_nobody_is_told(runner: Runner, body: bytes, field: str) -> None:
    answer = await runner.post(await runner.link(), body)
    assert (answer.status, answer.code, json.loads(answer.body)["values"]) == (
        400,
        "request.point_unreadable",
        {"field": field},
    )


@pytest.mark.parametrize("token", ["x" * 43, "x", "%00", "a%20b", "é".encode().hex() + "%C3%A9"])
async def test_a_wrong_token_finds_nothing(runner: Runner, token: str) -> None:
    """Also where the message is unreadable: who does not know the address learns nothing of it."""
    for query in ("lat=-1.29&lon=36.82&timestamp=1795241085", "lat=x"):
        answer = await runner.get(token, query)
        assert (answer.status, answer.code) == (404, "request.no_such_address")


async def test_without_any_token_there_is_nothing(runner: Runner) -> None:
    assert (
        await speak(runner.api, "GET /t?lat=1&lon=1&timestamp=1795241085 HTTP/1.1\nHost: gym.example")
    ).status == 404


async def test_a_revoked_address_is_gone(runner: Runner) -> None:
    token = await runner.link()
    client = runner.gym.person(runner.member)
    for _ in range(2):
        await client.run(RevokeTracker(tracker_id=(await runner.tracker()).id))
    answer = await runner.get(token, f"lat={LAT}&lon={LON}&timestamp={int(now().timestamp())}&speed=3")
    assert (answer.status, answer.code) == (410, "request.address_revoked")
    assert runner.points() == []


async def test_a_browser_sees_that_the_address_works(runner: Runner) -> None:
    token = await runner.link()
    assert (await speak(runner.api, f"GET /t/{token} HTTP/1.1\nHost: gym.example")).status == 200
    assert (await runner.tracker()).last_seen_at is not None


async def test_a_repeat_is_the_same_point(runner: Runner) -> None:
    token, at = await runner.link(), now()
    query = f"lat={LAT}&lon={LON}&timestamp={int(at.timestamp())}&speed=3"
    assert [(await runner.get(token, query)).status for _ in range(3)] == [200] * 3
    assert (len(runner.points()), (await runner.tracker()).points) == (1, 1)


async def test_a_whole_run_by_a_tracker(runner: Runner) -> None:
    """A point every five seconds, one request each, sent late and out of order by a phone that had no network."""
    token, begins = await runner.link(), now() - timedelta(minutes=10)
    places = [0, *range(1, 61, 2), *range(2, 61, 2)]
    for place in places:
        at = int((begins + timedelta(seconds=5 * place)).timestamp())
        answer = await runner.get(
            token, f"lat={LAT + 15 * METRE * place}&lon={LON}&timestamp={at}&speed=3.0&accuracy=5"
        )
        assert answer.status == 200
    activity = await runner.gym.person(runner.member).run(StopActivity())
    assert (activity.summary.points, activity.started_at) == (61, begins)
    assert activity.distance_m == pytest.approx(900, rel=0.01)
    assert activity.elapsed_s == 300


async def test_points_that_come_after_the_end_belong_to_what_they_were_taken_in(runner: Runner) -> None:
    token, begins = await runner.link(), now() - timedelta(minutes=10)

    async def send(place: int, speed: float = 3.0) -> None:
        at = int((begins + timedelta(seconds=5 * place)).timestamp())
        query = f"lat={LAT + 15 * METRE * place}&lon={LON}&timestamp={at}&speed={speed}&accuracy=5"
        assert (await runner.get(token, query)).status == 200

    for place in (0, 20):
        await send(place)
    await runner.gym.person(runner.member).run(StopActivity())
    for place in range(1, 20):
        await send(place)
    # Home again, at a walk: that is no second run.
    for place in (30, 40):
        await send(place)
    (activity,) = await runner.activities()
    assert (activity.status, activity.summary.points) == (Status.FINISHED, 21)
    assert activity.distance_m == pytest.approx(300, rel=0.01)
    tracker = await runner.tracker()
    assert (tracker.points, tracker.outside) == (21, 2)


async def test_owntracks_starts_nothing_by_itself(runner: Runner) -> None:
    token = await runner.link(TrackerApp.OWNTRACKS)
    message = {"_type": "location", "lat": LAT, "lon": LON, "tst": int(now().timestamp()), "vel": 12}
    assert (await runner.post(token, message)).status == 200
    assert await runner.activities() == []
    assert (await runner.tracker()).outside == 1
