"""Athletes: what they say of themselves makes zones and energy."""

from datetime import timedelta
from decimal import Decimal

from pp_core.client.local import LocalClient
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Door
from pp_core.tracking.operations import (
    Activity,
    EditActivity,
    PointIn,
    SetAthlete,
    Sex,
    ShowAthlete,
    Sport,
    StartActivity,
    StopActivity,
    UploadPoints,
)
from pp_core.wellbeing.operations import RecordWeight
from tests.conftest import Gym
from tests.tracking.ways import north


async def run(clock: ManualClock, client: LocalClient, hr: int) -> Activity:
    """A kilometre in 400 s at a steady heart rate."""
    begins = clock.now()
    await client.run(StartActivity())
    clock.advance(timedelta(minutes=10))
    points = tuple(PointIn(**{**one.model_dump(), "hr": hr}) for one in north(begins, metres=1000, speed=2.5))
    await client.run(UploadPoints(points=points))
    return await client.run(StopActivity())


async def test_zones_are_counted_from_what_somebody_told_or_from_their_age(
    clocked_gym: Gym, clock: ManualClock
) -> None:
    client = clocked_gym.person(await clocked_gym.add_member(), Door.CLI)
    assert (await client.run(ShowAthlete())).counted_from is None
    assert (await run(clock, client, 150)).summary.zones == ()

    told = await client.run(SetAthlete(birth_year=1996))
    assert (told.counted_from, told.max_heart_rate) == (187, None)  # 208 - 0.7 x 30
    made = await run(clock, client, 150)
    assert [zone.seconds for zone in made.summary.zones] == [0, 0, 0, 400, 0]  # 150 is 80 % of 187: 149.6 to 168.3

    assert (await client.run(SetAthlete(max_heart_rate=200))).counted_from == 200
    again = await client.run(EditActivity(activity_id=made.id, sport=Sport.WALK))
    assert [zone.seconds for zone in again.summary.zones] == [0, 0, 400, 0, 0]  # 75 % of 200
    assert await client.run(ShowAthlete()) == await client.run(SetAthlete(max_heart_rate=200))


async def test_energy_is_by_the_heart_once_age_sex_and_weight_are_known(clocked_gym: Gym, clock: ManualClock) -> None:
    client = clocked_gym.person(await clocked_gym.add_member(), Door.CLI)
    assert (await run(clock, client, 150)).kcal is None
    await client.run(RecordWeight(kilograms=Decimal(70)))
    made = await run(clock, client, 150)
    assert made.summary.kcal_method is not None
    assert "ACSM" in made.summary.kcal_method
    await client.run(SetAthlete(birth_year=1996, sex=Sex.MALE))
    made = await run(clock, client, 150)
    assert made.summary.kcal_method is not None
    assert "Keytel" in made.summary.kcal_method
    # (-55.0969 + 0.6309 x 150 + 0.1988 x 70 + 0.2017 x 30) / 4.184 kcal a minute, for 400 s.
    assert made.kcal == round((-55.0969 + 94.635 + 13.916 + 6.051) / 4.184 * 400 / 60)
