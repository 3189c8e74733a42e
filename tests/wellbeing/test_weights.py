"""Weights: recorded, compared with the last one, listed newest first, deleted by whom they belong to."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import PermissionMissing
from pp_core.kernel.policy import Role
from pp_core.tenants.operations import PersonUnknown
from pp_core.wellbeing.operations import DeleteWeight, ListWeights, RecordWeight, WeightInFuture, WeightUnknown
from tests.conftest import Gym
from tests.staff import hire


def kilograms(value: str, **more: object) -> RecordWeight:
    return RecordWeight(kilograms=Decimal(value), **more)


async def test_each_weight_is_compared_with_the_one_measured_before_it(clocked_gym: Gym, clock: ManualClock) -> None:
    client = clocked_gym.person(await clocked_gym.add_member())
    first = await client.run(kilograms("82.4"))
    assert (first.previous, first.change_kg) == (None, None)
    assert (first.weight.kilograms, first.weight.measured_at) == (Decimal("82.4"), clock.now())
    assert first.weight.door == "sms"
    clock.advance(timedelta(days=7))
    second = await client.run(kilograms("81.15"))
    assert (second.previous, second.change_kg) == (first.weight, Decimal("-1.25"))
    between = await client.run(kilograms("83", measured_at=clock.now() - timedelta(days=2)))
    assert (between.previous, between.change_kg) == (first.weight, Decimal("0.6"))
    listed = (await client.run(ListWeights())).items
    assert [str(row.kilograms) for row in listed] == ["81.15", "83", "82.4"]


async def test_a_long_list_comes_in_pages(clocked_gym: Gym, clock: ManualClock) -> None:
    client = clocked_gym.person(await clocked_gym.add_member())
    moment = clock.now()
    for number in range(5):  # two of them at the same moment
        await client.run(kilograms(str(80 + number), measured_at=moment - timedelta(hours=number // 2)))
    seen, cursor = [], None
    while True:
        page = await client.run(ListWeights(limit=2, cursor=cursor))
        seen += page.items
        cursor = page.next
        if cursor is None:
            break
        assert len(page.items) == 2
    assert [int(row.kilograms) for row in seen] == [81, 80, 83, 82, 84]


async def test_the_same_key_acts_once(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    first = await client.run(kilograms("82.4"), key="w1")
    assert await client.run(kilograms("82.4"), key="w1") == first
    assert len((await client.run(ListWeights())).items) == 1


@pytest.mark.parametrize("value", ["19.99", "400.01", "82.456", "NaN", "-82", "1e9"])
def test_what_nobody_weighs_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        kilograms(value)


async def test_a_weight_is_not_of_tomorrow(clocked_gym: Gym, clock: ManualClock) -> None:
    client = clocked_gym.person(await clocked_gym.add_member())
    with pytest.raises(WeightInFuture):
        await client.run(kilograms("82", measured_at=clock.now() + timedelta(minutes=6)))
    assert (await client.run(ListWeights())).items == []


async def test_only_trainers_and_nutritionists_see_a_members_weight(gym: Gym, other_gym: Gym) -> None:
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    recorded = await gym.person(amina).run(kilograms("82.4"))
    of_amina = ListWeights(member=amina.code)
    for role in (Role.TRAINER, Role.NUTRITIONIST, Role.GYM_ADMIN):
        staff = await hire(gym, role)
        assert (await staff.holding(await staff.sign_in()).run(of_amina)).items == [recorded.weight]
    desk = await hire(gym, Role.RECEPTION)
    for stranger in (gym.person(brian), desk.holding(await desk.sign_in())):
        with pytest.raises(PersonUnknown):
            await stranger.run(of_amina)
    with pytest.raises(PersonUnknown):
        await other_gym.operator.run(ListWeights(member=str(amina.id)))
    employer = await hire(gym, Role.ORGANIZATION_ADMIN)
    with pytest.raises(PermissionMissing):
        await employer.holding(await employer.sign_in()).run(of_amina)


async def test_a_weight_is_deleted_by_whom_it_belongs_to_or_by_an_administrator(gym: Gym) -> None:
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    recorded = await gym.person(amina).run(kilograms("82.4"))
    mistaken = await gym.person(amina).run(kilograms("28.4"))
    remove = DeleteWeight(weight_id=recorded.weight.id)
    with pytest.raises(WeightUnknown):
        await gym.person(brian).run(remove)
    await gym.operator.run(DeleteWeight(weight_id=mistaken.weight.id))
    await gym.person(amina).run(remove)
    assert (await gym.person(amina).run(ListWeights())).items == []
    with pytest.raises(WeightUnknown):
        await gym.person(amina).run(remove)


async def test_an_operator_has_no_weight_of_their_own(gym: Gym) -> None:
    with pytest.raises(PersonUnknown):
        await gym.operator.run(kilograms("82.4"))
