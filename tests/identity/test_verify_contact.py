"""Verifying a contact: a code to the login's own phone, given back."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from pp_core.identity.operations import (
    CodeInvalid,
    ContactMissing,
    GetProfile,
    GrantPlatform,
    RequestVerification,
    ResetPassword,
    SignIn,
    VerifyContact,
)
from pp_core.kernel.call import BearerToken, Operator
from tests.conftest import TestHome
from tests.staff import OTHER_PASSWORD, PASSWORD, Staff

from .conftest import CodeReader
from .test_passwords import another

Rows = Callable[..., list[Any]]


async def test_the_code_that_came_back_proves_the_phone(staff: Staff, codes: CodeReader, home: TestHome) -> None:
    signed_in = await staff.sign_in()
    with psycopg.connect(home.urls.admin) as connection:
        connection.execute("UPDATE users SET phone_verified_at = NULL WHERE user_id = %s", (signed_in.user_id,))
    device = staff.holding(signed_in)
    await device.run(RequestVerification())
    await device.run(RequestVerification())  # within the minute: the same answer, no second code
    (code,) = await codes(staff.phone)
    with pytest.raises(CodeInvalid):
        await device.run(VerifyContact(code=another(code)))
    assert not (await device.run(GetProfile())).phone_verified
    await device.run(VerifyContact(code=code))
    assert (await device.run(GetProfile())).phone_verified
    with pytest.raises(CodeInvalid):
        await device.run(VerifyContact(code=code))


async def test_a_code_is_good_for_its_own_purpose_only(staff: Staff, codes: CodeReader) -> None:
    device = staff.holding(await staff.sign_in())
    await device.run(RequestVerification())
    (code,) = await codes(staff.phone)
    with pytest.raises(CodeInvalid):
        await staff.anonymous.run(ResetPassword(identifier=staff.phone, code=code, new_password=OTHER_PASSWORD))
    await staff.sign_in()


async def test_a_login_without_a_phone_is_told(staff: Staff) -> None:
    email = f"x{staff.phone[1:]}@example.com"
    operator = staff.gym.acting(Operator("tester"))
    await operator.run(GrantPlatform(identifier=email, password=PASSWORD))
    signed_in = await staff.anonymous.run(SignIn(identifier=email, password=PASSWORD))
    with pytest.raises(ContactMissing):
        await staff.gym.acting(BearerToken(signed_in.access_token)).run(RequestVerification())
