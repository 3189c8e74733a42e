"""What a live activity comes to while its points come one a request: as right as all of them, at the cost of the last few."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from pp_core.tracking.operations import (
    EditActivity,
    LinkTracker,
    PauseActivity,
    PointIn,
    ReceiveTrackerPoints,
    ResumeActivity,
    ShowActivity,
    Sport,
    StartActivity,
    StopActivity,
    TrackerApp,
)
from pp_core.tracking.queries import points as queries
from pp_core.tracking.queries.points import milliseconds
from pp_core.tracking.rules.progress import LOOK_BACK
from pp_core.tracking.rules.summary import shaped
from pp_core.tracking.rules.track import Track
from tests.outdoors import Outdoors
from tests.tracking.ways import north


class Read:
    """How many points each look at a track read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.whole: list[int] = []
        self.latest: list[int] = []
        for name, seen in (("track_of", self.whole), ("latest", self.latest)):
            monkeypatch.setattr(queries, name, self._spied(getattr(queries, name), seen))

    def _spied(self, function: Any, seen: list[int]) -> Any:
        async def spied(*args: Any, **more: Any) -> Track:
            track: Track = await function(*args, **more)
            seen.append(len(track))
            return track

        return spied

    def forget(self) -> None:
        self.whole.clear()
        self.latest.clear()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    return Read(monkeypatch)


class Walker:
    """Somebody on a noisy walk with a tracker app that sends each point by itself."""

    def __init__(self, outdoors: Outdoors, client: Any, activity_id: UUID, token: SecretStr) -> None:
        self.outdoors, self.client, self.activity_id, self.token = outdoors, client, activity_id, token

    async def send(self, points: Sequence[PointIn]) -> int:
        """Points that were new."""
        taken = await self.outdoors.gym.system.run(ReceiveTrackerPoints(token=self.token, points=tuple(points)))
        return taken.accepted

    async def figures(self) -> tuple[float, float, int]:
        """Metres, seconds in motion and points, as the row of the live activity has them."""
        (row,) = self.outdoors.rows("SELECT * FROM activity_live WHERE id = %(id)s", id=self.activity_id)
        return row.distance_m, row.moving_s, row.points


@pytest.fixture
async def walker(outdoors: Outdoors) -> Walker:
    amina = await outdoors.runner()
    linked = await amina.client.run(LinkTracker(app=TrackerApp.TRACCAR, sport=Sport.WALK))
    started = await amina.client.run(StartActivity(sport=Sport.WALK))
    return Walker(outdoors, amina.client, started.id, SecretStr(linked.address.rpartition("/")[2]))


def walk(outdoors: Outdoors, count: int) -> tuple[PointIn, ...]:
    """Walked at 1.4 m/s, a point each 5 seconds that is some 3 metres off."""
    return north(outdoors.now, metres=7 * (count - 1), speed=1.4, every=5, uneven=3.0)


def whole(points: Sequence[PointIn], pauses: Sequence[tuple[int, int]] = ()) -> tuple[float, float]:
    track = Track.of(
        [milliseconds(one.ts) for one in points],
        [one.lat for one in points],
        [one.lon for one in points],
        accuracy=[one.accuracy or 0.0 for one in points],
    )
    shape = shaped(track, Sport.WALK, pauses)
    return float(shape.metres[-1]), float(shape.moving[-1])


async def test_a_point_costs_the_same_however_long_the_way_is(outdoors: Outdoors, walker: Walker, read: Read) -> None:
    way = walk(outdoors, 3 * LOOK_BACK)
    outdoors.later(seconds=900)
    for point in way:
        assert await walker.send([point]) == 1
    assert read.whole == [1]  # the very first has nothing to go on from
    assert len(read.latest) == len(way) - 1
    assert max(read.latest) == LOOK_BACK + 1
    metres, moving, points = await walker.figures()
    expected = whole(way)
    assert metres == pytest.approx(expected[0], rel=0.02)
    assert moving == pytest.approx(expected[1], rel=0.05)
    assert points == len(way)
    # What it came to is worked out from all of them.
    read.forget()
    stopped = await walker.client.run(StopActivity())
    assert read.whole == [len(way)]
    assert stopped.distance_m == pytest.approx(expected[0], rel=0.001)


