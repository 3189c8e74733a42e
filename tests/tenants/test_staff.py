"""Staff: invited by text, joined with a login, given roles, never left without an administrator."""

import asyncio
import re
from datetime import timedelta

import pytest

from pp_core.identity.operations import CredentialsWrong, GetProfile, PasswordWeak, SignedIn, SignIn
from pp_core.kernel.call import Anonymous
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import PermissionMissing
from pp_core.kernel.operation import Done
from pp_core.kernel.policy import Role
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import (
    AcceptInvitation,
    AssignRoles,
    GetMember,
    InvitationInvalid,
    InvitationSent,
    InviteStaff,
    ListStaff,
    PersonUnknown,
    PhoneTaken,
    UpdateMember,
)
from pp_core.tenants.operations.staff import LastAdmin, LoginTaken, RoleNotOfGym
from tests.conftest import Gateway, Gym, new_phone
from tests.staff import OTHER_PASSWORD, PASSWORD, Staff, hire


async def invite(gym: Gym, phone: str, name: str = "Njeri Mwangi", *roles: Role) -> InvitationSent:
    return await gym.operator.run(InviteStaff(name=name, phone=phone, roles=list(roles) or [Role.TRAINER]))


async def accept(gym: Gym, sent: InvitationSent, password: str = PASSWORD) -> Done:
    assert sent.invitation is not None
    return await gym.acting(Anonymous()).run(AcceptInvitation(invitation=sent.invitation, password=password))


async def sign_in(gym: Gym, phone: str, password: str = PASSWORD) -> SignedIn:
    return await gym.acting(Anonymous()).run(SignIn(identifier=phone, password=password))


