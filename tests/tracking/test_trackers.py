"""Trackers: what an address gives its owner, and which activity a point belongs to."""

from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import GymSuspended
from pp_core.kernel.policy import Door
from pp_core.memberships.operations import ListVisits, SellMembership
from pp_core.tenants.operations import Member, SetGymStatus
from pp_core.tracking.operations import (
    CloseForgotten,
    LinkTracker,
    ListActivities,
    ListTrackers,
    PointIn,
    ReceiveTrackerPoints,
    RevokeTracker,
    SetGeofence,
    StartActivity,
    StopActivity,
    TooManyTrackers,
    TrackerApp,
    TrackerRevoked,
    TrackerTaken,
    TrackerUnknown,
)
from pp_core.tracking.operations.trackers import MOST_TRACKERS
from tests.conftest import Gym
from tests.tracking.ways import METRE, NAIROBI


class Phone:
    """A phone with a tracker app, somewhere on its way north at 3 m/s."""

    def __init__(self, gym: Gym, member: Member, begins: datetime) -> None:
        self.gym, self.member, self.begins, self.token = gym, member, begins, SecretStr("")

    async def link(self, **more: object) -> None:
        linked = await self.gym.person(self.member).run(LinkTracker(app=TrackerApp.TRACCAR, **more))
        self.token = SecretStr(linked.address.rpartition("/")[2])

    async def send(self, *seconds: float, speed: float | None = 3.0) -> TrackerTaken:
        points = tuple(
            PointIn(
                ts=self.begins + timedelta(seconds=one), lat=NAIROBI[0] + 3 * METRE * one, lon=NAIROBI[1], speed=speed
            )
            for one in seconds
        )
        return await self.gym.system.run(ReceiveTrackerPoints(token=self.token, points=points))

    async def activities(self) -> list[tuple[str, int]]:
        """Status and whole metres of each, the first one first."""
        rows = (await self.gym.person(self.member).run(ListActivities())).items
        return [(row.status.value, round(row.distance_m)) for row in reversed(rows)]


@pytest.fixture
async def phone(clocked_gym: Gym, clock: ManualClock) -> Phone:
    made = Phone(clocked_gym, await clocked_gym.add_member(), clock.now())
    await made.link()
    return made


async def test_the_address_is_shown_once_with_instructions_in_their_language(gym: Gym) -> None:
    member = await gym.add_member()
    client = gym.person(member)
    for app in TrackerApp:
        linked = await client.run(LinkTracker(app=app, label="My Tecno"))
        assert linked.address.startswith(f"{gym.runtime.ports.public_url}/t/")
        assert len(linked.address.rpartition("/")[2]) >= 43
        assert linked.setting.startswith(linked.address)
        assert [linked.setting in step for step in linked.steps].count(True) == 1
        swahili = await client.through(Door.SMS, "sw").run(LinkTracker(app=app))
        assert len(swahili.steps) == len(linked.steps)
        assert swahili.steps[0] != linked.steps[0]
    rows = (await client.run(ListTrackers())).items
    assert [row.app for row in rows[::-2]] == list(TrackerApp)
    assert [row.auto_start for row in rows[::-2]] == [False, True, True, True, True]
    assert "My Tecno" in {row.label for row in rows}
    assert linked.address.rpartition("/")[2] not in str(rows)


