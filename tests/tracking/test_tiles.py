"""Explorer tiles: what somebody explored follows what becomes of their activities, and nobody else is told of any of it."""

from datetime import timedelta
from uuid import UUID

import pytest

from pp_core.client.local import LocalClient
from pp_core.kernel.policy import Door, Role
from pp_core.tenants.operations import Member, PersonUnknown
from pp_core.tracking.operations import (
    DeleteActivity,
    DrawExploredTiles,
    EditActivity,
    ExploredTiles,
    Linking,
    ReviewFlag,
    ShowActivity,
    ShowExploredTiles,
    Sport,
    TileActivities,
    Verdict,
    Visibility,
)
from tests.outdoors import Outdoors
from tests.staff import hire

from .ways import NAIROBI, recorded

HERE = (9867, 8250)
"""The tile of the middle of Nairobi; each is 2.44 km high there, and its northern end 2.0 km away."""


async def shown(client: LocalClient, **more: object) -> ExploredTiles:
    return await client.run(ShowExploredTiles(listed=True, **more))


def places(found: ExploredTiles) -> set[tuple[int, int]]:
    return {(one.x, one.y) for one in found.tiles}


async def ran(
    outdoors: Outdoors, member: Member, days_ago: float, *, east: int = 0, metres: float = 3000, **more: object
) -> UUID:
    """A run due north, so many tiles east of the middle of Nairobi; 3 km end one tile further north."""
    begins = outdoors.now - timedelta(days=days_ago, hours=1)
    start = (NAIROBI[0], NAIROBI[1] + east * 360 / 2**14)
    return await recorded(outdoors.gym, member, begins, metres=metres, start=start, **more)  # type: ignore[arg-type]


