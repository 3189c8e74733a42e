"""Tracker addresses: what a wrong one is told, and what comes of what came."""

import json
from datetime import timedelta

import pytest

from pp_core.kernel.policy import Rate
from pp_core.kernel.settings import DEFAULT_RATES
from pp_core.tracking.operations import (
    RevokeTracker,
    Status,
    StopActivity,
    TrackerApp,
)
from tests.api.conftest import Api, running_api
from tests.conftest import onboard
from tests.tracking.ways import METRE

from .phones import LAT, LON, Answer, Runner, now, speak


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


# How much may come


BEGINS = int(now().timestamp()) - 600


async def answers(runner: Runner, token: str, count: int, since: int = 0) -> list[Answer]:
    """What a phone hears that empties its queue, a point a request, the next one after the answer."""
    return [
        await runner.get(token, f"lat={LAT + 15 * METRE * place}&lon={LON}&timestamp={BEGINS + 5 * place}&speed=3")
        for place in range(since, since + count)
    ]


def sent_away(answer: Answer) -> bool:
    """Told to come again, by a status at which no app drops what it sent (OwnTracks on iOS does with any of 400 to 499)."""
    after = next(line for line in answer.headers.splitlines() if line.startswith("retry-after: "))
    assert (answer.status, answer.code) == (503, "request.too_many_points")
    assert 1 <= int(after.partition(": ")[2]) <= 900
    return True


async def test_a_tracker_that_runs_away_is_told_to_come_again_and_loses_nothing(api: Api) -> None:
    rates = {**api.runtime.settings.rates, Rate.TRACKER: (20, 600)}
    async with running_api(api.runtime.home, rates=rates) as limited:  # type: ignore[arg-type]
        gym = await onboard(limited.runtime)
        runner, other = (
            Runner(limited, gym, await gym.add_member()),
            Runner(limited, gym, await gym.add_member("Brian")),
        )
        token = await runner.link()
        first = await answers(runner, token, 25)
        assert [one.status for one in first[:20]] == [200] * 20
        assert all(sent_away(one) for one in first[20:])
        assert len(runner.points()) == 20
        # Neither its owner's next address nor anybody else has less for it.
        assert [one.status for one in await answers(other, await other.link(), 5)] == [200] * 5
        assert (await answers(runner, await runner.link(), 1))[0].status == 200
    async with running_api(api.runtime.home) as later:  # as after a while
        runner = Runner(later, gym, runner.member)
        assert {one.status for one in await answers(runner, token, 5, since=20)} == {200}
        assert len(runner.points()) == 25


async def test_the_limit_lets_a_phone_empty_a_queue_of_thousands() -> None:
    most, seconds = DEFAULT_RATES[Rate.TRACKER]
    assert most >= 10_000  # at once, as fast as each answer comes
    assert most / seconds >= 10  # and ten times what a phone measures, for ever


async def test_who_guesses_addresses_is_stopped_and_nobody_behind_the_same_one(api: Api) -> None:
    async with running_api(api.runtime.home, auth_address_ceiling=(5, 900)) as limited:
        gym = await onboard(limited.runtime)
        runner = Runner(limited, gym, await gym.add_member())
        token = await runner.link()
        assert (await answers(runner, token, 1))[0].status == 200
        guesses = [(await answers(runner, f"{place}".rjust(43, "x"), 1))[0] for place in range(8)]
        assert [one.status for one in guesses] == [404] * 5 + [503] * 3
        assert all(sent_away(one) for one in guesses[5:])
        # The same wrong one again and again is no better than many.
        assert sent_away((await answers(runner, "0".rjust(43, "x"), 1))[0])
        # A network of a thousand phones has one address: who was right lately is let in.
        assert {one.status for one in await answers(runner, token, 5, since=1)} == {200}
