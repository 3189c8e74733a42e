"""Lockout: five wrong passwords, then nothing but time, an administrator or a new password helps."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pp_core.identity.operations import AccountLocked, ChangePassword, CredentialsWrong, GetProfile, SignIn
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Role
from pp_core.tenants.operations import PersonUnknown, UnlockStaff
from tests.conftest import new_phone, onboard
from tests.staff import OTHER_PASSWORD, PASSWORD, Staff, hire

Rows = Callable[..., list[Any]]


async def fail(staff: Staff, times: int = 5, name: str | None = None) -> None:
    for _ in range(times):
        with pytest.raises(CredentialsWrong):
            await staff.anonymous.run(SignIn(identifier=name or staff.phone, password="wrong"))


async def test_the_sixth_is_refused_even_with_the_right_password(staff: Staff, clock: ManualClock, rows: Rows) -> None:
    before = await staff.sign_in()
    await fail(staff)
    with pytest.raises(AccountLocked) as refused:
        await staff.sign_in()
    assert refused.value.data == {"until": (clock.now() + timedelta(minutes=15)).isoformat(), "minutes": 15}
    with pytest.raises(AccountLocked):
        await staff.anonymous.run(SignIn(identifier=staff.email, password=PASSWORD))
    await staff.holding(before).run(GetProfile())  # who is signed in is not locked out by strangers
    outcomes = rows(
        "SELECT outcome FROM audit_entries WHERE operation = 'identity.sign_in' AND resource_id = %(id)s ORDER BY id",
        id=before.user_id,
    )
    assert [row.outcome for row in outcomes] == ["identity.credentials_wrong"] * 5 + ["identity.account_locked"] * 2
    locked = rows("SELECT payload FROM outbox WHERE name = 'identity.account.locked'")
    assert [row.payload for row in locked if row.payload["user_id"] == str(before.user_id)] == [
        {"user_id": str(before.user_id)}
    ]


async def test_it_ends_after_a_quarter_of_an_hour_and_counts_afresh(staff: Staff, clock: ManualClock) -> None:
    await fail(staff)
    clock.advance(timedelta(minutes=15))
    await fail(staff, 4)
    await staff.sign_in()
    await fail(staff, 4)
    await staff.sign_in()


async def test_guesses_at_once_are_counted_one_by_one(staff: Staff) -> None:
    tries = (staff.anonymous.run(SignIn(identifier=staff.phone, password=f"guess {n}")) for n in range(8))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["AccountLocked"] * 3 + ["CredentialsWrong"] * 5


async def test_a_login_that_does_not_exist_is_locked_just_the_same(staff: Staff) -> None:
    name = new_phone()
    await fail(staff, name=name)
    with pytest.raises(AccountLocked) as refused:
        await staff.anonymous.run(SignIn(identifier=name, password=PASSWORD))
    assert refused.value.data["minutes"] == 15


async def test_an_administrator_unlocks(staff: Staff, rows: Rows) -> None:
    user_id = (await staff.sign_in()).user_id
    await fail(staff)
    admin = await hire(staff.gym, Role.GYM_ADMIN, name="Wambui K")
    device = admin.holding(await admin.sign_in())
    await device.run(UnlockStaff(person_id=staff.person_id))
    await staff.sign_in()
    audited = rows(
        "SELECT outcome FROM audit_entries WHERE operation = 'tenants.unlock_staff' AND resource_id = %(id)s",
        id=staff.person_id,
    )
    assert [row.outcome for row in audited] == ["done"]
    unlocked = rows("SELECT payload FROM outbox WHERE name = 'identity.account.unlocked'")
    assert {"user_id": str(user_id)} in [row.payload for row in unlocked]


async def test_no_administrator_of_another_gym_unlocks(staff: Staff) -> None:
    await fail(staff)
    elsewhere = await onboard(staff.gym.runtime)
    with pytest.raises(PersonUnknown):
        await elsewhere.operator.run(UnlockStaff(person_id=staff.person_id))
    with pytest.raises(AccountLocked):
        await staff.sign_in()


async def test_guessing_the_current_password_of_an_open_session_locks_too(staff: Staff) -> None:
    device = staff.holding(await staff.sign_in())
    for _ in range(5):
        with pytest.raises(CredentialsWrong):
            await device.run(ChangePassword(current_password="wrong", new_password=OTHER_PASSWORD))
    with pytest.raises(AccountLocked):
        await device.run(ChangePassword(current_password=PASSWORD, new_password=OTHER_PASSWORD))
