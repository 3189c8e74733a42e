"""PINs: set and changed by their owner, never trivial, locked after five wrong ones."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.client.local import LocalClient
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import PermissionMissing
from pp_core.kernel.policy import Role
from pp_core.tenants.operations import CheckPin, GetMember, Member, PersonUnknown, PinInvalid, SetPin
from pp_core.tenants.operations.staff import PinLocked, PinUnset, PinWrong
from pp_core.tenants.public import verify_pin
from pp_core.tenants.rules import is_good_pin
from tests.conftest import Gym
from tests.staff import hire


@pytest.fixture
async def amina(clocked_gym: Gym) -> Member:
    return await clocked_gym.add_member()


@pytest.fixture
def phone(clocked_gym: Gym, amina: Member) -> LocalClient:
    """Amina herself, by text."""
    return clocked_gym.person(amina)


async def check(gym: Gym, member: Member, pin: str) -> bool:
    """What a text door will ask, in a transaction of its own."""
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        return await verify_pin(ctx, member.id, pin)  # type: ignore[arg-type]


async def test_her_first_is_set_without_one_and_the_next_with_it(
    clocked_gym: Gym, amina: Member, phone: LocalClient
) -> None:
    assert not await check(clocked_gym, amina, "7391")
    await phone.run(SetPin(pin="7391"))
    assert (await clocked_gym.operator.run(GetMember(member=amina.code))).has_pin
    assert await check(clocked_gym, amina, "7391")
    assert not await check(clocked_gym, amina, "7392")
    for current in (None, "7392"):
        with pytest.raises(PinWrong):
            await phone.run(SetPin(pin="480216", current_pin=current))
    await phone.run(SetPin(pin="480216", current_pin="7391"))
    assert await check(clocked_gym, amina, "480216")


@pytest.mark.parametrize(
    "pin", ["123", "1234567", "12a4", "", "١٢٣٥", "1111", "0000", "1234", "4321", "7890", "121212"]
)
async def test_a_trivial_one_is_refused(phone: LocalClient, pin: str) -> None:
    with pytest.raises(PinInvalid):
        await phone.run(SetPin(pin=pin))


async def test_the_end_of_the_phone_is_refused(amina: Member, phone: LocalClient) -> None:
    assert amina.phone is not None
    for size in (4, 5, 6):
        with pytest.raises(PinInvalid):
            await phone.run(SetPin(pin=amina.phone[-size:]))


async def test_five_wrong_ones_lock_for_an_hour(
    clocked_gym: Gym, amina: Member, phone: LocalClient, clock: ManualClock
) -> None:
    await phone.run(SetPin(pin="7391"))
    for _ in range(4):
        assert not await check(clocked_gym, amina, "0001")
    with pytest.raises(PinLocked):
        await phone.run(SetPin(pin="480216", current_pin="0001"))
    assert not await check(clocked_gym, amina, "7391")
    with pytest.raises(PinLocked) as refused:
        await phone.run(SetPin(pin="480216", current_pin="7391"))
    assert refused.value.data["minutes"] == 60
    clock.advance(timedelta(hours=1))
    assert not await check(clocked_gym, amina, "0001")  # counted afresh: one wrong one does not lock again
    assert await check(clocked_gym, amina, "7391")
    for _ in range(4):
        assert not await check(clocked_gym, amina, "0001")
    assert await check(clocked_gym, amina, "7391")


async def test_a_screen_is_unlocked_by_ones_own(clocked_gym: Gym, amina: Member, phone: LocalClient) -> None:
    with pytest.raises(PinUnset):
        await phone.run(CheckPin(pin="7391"))
    await phone.run(SetPin(pin="7391"))
    assert (await phone.run(CheckPin(pin="7391"))).done
    brian = await clocked_gym.add_member("Brian Otieno")
    await clocked_gym.operator.run(SetPin(member=brian.code, pin="480216"))
    with pytest.raises(PinWrong):
        await phone.run(CheckPin(pin="480216"))
    with pytest.raises(PersonUnknown):
        await clocked_gym.operator.run(CheckPin(pin="7391"))


async def test_a_locked_screen_tells_the_tries_left_and_then_locks(phone: LocalClient, clock: ManualClock) -> None:
    await phone.run(SetPin(pin="7391"))
    for left in (4, 3, 2, 1):
        with pytest.raises(PinWrong) as wrong:
            await phone.run(CheckPin(pin="0001"))
        assert wrong.value.data == {"left": left}
    for pin in ("0001", "7391"):
        with pytest.raises(PinLocked) as locked:
            await phone.run(CheckPin(pin=pin))
        assert locked.value.data == {"minutes": 60, "until": "2026-11-21T08:00:00+00:00"}
    clock.advance(timedelta(hours=1))
    with pytest.raises(PinWrong) as wrong:
        await phone.run(CheckPin(pin="0001"))
    assert wrong.value.data == {"left": 4}  # counted afresh
    await phone.run(CheckPin(pin="7391"))
    with pytest.raises(PinWrong) as wrong:
        await phone.run(SetPin(pin="480216"))
    assert wrong.value.data == {"left": 5}  # a PIN left out is no wrong one


async def test_the_desk_sets_a_members_and_ends_the_lock(clocked_gym: Gym, amina: Member, phone: LocalClient) -> None:
    await phone.run(SetPin(pin="7391"))
    for _ in range(5):
        await check(clocked_gym, amina, "0001")
    desk = await hire(clocked_gym, Role.RECEPTION)
    device = desk.holding(await desk.sign_in())
    await device.run(SetPin(member=amina.code, pin="480216"))
    assert await check(clocked_gym, amina, "480216")


async def test_the_desk_sets_no_staff_members(clocked_gym: Gym) -> None:
    desk = await hire(clocked_gym, Role.RECEPTION)
    device = desk.holding(await desk.sign_in())
    with pytest.raises(PermissionMissing):
        await device.run(SetPin(member=str(clocked_gym.onboarded.admin_id), pin="480216"))


async def test_a_member_sets_nobody_elses(clocked_gym: Gym, phone: LocalClient) -> None:
    brian = await clocked_gym.add_member("Brian Otieno")
    with pytest.raises(PersonUnknown):
        await phone.run(SetPin(member=brian.code, pin="480216"))


@given(st.text("0123456789", min_size=4, max_size=6))
def test_pins_that_are_one_step_again_and_again_are_no_good(pin: str) -> None:
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        assert not is_good_pin(pin, None)
    assert not is_good_pin(pin, f"+2547{pin}")
    assert not is_good_pin(pin * 2, None)


@given(st.text(max_size=8))
def test_any_text_is_judged(pin: str) -> None:
    assert not is_good_pin(pin, None) or (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 6)
