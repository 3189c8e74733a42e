"""Selling, listing and cancelling memberships."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import NotFound, PermissionMissing
from pp_core.memberships.operations import (
    CancelMembership,
    ListMemberships,
    MemberLeft,
    MembershipRow,
    SellMembership,
)
from pp_core.tenants.operations import Member, PersonUnknown, UpdateMember
from tests.conftest import Gym

TODAY = date(2026, 11, 21)


async def sell(gym: Gym, member: Member, plan: str = "MONTHLY", **more: object) -> MembershipRow:
    return await gym.operator.run(SellMembership(member=member.code, plan=plan, **more))


async def held(gym: Gym, member: Member) -> list[MembershipRow]:
    return (await gym.operator.run(ListMemberships(member=member.code))).items


async def test_the_first_begins_today_and_the_next_the_day_after_it_ends(clocked_gym: Gym) -> None:
    amina = await clocked_gym.add_member()
    first = await sell(clocked_gym, amina)
    assert (first.starts_on, first.ends_on) == (TODAY, date(2026, 12, 20))
    assert (first.status, first.days_left) == ("active", 29)
    second = await sell(clocked_gym, amina, "WEEKLY")
    assert (second.starts_on, second.ends_on) == (date(2026, 12, 21), date(2026, 12, 27))
    assert second.status == "upcoming"
    assert await held(clocked_gym, amina) == [second, first]


async def test_one_that_is_over_leaves_no_debt(clocked_gym: Gym, clock: ManualClock) -> None:
    amina = await clocked_gym.add_member()
    await sell(clocked_gym, amina, "WEEKLY")
    clock.advance(timedelta(days=8))
    assert (await held(clocked_gym, amina))[0].status == "expired"
    assert (await sell(clocked_gym, amina)).starts_on == date(2026, 11, 29)


async def test_a_day_pass_fits_before_one_that_has_not_begun(clocked_gym: Gym) -> None:
    amina = await clocked_gym.add_member()
    later = await sell(clocked_gym, amina, starts_on=date(2026, 11, 24))
    assert (await sell(clocked_gym, amina, "DAY")).starts_on == TODAY
    assert (await sell(clocked_gym, amina, "WEEKLY")).starts_on == later.ends_on + timedelta(days=1)


@pytest.mark.parametrize(
    ("utc", "day", "status"),
    [
        (datetime(2026, 11, 21, 7, 0), TODAY, "active"),
        (datetime(2026, 11, 27, 20, 59, 59), date(2026, 11, 27), "active"),
        (datetime(2026, 11, 27, 21, 0), date(2026, 11, 28), "grace"),
        (datetime(2026, 11, 28, 20, 59, 59), date(2026, 11, 28), "grace"),
        (datetime(2026, 11, 28, 21, 0), date(2026, 11, 29), "expired"),
    ],
)
async def test_days_change_at_midnight_in_nairobi(
    clocked_gym: Gym, clock: ManualClock, utc: datetime, day: date, status: str
) -> None:
    amina = await clocked_gym.add_member()
    sold = await sell(clocked_gym, amina, "WEEKLY")
    assert sold.ends_on == date(2026, 11, 27)
    clock.advance(utc.replace(tzinfo=UTC) - clock.now())
    (row,) = await held(clocked_gym, amina)
    assert (row.status, row.days_left) == (status, (date(2026, 11, 27) - day).days)


async def test_a_sale_after_midnight_in_nairobi_begins_on_the_new_day(clocked_gym: Gym, clock: ManualClock) -> None:
    amina = await clocked_gym.add_member()
    clock.advance(timedelta(hours=14))
    assert (await sell(clocked_gym, amina, "DAY")).starts_on == date(2026, 11, 22)


async def test_two_desks_that_sell_at_once_sell_one_after_the_other(gym: Gym) -> None:
    amina = await gym.add_member()
    sold = await asyncio.gather(*(sell(gym, amina, "WEEKLY") for _ in range(5)))
    starts = sorted(row.starts_on for row in sold)
    assert starts == [starts[0] + timedelta(days=7 * place) for place in range(5)]


async def test_a_cancelled_one_ends_at_once_and_frees_its_days(clocked_gym: Gym, clock: ManualClock) -> None:
    amina = await clocked_gym.add_member()
    sold = await sell(clocked_gym, amina)
    clock.advance(timedelta(days=3))
    cancelled = await clocked_gym.operator.run(CancelMembership(membership_id=sold.id))
    assert (cancelled.status, cancelled.days_left) == ("cancelled", -1)
    assert await held(clocked_gym, amina) == [cancelled]
    clock.advance(timedelta(days=1))
    again = await clocked_gym.operator.run(CancelMembership(membership_id=sold.id))
    assert (again.status, again.days_left) == ("cancelled", -2)
    assert (await sell(clocked_gym, amina)).starts_on == date(2026, 11, 25)


async def test_one_that_is_over_stays_over(clocked_gym: Gym, clock: ManualClock) -> None:
    amina = await clocked_gym.add_member()
    sold = await sell(clocked_gym, amina, "DAY")
    clock.advance(timedelta(days=2))
    assert (await clocked_gym.operator.run(CancelMembership(membership_id=sold.id))).status == "expired"


async def test_a_membership_of_another_gym_is_not_there(gym: Gym, other_gym: Gym) -> None:
    sold = await sell(gym, await gym.add_member())
    with pytest.raises(NotFound):
        await other_gym.operator.run(CancelMembership(membership_id=sold.id))
    with pytest.raises(NotFound):
        await gym.operator.run(CancelMembership(membership_id=uuid4()))


async def test_members_see_their_own_and_buy_nothing_alone(gym: Gym) -> None:
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    sold = await sell(gym, amina)
    assert (await gym.person(amina).run(ListMemberships())).items == [sold]
    assert (await gym.person(brian).run(ListMemberships())).items == []
    with pytest.raises(PersonUnknown):
        await gym.person(brian).run(ListMemberships(member=amina.code))
    with pytest.raises(PermissionMissing):
        await gym.person(amina).run(SellMembership(member=amina.code, plan="DAY"))


async def test_nothing_is_sold_to_who_has_left(gym: Gym) -> None:
    amina = await gym.add_member()
    await gym.operator.run(UpdateMember(member=amina.code, status="left"))
    with pytest.raises(MemberLeft):
        await sell(gym, amina)


async def test_a_key_sells_once(gym: Gym) -> None:
    amina = await gym.add_member()
    op = SellMembership(member=amina.code, plan="MONTHLY")
    first = await gym.operator.run(op, key="sale-1")
    assert await gym.operator.run(op, key="sale-1") == first
    assert await held(gym, amina) == [first]
