"""Who may send points, and how they say who they are."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from pp_api import tracking
from pp_api.app import create
from pp_core.identity.operations import SignOut
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.logging import set_up
from pp_core.runtime.wiring import Runtime
from pp_core.tracking.operations import (
    PointIn,
    StartActivity,
)
from tests.api.conftest import Api, serving
from tests.conftest import Gateway, Gym, TestHome, onboard
from tests.staff import hire
from tests.tracking.runner import Runner, Streaming, ago, dialled, set_out, stored, wire
from tests.tracking.ways import NAIROBI, north


async def test_nobody_without_a_token(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "INTRODUCTION_SECONDS", 0.05)
    async with dialled(api.url, None) as socket:
        code, error = await socket.ended()
    assert (code, error and error["code"]) == (4401, "tracking.nobody_there")


async def test_nobody_with_a_wrong_one(api: Api, runner: Runner) -> None:
    async with dialled(api.url, runner.token[:-4] + "AAAA") as socket:
        assert (await socket.ended())[0] == 4401


async def test_no_points_before_the_token(api: Api, runner: Runner) -> None:
    async with dialled(api.url, None) as socket:
        await socket.send(*north(ago(1), metres=0))
        code, error = await socket.ended()
    assert (code, error and error["code"]) == (4401, "auth.not_signed_in")


async def test_a_browser_in_its_first_message(api: Api, runner: Runner) -> None:
    async with dialled(api.url, None) as socket:
        await socket.write({"token": runner.token, "activityId": str(runner.activity_id)})
        assert (await socket.told("opened"))["activityId"] == str(runner.activity_id)
        assert (await socket.ask(*north(ago(1), metres=0)))["accepted"] is True


async def test_a_browser_in_the_address_which_is_never_logged(
    api: Api, runner: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    server = logging.getLogger("uvicorn.error")
    caplog.set_level("INFO", logger=server.name)  # any simulator of this process may have silenced or unhooked it
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        set_up()
        root.addHandler(caplog.handler)
        server.addHandler(caplog.handler)
        async with dialled(api.url, None, query=f"token={runner.token}") as socket:
            assert (await socket.told("opened"))["activityId"] == str(runner.activity_id)
            assert (await socket.ask(*north(ago(1), metres=0)))["accepted"] is True
    finally:
        server.removeHandler(caplog.handler)
        root.handlers[:] = handlers
        root.setLevel(level)
    told = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets")]
    assert any("/ws/tracking" in line for line in told)
    assert not any(runner.token[:40] in line for line in told)


async def test_another_s_activity_is_not_there(api: Api, gym: Gym, runner: Runner) -> None:
    for stranger in (await set_out(gym), await set_out(await onboard(api.runtime))):
        async with dialled(api.url, stranger.token, activity=runner.activity_id) as socket:
            code, error = await socket.ended()
        assert (code, error and error["code"]) == (4404, "tracking.activity_unknown")


async def test_what_is_no_activity_s_id_is_said(api: Api, runner: Runner) -> None:
    async with dialled(api.url, runner.token, query="activity=mine") as socket:
        code, error = await socket.ended()
    assert (code, error and error["code"]) == (4422, "request.invalid")
    assert error is not None
    assert error["detail"].endswith("activity: should be an activity's id")


async def test_a_point_of_another_activity_is_refused(api: Api, gym: Gym, home: TestHome, runner: Runner) -> None:
    other = await set_out(gym)
    async with Streaming(api.url, runner) as socket:
        point = wire(north(ago(1), metres=0)[0])
        assert (await socket.ask({**point, "activityId": str(other.activity_id)}))["reason"] == "other_activity"
        assert (await socket.ask({**point, "activityId": str(runner.activity_id)}))["accepted"] is True
    assert stored(home, other) == []


async def test_who_signs_out_sends_no_more(home: TestHome) -> None:
    async with (
        Runtime(home.settings, home, sms=Gateway(), recheck_watchers=0.1) as runtime,
        serving(create(runtime)) as url,
    ):
        runner = await set_out(await onboard(runtime))
        async with Streaming(url, runner) as socket:
            await runner.client.run(SignOut())
            code, error = await socket.ended()
    assert (code, error and error["code"]) == (4401, "auth.session_ended")


async def test_an_expired_token_ends_it_and_a_fresh_one_in_time_does_not(home: TestHome) -> None:
    clock = ManualClock(datetime.now(UTC))
    async with (
        Runtime(home.settings, home, sms=Gateway(), recheck_watchers=0.1, clock=clock) as runtime,
        serving(create(runtime)) as url,
    ):
        gym = await onboard(runtime)
        staff = await hire(gym)
        signed_in = await staff.sign_in(gym=gym.slug)
        started = await staff.holding(signed_in).run(StartActivity())
        runner = Runner(gym, staff.person_id, signed_in.access_token, started.id)
        async with Streaming(url, runner) as socket:
            clock.advance(timedelta(minutes=10))
            fresh = (await staff.sign_in(gym=gym.slug)).access_token
            await socket.write({"token": fresh})
            clock.advance(timedelta(minutes=10))
            point = PointIn(ts=clock.now(), lat=NAIROBI[0], lon=NAIROBI[1])
            assert (await socket.ask(point))["accepted"] is True
            clock.advance(timedelta(minutes=10))
            code, error = await socket.ended()
    assert (code, error and error["code"]) == (4401, "auth.not_signed_in")
