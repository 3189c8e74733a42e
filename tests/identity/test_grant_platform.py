"""The platform's first administrator is made by an operator of the server."""

import secrets

import pytest

from pp_core.client.local import LocalClient
from pp_core.identity.operations import CredentialsWrong, GrantPlatform, LoginUnknown, PasswordWeak, SignIn
from pp_core.kernel.call import BearerToken, Operator
from pp_core.kernel.errors import NotSignedIn, WrongScope
from pp_core.tenants.operations import ListGyms
from tests.staff import PASSWORD, Staff


@pytest.fixture
def operator(staff: Staff) -> LocalClient:
    return staff.gym.acting(Operator("tester"))


async def test_a_new_login_runs_the_platform_until_it_is_taken_away(staff: Staff, operator: LocalClient) -> None:
    email = f"root.{secrets.token_hex(4)}@example.com"
    granted = await operator.run(GrantPlatform(identifier=email, password=PASSWORD))
    assert (granted.created, granted.super_admin) == (True, True)
    signed_in = await staff.anonymous.run(SignIn(identifier=email.title(), password=PASSWORD))
    assert signed_in.user_id == granted.user_id
    root = staff.gym.acting(BearerToken(signed_in.access_token))
    await root.run(ListGyms())
    taken = await operator.run(GrantPlatform(identifier=email, super_admin=False))
    assert (taken.created, taken.super_admin) == (False, False)
    with pytest.raises(WrongScope):
        await root.run(ListGyms())


async def test_a_login_that_there_is_keeps_its_password(staff: Staff, operator: LocalClient) -> None:
    granted = await operator.run(GrantPlatform(identifier=staff.phone, password="some-other-password-8"))
    assert not granted.created
    with pytest.raises(CredentialsWrong):
        await staff.sign_in("some-other-password-8")
    await staff.holding(await staff.sign_in()).run(ListGyms())


async def test_nobody_else_may(staff: Staff) -> None:
    with pytest.raises(NotSignedIn):
        await staff.anonymous.run(GrantPlatform(identifier=staff.phone))
    with pytest.raises(WrongScope):
        await staff.holding(await staff.sign_in()).run(GrantPlatform(identifier=staff.phone))


async def test_an_unknown_login_needs_a_good_password(operator: LocalClient) -> None:
    with pytest.raises(LoginUnknown):
        await operator.run(GrantPlatform(identifier="nobody@example.com"))
    with pytest.raises(PasswordWeak):
        await operator.run(GrantPlatform(identifier="nobody@example.com", password="password123"))
