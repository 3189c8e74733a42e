"""How height, speed and heart rate went along an activity, as far as one may see it."""

from datetime import timedelta
from math import cos, hypot, radians

import pytest

from pp_core.kernel.policy import Role
from pp_core.tracking.operations import (
    ActivityUnknown,
    EditActivity,
    Hidden,
    PauseActivity,
    ShowProfile,
    Sport,
    StartActivity,
    UploadPoints,
    Visibility,
)
from tests.outdoors import Outdoors
from tests.tracking.ways import METRE, NAIROBI, loop, north


def metres_from_home(lat: float | None, lon: float | None) -> float:
    assert lat is not None
    assert lon is not None
    return hypot(lat - NAIROBI[0], (lon - NAIROBI[1]) * cos(radians(NAIROBI[0]))) / METRE


async def test_samples_stand_at_even_distances(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    ran = await amina.run(loop(outdoors.now, metres=4000, climb=40))
    shown = await amina.client.run(ShowProfile(activity_id=ran.id, samples=41))
    assert (shown.activity_id, shown.sport) == (ran.id, Sport.RUN)
    assert shown.distance_m == pytest.approx(ran.distance_m, abs=0.1)
    assert len(shown.samples) == 41
    assert [one.metres for one in shown.samples] == pytest.approx(
        [shown.step_m * place for place in range(41)], abs=0.06
    )
    top = shown.samples[20]
    assert (top.metres, top.altitude) == (pytest.approx(2000, abs=20), pytest.approx(1700, abs=1))
    assert top.seconds == pytest.approx(2000 / 3, abs=5)
    assert (shown.samples[0].altitude, shown.samples[-1].altitude) == (pytest.approx(1660, abs=1),) * 2
    # The ends of a loop without anything beyond them are smoothed a little short.
    assert all(one.speed == pytest.approx(3, abs=0.1) for one in shown.samples[2:-2])
    assert shown.samples[10].heart_rate == pytest.approx(160, abs=1)
    assert shown.samples[30].heart_rate == pytest.approx(120, abs=1)
    assert metres_from_home(shown.samples[20].lat, shown.samples[20].lon) == pytest.approx(4000 / 3.14159, abs=15)


async def test_a_pause_does_not_slow_anybody_down(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    there = north(outdoors.now, metres=600)
    last = there[-1]
    on = north(last.ts + timedelta(minutes=10), metres=600, start=(last.lat, last.lon))
    ran = await amina.run(there + on)
    samples = (await amina.client.run(ShowProfile(activity_id=ran.id, samples=25))).samples
    assert all(one.speed == pytest.approx(3, rel=0.15) for one in samples)
    assert samples[-1].seconds == pytest.approx(1000, abs=1)


async def test_of_a_live_one_it_is_what_there_is_so_far(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    started = await amina.client.run(StartActivity())
    ask = ShowProfile(activity_id=started.id, samples=2)
    nothing = await amina.client.run(ask)
    assert (nothing.distance_m, nothing.step_m, nothing.samples) == (0, 0, ())
    way = north(outdoors.now, metres=1200)
    outdoors.later(seconds=200)
    await amina.client.run(UploadPoints(points=way[:41]))
    assert (await amina.client.run(ask)).distance_m == pytest.approx(600, abs=10)
    outdoors.later(seconds=200)
    await amina.client.run(PauseActivity())
    await amina.client.run(UploadPoints(points=way[41:]))
    assert (await amina.client.run(ask)).distance_m == pytest.approx(1200, abs=10)


async def test_others_see_nothing_of_what_lies_in_a_privacy_zone(outdoors: Outdoors) -> None:
    amina, trainer = await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    outdoors.hide_around(amina, radius_m=500)
    ran = await amina.run(loop(outdoors.now, metres=6000))
    ask = ShowProfile(activity_id=ran.id, samples=121)
    own, seen = await amina.client.run(ask), await trainer.client.run(ask)
    assert len(own.samples) == 121
    assert 70 < len(seen.samples) < 121
    assert set(seen.samples) <= set(own.samples)  # what is left keeps its distance
    assert seen.distance_m == own.distance_m
    assert min(metres_from_home(one.lat, one.lon) for one in seen.samples) > 500
    out = [one for one in own.samples if metres_from_home(one.lat, one.lon) > 620]
    assert set(out) <= set(seen.samples)  # and nothing more is missing than what lies there, or a fifth beyond


async def test_a_zone_between_two_points_hides_the_way_between_them(outdoors: Outdoors) -> None:
    """A point each 600 m: no point lies within, the line between them does."""
    amina, trainer = await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    middle = (NAIROBI[0] + METRE * 900, NAIROBI[1])
    outdoors.hide_around(amina, radius_m=60, at=middle)
    ran = await amina.run(north(outdoors.now, metres=1800, speed=3, every=200))
    seen = await trainer.client.run(ShowProfile(activity_id=ran.id, samples=181))
    near = [one for one in seen.samples if abs(one.metres - 900) < 60]
    assert near == []
    assert len(seen.samples) > 150


@pytest.mark.parametrize(
    ("hidden", "fields"),
    [
        (Hidden.MAP, {"lat", "lon"}), (Hidden.HEART_RATE, {"heart_rate"}), (Hidden.SPEED, {"speed", "seconds"}),
    ],
)  # fmt: skip
async def test_what_is_hidden_is_null_for_others(outdoors: Outdoors, hidden: Hidden, fields: set[str]) -> None:
    amina, trainer = await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    ran = await amina.run(loop(outdoors.now, metres=1500))
    await amina.client.run(EditActivity(activity_id=ran.id, hidden=[hidden]))
    ask = ShowProfile(activity_id=ran.id, samples=11)
    seen = await trainer.client.run(ask)
    assert len(seen.samples) == 11
    for one in seen.samples:
        assert {name for name, value in one.model_dump().items() if value is None} == fields
    assert all(None not in one.model_dump().values() for one in (await amina.client.run(ask)).samples)


async def test_who_may_not_see_the_activity_sees_no_profile(outdoors: Outdoors) -> None:
    amina, brian = await outdoors.runner(), await outdoors.runner("Brian Otieno")
    ran = await amina.ran(600)
    with pytest.raises(ActivityUnknown):
        await brian.client.run(ShowProfile(activity_id=ran.id))
    await amina.client.run(EditActivity(activity_id=ran.id, visibility=Visibility.GYM))
    assert (await brian.client.run(ShowProfile(activity_id=ran.id))).samples