async def test_who_was_nowhere_explored_nothing(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    assert await shown(amina.client) == ExploredTiles(count=0, new=0, square=None, cluster=0, tiles=())
    page = await amina.client.run(DrawExploredTiles())
    assert "There is nothing to show yet." in page.html


async def test_tiles_are_counted_once_and_belong_to_who_was_there_first(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    old = await ran(outdoors, amina.member, 40)
    again = await ran(outdoors, amina.member, 5)
    beside = await ran(outdoors, amina.member, 3, east=1)
    ride = await ran(outdoors, amina.member, 2, east=5, metres=600, sport=Sport.RIDE)
    found = await shown(amina.client)
    x, y = HERE
    assert [(one.x, one.y, one.activity_id, one.in_cluster) for one in found.tiles] == [
        (x + 5, y, ride, False),
        (x + 1, y - 1, beside, False),
        (x + 1, y, beside, False),
        (x, y - 1, old, False),
        (x, y, old, False),
    ]
    assert (found.count, found.new, found.cluster) == (5, 3, 0)
    assert found.square is not None
    assert (found.square.x, found.square.y, found.square.size) == (x, y - 1, 2)
    assert [(await amina.client.run(ShowActivity(activity_id=one))).new_tiles for one in (old, again, beside, ride)] == [
        2, 0, 2, 1,
    ]  # fmt: skip
    by_ride = await shown(amina.client, sport=Sport.RIDE)
    assert (places(by_ride), by_ride.new) == ({(x + 5, y)}, 1)
    assert (await amina.client.run(ShowExploredTiles())).tiles == ()


async def test_a_cluster_is_found(outdoors: Outdoors) -> None:
    """Three runs of three tiles beside each other: the one in the middle has all its neighbours."""
    amina = await outdoors.runner()
    for east in range(3):
        await ran(outdoors, amina.member, 3, east=east, metres=5500, speed=4.0)
    found = await shown(amina.client)
    assert (found.count, found.cluster) == (9, 1)
    assert found.square is not None
    assert found.square.size == 3
    assert [(one.x, one.y) for one in found.tiles if one.in_cluster] == [(HERE[0] + 1, HERE[1] - 1)]


async def test_what_was_deleted_or_cut_off_was_never_explored(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    x, y = HERE
    first, second = await ran(outdoors, amina.member, 4), await ran(outdoors, amina.member, 2, east=1)
    begins = (await amina.client.run(ShowActivity(activity_id=first))).started_at
    cut = await amina.client.run(EditActivity(activity_id=first, ends_at=begins + timedelta(seconds=100)))
    assert cut.new_tiles == 1
    assert places(await shown(amina.client)) == {(x, y), (x + 1, y), (x + 1, y - 1)}
    await amina.client.run(DeleteActivity(activity_id=second))
    assert places(await shown(amina.client)) == {(x, y)}
    await amina.client.run(EditActivity(activity_id=first, sport=Sport.WALK))
    assert places(await shown(amina.client, sport=Sport.RUN)) == set()
    assert places(await shown(amina.client, sport=Sport.WALK)) == {(x, y)}


async def test_a_live_run_counts_when_it_is_over(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    stopped = await amina.ran(3000)
    assert stopped.new_tiles == 2
    assert (await amina.ran(3000)).new_tiles == 0
    assert (await shown(amina.client)).count == 2


async def test_a_cheat_does_not_count_nor_a_ride_told_as_a_run(outdoors: Outdoors) -> None:
    amina, trainer = await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    fast = await ran(outdoors, amina.member, 4, visibility=Visibility.STAFF)
    even = await ran(outdoors, amina.member, 3, east=1)
    speed, too_even = outdoors.flag(fast), outdoors.flag(even, sort="too_even")
    x, y = HERE
    assert places(await shown(amina.client)) == {(x + 1, y), (x + 1, y - 1)}
    assert (await amina.client.run(ShowActivity(activity_id=fast))).new_tiles == 0
    await trainer.client.run(ReviewFlag(flag_id=speed, verdict=Verdict.HONEST))
    assert len(places(await shown(amina.client))) == 4
    await trainer.client.run(ReviewFlag(flag_id=too_even, verdict=Verdict.CHEAT))
    assert places(await shown(amina.client)) == {(x, y), (x, y - 1)}
    # What nobody counts is new to whoever comes there next.
    assert (
        await amina.client.run(ShowActivity(activity_id=await ran(outdoors, amina.member, 1, east=1)))
    ).new_tiles == 2


@pytest.mark.parametrize("role", [Role.CLIENT, Role.TRAINER, Role.RECEPTION, Role.GYM_ADMIN])
async def test_nobody_else_sees_them_whatever_they_may(outdoors: Outdoors, role: Role) -> None:
    amina = await outdoors.runner()
    mine = await ran(outdoors, amina.member, 2)
    before = await outdoors.gym.add_member("Brian Otieno")
    hired = await hire(outdoors.gym, role) if role is not Role.CLIENT else None
    other = outdoors.gym.person(before, Door.REST) if hired is None else hired.holding(await hired.sign_in())
    assert await shown(other) == ExploredTiles(count=0, new=0, square=None, cluster=0, tiles=())
    empty = await (await outdoors.runner("Daudi Mwangi")).client.run(DrawExploredTiles())
    assert (await other.run(DrawExploredTiles())).html == empty.html
    assert (await other.run(ShowActivity(activity_id=mine))).new_tiles is None
    assert (await amina.client.run(ShowActivity(activity_id=mine))).new_tiles == 2


async def test_nor_does_support(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    mine = await ran(outdoors, amina.member, 2)
    for op in (ShowExploredTiles(listed=True), DrawExploredTiles()):
        with pytest.raises(PersonUnknown):
            await outdoors.gym.operator.run(op)
    assert (await outdoors.gym.operator.run(ShowActivity(activity_id=mine))).new_tiles is None


async def test_the_page_draws_tiles_square_and_cluster(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    for east in range(3):
        await ran(outdoors, amina.member, 3, east=east, metres=5500, speed=4.0)
    page = await amina.client.run(DrawExploredTiles(sport=Sport.RUN))
    x, y = HERE
    for drawn in ("[[0,0,3,1,0,1,1,2,1,2,0,3],[1,1,1]]", f"var square = [{x},{y - 2},3]", "Run", "3 × 3"):
        assert drawn in page.html
    assert "tile.openstreetmap.org" in page.policy
    assert page.files == ()
    assert len(page.html.encode()) < 30_000
    beside = await amina.client.run(DrawExploredTiles(linking=Linking.BESIDE))
    assert [one.name.partition("-")[0] for one in beside.files] == ["leaflet", "leaflet"]


async def test_what_was_there_before_gets_its_tiles(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    kept, damaged, newer = [await ran(outdoors, amina.member, days, east=days) for days in (3, 2, 1)]
    outdoors.rows("UPDATE activities SET tiles = NULL WHERE id = ANY (%(ids)s)", ids=[kept, damaged])
    outdoors.rows("UPDATE activity_streams SET data = 'no stream' WHERE id = %(id)s", id=damaged)
    assert (await shown(amina.client)).count == 2
    assert (await amina.client.run(ShowActivity(activity_id=kept))).new_tiles is None
    while (await outdoors.gym.system.run(TileActivities())).count:  # other gyms' too, so many at a time
        pass
    assert places(await shown(amina.client)) == {(HERE[0] + 3, HERE[1]), (HERE[0] + 3, HERE[1] - 1), *(
        (HERE[0] + 1, row) for row in (HERE[1], HERE[1] - 1)
    )}  # fmt: skip
    stored = outdoors.rows("SELECT id, tiles FROM activities WHERE id = ANY (%(ids)s)", ids=[damaged, newer])
    assert {row.id: len(row.tiles) for row in stored} == {damaged: 0, newer: 2}
