"""Joining a gym by text, once however often it is asked; and the language of one's own texts."""

import asyncio
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from pydantic import ValidationError

from pp_core.kernel.errors import FeatureMissing, GymSuspended, LimitReached, NotFound
from pp_core.kernel.policy import Role
from pp_core.kernel.validation import invalid
from pp_core.tenants.operations import (
    FindSender,
    GetMember,
    Joined,
    JoinGym,
    ListMembers,
    PersonUnknown,
    SetGymStatus,
    SetLanguage,
    UpdateMember,
)
from tests.conftest import Gym, TestHome, new_phone
from tests.staff import hire

WORDING = "Kilimani Strength inahifadhi jina, simu na mazoezi yangu."


def asking(gym: Gym, phone: str, name: str = "Zawadi Atieno", **more: Any) -> JoinGym:
    values = {
        "tenant_id": gym.id,
        "phone": phone,
        "name": name,
        "language": "sw",
        "wording": WORDING,
        "channel": "ussd",
    }
    return JoinGym(**{**values, **more})


async def join(gym: Gym, phone: str, name: str = "Zawadi Atieno", **more: Any) -> Joined:
    return await gym.system.run(asking(gym, phone, name, **more))


def rows(home: TestHome, query: str, *values: Any) -> list[dict[str, Any]]:
    """What a table holds, as a role that sees all gyms."""
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, row_factory=dict_row) as connection:
        return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


async def set_gym(gym: Gym, change: str) -> None:
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        await ctx.tx.connection.execute(f"UPDATE tenants SET {change} WHERE tenant_id = %s", [gym.id])


async def test_whoever_joins_is_a_member_with_a_code_and_a_consent(gym: Gym, home: TestHome) -> None:
    phone = new_phone()
    joined = await join(gym, phone)
    assert joined.model_dump(exclude={"person_id", "code"}) == {
        "name": "Zawadi Atieno",
        "gym_name": "Kilimani Strength",
        "repeated": False,
    }
    member = await gym.operator.run(GetMember(member=joined.code))
    assert (member.id, member.phone, member.language, member.roles, member.consented) == (
        joined.person_id,
        phone,
        "sw",
        ["CLIENT"],
        True,
    )
    assert member.branch_id == gym.onboarded.branch_id
    (consent,) = rows(home, "SELECT * FROM consents WHERE person_id = %s", joined.person_id)
    assert (consent["wording"], consent["door"], consent["given"], consent["purpose"]) == (
        WORDING,
        "ussd",
        True,
        "data",
    )
    events = rows(home, "SELECT payload FROM outbox WHERE tenant_id = %s AND name = 'tenants.member.added'", gym.id)
    assert [one["payload"]["person_id"] for one in events] == [str(joined.person_id)]
    found = await gym.system.run(FindSender(channel="sms", address="of no gym", phone=phone))
    assert [one.person_id for one in found.items] == [joined.person_id]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("zawadi   atieno", "Zawadi Atieno"),
        ("ZAWADI NG'ANG'A", "Zawadi Ng'ang'a"),
        ("Zawadi van Wyk", "Zawadi van Wyk"),
    ],
)
async def test_a_name_is_kept_tidy(gym: Gym, typed: str, kept: str) -> None:
    assert (await join(gym, new_phone(), typed)).name == kept


@pytest.mark.parametrize("name", ["Z", "12345", "Z" * 81, "Zawadi\nAtieno", "  "])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        JoinGym(tenant_id=uuid4(), phone=new_phone(), name=name, language="sw", wording=WORDING, channel="sms")


def test_a_name_without_letters_is_refused_in_both_languages() -> None:
    with pytest.raises(ValidationError) as refused:
        JoinGym(tenant_id=uuid4(), phone=new_phone(), name="12345", language="sw", wording=WORDING, channel="sms")
    said = {language: invalid(refused.value, language).data["summary"] for language in ("en", "sw")}
    assert said == {
        "en": "name: a name has letters; write first and last name",
        "sw": "name: jina lina herufi; andika jina la kwanza na la mwisho",
    }


async def test_the_same_person_again_is_the_same_member(gym: Gym, home: TestHome) -> None:
    phone = new_phone()
    first = await join(gym, phone)
    for name in ("Zawadi Atieno", "zawadi ATIENO", " Zawadi  Atieno"):
        again = await join(gym, phone, name, language="en")
        assert again == first.model_copy(update={"repeated": True})
    assert len(rows(home, "SELECT 1 FROM consents WHERE person_id = %s", first.person_id)) == 1
    assert (await gym.operator.run(GetMember(member=first.code))).language == "sw"


