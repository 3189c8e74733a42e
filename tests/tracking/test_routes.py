"""Matched routes: what goes the same way is found together, with each time over it."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Role
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import Member, PersonUnknown
from pp_core.tracking.operations import (
    AddPrivacyZone,
    DeleteActivity,
    EditActivity,
    Hidden,
    ListMatchedRoutes,
    NameRoute,
    RouteUnknown,
    ShowRoute,
    Sport,
    Visibility,
)
from pp_core.tracking.rules.simplify import polyline_decoded
from tests.conftest import Gym
from tests.staff import hire

from .ways import METRE, NAIROBI, recorded

Run = Callable[..., Awaitable[UUID]]


@pytest.fixture
def run(clocked_gym: Gym, clock: ManualClock) -> Run:
    async def done(member: Member, days_ago: int, *, speed: float = 3.0, **more: Any) -> UUID:
        begins = clock.now() - timedelta(days=days_ago, hours=1)
        return await recorded(clocked_gym, member, begins, metres=more.pop("metres", 2000), speed=speed, **more)

    return done


async def test_runs_along_one_way_are_one_route(clocked_gym: Gym, clocked_worker: Worker, run: Run) -> None:
    amina = await clocked_gym.add_member("Amina W")
    me = clocked_gym.person(amina)
    first = await run(amina, 30, speed=2.5)
    await clocked_worker.drain()
    assert (await me.run(ListMatchedRoutes())).items == (), "once is no route"
    second = await run(amina, 8, speed=4.0, start=(NAIROBI[0], NAIROBI[1] + 20 * METRE))
    third = await run(amina, 1, speed=3.2)
    await run(amina, 2, metres=3000)
    await run(amina, 3, start=(NAIROBI[0], NAIROBI[1] + 400 * METRE))
    await run(amina, 4, sport=Sport.RIDE)
    brian = await clocked_gym.add_member("Brian O")
    await run(brian, 5)
    await clocked_worker.drain()
    (route,) = (await me.run(ListMatchedRoutes())).items
    assert (route.name, route.sport, route.times) == (None, Sport.RUN, 3)
    assert (route.best_s, route.last_s) == (pytest.approx(500, abs=3), pytest.approx(625, abs=3))
    assert (route.distance_m, route.last_on) == (pytest.approx(2000, rel=0.01), date(2026, 11, 20))
    shown = await me.run(ShowRoute(route_id=route.id))
    assert [one.activity_id for one in shown.items] == [third, second, first]
    assert [one.behind_s for one in shown.items] == pytest.approx([125, 0, 300], abs=4)
    await me.run(NameRoute(route_id=route.id, name="Arboretum"))
    assert (await me.run(ListMatchedRoutes())).items[0].name == "Arboretum"
    assert (await clocked_gym.person(brian).run(ListMatchedRoutes())).items == ()


async def test_routes_follow_what_becomes_of_activities(clocked_gym: Gym, clocked_worker: Worker, run: Run) -> None:
    amina = await clocked_gym.add_member("Amina W")
    me = clocked_gym.person(amina)
    one, two = await run(amina, 3), await run(amina, 2)
    await clocked_worker.drain()
    (route,) = (await me.run(ListMatchedRoutes())).items
    await me.run(EditActivity(activity_id=two, title="The usual"))
    await clocked_worker.drain()
    assert [row.id for row in (await me.run(ListMatchedRoutes())).items] == [route.id]
    await me.run(EditActivity(activity_id=two, sport=Sport.WALK))
    await clocked_worker.drain()
    assert [row.times for row in (await me.run(ListMatchedRoutes())).items] == [1]
    await me.run(DeleteActivity(activity_id=one))
    with pytest.raises(RouteUnknown):
        await me.run(ShowRoute(route_id=route.id))


async def test_a_trainer_sees_what_its_owner_shows(clocked_gym: Gym, clocked_worker: Worker, run: Run) -> None:
    amina, brian = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O")]
    me = clocked_gym.person(amina)
    kept = await run(amina, 3, speed=4.0)
    await run(amina, 2)
    await clocked_worker.drain()
    hired = await hire(clocked_gym, Role.TRAINER)
    trainer = hired.holding(await hired.sign_in())
    (route,) = (await trainer.run(ListMatchedRoutes(member=amina.code))).items
    assert (route.times, route.best_s) == (2, pytest.approx(500, abs=3))
    await me.run(EditActivity(activity_id=kept, visibility=Visibility.PRIVATE))
    await me.run(AddPrivacyZone(name="Home", lat=NAIROBI[0], lon=NAIROBI[1], radius_m=500))
    shown = await trainer.run(ShowRoute(route_id=route.id))
    assert (shown.times, shown.best_s) == (1, pytest.approx(667, abs=3))
    lat, _ = polyline_decoded(shown.route or "")
    # A zone is cut wider by up to a fifth.
    assert 485 < (lat.min() - NAIROBI[0]) / METRE < 615
    for unseen in (
        clocked_gym.person(brian).run(ShowRoute(route_id=route.id)),
        trainer.run(NameRoute(route_id=route.id)),
    ):
        with pytest.raises(RouteUnknown):
            await unseen
    with pytest.raises(PersonUnknown):
        await clocked_gym.person(brian).run(ListMatchedRoutes(member=amina.code))
    await me.run(
        EditActivity(activity_id=(await me.run(ShowRoute(route_id=route.id))).items[0].activity_id, hidden=[Hidden.MAP])
    )
    with pytest.raises(RouteUnknown):
        await trainer.run(ShowRoute(route_id=route.id))
