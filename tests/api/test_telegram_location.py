"""A live location shared with the bot becomes a run: everything over sockets, with a simulated Telegram in between."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from math import cos, pi, radians, sin
from random import Random

import pytest
from psycopg import connect

from pp_api.app import create
from pp_api.webhooks import poller
from pp_bots.simulator.telegram import SimulatorSettings, TelegramPhone, TelegramSimulator
from pp_core.client.local import door_reactions
from pp_core.kernel.settings import TelegramSettings
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import Member
from pp_core.tracking.operations import (
    Activity,
    ListActivities,
    ShowActivity,
    Sport,
    StartActivity,
    Status,
    StopActivity,
)
from tests.conftest import Gateway, Gym, TestHome, new_phone, onboard
from tests.tracking.formats import corpus_gpx
from tests.tracking.ways import METRE, NAIROBI

LONG = 20.0
EVERY = 5
"""Seconds between two moves."""
SPEED = 3.0


@dataclass
class Scene:
    """A gym whose bot is attended to, and a member at a handset that belongs to the bot's chat."""

    gym: Gym
    member: Member
    phone: TelegramPhone
    worker: Worker
    simulator: TelegramSimulator
    media: str | None = None  # of the last message heard

    async def hears(self, *, after: Callable[[], bool] = lambda: True) -> str:
        """What the bot says next, once all that waits was done."""
        async with asyncio.timeout(LONG):
            while True:
                await self.worker.drain()
                if after() and (heard := await self.phone.receive(0.02)) is not None:
                    self.media = heard.media
                    return heard.text

    async def activities(self) -> list[Activity]:
        client = self.gym.person(self.member)
        return [
            await client.run(ShowActivity(activity_id=row.id)) for row in (await client.run(ListActivities())).items
        ]

    async def settled(self) -> None:
        """Until the server has confirmed every update."""
        async with asyncio.timeout(LONG):
            while self.simulator.world.updates.waiting:
                await asyncio.sleep(0.01)


