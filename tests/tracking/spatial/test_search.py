"""Finding activities by where they went, and the club's map: as far as others let one see."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Role
from pp_core.tracking.operations import (
    AddPrivacyZone,
    AreaUnclear,
    EditActivity,
    Hidden,
    SearchActivities,
    ShowHeatMap,
    Sport,
    Visibility,
)
from tests.conftest import Gym
from tests.staff import hire
from tests.tracking.ways import METRE, NAIROBI, recorded

SOUTH_EAST = (-4.05, 39.66)
"""Mombasa."""


async def found(gym: Gym, client: Any = None, **area: Any) -> list[UUID]:
    client = client or gym.operator
    page = await client.run(SearchActivities(**area))
    return [row.id for row in page.items]


def near(metres_north: float, metres_east: float, radius: int) -> dict[str, Any]:
    return {"lat": NAIROBI[0] + metres_north * METRE, "lon": NAIROBI[1] + metres_east * METRE, "radius_m": radius}


def box(south: float, west: float, north: float, east: float) -> dict[str, float]:
    """Sides in metres from the middle of Nairobi."""
    sides = {"south": NAIROBI[0] + south * METRE, "north": NAIROBI[0] + north * METRE}
    return {**sides, "west": NAIROBI[1] + west * METRE, "east": NAIROBI[1] + east * METRE}


async def test_what_passes_is_found(clocked_gym: Gym, clock: ManualClock) -> None:
    amina = await clocked_gym.add_member("Amina W")
    day = timedelta(days=1)
    north = await recorded(clocked_gym, amina, clock.now() - 3 * day, metres=2000)
    east = await recorded(clocked_gym, amina, clock.now() - 2 * day, metres=2000, turned=True, sport=Sport.WALK)
    far = await recorded(clocked_gym, amina, clock.now() - day, metres=2000, start=SOUTH_EAST)
    assert await found(clocked_gym, **near(0, 0, 100)) == [east, north]
    assert await found(clocked_gym, **near(1000, 150, 160)) == [north]
    assert await found(clocked_gym, **near(1000, 150, 130)) == []
    assert await found(clocked_gym, **near(0, 0, 100), sport=Sport.WALK) == [east]
    assert await found(clocked_gym, lat=SOUTH_EAST[0], lon=SOUTH_EAST[1]) == [far]
    assert await found(clocked_gym, **box(900, -100, 1100, 100)) == [north]
    assert await found(clocked_gym, **box(-50, -50, 3000, 3000)) == [east, north]
    assert await found(clocked_gym, **box(500, 500, 900, 900)) == []
    assert await found(clocked_gym, south=-90, west=-180, north=90, east=180) == [far, east, north]


async def test_pages_go_on_where_they_ended(
    clocked_gym: Gym, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pp_core.tracking.use_cases.search.LOOKED_AT", 2)
    amina = await clocked_gym.add_member("Amina W")
    ids = [
        await recorded(clocked_gym, amina, clock.now() - timedelta(days=1 + days), metres=600, turned=days % 2 == 1)
        for days in range(7)
    ]
    # Of those that the index proposes every other one goes elsewhere.
    asked = near(500, 0, 60)
    wanted, seen, cursor = [one for place, one in enumerate(ids) if place % 2 == 0], [], None
    for _ in range(len(ids) + 1):
        page = await clocked_gym.operator.run(SearchActivities(**asked, limit=1, cursor=cursor))
        seen += [row.id for row in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert (seen, cursor) == (wanted, None)


async def test_only_what_one_may_see_is_found(clocked_gym: Gym, clock: ManualClock) -> None:
    amina, brian = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O")]
    day = timedelta(days=1)
    by = {
        one: await recorded(clocked_gym, amina, clock.now() - place * day, metres=1000, visibility=one)
        for place, one in enumerate((Visibility.GYM, Visibility.STAFF, Visibility.PRIVATE), 1)
    }
    hired = await hire(clocked_gym, Role.TRAINER)
    trainer = hired.holding(await hired.sign_in())
    me, other = clocked_gym.person(amina), clocked_gym.person(brian)
    assert await found(clocked_gym, me, **near(0, 0, 100)) == list(by.values())
    assert await found(clocked_gym, other, **near(0, 0, 100)) == [by[Visibility.GYM]]
    assert await found(clocked_gym, trainer, **near(0, 0, 100)) == [by[Visibility.GYM], by[Visibility.STAFF]]
    await me.run(EditActivity(activity_id=by[Visibility.GYM], hidden=[Hidden.MAP]))
    assert await found(clocked_gym, other, **near(0, 0, 100)) == []
    assert by[Visibility.GYM] in await found(clocked_gym, me, **near(0, 0, 100))


async def test_a_search_does_not_find_the_door(clocked_gym: Gym, clock: ManualClock) -> None:
    """Nobody comes nearer to a home by asking for smaller and smaller areas."""
    amina, brian = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O")]
    me, other = clocked_gym.person(amina), clocked_gym.person(brian)
    ran = await recorded(clocked_gym, amina, clock.now() - timedelta(days=1), metres=2000)
    await me.run(AddPrivacyZone(name="Home", lat=NAIROBI[0], lon=NAIROBI[1], radius_m=400))
    for area in (near(0, 0, 390), box(-100, -100, 390, 100)):
        assert await found(clocked_gym, other, **area) == []
        assert await found(clocked_gym, me, **area) == [ran]
    assert await found(clocked_gym, other, **near(1000, 0, 100)) == [ran]


@pytest.mark.parametrize(
    "area",
    [
        {},
        {"lat": 1.0},
        {"south": -1.0, "north": 1.0},
        {"lat": 0.0, "lon": 0.0, "south": -1.0, "west": 0.0, "north": 1.0, "east": 1.0},
        {"south": 1.0, "west": 0.0, "north": -1.0, "east": 1.0},
        {"south": -1.0, "west": 1.0, "north": 1.0, "east": 0.0},
    ],
)
async def test_an_unclear_area_is_refused(gym: Gym, area: dict[str, float]) -> None:
    with pytest.raises(AreaUnclear):
        await gym.operator.run(SearchActivities(**area))
    if "lat" not in area and area:
        with pytest.raises(AreaUnclear):
            await gym.operator.run(ShowHeatMap(**area))


async def test_the_club_map_shows_where_three_go(clocked_gym: Gym, clock: ManualClock) -> None:
    people = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O", "Cheptoo K", "Daudi M")]
    for days, person in enumerate(people[:3], 1):
        await recorded(clocked_gym, person, clock.now() - timedelta(days=days), metres=1500)
    # Again and again by one person is one person.
    for days in (4, 5, 6):
        await recorded(clocked_gym, people[0], clock.now() - timedelta(days=days), metres=1500, turned=True)
    stranger = clocked_gym.person(people[3])
    shown = await stranger.run(ShowHeatMap(cell_m=100))
    assert shown.activities == 6
    assert {cell.count for cell in shown.items} == {3}
    assert all(cell.lon <= NAIROBI[1] + 10 * METRE <= cell.lon + 1.2 * shown.degrees for cell in shown.items)
    assert min(cell.lat for cell in shown.items) == pytest.approx(NAIROBI[0], abs=shown.degrees)
    assert max(cell.lat for cell in shown.items) == pytest.approx(NAIROBI[0] + 1500 * METRE, abs=shown.degrees)
    own = await clocked_gym.person(people[0]).run(ShowHeatMap(cell_m=100))
    assert {cell.count for cell in own.items} == {1, 3}
    assert max(cell.lon for cell in own.items) == pytest.approx(NAIROBI[1] + 1500 * METRE, abs=own.degrees)
    north = await stranger.run(ShowHeatMap(cell_m=100, **box(1000, -500, 2000, 500)))
    assert 0 < len(north.items) < len(shown.items)
    assert (await stranger.run(ShowHeatMap(sport=Sport.RIDE))).items == ()
    since = await stranger.run(ShowHeatMap(since=date(2026, 11, 19)))
    assert (since.items, since.activities) == ((), 2)


@pytest.mark.parametrize("hide", ["zone", "map", "staff"])
async def test_the_club_map_counts_nobody_where_they_hide(clocked_gym: Gym, clock: ManualClock, hide: str) -> None:
    people = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O", "Cheptoo K")]
    ran = [
        await recorded(clocked_gym, person, clock.now() - timedelta(days=days), metres=1500)
        for days, person in enumerate(people, 1)
    ]
    me = clocked_gym.person(people[0])
    if hide == "zone":
        await me.run(AddPrivacyZone(name="Home", lat=NAIROBI[0], lon=NAIROBI[1], radius_m=400))
    elif hide == "map":
        await me.run(EditActivity(activity_id=ran[0], hidden=[Hidden.MAP]))
    else:
        await me.run(EditActivity(activity_id=ran[0], visibility=Visibility.STAFF))
    told = (await clocked_gym.operator.run(ShowHeatMap(cell_m=100))).items
    assert (min((cell.lat for cell in told), default=90) > NAIROBI[0] + 300 * METRE) is True
    assert bool(told) is (hide == "zone")
    own = (await me.run(ShowHeatMap(cell_m=100))).items
    assert min(cell.lat for cell in own) < NAIROBI[0] + 100 * METRE
