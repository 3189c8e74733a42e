"""The audit trail: what it tells, and that nobody rewrites it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from pp_core.audit.operations import AuditRow, ListAudit
from pp_core.kernel.call import System
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import PermissionMissing
from pp_core.kernel.pagination import CursorUnreadable
from pp_core.kernel.policy import Door
from pp_core.memberships.operations import CheckIn, NoMembership, PlanUnknown, RetirePlan, SellMembership, ShowDoorCode
from tests.conftest import Gym, TestHome


async def trail(gym: Gym, **filters: object) -> list[AuditRow]:
    return (await gym.operator.run(ListAudit(limit=200, **filters))).items


async def test_who_did_what_is_listed_newest_first(gym: Gym) -> None:
    amina = await gym.add_member()
    sold = await gym.operator.run(SellMembership(member=amina.code, plan="MONTHLY"))
    desk = await gym.operator.run(ShowDoorCode())
    came = await gym.person(amina).run(CheckIn(code=desk.code))
    rows = await trail(gym)
    assert [row.id for row in rows] == sorted((row.id for row in rows), reverse=True)
    checked_in, _, selling = rows[:3]
    assert (checked_in.operation, checked_in.actor_kind, checked_in.door) == ("memberships.check_in", "phone", "sms")
    assert (checked_in.person_id, checked_in.person_name) == (amina.id, amina.name)
    assert (checked_in.resource, checked_in.resource_id) == ("visit", came.visit.id)
    assert checked_in.outcome == "done"
    assert (selling.operation, selling.actor) == ("memberships.sell", "operator:tester")
    assert (selling.person_id, selling.person_name) == (None, None)
    assert (selling.resource_id, selling.detail["request"]["plan"]) == (sold.id, "MONTHLY")


async def test_a_refusal_is_listed_with_its_code(gym: Gym) -> None:
    amina = await gym.add_member()
    with pytest.raises(NoMembership):
        await gym.person(amina).run(CheckIn())
    (refused,) = await trail(gym, outcome="memberships.none_good_today")
    assert refused.operation == "memberships.check_in"


async def test_reading_the_trail_is_on_it(gym: Gym) -> None:
    await trail(gym)
    assert (await trail(gym))[0].operation == "audit.list"


async def test_doors_and_refusals_are_told_apart(gym: Gym) -> None:
    amina = await gym.add_member()
    with pytest.raises(NoMembership):
        await gym.person(amina, Door.USSD).run(CheckIn())
    with pytest.raises(PlanUnknown):
        await gym.operator.run(RetirePlan(code="NONE"))
    assert [row.operation for row in await trail(gym, door="ussd")] == ["memberships.check_in"]
    assert [row.operation for row in await trail(gym, refused=True)] == [
        "memberships.retire_plan",
        "memberships.check_in",
    ]
    assert [row.operation for row in await trail(gym, refused=True, door=Door.USSD)] == ["memberships.check_in"]
    assert {row.outcome for row in await trail(gym, refused=False)} == {"done"}
    assert await trail(gym, refused=False, outcome="memberships.none_good_today") == []


@pytest.mark.parametrize("beginning", ["memberships.", "memberships.*", "memb*"])
async def test_the_beginning_of_an_operation_stands_for_all_that_begin_so(gym: Gym, beginning: str) -> None:
    amina = await gym.add_member()
    await gym.operator.run(SellMembership(member=amina.code, plan="MONTHLY"))
    await gym.operator.run(CheckIn(member=amina.code))
    found = [row.operation for row in await trail(gym, operation=beginning)]
    assert found == ["memberships.check_in", "memberships.sell"]
    assert await trail(gym, operation="memberships") == []
    assert await trail(gym, operation="%.*") == []
    assert len(await trail(gym, operation="*")) > len(found)


async def test_each_filter_keeps_what_fits(clocked_gym: Gym, clock: ManualClock) -> None:
    gym = clocked_gym
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    for member in (amina, brian):
        await gym.operator.run(SellMembership(member=member.code, plan="MONTHLY"))
    clock.advance(timedelta(hours=1))
    desk = await gym.operator.run(ShowDoorCode())
    for member in (amina, brian):
        await gym.person(member).run(CheckIn(code=desk.code))
    await gym.acting(System("test", gym.id)).run(RetirePlan(code="DAY"))
    assert {row.operation for row in await trail(gym, operation="memberships.sell")} == {"memberships.sell"}
    assert [row.operation for row in await trail(gym, actor="system:test")] == ["memberships.retire_plan"]
    assert [row.person_name for row in await trail(gym, person_id=brian.id)] == [brian.name]
    recent = await trail(gym, since=datetime(2026, 11, 21, 8, 0, tzinfo=UTC), actor=f"person:{amina.id}")
    assert [row.operation for row in recent] == ["memberships.check_in"]
    both = await trail(gym, operation="memberships.sell", since=datetime(2026, 11, 21, 8, 0, tzinfo=UTC))
    assert both == []
    assert len(await trail(gym, operation="memberships.sell", until=datetime(2026, 11, 21, 8, 0, tzinfo=UTC))) == 2


async def test_pages_give_every_row_once(gym: Gym) -> None:
    for number in range(7):
        await gym.add_member(f"Member Number{number}")
    expected = [row.id for row in await trail(gym, operation="tenants.add_member")]
    assert len(expected) == 7
    found, cursor = [], None
    while True:
        page = await gym.operator.run(ListAudit(operation="tenants.add_member", limit=3, cursor=cursor))
        found += [row.id for row in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == expected
    with pytest.raises(CursorUnreadable):
        await gym.operator.run(ListAudit(cursor="nonsense"))


async def test_another_gym_is_not_on_it(gym: Gym, other_gym: Gym) -> None:
    await gym.add_member()
    assert all(row.operation != "tenants.add_member" for row in await trail(other_gym))


async def test_members_do_not_read_it(gym: Gym) -> None:
    amina = await gym.add_member()
    with pytest.raises(PermissionMissing):
        await gym.person(amina).run(ListAudit())


@pytest.mark.parametrize(
    "rewriting",
    [
        "UPDATE audit_entries SET actor = 'nobody'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "INSERT INTO audit_entries SELECT * FROM audit_entries ON CONFLICT (tenant_id, id) DO UPDATE SET actor = 'nobody'",
        "ALTER TABLE audit_entries DISABLE ROW LEVEL SECURITY",
        "DROP TABLE audit_entries",
    ],
)
@pytest.mark.parametrize("role", ["app", "worker"])
async def test_nobody_rewrites_it(gym: Gym, home: TestHome, role: str, rewriting: str) -> None:
    before = await trail(gym)
    with psycopg.connect(getattr(home.urls, role), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.tenant_id', %s, false)", (str(gym.id),))
        seen = connection.execute("SELECT count(*) FROM audit_entries").fetchone()
        assert seen is not None
        assert seen[0] > 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(rewriting)
    assert (await trail(gym))[1:] == before


async def test_nobody_writes_to_another_gyms(gym: Gym, home: TestHome) -> None:
    with psycopg.connect(home.urls.app, autocommit=True) as connection:
        connection.execute("SELECT set_config('app.tenant_id', %s, false)", (str(gym.id),))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "INSERT INTO audit_entries (tenant_id, id, at, actor_kind, actor, operation, door, correlation_id, outcome,"
                " detail) VALUES (%s, %s, now(), 'user', 'mallory', 'x', 'rest', 'c', 'done', '{}')",
                (uuid4(), uuid4()),
            )
