"""Passwords: changed, forgotten and set anew, weak ones refused with reasons, older hashes upgraded."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pwdlib.hashers.bcrypt import BcryptHasher

from pp_core.identity.operations import (
    AccountLocked,
    ChangePassword,
    CodeInvalid,
    CredentialsWrong,
    GetProfile,
    PasswordWeak,
    RefreshInvalid,
    RefreshSession,
    RequestPasswordReset,
    ResetPassword,
    UpdateProfile,
)
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import SessionEnded
from pp_core.runtime.worker import Worker
from tests.conftest import Gateway, TestHome, new_phone
from tests.staff import OTHER_PASSWORD, PASSWORD, Staff

from .conftest import CodeReader
from .test_lockout import fail

Rows = Callable[..., list[Any]]


async def forget(staff: Staff, name: str | None = None) -> None:
    await staff.anonymous.run(RequestPasswordReset(identifier=name or staff.phone))


async def reset(staff: Staff, code: str, password: str = OTHER_PASSWORD, name: str | None = None) -> None:
    await staff.anonymous.run(ResetPassword(identifier=name or staff.phone, code=code, new_password=password))


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_changing_it_signs_the_other_devices_out(staff: Staff) -> None:
    here, there = await staff.sign_in(), await staff.sign_in()
    await staff.holding(here).run(ChangePassword(current_password=PASSWORD, new_password=OTHER_PASSWORD))
    with pytest.raises(SessionEnded):
        await staff.holding(there).run(GetProfile())
    assert await staff.anonymous.run(RefreshSession(refresh_token=here.refresh_token))
    with pytest.raises(CredentialsWrong):
        await staff.sign_in(PASSWORD)
    await staff.sign_in(OTHER_PASSWORD)


@pytest.mark.parametrize(
    ("password", "reasons"),
    [
        ("short", ["too_short"]),
        ("x9" * 65, ["too_long"]),
        ("aaaaaaaaaaaa", ["repeated"]),
        ("qwertyuiop", ["sequence", "common"]),
        ("P@ssw0rd2026!", ["common"]),
        ("njeri mwangi 1", ["personal"]),
    ],
)
async def test_a_weak_one_is_refused_with_reasons(staff: Staff, password: str, reasons: list[str]) -> None:
    device = staff.holding(await staff.sign_in())
    with pytest.raises(PasswordWeak) as refused:
        await device.run(ChangePassword(current_password=PASSWORD, new_password=password))
    assert refused.value.data["reasons"] == reasons
    assert refused.value.data["summary"]
    await staff.sign_in()


async def test_neither_phone_nor_email_is_a_password(staff: Staff) -> None:
    device = staff.holding(await staff.sign_in())
    for password in (staff.phone, f"0{staff.phone[4:]}", staff.email, staff.email.upper() + "!"):
        with pytest.raises(PasswordWeak) as refused:
            await device.run(ChangePassword(current_password=PASSWORD, new_password=password))
        assert refused.value.data["reasons"] == ["personal"]


async def test_stored_as_argon2id(staff: Staff, rows: Rows) -> None:
    signed_in = await staff.sign_in()
    (user,) = rows("SELECT password_hash FROM users WHERE user_id = %(id)s", id=signed_in.user_id)
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    "password", [PASSWORD, "bcrypt looked at no more than its first 72 bytes, and took longer ones " * 2]
)
async def test_an_older_bcrypt_hash_verifies_once_and_is_upgraded(
    staff: Staff, home: TestHome, rows: Rows, password: str
) -> None:
    import psycopg

    password = password[:128]
    user_id = (await staff.sign_in()).user_id
    with psycopg.connect(home.urls.admin) as connection:
        connection.execute(
            "UPDATE users SET password_hash = %s WHERE user_id = %s",
            (BcryptHasher(rounds=4).hash(password[:72]), user_id),
        )
    with pytest.raises(CredentialsWrong):
        await staff.sign_in("not it")
    await staff.sign_in(password)
    (user,) = rows("SELECT password_hash FROM users WHERE user_id = %(id)s", id=user_id)
    assert user.password_hash.startswith("$argon2id$")
    await staff.sign_in(password)


async def test_a_code_sets_a_new_one_and_ends_the_lock_and_all_sessions(staff: Staff, codes: CodeReader) -> None:
    before = await staff.sign_in()
    await fail(staff)
    with pytest.raises(AccountLocked):
        await staff.sign_in()
    await forget(staff)
    (code,) = await codes(staff.phone)
    await reset(staff, f" {code[:3]} {code[3:]} ")
    await staff.sign_in(OTHER_PASSWORD)
    with pytest.raises(SessionEnded):
        await staff.holding(before).run(GetProfile())
    with pytest.raises(RefreshInvalid):
        await staff.anonymous.run(RefreshSession(refresh_token=before.refresh_token))
    with pytest.raises(CodeInvalid):
        await reset(staff, code, PASSWORD)


async def test_an_email_brings_the_code_to_the_phone_in_the_logins_language(
    staff: Staff, codes: CodeReader, gateway: Gateway
) -> None:
    await staff.holding(await staff.sign_in()).run(UpdateProfile(language="sw"))
    await forget(staff, staff.email)
    (code,) = await codes(staff.phone)
    assert "msimbo" in gateway.sent[-1].text
    await reset(staff, code, name=staff.email)


async def test_an_unknown_login_is_answered_the_same_and_nothing_goes_out(
    staff: Staff, clocked_worker: Worker, gateway: Gateway, rows: Rows
) -> None:
    count = "SELECT count(*) AS n FROM outgoing_messages"
    before = rows(count)
    for name in (new_phone(), "nobody@example.com", "???"):
        await forget(staff, name)
        with pytest.raises(CodeInvalid):
            await reset(staff, "123456", name=name)
    await clocked_worker.drain()
    assert rows(count) == before


async def test_the_code_ends_after_ten_minutes(staff: Staff, codes: CodeReader, clock: ManualClock) -> None:
    await forget(staff)
    (code,) = await codes(staff.phone)
    clock.advance(timedelta(minutes=10))
    with pytest.raises(CodeInvalid):
        await reset(staff, code)


async def test_five_wrong_codes_use_it_up(staff: Staff, codes: CodeReader) -> None:
    await forget(staff)
    (code,) = await codes(staff.phone)
    for _ in range(5):
        with pytest.raises(CodeInvalid):
            await reset(staff, another(code))
    with pytest.raises(CodeInvalid):
        await reset(staff, code)


async def test_a_weak_new_password_does_not_use_the_code_up(staff: Staff, codes: CodeReader) -> None:
    await forget(staff)
    (code,) = await codes(staff.phone)
    with pytest.raises(PasswordWeak):
        await reset(staff, code, "1234567890")
    await reset(staff, code)


async def test_within_a_minute_no_second_code_and_later_only_the_second_works(
    staff: Staff, codes: CodeReader, clock: ManualClock
) -> None:
    await forget(staff)
    assert len(await codes(staff.phone)) == 1
    clock.advance(timedelta(seconds=59))
    await forget(staff)
    assert len(await codes(staff.phone)) == 1
    clock.advance(timedelta(seconds=1))
    await forget(staff)
    first, second = await codes(staff.phone)
    if first != second:
        with pytest.raises(CodeInvalid):
            await reset(staff, first)
    await reset(staff, second)


async def test_ten_codes_a_day_are_enough(staff: Staff, codes: CodeReader, clock: ManualClock) -> None:
    for _ in range(12):
        await forget(staff)
        sent = await codes(staff.phone)
        clock.advance(timedelta(minutes=30))
    assert len(sent) == 10
    clock.advance(timedelta(hours=24))
    await forget(staff)
    assert len(await codes(staff.phone)) == 11