@pytest.fixture
async def scene(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    for name in ("SHORTEST_PAUSE", "LONGEST_PAUSE", "CONFLICT_PAUSE"):
        monkeypatch.setattr(poller, name, 0.05)
    first = 900_000_000 + 1000 * secrets.randbelow(1_000_000)
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(TelegramSimulator(SimulatorSettings(first_update_id=first)))
        telegram = TelegramSettings(token=simulator.settings.token, base_url=simulator.url)
        settings = replace(home.settings, telegram=telegram)
        runtime = await stack.enter_async_context(Runtime(settings, home, sms=Gateway()))
        at_work = await stack.enter_async_context(Runtime(settings, home, sms=Gateway(), as_worker=True))
        app = create(runtime)
        await stack.enter_async_context(app.router.lifespan_context(app))
        gym, number = await onboard(runtime), new_phone()
        member = await gym.add_member(phone=number, language="en")
        person = 500_000_000 + secrets.randbelow(400_000_000)
        phone = await stack.enter_async_context(TelegramPhone(simulator.url, id=person, phone=number))
        made = Scene(gym, member, phone, Worker(at_work, door_reactions(at_work.pulse)), simulator)
        await phone.start()
        await made.hears()
        await phone.share_contact()
        await made.hears()
        yield made


def bend(place: int) -> tuple[float, float]:
    """A way that turns a quarter of a circle, `SPEED` metres a second, a receiver's error of two metres on it."""
    radius = 200 * SPEED * EVERY / (pi / 2)
    angle = place * SPEED * EVERY / radius
    error = Random(place)
    north = radius * sin(angle) + error.gauss(0, 2)
    east = radius * (1 - cos(angle)) + error.gauss(0, 2)
    return NAIROBI[0] + north * METRE, NAIROBI[1] + east * METRE / cos(radians(NAIROBI[0]))


async def test_two_hundred_moves_become_a_run(scene: Scene) -> None:
    begins = int(time.time()) - 200 * EVERY - 60
    await scene.phone.send_location(*bend(0), live_period=3600, at=begins, accuracy=5)
    assert (await scene.hears()).startswith("I follow you.")
    (live,) = await scene.activities()
    assert (live.status, live.sport, live.source) == (Status.LIVE, Sport.RUN, "telegram")
    before = len(scene.simulator.state.events)
    for place in range(1, 200):
        await scene.phone.move_location(*bend(place), at=begins + EVERY * place, accuracy=5, heading=90)
    await scene.settled()
    await scene.worker.drain()
    assert len(scene.simulator.state.events) == before, "moves are not talked about"
    await scene.phone.move_location(*bend(200), at=begins + EVERY * 200, accuracy=5, stop=True)
    told = await scene.hears()
    (run,) = await scene.activities()
    assert (run.status, run.summary.points + run.summary.dropped) == (Status.FINISHED, 201)
    assert run.distance_m == pytest.approx(200 * EVERY * SPEED, rel=0.01)
    assert run.elapsed_s == 200 * EVERY
    assert told.startswith("Done: run, ")
    assert " new map square" in told
    assert scene.media == "photo"
    assert f"{run.distance_m / 1000:.2f}".rstrip("0").rstrip(".") in told


async def test_what_was_begun_by_another_door_is_joined(scene: Scene) -> None:
    started = await scene.gym.person(scene.member).run(StartActivity(sport=Sport.RIDE))
    await scene.phone.send_location(*bend(0), live_period=3600, accuracy=5)
    assert (await scene.hears()).startswith("I follow you: ride.")
    (live,) = await scene.activities()
    assert (live.id, live.summary.points) == (started.id, 1)


async def test_another_sport_is_a_button_away(scene: Scene) -> None:
    await scene.phone.send_location(*bend(0), live_period=3600)
    await scene.hears()
    await scene.phone.press("walk")
    assert (await scene.hears()).startswith("I follow you: walk.")
    (live,) = await scene.activities()
    assert live.sport is Sport.WALK


async def test_once_it_was_stopped_elsewhere_moves_belong_to_nothing(scene: Scene) -> None:
    begins = int(time.time()) - 300
    await scene.phone.send_location(*bend(0), live_period=3600, at=begins)
    await scene.hears()
    await scene.phone.move_location(*bend(1), at=begins + 5)
    await scene.settled()
    stopped = await scene.gym.person(scene.member).run(StopActivity())
    for place in (10, 20):
        await scene.phone.move_location(*bend(place), at=begins + EVERY * place)
    await scene.settled()
    (after,) = await scene.activities()
    assert (after.id, after.summary.points, after.ended_at) == (stopped.id, 2, stopped.ended_at)


async def test_a_place_that_stands_still_is_answered_kindly(scene: Scene) -> None:
    await scene.phone.send_location(*bend(0))
    assert "Share My Live Location" in await scene.hears()
    assert await scene.activities() == []


async def test_the_commands_of_a_runner(scene: Scene) -> None:
    """`/run`, `/share`, `/stop`, `/map` and, with nothing going on, `/stop` again."""
    await scene.phone.say("/map")
    assert await scene.hears() == "You have no activity yet. Write /run to begin one."
    await scene.phone.say("/run")
    assert await scene.hears() == "What are you going to do?"
    await scene.phone.press("ride")
    assert (await scene.hears()).startswith("Off you go: ride.")
    begins = int(time.time()) - 120
    await scene.phone.send_location(*bend(0), live_period=3600, accuracy=5)
    await scene.hears()
    for place in range(1, 20):
        await scene.phone.move_location(*bend(place), at=begins + 200 + EVERY * place, accuracy=5)
    await scene.settled()
    await scene.phone.say("/share")
    link = (await scene.hears()).rpartition(" ")[2]
    assert link.startswith(scene.gym.runtime.ports.public_url)
    await scene.phone.say("/stop")
    assert (await scene.hears()).startswith("Done: ride")
    await scene.phone.say("/map")
    assert (await scene.hears()).startswith("Done: ride")
    await scene.phone.say("/stop")
    assert "send you no messages any more?" in await scene.hears()
    await scene.phone.press("No")
    assert await scene.hears() == "All right, nothing changes."


async def test_a_run_is_written_after_its_command(scene: Scene) -> None:
    await scene.phone.say("/run 5.2km 28:30")
    assert (await scene.hears()).startswith("Logged: run 5.2km 28:30")


async def test_an_address_is_told_once_and_kept_nowhere(scene: Scene) -> None:
    await scene.phone.say("/track")
    assert await scene.hears() == "Which app do you have?"
    await scene.phone.press("Traccar Client")
    told = await scene.hears()
    address = f"{scene.gym.runtime.ports.public_url}/t/"
    token = told[told.index(address) + len(address) :].split()[0]
    assert len(token) >= 43
    home = scene.gym.runtime.home
    with connect(home.urls.admin) as connection:  # type: ignore[arg-type]
        for table, column in (("incoming_texts", "reply"), ("outgoing_messages", "text")):
            found = connection.execute(f"SELECT count(*) FROM {table} WHERE strpos({column}, %s) > 0", [token])
            assert found.fetchone() == (0,), table


async def test_a_watchs_file_is_imported_and_told(scene: Scene) -> None:
    file = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(0, 300)))
    await scene.phone.send_document(file, name="Morning run.gpx")
    assert (await scene.hears()).startswith("Done: ")
    assert scene.media == "photo"
    (activity,) = await scene.activities()
    assert activity.has_file
    await scene.phone.send_document(file, name="the same again.gpx")
    assert (await scene.hears()).startswith("You sent this one before; it is there once.\nDone: ")
    assert len(await scene.activities()) == 1
    await scene.phone.send_document(b"<gpx", name="broken.gpx")
    refused = await scene.hears()
    assert refused
    assert not refused.startswith("Done")
    assert len(await scene.activities()) == 1
    await scene.phone.send_document(b"minutes of a meeting", name="notes.txt")
    assert (
        await scene.hears()
        == "I can read only texts. The gym will see what you sent. Write HELP for what I understand."
    )
