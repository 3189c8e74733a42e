"""Checking in: who may come in, and what is one visit."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.db.transaction import Transaction
from pp_core.kernel.errors import NotFound, PermissionMissing
from pp_core.kernel.policy import Door, Role
from pp_core.memberships.operations import (
    CancelMembership,
    CheckedIn,
    CheckIn,
    ListVisits,
    MemberLeft,
    MembershipNotBegun,
    MembershipOver,
    NoMembership,
    SellMembership,
    ShowDoorCode,
)
from pp_core.tenants.operations import AddBranch, Member, PersonUnknown, UpdateMember
from tests.conftest import Gym, TestHome


async def paid_up(gym: Gym, plan: str = "MONTHLY", name: str = "Amina Wanjiru") -> Member:
    member = await gym.add_member(name)
    await gym.operator.run(SellMembership(member=member.code, plan=plan))
    return member


async def come(gym: Gym, member: Member, **more: Any) -> CheckedIn:
    return await gym.operator.run(CheckIn(member=member.code, **more))


def rows(home: TestHome, query: str, *values: Any) -> list[dict[str, Any]]:
    """What a table holds, as a role that sees all gyms."""
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, row_factory=dict_row) as connection:
        return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


def give_roles(home: TestHome, person_id: UUID, *roles: Role) -> None:
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        connection.execute("UPDATE people SET roles = %s WHERE id = %s", ([role.value for role in roles], person_id))


async def test_a_paid_up_member_comes_in(clocked_gym: Gym, home: TestHome) -> None:
    amina = await paid_up(clocked_gym)
    came = await come(clocked_gym, amina)
    assert not came.repeated
    assert came.visits_this_month == 1
    assert came.membership is not None
    assert came.membership.status == "active"
    visit = came.visit
    assert (visit.person_id, visit.person_name, visit.person_code) == (amina.id, amina.name, amina.code)
    assert (visit.day, visit.door, visit.branch_id) == (date(2026, 11, 21), "cli", amina.branch_id)
    assert (await clocked_gym.operator.run(ListVisits())).items == [visit]
    events = rows(home, "SELECT name, payload FROM outbox WHERE tenant_id = %s ORDER BY id", clocked_gym.id)
    assert [event["name"] for event in events if event["name"].startswith("memberships.")] == [
        "memberships.sold",
        "memberships.visit.recorded",
    ]
    assert events[-1]["payload"]["visit_id"] == str(visit.id)


async def test_again_within_four_hours_is_the_same_visit(clocked_gym: Gym, clock: ManualClock, home: TestHome) -> None:
    amina = await paid_up(clocked_gym)
    first = await come(clocked_gym, amina)
    clock.advance(timedelta(hours=4) - timedelta(seconds=1))
    again = await come(clocked_gym, amina)
    assert again.repeated
    assert again.visit == first.visit
    assert again.visits_this_month == 1
    clock.advance(timedelta(seconds=1))
    third = await come(clocked_gym, amina)
    assert not third.repeated
    assert third.visits_this_month == 2
    recorded = rows(
        home,
        "SELECT 1 FROM outbox WHERE tenant_id = %s AND name = 'memberships.visit.recorded'",
        clocked_gym.id,
    )
    assert len(recorded) == 2


async def test_desks_that_race_make_one_visit(gym: Gym) -> None:
    members = [await paid_up(gym, name=name) for name in ("Amina Wanjiru", "Brian Otieno", "Carol Achieng")]
    await asyncio.gather(*(gym.operator.run(ListVisits()) for _ in range(6)))  # every desk has its connection
    for member in members:
        came = await asyncio.gather(*(come(gym, member) for _ in range(6)))
        assert len({one.visit.id for one in came}) == 1
        assert sorted(one.repeated for one in came) == [False, True, True, True, True, True]
    assert len((await gym.operator.run(ListVisits())).items) == len(members)


async def test_a_visit_goes_on_past_midnight_and_past_the_last_day(clocked_gym: Gym, clock: ManualClock) -> None:
    amina = await paid_up(clocked_gym, "DAY")
    clock.advance(datetime(2026, 11, 21, 20, 30, tzinfo=UTC) - clock.now())
    late = await come(clocked_gym, amina)
    assert late.visit.day == date(2026, 11, 21)
    clock.advance(timedelta(hours=1))
    assert (await come(clocked_gym, amina)).visit == late.visit
    clock.advance(timedelta(hours=3))
    with pytest.raises(MembershipOver):
        await come(clocked_gym, amina)


async def test_the_door_opens_until_grace_is_over(clocked_gym: Gym, clock: ManualClock) -> None:
    amina = await paid_up(clocked_gym, "WEEKLY")
    clock.advance(timedelta(days=7))
    came = await come(clocked_gym, amina)
    assert came.membership is not None
    assert came.membership.status == "grace"
    clock.advance(timedelta(days=1))
    with pytest.raises(MembershipOver) as refused:
        await come(clocked_gym, amina)
    assert refused.value.data == {
        "name": amina.name,
        "plan": "One week",
        "status": "expired",
        "ended_on": "2026-11-27",
    }


async def test_who_has_nothing_good_is_told_why(clocked_gym: Gym) -> None:
    nobody, early, gone = [await clocked_gym.add_member(name) for name in ("Njeri Mwangi", "Otieno Ouma", "Ali Hassan")]
    with pytest.raises(NoMembership) as refused:
        await come(clocked_gym, nobody)
    assert refused.value.data["status"] is None
    await clocked_gym.operator.run(SellMembership(member=early.code, plan="DAY", starts_on=date(2026, 11, 25)))
    with pytest.raises(MembershipNotBegun) as refused:
        await come(clocked_gym, early)
    assert refused.value.data["starts_on"] == "2026-11-25"
    sold = await clocked_gym.operator.run(SellMembership(member=gone.code, plan="DAY"))
    await clocked_gym.operator.run(CancelMembership(membership_id=sold.id))
    with pytest.raises(MembershipOver) as refused:
        await come(clocked_gym, gone)
    assert (refused.value.data["status"], refused.value.data["ended_on"]) == ("cancelled", "2026-11-20")


async def test_one_that_ended_years_ago_is_still_named(clocked_gym: Gym) -> None:
    amina = await clocked_gym.add_member()
    await clocked_gym.operator.run(SellMembership(member=amina.code, plan="WEEKLY", starts_on=date(2022, 3, 1)))
    with pytest.raises(MembershipOver) as refused:
        await come(clocked_gym, amina)
    assert refused.value.data["ended_on"] == "2022-03-07"


async def test_reception_lets_somebody_in_with_a_reason(gym: Gym, home: TestHome) -> None:
    amina = await gym.add_member()
    came = await come(gym, amina, override_reason="Paid by M-Pesa, not through yet")
    assert came.visit.override_reason == "Paid by M-Pesa, not through yet"
    assert (await gym.operator.run(ListVisits())).items == [came.visit]
    (audited,) = rows(
        home,
        "SELECT * FROM audit_entries WHERE tenant_id = %s AND operation = 'memberships.check_in'",
        gym.id,
    )
    assert audited["resource_id"] == came.visit.id
    assert audited["detail"]["override"] == "Paid by M-Pesa, not through yet"


async def test_a_reason_that_was_not_needed_is_not_kept(gym: Gym) -> None:
    came = await come(gym, await paid_up(gym), override_reason="To be sure")
    assert came.visit.override_reason is None


async def test_a_member_checks_in_themselves_and_nobody_else(gym: Gym) -> None:
    amina, brian = await paid_up(gym), await paid_up(gym, name="Brian Otieno")
    code = (await gym.operator.run(ShowDoorCode())).code
    came = await gym.person(amina).run(CheckIn(code=code))
    assert (came.visit.person_id, came.visit.door) == (amina.id, "sms")
    with pytest.raises(PersonUnknown):
        await gym.person(amina).run(CheckIn(member=brian.code, code=code))


async def test_a_member_cannot_override(gym: Gym) -> None:
    amina = await gym.add_member()
    with pytest.raises(PermissionMissing):
        await gym.person(amina).run(CheckIn(override_reason="I know the owner"))
    with pytest.raises(NoMembership):
        await gym.person(amina).run(CheckIn())


async def test_who_works_here_needs_no_membership(gym: Gym, home: TestHome) -> None:
    trainer = await gym.add_member("Kevin Kiptoo")
    give_roles(home, trainer.id, Role.CLIENT, Role.TRAINER)
    desk = await gym.operator.run(ShowDoorCode())
    came = await gym.person(trainer).run(CheckIn(code=desk.code))
    assert came.membership is None
    assert came.visit.override_reason is None


async def test_who_has_left_stays_out(gym: Gym) -> None:
    amina = await paid_up(gym)
    await gym.operator.run(UpdateMember(member=amina.code, status="left"))
    with pytest.raises(MemberLeft):
        await come(gym, amina)
    with pytest.raises(MemberLeft):
        await come(gym, amina, override_reason="An old friend")


async def test_at_another_branch(gym: Gym, other_gym: Gym) -> None:
    amina, brian = await paid_up(gym), await paid_up(gym, name="Brian Otieno")
    branch = await gym.operator.run(AddBranch(name="Ngong Road"))
    assert (await come(gym, amina, branch_id=branch.id)).visit.branch_id == branch.id
    elsewhere = other_gym.onboarded.branch_id
    for unknown in (uuid4(), elsewhere):
        with pytest.raises(NotFound):
            await come(gym, brian, branch_id=unknown)


async def test_visits_are_listed_newest_first_in_pages(clocked_gym: Gym, other_gym: Gym, clock: ManualClock) -> None:
    members = [await paid_up(clocked_gym, name=name) for name in ("Amina Wanjiru", "Brian Otieno", "Carol Achieng")]
    made = []
    for _ in range(3):
        for member in members:
            made.append((await come(clocked_gym, member)).visit)
            clock.advance(timedelta(hours=3))
    made.reverse()
    asked: list[tuple[dict[str, Any], list[Any]]] = [
        ({}, made),
        ({"member": members[1].code}, [visit for visit in made if visit.person_id == members[1].id]),
        ({"day": date(2026, 11, 22)}, [visit for visit in made if visit.day == date(2026, 11, 22)]),
        (
            {"day": date(2026, 11, 21), "member": members[0].code},
            [visit for visit in made if visit.day == date(2026, 11, 21) and visit.person_id == members[0].id],
        ),
    ]
    for filters, expected in asked:
        assert expected
        found, cursor = [], None
        while True:
            page = await clocked_gym.operator.run(ListVisits(**filters, limit=2, cursor=cursor))
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        assert found == expected
    assert (await other_gym.operator.run(ListVisits())).items == []


async def test_a_check_in_costs_the_same_whoever_comes(
    clocked_gym: Gym, clock: ManualClock, counted: "Counted"
) -> None:
    amina = await paid_up(clocked_gym)
    async with counted() as few:
        await come(clocked_gym, amina)
    for _ in range(4):
        await clocked_gym.operator.run(SellMembership(member=amina.code, plan="DAY"))
        clock.advance(timedelta(days=1))
        await come(clocked_gym, amina)
    clock.advance(timedelta(days=1))
    async with counted() as many:
        await come(clocked_gym, amina)
    assert len(few) == len(many) <= 7


Counted = Callable[[], AbstractAsyncContextManager[list[str]]]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """A block that notes the statements run in it."""

    @asynccontextmanager
    async def count() -> Any:
        seen: list[str] = []
        with monkeypatch.context() as patched:
            for name in ("all", "maybe", "run"):
                plain = getattr(Transaction, name)

                def noting(plain: Any) -> Any:
                    async def note(self: Transaction, statement: Any, /, **values: Any) -> Any:
                        seen.append(statement.prepared(values)[0])
                        return await plain(self, statement, **values)

                    return note

                patched.setattr(Transaction, name, noting(plain))
            yield seen

    return count


async def test_through_which_door(gym: Gym) -> None:
    amina = await paid_up(gym)
    desk = await gym.operator.run(ShowDoorCode())
    came = await gym.person(amina, Door.TELEGRAM).run(CheckIn(code=desk.code))
    assert came.visit.door == "telegram"