async def test_a_delivery_that_repeats_what_came_is_read_no_further_back(
    outdoors: Outdoors, walker: Walker, read: Read
) -> None:
    way = walk(outdoors, 2 * LOOK_BACK)
    outdoors.later(seconds=900)
    await walker.send(way[:100])
    read.forget()
    assert await walker.send(way[90:110]) == 10
    assert await walker.send(way[90:110]) == 0
    assert (read.whole, read.latest) == ([], [LOOK_BACK + 10])
    assert (await walker.figures())[0] == pytest.approx(whole(way[:110])[0], rel=0.02)


async def test_what_comes_out_of_order_is_looked_at_whole(outdoors: Outdoors, walker: Walker, read: Read) -> None:
    way = walk(outdoors, 2 * LOOK_BACK)
    outdoors.later(seconds=900)
    await walker.send([*way[:20], *way[60:]])
    read.forget()
    assert await walker.send([way[30]]) == 1
    assert (read.whole, read.latest) == ([len(way) - 39], [])
    assert await walker.send(way[20:60]) == 39
    assert (await walker.figures())[:2] == pytest.approx(whole(way), rel=1e-4)


async def test_after_points_of_another_way_in_it_is_looked_at_whole(
    outdoors: Outdoors, walker: Walker, read: Read
) -> None:
    """A stream counts its metres seconds after its points: what the row says is not yet what they come to."""
    way = walk(outdoors, 100)
    outdoors.later(seconds=900)
    await walker.send(way[:50])
    at = {"gym": outdoors.gym.id, "id": walker.activity_id}
    for point in way[50:60]:
        outdoors.rows(
            "INSERT INTO activity_points (tenant_id, activity_id, device_ts, received_at, lat, lon, accuracy)"
            " VALUES (%(gym)s, %(id)s, %(ts)s, now(), %(lat)s, %(lon)s, 5)",
            **at, ts=point.ts, lat=point.lat, lon=point.lon,
        )  # fmt: skip
    outdoors.rows("UPDATE activity_live SET last_ts = %(ts)s, points = 60 WHERE id = %(id)s", **at, ts=way[59].ts)
    read.forget()
    await walker.send([way[60]])
    await walker.send([way[61]])
    assert (read.whole, read.latest) == ([61], [LOOK_BACK + 1])
    assert (await walker.figures())[0] == pytest.approx(whole(way[:62])[0], rel=0.02)


async def test_nothing_is_counted_in_a_pause(outdoors: Outdoors, walker: Walker) -> None:
    way = walk(outdoors, 120)
    outdoors.later(seconds=200)
    await walker.send(way[:41])
    await walker.client.run(PauseActivity())
    before = await walker.figures()
    for point in way[41:61]:
        outdoors.later(seconds=5)
        await walker.send([point])
    paused = await walker.figures()
    assert paused[:2] == pytest.approx(before[:2], abs=10)
    await walker.client.run(ResumeActivity())
    for point in way[61:]:
        outdoors.later(seconds=5)
        await walker.send([point])
    begins = milliseconds(way[40].ts)
    expected = whole(way, [(begins, begins + 100_000)])
    assert (await walker.figures())[0] == pytest.approx(expected[0], rel=0.03)
    assert expected[0] == pytest.approx(7 * 99, rel=0.1)


async def test_another_sport_is_measured_anew(outdoors: Outdoors, walker: Walker, read: Read) -> None:
    way = walk(outdoors, 80)
    outdoors.later(seconds=900)
    await walker.send(way[:78])
    await walker.client.run(EditActivity(activity_id=walker.activity_id, sport=Sport.RUN))
    read.forget()
    await walker.send([way[78]])
    await walker.send([way[79]])
    assert (read.whole, read.latest) == ([79], [LOOK_BACK + 1])


async def test_a_phone_that_was_silent_for_an_hour_goes_on(outdoors: Outdoors, walker: Walker) -> None:
    """Nothing within the look-back is near in time: the way between is counted as the summary counts it."""
    way = walk(outdoors, 60)
    later = tuple(point.model_copy(update={"ts": point.ts + timedelta(minutes=40)}) for point in way[30:])
    outdoors.later(hours=1)
    for point in (*way[:30], *later):
        await walker.send([point])
    assert (await walker.figures())[:2] == pytest.approx(whole((*way[:30], *later)), rel=0.02)
    shown = await walker.client.run(ShowActivity(activity_id=walker.activity_id))
    assert shown.distance_m == pytest.approx((await walker.figures())[0], abs=0.1)
