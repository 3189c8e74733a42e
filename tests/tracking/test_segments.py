"""Segments: drawn from a run, held against what was and what comes, with a leaderboard of what the gym may see."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import PermissionMissing
from pp_core.kernel.policy import Role
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import Member
from pp_core.tracking.operations import (
    AddPrivacyZone,
    DeleteActivity,
    DeleteSegment,
    DrawSegment,
    EditActivity,
    Hidden,
    ListSegments,
    Period,
    Segment,
    SegmentHidden,
    SegmentLengthWrong,
    SegmentUnknown,
    SegmentWayUnclear,
    ShowLeaderboard,
    Sport,
    StartActivity,
    StopActivity,
    UploadPoints,
    Visibility,
    Who,
)
from pp_core.tracking.rules.simplify import polyline_decoded, polyline_encoded
from tests.conftest import Gym, TestHome
from tests.isolation import schema
from tests.staff import hire

from .ways import METRE, NAIROBI, north, recorded

Run = Callable[..., Awaitable[UUID]]


@pytest.fixture
def run(clocked_gym: Gym, clock: ManualClock) -> Run:
    """A kilometre due north through the town, finished now."""

    async def done(
        member: Member, speed: float = 4.0, *, ago: timedelta | None = None, east: float = 0, **more: Any
    ) -> UUID:
        me = clocked_gym.person(member)
        begins = clock.now() - (ago or timedelta()) - timedelta(minutes=10)
        start = (NAIROBI[0], NAIROBI[1] + east * METRE)
        way: dict[str, Any] = {"metres": 1000, "speed": speed, "every": 2, "start": start, "uneven": 1.5}
        if ago is not None:
            return await recorded(clocked_gym, member, begins, **way)
        begun = await me.run(StartActivity(started_at=begins, **{"visibility": Visibility.GYM, **more}))
        await me.run(UploadPoints(activity_id=begun.id, points=north(begins, **way)))
        await me.run(StopActivity(activity_id=begun.id))
        return begun.id

    return done


async def board(gym: Gym, segment: Segment, member: Member | None = None, **more: Any) -> list[tuple[int, str, float]]:
    client = gym.operator if member is None else gym.person(member)
    shown = await client.run(ShowLeaderboard(segment_id=segment.id, **more))
    return [(row.rank, row.person_name.split()[0], row.seconds) for row in shown.items]


def about(seconds: float) -> Any:
    return pytest.approx(seconds, abs=1.2)


async def test_what_was_and_what_comes_has_a_time(clocked_gym: Gym, clocked_worker: Worker, run: Run) -> None:
    amina, brian, cheptoo = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O", "Cheptoo K")]
    drawn_of = await run(amina)
    await run(brian, 5.0)
    segment = await clocked_gym.operator.run(
        DrawSegment(name="Uhuru climb", activity_id=drawn_of, from_m=200, to_m=800)
    )
    assert (segment.sport, segment.distance_m) == (Sport.RUN, pytest.approx(600, abs=3))
    lat, _ = polyline_decoded(segment.route)
    assert [lat[0], lat[-1]] == pytest.approx([NAIROBI[0] + one * METRE for one in (200, 800)], abs=5 * METRE)
    assert await board(clocked_gym, segment) == []
    await clocked_worker.drain()
    await run(cheptoo, 4.8)
    await clocked_worker.drain()
    assert await board(clocked_gym, segment) == [
        (1, "Brian", about(120)), (2, "Cheptoo", about(125)), (3, "Amina", about(150)),
    ]  # fmt: skip
    assert await board(clocked_gym, segment, amina, limit=2) == [(1, "Brian", about(120)), (2, "Cheptoo", about(125))]


async def test_each_person_has_one_best_and_equal_times_share_a_rank(
    clocked_gym: Gym, clocked_worker: Worker, run: Run, home: TestHome
) -> None:
    amina, brian, cheptoo = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O", "Cheptoo K")]
    await run(amina, 4.0)
    await run(amina, 5.0, ago=timedelta(days=1))
    await run(brian, 5.0, east=18)
    first = await run(cheptoo, 4.2, east=5)
    segment = await clocked_gym.operator.run(DrawSegment(name="S", activity_id=first, from_m=200, to_m=800))
    await clocked_worker.drain()
    assert home.urls.admin is not None
    with schema.connect(home.urls.admin) as everything:
        even = "UPDATE segment_efforts SET seconds = 120 WHERE segment_id = %s AND seconds < 125"
        assert everything.execute(even, [segment.id]).rowcount == 2
    rows = await board(clocked_gym, segment)
    assert [(rank, name) for rank, name, _ in sorted(rows)] == [(1, "Amina"), (1, "Brian"), (3, "Cheptoo")]
    assert await board(clocked_gym, segment, amina, who=Who.MINE) == [
        (1, "Amina", about(120)),
        (2, "Amina", about(150)),
    ]
    shown = await clocked_gym.person(amina).run(ShowLeaderboard(segment_id=segment.id))
    assert (shown.people, [row.mine for row in shown.items].count(True)) == (3, 1)


async def test_a_period_begins_in_the_gyms_time_zone(clocked_gym: Gym, clocked_worker: Worker, run: Run) -> None:
    """It is a Saturday in November; what was on the Friday before last does not count for this week."""
    amina = await clocked_gym.add_member("Amina W")
    now = await run(amina, 4.0)
    for days, speed in ((8, 4.4), (30, 4.8), (400, 5.2)):
        await run(amina, speed, ago=timedelta(days=days))
    segment = await clocked_gym.operator.run(DrawSegment(name="S", activity_id=now, from_m=200, to_m=800))
    await clocked_worker.drain()
    best = {period: (await board(clocked_gym, segment, period=period))[0][2] for period in Period}
    assert best == {
        Period.WEEK: about(600 / 4.0),
        Period.MONTH: about(600 / 4.4),
        Period.YEAR: about(600 / 4.8),
        Period.ALL: about(600 / 5.2),
    }
    shown = await clocked_gym.operator.run(ShowLeaderboard(segment_id=segment.id, period=Period.MONTH))
    assert [row.on for row in shown.items] == [date(2026, 11, 13)]


@pytest.mark.parametrize(
    "hide",
    [
        {"visibility": Visibility.STAFF},
        {"visibility": Visibility.PRIVATE},
        {"hidden": [Hidden.MAP]},
        {"hidden": [Hidden.SPEED]},
    ],
)
async def test_what_its_owner_keeps_counts_for_them_alone(
    clocked_gym: Gym, clocked_worker: Worker, run: Run, hide: dict[str, Any]
) -> None:
    amina, brian = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O")]
    fast, slow = await run(amina, 5.0), await run(brian)
    segment = await clocked_gym.operator.run(DrawSegment(name="S", activity_id=slow, from_m=200, to_m=800))
    await clocked_gym.person(amina).run(EditActivity(activity_id=fast, **hide))
    await clocked_worker.drain()
    assert await board(clocked_gym, segment) == await board(clocked_gym, segment, brian) == [(1, "Brian", about(150))]
    assert await board(clocked_gym, segment, amina) == [(1, "Amina", about(120)), (2, "Brian", about(150))]


async def test_a_zone_on_the_segment_takes_a_person_off_it(clocked_gym: Gym, clocked_worker: Worker, run: Run) -> None:
    amina, brian = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O")]
    await run(amina, 5.0)
    slow = await run(brian)
    segment = await clocked_gym.operator.run(DrawSegment(name="S", activity_id=slow, from_m=200, to_m=800))
    await clocked_worker.drain()
    me = clocked_gym.person(amina)
    await me.run(AddPrivacyZone(name="Home", lat=NAIROBI[0] + 950 * METRE, lon=NAIROBI[1], radius_m=120))
    assert [name for _, name, _ in await board(clocked_gym, segment, brian)] == ["Amina", "Brian"]
    await me.run(AddPrivacyZone(name="Work", lat=NAIROBI[0] + 500 * METRE, lon=NAIROBI[1], radius_m=100))
    assert [name for _, name, _ in await board(clocked_gym, segment, brian)] == ["Brian"]
    assert [name for _, name, _ in await board(clocked_gym, segment, amina)] == ["Amina", "Brian"]


@pytest.mark.parametrize(
    ("verdict", "ranked", "mine"), [(None, False, True), ("cheat", False, False), ("honest", True, True)]
)
async def test_what_is_not_honest_is_not_ranked(
    clocked_gym: Gym, clocked_worker: Worker, run: Run, home: TestHome, verdict: str | None, ranked: bool, mine: bool
) -> None:
    amina = await clocked_gym.add_member("Amina W")
    ran = await run(amina)
    segment = await clocked_gym.operator.run(DrawSegment(name="S", activity_id=ran, from_m=200, to_m=800))
    await clocked_worker.drain()
    assert home.urls.admin is not None
    with schema.connect(home.urls.admin) as everything:
        everything.execute(
            "INSERT INTO activity_flags (tenant_id, id, activity_id, sort, from_s, to_s, seen, verdict)"
            " VALUES (%s, gen_random_uuid(), %s, 'jump', 0, 1, '{}', %s)", [clocked_gym.id, ran, verdict]
        )  # fmt: skip
    assert bool(await board(clocked_gym, segment)) is ranked
    assert bool(await board(clocked_gym, segment, amina, who=Who.MINE)) is mine


async def test_times_follow_what_becomes_of_an_activity(
    clocked_gym: Gym, clock: ManualClock, clocked_worker: Worker, run: Run
) -> None:
    amina, brian = [await clocked_gym.add_member(name) for name in ("Amina W", "Brian O")]
    ran, other = await run(amina, 5.0), await run(brian)
    segment = await clocked_gym.operator.run(DrawSegment(name="S", activity_id=other, from_m=200, to_m=800))
    await clocked_worker.drain()
    me = clocked_gym.person(amina)
    for change, left in (
        (EditActivity(activity_id=ran, sport=Sport.RIDE), 1),
        (EditActivity(activity_id=ran, sport=Sport.RUN), 2),
        (EditActivity(activity_id=ran, ends_at=clock.now() - timedelta(minutes=8)), 1),
        (DeleteActivity(activity_id=other), 0),
    ):
        await (me if change.activity_id == ran else clocked_gym.person(brian)).run(change)
        await clocked_worker.drain()
        assert len(await board(clocked_gym, segment)) == left, change


async def test_more_than_one_load_of_activities_is_found(
    clocked_gym: Gym, clocked_worker: Worker, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pp_core.tracking.use_cases.segments.AT_ONCE", 2)
    amina = await clocked_gym.add_member("Amina W")
    for days in range(5):
        last = await run(amina, 4.0 + days / 10, ago=timedelta(days=days))
    segment = await clocked_gym.operator.run(DrawSegment(name="S", activity_id=last, from_m=200, to_m=800))
    await clocked_worker.drain()
    assert len(await board(clocked_gym, segment, amina, who=Who.MINE)) == 5


async def test_who_draws_and_along_what(clocked_gym: Gym, run: Run) -> None:
    amina = await clocked_gym.add_member("Amina W")
    me, op = clocked_gym.person(amina), clocked_gym.operator
    ran = await run(amina)
    with pytest.raises(PermissionMissing):
        await me.run(DrawSegment(name="S", activity_id=ran))
    trainer = await hire(clocked_gym, Role.TRAINER)
    client = trainer.holding(await trainer.sign_in())
    line = polyline_encoded([-1.3, -1.31], [36.8, 36.8])
    drawn = await client.run(DrawSegment(name="Line", route=line, sport=Sport.RIDE))
    assert (drawn.route, drawn.sport, drawn.distance_m) == (line, Sport.RIDE, pytest.approx(1112, abs=1))
    for wrong in ({}, {"route": line, "activity_id": ran}, {"route": "?"}, {"route": "~~~~~~~~~~"}):
        with pytest.raises(SegmentWayUnclear):
            await op.run(DrawSegment(name="S", **wrong))
    for short in ({"from_m": 950}, {"from_m": 400, "to_m": 300}, {"from_m": 5000}):
        with pytest.raises(SegmentLengthWrong):
            await op.run(DrawSegment(name="S", activity_id=ran, **short))
    with pytest.raises(SegmentLengthWrong) as wrong_length:
        await op.run(DrawSegment(name="S", route=polyline_encoded([-1.3, 1.0], [36.8, 36.8])))
    assert wrong_length.value.data["metres"] > 200_000
    await me.run(AddPrivacyZone(name="Home", lat=NAIROBI[0], lon=NAIROBI[1], radius_m=150))
    with pytest.raises(SegmentHidden):
        await op.run(DrawSegment(name="S", activity_id=ran, from_m=100, to_m=800))
    await op.run(DrawSegment(name="S", activity_id=ran, from_m=200, to_m=800))
    await me.run(EditActivity(activity_id=ran, hidden=[Hidden.MAP]))
    with pytest.raises(SegmentHidden):
        await op.run(DrawSegment(name="S", activity_id=ran, from_m=200, to_m=800))


async def test_segments_near_a_place(clocked_gym: Gym) -> None:
    op = clocked_gym.operator
    here = await op.run(DrawSegment(name="Here", route=polyline_encoded([-1.3, -1.31], [36.8, 36.8])))
    far = await op.run(
        DrawSegment(name="Far", route=polyline_encoded([-4.05, -4.06], [39.66, 39.66]), sport=Sport.RIDE)
    )
    assert (await op.run(ListSegments())).items == (far, here)
    assert (await op.run(ListSegments(sport=Sport.RIDE))).items == (far,)
    assert (await op.run(ListSegments(lat=-1.32, lon=36.8, radius_m=1200))).items == (here,)
    assert (await op.run(ListSegments(lat=-1.32, lon=36.8, radius_m=1000))).items == ()
    await op.run(DeleteSegment(segment_id=here.id))
    assert (await op.run(ListSegments())).items == (far,)
    for gone in (DeleteSegment(segment_id=here.id), ShowLeaderboard(segment_id=here.id)):
        with pytest.raises(SegmentUnknown):
            await op.run(gone)
