"""Nobody but its owner sees where an activity was inside a privacy zone, where it is drawn on streets either."""

from dataclasses import replace

import pytest

from pp_core.client.local import door_reactions
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.settings import MapSettings
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from pp_core.tracking.operations import (
    AddPrivacyZone,
    DrawMap,
    EditActivity,
    RemovePrivacyZone,
    ShowActivity,
    ShowRoute,
    ShowShared,
)
from pp_core.tracking.rules.simplify import polyline_decoded
from tests.conftest import Gateway, TestHome
from tests.osrm import matched, running_osrm, told
from tests.outdoors import reader

from .leaks import HOME, RADIUS, leaks
from .test_privacy import EVERYBODY_ELSE, LOOKS, OPERATIONS, Scene, answered, client_of
from .test_privacy import scene as scene  # the same runs
from .ways import METRE


@pytest.fixture
async def on_streets(scene: Scene, home: TestHome, gateway: Gateway, clock: ManualClock) -> Scene:
    """All of it was laid on streets, home too, before there was a zone."""
    await scene.me.run(RemovePrivacyZone(zone_id=scene.zone))
    times = (await scene.me.run(ShowRoute(route_id=scene.routes[0]))).items
    runs = [scene.run, *(one.activity_id for one in times)]
    async with running_osrm() as osrm:
        osrm.answer = lambda asked: told(matched(asked.places, None))
        settings = replace(home.settings, maps=MapSettings(matching_url=osrm.address))
        async with Runtime(settings, home, sms=gateway, clock=clock, as_worker=True) as opened:
            for one in runs:
                await scene.me.run(EditActivity(activity_id=one, note="on streets"))
            await Worker(opened, door_reactions(opened.pulse)).drain()
        assert leaks([asked.places for asked in osrm.asked])
    rows = reader(home)("SELECT matched FROM activities WHERE id = ANY (%(ids)s)", ids=runs)
    assert len(rows) == len(runs)
    assert all(row.matched is not None for row in rows)
    return scene


async def test_without_a_zone_it_is_seen(on_streets: Scene) -> None:
    run, route = on_streets.run, on_streets.routes[0]
    looks = [ShowActivity(activity_id=run), DrawMap(activity_id=run), ShowRoute(route_id=route)]
    looks.append(ShowShared(token=on_streets.tokens[0]))
    admin = await client_of(on_streets, "admin")
    for op in looks:
        assert leaks(await admin.run(op)), repr(op)


@pytest.mark.parametrize("who", EVERYBODY_ELSE)
async def test_a_zone_hides_what_was_matched_before_it(on_streets: Scene, who: str) -> None:
    await on_streets.me.run(AddPrivacyZone(name="Home", lat=HOME[0], lon=HOME[1], radius_m=RADIUS))
    client = await client_of(on_streets, who)
    for name in sorted(OPERATIONS):
        for op in LOOKS[name](on_streets):
            given, _ = await answered(client, op)
            assert leaks(given) == [], f"{who}: {op!r}"


async def test_the_rest_is_theirs_to_see(on_streets: Scene) -> None:
    await on_streets.me.run(AddPrivacyZone(name="Home", lat=HOME[0], lon=HOME[1], radius_m=RADIUS))
    shown = await (await client_of(on_streets, "member")).run(ShowActivity(activity_id=on_streets.run))
    lat, _ = polyline_decoded(shown.route)
    assert lat.max() - HOME[0] == pytest.approx(1500 * METRE, abs=20 * METRE)
    own = await on_streets.me.run(ShowActivity(activity_id=on_streets.run))
    assert leaks(own)
