"""The desk's code of the day: who must give it, where and until when it is good, and how many wrong ones there may be."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.kernel import gsm7, locale
from pp_core.kernel.call import Operator
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import NotFound, PermissionMissing
from pp_core.kernel.policy import Role
from pp_core.memberships.operations import (
    CheckedIn,
    CheckIn,
    CodeLocked,
    CodeNeeded,
    CodeWrong,
    ListVisits,
    MembershipOver,
    NoMembership,
    SellMembership,
    ShowDoorCode,
)
from pp_core.memberships.rules import CODE_TRIES, DOOR_CODES, days_of_codes, read_code
from pp_core.runtime import housekeeping
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import AddBranch, Member
from tests.conftest import Gateway, Gym, TestHome
from tests.staff import hire

NAIROBI = "Africa/Nairobi"


@pytest.fixture
async def amina(clocked_gym: Gym) -> Member:
    """Somebody who may come in."""
    return await paid_up(clocked_gym)


async def paid_up(gym: Gym, name: str = "Amina Wanjiru") -> Member:
    member = await gym.add_member(name)
    await gym.operator.run(SellMembership(member=member.code, plan="MONTHLY"))
    return member


async def code_of(gym: Gym) -> str:
    return (await gym.operator.run(ShowDoorCode())).code


async def come(gym: Gym, member: Member, code: str | None) -> CheckedIn:
    return await gym.person(member).run(CheckIn(code=code))


def wrong(right: str, number: int = 0) -> str:
    """A code that is not the right one."""
    return [code for code in DOOR_CODES if code != right][number]


async def lock(gym: Gym, member: Member) -> None:
    """Give wrong codes until nothing helps."""
    right = await code_of(gym)
    for number in range(CODE_TRIES - 1):
        with pytest.raises(CodeWrong) as refused:
            await come(gym, member, wrong(right, number))
        assert refused.value.data == {"left": CODE_TRIES - 1 - number}
    with pytest.raises(CodeLocked):
        await come(gym, member, wrong(right))


async def test_a_branch_shows_one_code_all_day_and_another_the_next(clocked_gym: Gym, clock: ManualClock) -> None:
    shown = await clocked_gym.operator.run(ShowDoorCode())
    assert (shown.day, shown.branch_id, shown.branch_name) == (
        date(2026, 11, 21),
        clocked_gym.onboarded.branch_id,
        "Main",
    )
    assert shown.code in DOOR_CODES
    clock.advance(timedelta(hours=13))
    assert await clocked_gym.operator.run(ShowDoorCode()) == shown
    clock.advance(timedelta(hours=2))
    tomorrow = await clocked_gym.operator.run(ShowDoorCode())
    assert (tomorrow.day, tomorrow.code != shown.code) == (date(2026, 11, 22), True)


async def test_desks_that_ask_at_once_are_shown_the_same(gym: Gym) -> None:
    await asyncio.gather(*(gym.operator.run(ListVisits()) for _ in range(6)))  # every desk has its connection
    shown = await asyncio.gather(*(gym.operator.run(ShowDoorCode()) for _ in range(6)))
    assert len({one.code for one in shown}) == 1


async def test_branches_that_ask_at_once_never_share_a_code(gym: Gym) -> None:
    branches = [(await gym.operator.run(AddBranch(name=f"Branch {number}"))).id for number in range(12)]
    shown = await asyncio.gather(*(gym.operator.run(ShowDoorCode(branch_id=branch)) for branch in branches))
    assert len({one.code for one in shown}) == len(branches)
    assert [one.branch_id for one in shown] == branches


async def test_a_branch_counts_its_own_days(clocked_gym: Gym, clock: ManualClock) -> None:
    clock.advance(timedelta(hours=9))  # seven in the evening in Nairobi, past midnight in Auckland
    away = await clocked_gym.operator.run(AddBranch(name="Auckland", timezone="Pacific/Auckland"))
    assert (await clocked_gym.operator.run(ShowDoorCode(branch_id=away.id))).day == date(2026, 11, 22)
    assert (await clocked_gym.operator.run(ShowDoorCode())).day == date(2026, 11, 21)


async def test_the_desk_asks_for_its_own_branch(gym: Gym, other_gym: Gym) -> None:
    branch = await gym.operator.run(AddBranch(name="Ngong Road"))
    desk = await hire(gym, Role.RECEPTION)
    client = desk.holding(await desk.sign_in(gym=gym.slug))
    assert (await client.run(ShowDoorCode())).branch_id == gym.onboarded.branch_id
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        await ctx.tx.connection.execute("UPDATE people SET branch_id = %s WHERE id = %s", [branch.id, desk.person_id])
    assert (await client.run(ShowDoorCode())).branch_name == "Ngong Road"
    with pytest.raises(NotFound):
        await client.run(ShowDoorCode(branch_id=other_gym.onboarded.branch_id))


async def test_members_are_not_shown_it(clocked_gym: Gym, amina: Member) -> None:
    with pytest.raises(PermissionMissing):
        await clocked_gym.person(amina).run(ShowDoorCode())


async def test_who_checks_in_themselves_gives_it(clocked_gym: Gym, amina: Member) -> None:
    for nothing in (None, "", " - "):
        with pytest.raises(CodeNeeded):
            await come(clocked_gym, amina, nothing)
    came = await come(clocked_gym, amina, await code_of(clocked_gym))
    assert (came.visit.branch_id, came.repeated) == (clocked_gym.onboarded.branch_id, False)


async def test_before_anybody_was_shown_a_code_none_is_right(clocked_gym: Gym, amina: Member) -> None:
    with pytest.raises(CodeWrong):
        await come(clocked_gym, amina, "4829")


async def test_the_visit_is_at_the_branch_of_the_code(clocked_gym: Gym, amina: Member) -> None:
    branch = await clocked_gym.operator.run(AddBranch(name="Ngong Road"))
    there = await clocked_gym.operator.run(ShowDoorCode(branch_id=branch.id))
    here = await code_of(clocked_gym)
    with pytest.raises(CodeWrong):
        await clocked_gym.person(amina).run(CheckIn(code=here, branch_id=branch.id))
    assert (await come(clocked_gym, amina, there.code)).visit.branch_id == branch.id


async def test_the_code_of_another_gym_is_wrong(clocked_gym: Gym, other_gym: Gym, amina: Member) -> None:
    elsewhere = await code_of(other_gym)
    while elsewhere == await code_of(clocked_gym):  # one time in ten thousand
        other = await other_gym.operator.run(AddBranch(name="Another"))
        elsewhere = (await other_gym.operator.run(ShowDoorCode(branch_id=other.id))).code
    with pytest.raises(CodeWrong):
        await come(clocked_gym, amina, elsewhere)


async def test_a_repeat_within_four_hours_takes_the_right_code_too(
    clocked_gym: Gym, amina: Member, clock: ManualClock
) -> None:
    code = await code_of(clocked_gym)
    first = await come(clocked_gym, amina, code)
    clock.advance(timedelta(hours=1))
    with pytest.raises(CodeWrong):
        await come(clocked_gym, amina, wrong(code))
    with pytest.raises(CodeNeeded):
        await come(clocked_gym, amina, None)
    again = await come(clocked_gym, amina, code)
    assert (again.repeated, again.visit) == (True, first.visit)


async def test_yesterdays_is_good_for_the_first_hour_of_the_day(
    clocked_gym: Gym, amina: Member, clock: ManualClock
) -> None:
    brian = await paid_up(clocked_gym, "Brian Otieno")
    yesterdays = await code_of(clocked_gym)
    clock.advance(datetime(2026, 11, 21, 21, 59, 59, tzinfo=UTC) - clock.now())  # a second before one in the morning
    assert (await clocked_gym.operator.run(ShowDoorCode())).day == date(2026, 11, 22)
    came = await come(clocked_gym, amina, yesterdays)
    assert came.visit.day == date(2026, 11, 22)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(CodeWrong):
        await come(clocked_gym, brian, yesterdays)
    await come(clocked_gym, brian, await code_of(clocked_gym))


async def test_five_wrong_ones_in_a_row_lock_until_tomorrow(
    clocked_gym: Gym, amina: Member, clock: ManualClock
) -> None:
    await lock(clocked_gym, amina)
    for code in (await code_of(clocked_gym), None):
        with pytest.raises(CodeLocked):
            await come(clocked_gym, amina, code)
    brian = await paid_up(clocked_gym, "Brian Otieno")
    await come(clocked_gym, brian, await code_of(clocked_gym))
    clock.advance(timedelta(days=1))
    await come(clocked_gym, amina, await code_of(clocked_gym))


async def test_who_is_locked_is_let_in_by_the_desk(clocked_gym: Gym, amina: Member) -> None:
    await lock(clocked_gym, amina)
    assert not (await clocked_gym.operator.run(CheckIn(member=amina.code))).repeated


async def test_a_right_one_ends_the_row_of_wrong_ones(clocked_gym: Gym, amina: Member) -> None:
    code = await code_of(clocked_gym)
    for number in range(CODE_TRIES - 1):
        with pytest.raises(CodeWrong):
            await come(clocked_gym, amina, wrong(code, number))
    await come(clocked_gym, amina, code)
    with pytest.raises(CodeWrong) as refused:
        await come(clocked_gym, amina, wrong(code))
    assert refused.value.data == {"left": CODE_TRIES - 1}


async def test_guesses_at_once_are_all_counted(gym: Gym) -> None:
    amina = await paid_up(gym)
    code = await code_of(gym)
    tried = await asyncio.gather(
        *(come(gym, amina, wrong(code, number)) for number in range(CODE_TRIES + 3)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in tried) == ["CodeLocked"] * 4 + ["CodeWrong"] * 4
    with pytest.raises(CodeLocked):
        await come(gym, amina, code)


async def test_who_may_not_come_in_is_told_so_before_they_look_for_the_code(
    clocked_gym: Gym, clock: ManualClock, amina: Member
) -> None:
    nobody = await clocked_gym.add_member("Njeri Mwangi")
    with pytest.raises(NoMembership):
        await come(clocked_gym, nobody, None)
    clock.advance(timedelta(days=60))
    with pytest.raises(MembershipOver):
        await come(clocked_gym, amina, "4829")


async def test_the_desk_needs_none_and_one_it_gives_is_heeded(clocked_gym: Gym, amina: Member) -> None:
    branch = await clocked_gym.operator.run(AddBranch(name="Ngong Road"))
    there = await clocked_gym.operator.run(ShowDoorCode(branch_id=branch.id))
    desk = clocked_gym.acting(Operator("tester", clocked_gym.slug))
    for _ in range(CODE_TRIES + 1):
        with pytest.raises(CodeWrong):
            await desk.run(CheckIn(member=amina.code, code=wrong(there.code)))
    came = await desk.run(CheckIn(member=amina.code, code=there.code))
    assert came.visit.branch_id == branch.id


@pytest.mark.parametrize("spelled", ["4829", " 4 8 2 9 ", "４８２９", "48-29", "٤٨٢٩", "4829."])
def test_a_code_is_read_however_it_is_typed(spelled: str) -> None:
    assert read_code(spelled) == "4829"


@given(st.text(max_size=10))
def test_any_text_is_read_as_something(given: str) -> None:
    assert read_code(read_code(given)) == read_code(given)


def test_no_code_is_one_that_people_try_first() -> None:
    silly = {"0000", "1111", "1234", "4321", "6789", "1212", "5000", "9990", "0123"}
    assert silly.isdisjoint(DOOR_CODES)
    assert all(len(code) == 4 and code.isascii() and code.isdecimal() for code in DOOR_CODES)
    assert len(set(DOOR_CODES)) > 8000


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_two_days_codes_are_good_for_one_hour_of_each_day(now: datetime) -> None:
    in_nairobi = now + timedelta(hours=3)
    expected = {in_nairobi.date()} | ({in_nairobi.date() - timedelta(days=1)} if in_nairobi.hour < 1 else set())
    assert days_of_codes(now, NAIROBI) == expected


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("problem", [CodeNeeded(), CodeWrong(left=4), CodeLocked()], ids=lambda one: one.code)
def test_each_refusal_fits_one_text(problem: CodeNeeded | CodeWrong | CodeLocked, language: str) -> None:
    said = locale.text(problem.code, language, **problem.data)
    assert gsm7.parts(said).parts == 1
    assert "{" not in said


async def test_old_codes_are_swept_away(
    clocked_gym: Gym, amina: Member, clock: ManualClock, home: TestHome, gateway: Gateway
) -> None:
    await lock(clocked_gym, amina)
    clock.advance(timedelta(days=5))
    kept = await code_of(clocked_gym)
    clock.advance(timedelta(days=4))
    async with Runtime(home.settings, home, sms=gateway, clock=clock, as_worker=True) as worker:
        await housekeeping.sweep(worker)
    async with clocked_gym.runtime.pulse.system("test", clocked_gym.id, "") as ctx:
        codes = await (await ctx.tx.connection.execute("SELECT code FROM door_codes")).fetchall()
        tries = await (await ctx.tx.connection.execute("SELECT 1 FROM door_code_tries")).fetchall()
    assert ([row.code for row in codes], tries) == ([kept], [])