async def test_the_code_comes_by_text_and_makes_a_login(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    admin = await hire(gym, Role.GYM_ADMIN, name="Wambui K")
    phone = new_phone()
    sent = await admin.holding(await admin.sign_in()).run(
        InviteStaff(name="Njeri Mwangi", phone=phone, roles=[Role.TRAINER, Role.RECEPTION])
    )
    assert sent.invitation is None  # shown to operators only
    await worker.drain()
    (texted,) = [text.text for text in gateway.sent if text.to == phone]
    found = re.search(r"ppi_\S+", texted)
    assert found is not None
    await gym.acting(Anonymous()).run(AcceptInvitation(invitation=found[0], password=PASSWORD))
    signed_in = await sign_in(gym, phone)
    assert signed_in.gym is not None
    assert signed_in.gym.person_id == sent.person_id
    assert signed_in.gym.roles == ["RECEPTION", "TRAINER"]
    staff = Staff(gym, sent.person_id, phone, "")
    assert (await staff.holding(signed_in).run(GetProfile())).phone_verified


async def test_an_invitation_works_once_and_for_a_week(clocked_gym: Gym, clock: ManualClock) -> None:
    sent = await invite(clocked_gym, new_phone())
    late = await invite(clocked_gym, new_phone(), "Otieno Ouma")
    await accept(clocked_gym, sent)
    with pytest.raises(InvitationInvalid):
        await accept(clocked_gym, sent, OTHER_PASSWORD)
    clock.advance(timedelta(days=7))
    with pytest.raises(InvitationInvalid):
        await accept(clocked_gym, late)


async def test_of_two_who_accept_at_once_one_makes_the_login(gym: Gym) -> None:
    phone = new_phone()
    sent = await invite(gym, phone)
    answers = await asyncio.gather(accept(gym, sent), accept(gym, sent, OTHER_PASSWORD), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Done", "InvitationInvalid"]


async def test_two_gyms_accepted_at_once_are_one_login(gym: Gym, other_gym: Gym) -> None:
    for _ in range(3):
        phone = new_phone()
        here, there = await invite(gym, phone), await invite(other_gym, phone)
        assert await asyncio.gather(accept(gym, here), accept(other_gym, there)) == [Done(), Done()]
        assert {found.slug for found in (await sign_in(gym, phone)).gyms} == {gym.slug, other_gym.slug}


async def test_inviting_again_ends_the_code_before(gym: Gym) -> None:
    phone = new_phone()
    first, second = await invite(gym, phone), await invite(gym, phone, "MWANGI njeri", Role.RECEPTION)
    assert first.person_id == second.person_id
    with pytest.raises(InvitationInvalid):
        await accept(gym, first)
    await accept(gym, second)
    with pytest.raises(PhoneTaken):
        await invite(gym, phone)


async def test_a_member_becomes_one_of_the_staff(gym: Gym) -> None:
    amina = await gym.add_member("Amina Wanjiru")
    assert amina.phone is not None
    sent = await invite(gym, amina.phone, "Amina Wanjiru")
    assert sent.person_id == amina.id
    member = await gym.operator.run(GetMember(member=str(amina.id)))
    assert member.roles == ["TRAINER", "CLIENT"]


async def test_a_weak_password_leaves_the_invitation_open(gym: Gym) -> None:
    phone = new_phone()
    sent = await invite(gym, phone)
    with pytest.raises(PasswordWeak) as refused:
        await accept(gym, sent, "Njeri Mwangi")
    assert refused.value.data["reasons"] == ["personal"]
    await accept(gym, sent)


async def test_who_has_a_login_joins_with_its_password(gym: Gym, other_gym: Gym) -> None:
    staff = await hire(gym)
    sent = await invite(other_gym, staff.phone, "Njeri M")
    with pytest.raises(CredentialsWrong):
        await accept(other_gym, sent, OTHER_PASSWORD)
    assert [found.slug for found in (await staff.sign_in()).gyms] == [gym.slug]
    await accept(other_gym, sent)
    assert {found.slug for found in (await staff.sign_in()).gyms} == {gym.slug, other_gym.slug}


async def test_one_login_is_one_person_in_a_gym(gym: Gym) -> None:
    staff = await hire(gym)
    sent = await invite(gym, staff.phone, "Her Brother")
    with pytest.raises(LoginTaken):
        await accept(gym, sent)


async def test_a_code_does_not_prove_another_phone(gym: Gym) -> None:
    sent = await invite(gym, new_phone())
    await gym.operator.run(UpdateMember(member=str(sent.person_id), phone=new_phone()))
    with pytest.raises(InvitationInvalid):
        await accept(gym, sent)


async def test_somebody_elses_email_is_not_taken_over(gym: Gym, other_gym: Gym) -> None:
    first = await hire(gym)
    phone = new_phone()
    sent = await other_gym.operator.run(
        InviteStaff(name="Impostor", phone=phone, email=first.email, roles=[Role.GYM_ADMIN])
    )
    await accept(other_gym, sent, OTHER_PASSWORD)
    with pytest.raises(CredentialsWrong):
        await sign_in(gym, first.email, OTHER_PASSWORD)
    assert (await sign_in(gym, first.email)).user_id == (await first.sign_in()).user_id


async def test_staff_are_listed_by_name_without_the_members(gym: Gym) -> None:
    await gym.add_member()
    for name in ("Chebet Ruto", "Barasa Wafula", "Auma Otieno"):
        await invite(gym, new_phone(), name)
    first = await gym.operator.run(ListStaff(limit=3))
    second = await gym.operator.run(ListStaff(limit=3, cursor=first.next))
    names = [row.name for row in (*first.items, *second.items)]
    assert names == ["Auma Otieno", "Barasa Wafula", "Chebet Ruto", "Wambui Kamau"]
    assert second.next is None


async def test_roles_bite_with_the_next_request(gym: Gym) -> None:
    staff = await hire(gym, Role.GYM_ADMIN)
    device = staff.holding(await staff.sign_in())
    await device.run(ListStaff())
    await gym.operator.run(AssignRoles(person_id=staff.person_id, roles=[Role.CLIENT, Role.TRAINER, Role.CLIENT]))
    with pytest.raises(PermissionMissing) as refused:
        await device.run(ListStaff())
    assert refused.value.data == {"permission": "staff:manage"}
    assert (await gym.operator.run(GetMember(member=str(staff.person_id)))).roles == ["TRAINER", "CLIENT"]


async def test_the_last_administrator_stays_one(gym: Gym) -> None:
    last = gym.onboarded.admin_id
    with pytest.raises(LastAdmin):
        await gym.operator.run(AssignRoles(person_id=last, roles=[Role.TRAINER]))
    with pytest.raises(LastAdmin):
        await gym.operator.run(UpdateMember(member=str(last), status="left"))
    await gym.operator.run(AssignRoles(person_id=last, roles=[Role.GYM_ADMIN, Role.TRAINER]))
    second = await hire(gym, Role.GYM_ADMIN)
    await gym.operator.run(AssignRoles(person_id=last, roles=[Role.TRAINER]))
    with pytest.raises(LastAdmin):
        await gym.operator.run(AssignRoles(person_id=second.person_id, roles=[Role.CLIENT]))


async def test_two_administrators_cannot_demote_each_other_at_once(gym: Gym) -> None:
    for _ in range(4):
        second = await hire(gym, Role.GYM_ADMIN, name=f"Admin {new_phone()}")
        ids = (gym.onboarded.admin_id, second.person_id)
        tries = (gym.operator.run(AssignRoles(person_id=person, roles=[Role.TRAINER])) for person in ids)
        answers = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(answer).__name__ for answer in answers) == ["Done", "LastAdmin"]
        await gym.operator.run(AssignRoles(person_id=ids[0], roles=[Role.GYM_ADMIN]))
        await gym.operator.run(AssignRoles(person_id=ids[1], roles=[Role.TRAINER]))


async def test_no_gym_gives_out_the_platform(gym: Gym) -> None:
    with pytest.raises(RoleNotOfGym):
        await invite(gym, new_phone(), "Root", Role.SUPER_ADMIN)
    with pytest.raises(RoleNotOfGym):
        await gym.operator.run(AssignRoles(person_id=gym.onboarded.admin_id, roles=[Role.GYM_ADMIN, Role.SUPER_ADMIN]))


async def test_no_role_reaches_into_another_gym(gym: Gym, other_gym: Gym) -> None:
    with pytest.raises(PersonUnknown):
        await other_gym.operator.run(AssignRoles(person_id=gym.onboarded.admin_id, roles=[Role.CLIENT]))


async def test_reception_changes_members_and_no_staff(gym: Gym) -> None:
    desk = await hire(gym, Role.RECEPTION)
    device = desk.holding(await desk.sign_in())
    amina = await gym.add_member()
    await device.run(UpdateMember(member=amina.code, phone=new_phone()))
    for change in ({"phone": new_phone()}, {"status": "left"}):
        with pytest.raises(PermissionMissing):
            await device.run(UpdateMember(member=str(gym.onboarded.admin_id), **change))