async def test_a_person_has_so_many_and_no_more(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    for _ in range(MOST_TRACKERS):
        last = await client.run(LinkTracker(app=TrackerApp.OTHER))
    with pytest.raises(TooManyTrackers):
        await client.run(LinkTracker(app=TrackerApp.OTHER))
    await client.run(RevokeTracker(tracker_id=last.tracker.id))
    await client.run(LinkTracker(app=TrackerApp.OTHER))


async def test_only_its_owner_and_the_staff_take_it_back(gym: Gym) -> None:
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    linked = await gym.person(amina).run(LinkTracker(app=TrackerApp.OSMAND))
    with pytest.raises(TrackerUnknown):
        await gym.person(brian).run(RevokeTracker(tracker_id=linked.tracker.id))
    await gym.operator.run(RevokeTracker(tracker_id=linked.tracker.id))
    (row,) = (await gym.operator.run(ListTrackers(member=str(amina.id)))).items
    assert row.revoked_at is not None
    token = SecretStr(linked.address.rpartition("/")[2])
    with pytest.raises(TrackerRevoked):
        await gym.system.run(ReceiveTrackerPoints(token=token))


async def test_a_suspended_gym_takes_nothing(phone: Phone) -> None:
    await phone.gym.system.run(SetGymStatus(gym_id=phone.gym.id, status="suspended"))
    with pytest.raises(GymSuspended):
        await phone.send(0)


async def test_the_first_point_in_motion_starts_the_activity(phone: Phone, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=60))
    assert (await phone.send(0, 5, speed=0.3)).outside == 2
    assert await phone.activities() == []
    assert (await phone.send(10, 15, 20)).accepted == 3
    assert await phone.activities() == [("live", 30)]


async def test_without_a_speed_it_counts_as_motion(phone: Phone, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=60))
    assert (await phone.send(0, 5, speed=None)).accepted == 2


async def test_what_another_door_began_takes_the_points(phone: Phone, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=60))
    started = await phone.gym.person(phone.member).run(StartActivity())
    taken = await phone.send(0, 10, 40, 50, 60, speed=0.1)
    # What was taken half a minute before it began and more, was taken before it.
    assert (taken.activity_id, taken.accepted, taken.outside) == (started.id, 3, 2)


async def test_who_stopped_has_not_set_out_again(phone: Phone, clock: ManualClock) -> None:
    clock.advance(timedelta(minutes=40))
    await phone.send(0, 300)
    await phone.gym.person(phone.member).run(StopActivity())
    assert (await phone.send(360, 600, 1190)).outside == 3
    assert (await phone.send(1300, 1310)).accepted == 2
    assert await phone.activities() == [("finished", 900), ("live", 30)]


async def test_what_was_closed_for_silence_goes_on_with_what_comes_late(phone: Phone, clock: ManualClock) -> None:
    """Two hours without a network: the activity was closed meanwhile and is whole again afterwards."""
    await phone.send(0, 5, 10)
    clock.advance(timedelta(hours=2))
    while (await phone.gym.system.run(CloseForgotten())).count:  # other gyms' too, so many at a time
        pass
    assert await phone.activities() == [("finished", 30)]
    late = await phone.send(*range(15, 605, 5))
    assert (late.accepted, late.outside) == (118, 0)
    assert await phone.activities() == [("finished", 1800)]


async def test_who_comes_to_the_gym_is_checked_in_without_an_activity(clocked_gym: Gym, clock: ManualClock) -> None:
    """Points outside an activity are kept nowhere; that somebody came is."""
    await clocked_gym.operator.run(SetGeofence(lat=NAIROBI[0], lon=NAIROBI[1], radius_m=60, dwell_s=120))
    member = await clocked_gym.add_member()
    await clocked_gym.operator.run(SellMembership(member=member.code, plan="MONTHLY"))
    phone = Phone(clocked_gym, member, clock.now())
    await phone.link(auto_start=False)
    clock.advance(timedelta(minutes=10))
    taken = await phone.gym.system.run(
        ReceiveTrackerPoints(
            token=phone.token,
            points=tuple(
                PointIn(ts=phone.begins + timedelta(seconds=one), lat=NAIROBI[0], lon=NAIROBI[1], accuracy=8)
                for one in range(0, 300, 30)
            ),
        )
    )
    assert (taken.activity_id, taken.outside) == (None, 10)
    visits = (await clocked_gym.operator.run(ListVisits())).items
    assert [(visit.person_id, visit.door) for visit in visits] == [(member.id, "geofence")]
