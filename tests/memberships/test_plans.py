"""Plans: what a new gym has, what it adds and what it stops selling."""

import pytest
from pydantic import ValidationError

from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator
from pp_core.kernel.errors import PermissionMissing
from pp_core.kernel.money import Money
from pp_core.kernel.policy import Door
from pp_core.memberships.operations import (
    CreatePlan,
    ListMemberships,
    ListPlans,
    PlanExists,
    PlanRetired,
    PlanUnknown,
    RetirePlan,
    SellMembership,
)
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import OnboardGym
from tests.conftest import Gym, new_phone


async def test_a_new_gym_has_plans(gym: Gym) -> None:
    plans = (await gym.operator.run(ListPlans())).items
    assert {plan.code: (plan.duration_days, plan.price) for plan in plans} == {
        "DAY": (1, Money(minor=500_00)),
        "WEEKLY": (7, Money(minor=1_500_00)),
        "MONTHLY": (30, Money(minor=4_000_00)),
        "QUARTERLY": (90, Money(minor=10_500_00)),
        "ANNUAL": (365, Money(minor=36_000_00)),
    }
    assert [plan.code for plan in plans] == sorted(plan.code for plan in plans)
    assert all(plan.on_sale for plan in plans)


async def test_a_new_gym_has_plans_in_its_currency(runtime: Runtime) -> None:
    client = LocalClient(runtime.pulse, Door.CLI, Operator("tester"))
    slug = f"kampala-{new_phone()[-6:]}"
    await client.run(
        OnboardGym(name="Kampala Gym", slug=slug, currency="UGX", admin_name="Okello", admin_phone=new_phone())
    )
    inside = client.acting(Operator("tester", slug))
    assert {plan.price.currency for plan in (await inside.run(ListPlans())).items} == {"UGX"}


async def test_a_plan_is_created_once(gym: Gym, other_gym: Gym) -> None:
    op = CreatePlan(code="STUDENT", name="Student month", tier="student", duration_days=30, price=Money(minor=2_500_00))
    made = await gym.operator.run(op)
    assert made in (await gym.operator.run(ListPlans())).items
    assert made.grace_days == 3
    with pytest.raises(PlanExists):
        await gym.operator.run(op)
    assert "STUDENT" not in [plan.code for plan in (await other_gym.operator.run(ListPlans())).items]
    await other_gym.operator.run(op)


async def test_the_largest_price_fits_and_a_negative_one_does_not(gym: Gym) -> None:
    op = CreatePlan(code="DIAMOND", name="Diamond", duration_days=1, price=Money(minor=10**15))
    assert (await gym.operator.run(op)).price.minor == 10**15
    with pytest.raises(ValidationError):
        CreatePlan(code="GIFT", name="Gift", duration_days=1, price=Money(minor=-1))


async def test_a_retired_plan_is_not_sold_and_what_was_sold_stays(gym: Gym) -> None:
    amina = await gym.add_member()
    sold = await gym.operator.run(SellMembership(member=amina.code, plan="monthly"))
    retired = await gym.operator.run(RetirePlan(code="MONTHLY"))
    assert not retired.on_sale
    assert not (await gym.operator.run(RetirePlan(code="MONTHLY"))).on_sale
    with pytest.raises(PlanRetired):
        await gym.operator.run(SellMembership(member=amina.code, plan="MONTHLY"))
    assert "MONTHLY" not in [plan.code for plan in (await gym.operator.run(ListPlans())).items]
    assert retired in (await gym.operator.run(ListPlans(retired=True))).items
    assert (await gym.operator.run(ListMemberships(member=amina.code))).items == [sold]


async def test_a_plan_that_is_not_there(gym: Gym) -> None:
    with pytest.raises(PlanUnknown):
        await gym.operator.run(RetirePlan(code="GOLDEN"))
    amina = await gym.add_member()
    with pytest.raises(PlanUnknown):
        await gym.operator.run(SellMembership(member=amina.code, plan="GOLDEN"))


async def test_a_member_reads_plans_and_changes_none(gym: Gym) -> None:
    amina = gym.person(await gym.add_member())
    assert (await amina.run(ListPlans())).items
    with pytest.raises(PermissionMissing):
        await amina.run(RetirePlan(code="MONTHLY"))
