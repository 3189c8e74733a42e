"""Devices: listed, signed out one by one or all together."""

from datetime import timedelta

import pytest

from pp_core.identity.operations import (
    DeviceUnknown,
    GetProfile,
    ListDevices,
    RefreshInvalid,
    RefreshSession,
    RevokeDevice,
    SignOut,
    SignOutEverywhere,
)
from pp_core.kernel.call import Call
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import SessionEnded
from pp_core.kernel.policy import Door
from tests.staff import PASSWORD, Staff, hire


async def test_listed_with_the_last_seen_first(staff: Staff, clock: ManualClock) -> None:
    desk = await staff.sign_in(device="front\x07 desk\n")
    clock.advance(timedelta(hours=1))
    phone = await staff.sign_in(device="phone")
    listed = await staff.holding(phone).run(ListDevices())
    assert [(row.session_id, row.device, row.current) for row in listed.items] == [
        (phone.session_id, "phone", True),
        (desk.session_id, "front desk", False),
    ]
    clock.advance(timedelta(minutes=5))
    await staff.anonymous.run(RefreshSession(refresh_token=desk.refresh_token))
    listed = await staff.holding(phone).run(ListDevices())
    assert listed.items[0].session_id == desk.session_id
    assert listed.items[0].last_seen_at - listed.items[0].signed_in_at == timedelta(minutes=65)


async def test_a_device_that_cannot_be_refreshed_any_more_is_not_listed(staff: Staff, clock: ManualClock) -> None:
    await staff.sign_in()
    clock.advance(timedelta(days=7, seconds=1))
    device = await staff.sign_in()
    assert len((await staff.holding(device).run(ListDevices())).items) == 1


async def test_one_is_revoked_and_the_others_go_on(staff: Staff) -> None:
    lost, kept = await staff.sign_in(device="lost"), await staff.sign_in(device="kept")
    await staff.holding(kept).run(RevokeDevice(session_id=lost.session_id))
    with pytest.raises(RefreshInvalid):
        await staff.anonymous.run(RefreshSession(refresh_token=lost.refresh_token))
    with pytest.raises(SessionEnded):
        await staff.holding(lost).run(GetProfile())
    with pytest.raises(DeviceUnknown):
        await staff.holding(kept).run(RevokeDevice(session_id=lost.session_id))
    assert await staff.anonymous.run(RefreshSession(refresh_token=kept.refresh_token))


async def test_nobody_elses_device_can_be_revoked(staff: Staff) -> None:
    other = await hire(staff.gym, name="Otieno Ouma")
    theirs, mine = await other.sign_in(), await staff.sign_in()
    with pytest.raises(DeviceUnknown):
        await staff.holding(mine).run(RevokeDevice(session_id=theirs.session_id))
    await other.holding(theirs).run(GetProfile())


async def test_signing_out_ends_this_session_only(staff: Staff) -> None:
    here, there = await staff.sign_in(), await staff.sign_in()
    await staff.holding(here).run(SignOut())
    with pytest.raises(SessionEnded):
        await staff.holding(here).run(GetProfile())
    with pytest.raises(RefreshInvalid):
        await staff.anonymous.run(RefreshSession(refresh_token=here.refresh_token))
    await staff.holding(there).run(GetProfile())


async def test_signing_out_everywhere_ends_them_all(staff: Staff) -> None:
    devices = [await staff.sign_in() for _ in range(3)]
    await staff.holding(devices[0]).run(SignOutEverywhere())
    for device in devices:
        with pytest.raises(SessionEnded):
            await staff.holding(device).run(GetProfile())
        with pytest.raises(RefreshInvalid):
            await staff.anonymous.run(RefreshSession(refresh_token=device.refresh_token))
    await staff.holding(await staff.sign_in()).run(GetProfile())


async def test_the_address_is_kept_with_the_device(staff: Staff) -> None:
    from pp_core.identity.operations import SignIn

    call = Call(door=Door.REST, ip="192.0.2.7")
    signed_in = await staff.gym.runtime.pulse.run(SignIn(identifier=staff.phone, password=PASSWORD), call)
    assert (await staff.holding(signed_in).run(ListDevices())).items[0].ip == "192.0.2.7"
