"""Signing in: either name, no hint which half was wrong, the gym that is meant, and a token that says so."""

from datetime import timedelta

import jwt
import pytest

from pp_core.identity.operations import CredentialsWrong, GetProfile, SignIn, UpdateProfile
from pp_core.kernel.call import BearerToken
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import NotOfThisGym, NotSignedIn
from pp_core.kernel.policy import ROLE_PERMISSIONS, Role
from pp_core.tenants.operations import GetGym, UpdateMember
from tests.conftest import Gym, new_phone, onboard
from tests.staff import PASSWORD, Staff, hire


async def test_by_phone_in_any_spelling_or_by_email(staff: Staff) -> None:
    national = staff.phone[4:]
    spellings = (
        staff.phone,
        f"0{national}",
        f" 0{national[:3]} {national[3:6]}-{national[6:]} ",
        f"254{national}",
        staff.email.upper(),
    )
    answers = [await staff.anonymous.run(SignIn(identifier=name, password=PASSWORD)) for name in spellings]
    assert len({answer.user_id for answer in answers}) == 1
    assert len({answer.session_id for answer in answers}) == len(spellings)


async def test_the_token_is_of_the_only_gym(staff: Staff) -> None:
    signed_in = await staff.sign_in()
    claims = jwt.decode(signed_in.access_token, options={"verify_signature": False})
    assert claims["sub"] == str(signed_in.user_id)
    assert claims["sid"] == str(signed_in.session_id)
    assert claims["exp"] - claims["iat"] == 900 == signed_in.expires_in
    assert (claims["tid"], claims["gym"]) == (str(staff.gym.id), staff.gym.slug)
    assert (claims["gid"], claims["roles"]) == (str(staff.person_id), ["TRAINER"])
    assert set(claims["perms"]) == {permission.value for permission in ROLE_PERMISSIONS[Role.TRAINER]}
    assert signed_in.gym is not None
    assert signed_in.gym.permissions == claims["perms"]
    assert (await staff.holding(signed_in).run(GetGym())).gym_id == staff.gym.id


async def test_a_wrong_password_and_an_unknown_login_are_answered_alike(staff: Staff) -> None:
    refusals = []
    for name, password in ((staff.phone, "not the password"), (new_phone(), PASSWORD), ("nobody@example.com", "x")):
        with pytest.raises(CredentialsWrong) as refused:
            await staff.anonymous.run(SignIn(identifier=name, password=password))
        refusals.append(refused.value.data)
    assert refusals == [{}, {}, {}]


@pytest.mark.parametrize("name", ["???", "a\tb", "@@@", "12345", "' OR 1=1 --", "x" * 254])
async def test_what_is_no_login_at_all_is_answered_the_same(staff: Staff, name: str) -> None:
    with pytest.raises(CredentialsWrong):
        await staff.anonymous.run(SignIn(identifier=name, password=PASSWORD))


@pytest.mark.parametrize("password", ["", "x" * 100_000, "é" * 129, PASSWORD + "\x07"])
async def test_an_odd_password_is_only_wrong(staff: Staff, password: str) -> None:
    with pytest.raises(CredentialsWrong):
        await staff.sign_in(password)


async def test_the_same_letters_from_another_keyboard_are_the_same_password(clocked_gym: Gym) -> None:
    staff = await hire(clocked_gym)
    assert await staff.sign_in("kahawa-tamu-９-vikombe")  # a full-width digit, as some phones type it


async def test_of_two_gyms_one_is_chosen_and_no_other(staff: Staff) -> None:
    second = await onboard(staff.gym.runtime, "Westlands Fitness")
    stranger = await onboard(staff.gym.runtime, "Somebody else's")
    await hire(second, Role.RECEPTION, name="Njeri M", phone=staff.phone)
    undecided = await staff.sign_in()
    assert undecided.gym is None
    assert {gym.slug for gym in undecided.gyms} == {staff.gym.slug, second.slug}
    chosen = await staff.sign_in(gym=second.slug)
    assert chosen.gym is not None
    assert (chosen.gym.slug, chosen.gym.roles) == (second.slug, ["RECEPTION"])
    for slug in (stranger.slug, "no-such-gym", "\x07"):
        with pytest.raises(NotOfThisGym):
            await staff.sign_in(gym=slug)


async def test_who_left_the_gym_has_no_gym(staff: Staff) -> None:
    await staff.gym.operator.run(UpdateMember(member=str(staff.person_id), status="left"))
    assert (await staff.sign_in()).gyms == []


async def test_the_access_token_ends_after_a_quarter_of_an_hour(staff: Staff, clock: ManualClock) -> None:
    device = staff.holding(await staff.sign_in())
    clock.advance(timedelta(minutes=15, seconds=9))
    await device.run(GetProfile())
    clock.advance(timedelta(seconds=1))
    with pytest.raises(NotSignedIn):
        await device.run(GetProfile())


async def test_a_token_of_another_installation_is_none(staff: Staff) -> None:
    signed_in = await staff.sign_in()
    claims = jwt.decode(signed_in.access_token, options={"verify_signature": False})
    for forged in (
        jwt.encode(claims, "x" * 32, algorithm="HS256"),
        jwt.encode(claims, None, algorithm="none"),
        signed_in.access_token[:-2],
    ):
        with pytest.raises(NotSignedIn):
            await staff.gym.acting(BearerToken(forged)).run(GetProfile())


async def test_the_profile_round_trips(staff: Staff) -> None:
    device = staff.holding(await staff.sign_in())
    changed = await device.run(UpdateProfile(language="sw"))
    assert changed == await device.run(GetProfile())
    assert (changed.language, changed.phone, changed.email) == ("sw", staff.phone, staff.email)
    assert (changed.phone_verified, changed.email_verified) == (True, False)
    assert [gym.slug for gym in changed.gyms] == [staff.gym.slug]
