"""A member who runs to the gym and stays is checked in, once, if the door would open for them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import NotFound
from pp_core.memberships.operations import CheckIn, ListVisits, SellMembership, VisitRow
from pp_core.notifications.operations import RecordOptOut
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import AddBranch, Member, UpdateMember
from pp_core.tracking.operations import (
    GeofenceUnknown,
    ListGeofences,
    PointIn,
    RemoveGeofence,
    SetGeofence,
    StartActivity,
    UploadPoints,
)
from pp_core.tracking.rules.geofences import Position
from pp_core.tracking.use_cases.geofences import notice
from tests.conftest import Gateway, Gym

from .ways import METRE, NAIROBI, north

STAYED = timedelta(minutes=4)


async def fence(gym: Gym, **more: Any) -> None:
    """Around a gym that is 300 m north of where the run begins."""
    await gym.operator.run(
        SetGeofence(lat=NAIROBI[0] + 300 * METRE, lon=NAIROBI[1], **{"radius_m": 65, "dwell_s": 120, **more})
    )


def standing(begins: datetime, ends: datetime, metres: float = 300) -> tuple[PointIn, ...]:
    count = int((ends - begins).total_seconds() // 10)
    return tuple(
        PointIn(ts=begins + timedelta(seconds=10 * step), lat=NAIROBI[0] + metres * METRE, lon=NAIROBI[1], accuracy=6.0)
        for step in range(1, count + 1)
    )


async def run_there(gym: Gym, member: Member, clock: ManualClock) -> datetime:
    """Runs 300 m to the gym and stays for four minutes until now; returns when they came within the circle."""
    me = gym.person(member)
    begins = clock.now() - STAYED - timedelta(seconds=100)
    begun = await me.run(StartActivity(started_at=begins))
    way = north(begins, metres=300)
    points = (*way, *standing(way[-1].ts, clock.now()))
    await me.run(UploadPoints(activity_id=begun.id, points=points))
    return next(one.ts for one in way if one.lat >= NAIROBI[0] + 236 * METRE)


async def visits(gym: Gym) -> list[VisitRow]:
    return (await gym.operator.run(ListVisits())).items


async def paid_up(gym: Gym, name: str = "Amina Wanjiru") -> Member:
    member = await gym.add_member(name)
    await gym.operator.run(SellMembership(member=member.code, plan="MONTHLY"))
    return member


async def test_who_stays_is_checked_in_once(clocked_gym: Gym, clock: ManualClock, clocked_worker: Worker) -> None:
    await fence(clocked_gym)
    amina = await paid_up(clocked_gym)
    came = await run_there(clocked_gym, amina, clock)
    await clocked_worker.drain()
    (visit,) = await visits(clocked_gym)
    assert (visit.person_id, visit.branch_id, visit.door) == (amina.id, clocked_gym.onboarded.branch_id, "geofence")
    assert (visit.at, visit.day.isoformat()) == (came, "2026-11-21")
    clock.advance(timedelta(minutes=10))
    more = standing(clock.now() - timedelta(minutes=9), clock.now())
    await clocked_gym.person(amina).run(UploadPoints(points=more))
    await clocked_worker.drain()
    assert await visits(clocked_gym) == [visit]
    again = await clocked_gym.operator.run(CheckIn(member=amina.code))
    assert (again.repeated, again.visit) == (True, visit)


async def test_it_is_the_visit_that_the_desk_recorded(
    clocked_gym: Gym, clock: ManualClock, clocked_worker: Worker
) -> None:
    await fence(clocked_gym)
    amina = await paid_up(clocked_gym)
    by_hand = await clocked_gym.operator.run(CheckIn(member=amina.code))
    await run_there(clocked_gym, amina, clock)
    await clocked_worker.drain()
    assert await visits(clocked_gym) == [by_hand.visit]


@pytest.mark.parametrize("fenced", [{"dwell_s": 600}, {"checks_in": False}, {"radius_m": 30, "lon": NAIROBI[1] + 0.01}])
async def test_who_does_not_stay_there_is_not(
    clocked_gym: Gym, clock: ManualClock, clocked_worker: Worker, fenced: dict[str, Any]
) -> None:
    await clocked_gym.operator.run(
        SetGeofence(**{"lat": NAIROBI[0] + 300 * METRE, "lon": NAIROBI[1], "radius_m": 60, "dwell_s": 120, **fenced})
    )
    await run_there(clocked_gym, await paid_up(clocked_gym), clock)
    await clocked_worker.drain()
    assert await visits(clocked_gym) == []


async def test_who_has_no_membership_is_told_once(
    clocked_gym: Gym, clock: ManualClock, clocked_worker: Worker, gateway: Gateway
) -> None:
    await fence(clocked_gym)
    amina = await clocked_gym.add_member("Amina Wanjiru")
    await run_there(clocked_gym, amina, clock)
    await clocked_worker.drain()
    clock.advance(timedelta(minutes=5))
    await clocked_gym.person(amina).run(UploadPoints(points=standing(clock.now() - STAYED, clock.now())))
    await clocked_worker.drain()
    assert await visits(clocked_gym) == []
    (told,) = [text for text in gateway.sent if text.to == amina.phone]
    assert told.text == (
        "Kilimani Strength: you are at Main, and no membership of yours is good today. Please ask at the desk."
    )


async def test_who_wants_no_texts_gets_none(
    clocked_gym: Gym, clock: ManualClock, clocked_worker: Worker, gateway: Gateway
) -> None:
    await fence(clocked_gym)
    amina = await clocked_gym.add_member("Amina Wanjiru")
    assert amina.phone is not None
    await clocked_gym.operator.run(RecordOptOut(member=amina.code))
    left = await paid_up(clocked_gym, "Brian Otieno")
    for member in (amina, left):
        await run_there(clocked_gym, member, clock)
    await clocked_gym.operator.run(UpdateMember(member=left.code, status="left"))
    await clocked_worker.drain()
    assert await visits(clocked_gym) == []
    assert [text for text in gateway.sent if text.to in (amina.phone, left.phone)] == []


async def test_positions_outside_an_activity_count_too(clocked_gym: Gym, clock: ManualClock) -> None:
    await fence(clocked_gym)
    amina = await paid_up(clocked_gym)
    lat = NAIROBI[0] + 300 * METRE

    async def heard(at: datetime, accuracy: float = 10.0) -> None:
        async with clocked_gym.runtime.pulse.system("tracker", clocked_gym.id, "") as ctx:
            await notice(ctx, amina.id, [Position(at, lat, NAIROBI[1], accuracy)])

    await heard(clock.now() - timedelta(seconds=100))
    await heard(clock.now() - timedelta(seconds=90), accuracy=900)
    assert await visits(clocked_gym) == []
    clock.advance(timedelta(seconds=20))
    await heard(clock.now())
    assert [visit.at for visit in await visits(clocked_gym)] == [clock.now() - timedelta(seconds=120)]


async def test_a_branch_has_one_and_it_can_be_moved_and_removed(clocked_gym: Gym, clock: ManualClock) -> None:
    branch = await clocked_gym.operator.run(AddBranch(name="Annex", city="Nairobi"))
    await fence(clocked_gym)
    await fence(clocked_gym, branch_id=branch.id, checks_in=False)
    await fence(clocked_gym, radius_m=90)
    listed = (await clocked_gym.operator.run(ListGeofences())).items
    assert [(one.branch_name, one.radius_m, one.checks_in) for one in listed] == [
        ("Annex", 65, False),
        ("Main", 90, True),
    ]
    await clocked_gym.operator.run(RemoveGeofence(geofence_id=listed[0].id))
    assert (await clocked_gym.operator.run(ListGeofences())).items == listed[1:]
    with pytest.raises(GeofenceUnknown):
        await clocked_gym.operator.run(RemoveGeofence(geofence_id=listed[0].id))
    with pytest.raises(NotFound):
        await fence(clocked_gym, branch_id=UUID(int=0))