async def test_who_never_agreed_has_agreed_now(gym: Gym, home: TestHome) -> None:
    phone = new_phone()
    there = await gym.add_member("Zawadi Atieno", phone=phone, consent=False)
    assert not there.consented
    assert (await join(gym, phone)).person_id == there.id
    assert (await gym.operator.run(GetMember(member=there.code))).consented
    latest = rows(home, "SELECT wording FROM consents WHERE person_id = %s ORDER BY at DESC, id DESC", there.id)[0]
    assert latest["wording"] == WORDING


async def test_a_family_shares_a_phone_and_two_gyms_share_a_person(gym: Gym, other_gym: Gym) -> None:
    phone = new_phone()
    joined = [await join(gym, phone), await join(gym, phone, "Baraka Atieno"), await join(other_gym, phone)]
    assert len({one.person_id for one in joined}) == 3
    assert [one.repeated for one in joined] == [False] * 3


async def test_who_left_joins_anew(gym: Gym) -> None:
    phone = new_phone()
    first = await join(gym, phone)
    await gym.operator.run(UpdateMember(member=first.code, status="left"))
    again = await join(gym, phone)
    assert (again.repeated, again.person_id != first.person_id) == (False, True)


async def test_who_asks_many_times_at_once_joins_once(gym: Gym) -> None:
    await asyncio.gather(*(gym.operator.run(ListMembers()) for _ in range(6)))  # so that none waits for a connection
    phone = new_phone()
    done = await asyncio.gather(*(join(gym, phone) for _ in range(6)))
    assert len({(one.person_id, one.code) for one in done}) == 1
    assert sorted(one.repeated for one in done) == [False] + [True] * 5


async def test_the_desk_and_a_phone_at_once_make_no_twin(gym: Gym) -> None:
    phone = new_phone()
    await asyncio.gather(
        *(join(gym, phone) for _ in range(3)),
        *(gym.add_member("Zawadi Atieno", phone=phone) for _ in range(3)),
        return_exceptions=True,
    )
    assert len((await gym.operator.run(ListMembers(search=phone))).items) == 1


async def test_a_full_gym_takes_nobody_more(gym: Gym) -> None:
    phone = new_phone()
    first = await join(gym, phone)
    await set_gym(gym, """limits = '{"members": 2}'""")  # the administrator is one
    with pytest.raises(LimitReached):
        await join(gym, new_phone())
    assert (await join(gym, phone)).person_id == first.person_id


async def test_nobody_joins_where_the_gym_may_not(gym: Gym) -> None:
    await set_gym(gym, "features = '{reports}'")
    with pytest.raises(FeatureMissing) as missing:
        await join(gym, new_phone())
    assert missing.value.data == {"feature": "text_doors"}
    await gym.system.run(SetGymStatus(gym_id=gym.id, status="suspended"))
    with pytest.raises(GymSuspended):
        await join(gym, new_phone())
    with pytest.raises(NotFound):
        await gym.system.run(asking(gym, new_phone(), tenant_id=uuid4()))


async def test_ones_own_language(gym: Gym) -> None:
    amina = await gym.add_member()
    brian = await gym.add_member("Brian Otieno")
    await gym.person(amina).run(SetLanguage(language="sw"))
    languages = [(await gym.operator.run(GetMember(member=one.code))).language for one in (amina, brian)]
    assert languages == ["sw", "en"]
    trainer = await hire(gym, Role.TRAINER)
    await trainer.holding(await trainer.sign_in(gym=gym.slug)).run(SetLanguage(language="sw"))
    found = await gym.system.run(FindSender(channel="sms", address="of no gym", phone=trainer.phone))
    assert [one.language for one in found.items] == ["sw"]


async def test_who_is_nobody_here_has_no_language(gym: Gym) -> None:
    with pytest.raises(PersonUnknown):
        await gym.operator.run(SetLanguage(language="sw"))


async def test_the_desk_sets_a_members(gym: Gym) -> None:
    amina = await gym.add_member()
    assert (await gym.operator.run(UpdateMember(member=amina.code, language="sw"))).language == "sw"
