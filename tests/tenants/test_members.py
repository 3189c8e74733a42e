"""Members: found by what people know of them, imported from a file, and found behind a phone."""

import asyncio

import pytest

from pp_core.kernel.db.statement import sql
from pp_core.kernel.errors import LimitReached
from pp_core.tenants.operations import AddMember, FindSender, GetMember, ImportMembers, ListMembers, UpdateMember
from pp_core.tenants.operations.members import MemberInput
from pp_core.tenants.rules import tidy_name
from tests.conftest import Gym, new_phone


async def test_members_are_found_by_any_part(gym: Gym, other_gym: Gym) -> None:
    amina = await gym.add_member("Amina Wanjiru", email="amina@example.com")
    await gym.add_member("Brian Otieno")
    await other_gym.add_member("Amina Wanjiru")
    assert amina.phone is not None
    for words in ("wanjiru", amina.code, "0" + amina.phone[4:], "amina@"):
        found = await gym.operator.run(ListMembers(search=words))
        assert [one.id for one in found.items] == [amina.id], words


async def test_a_wildcard_is_a_letter(gym: Gym) -> None:
    await gym.add_member()
    assert (await gym.operator.run(ListMembers(search="%"))).items == []
    assert (await gym.operator.run(ListMembers(search="A_ina"))).items == []


async def test_pages_hold_everybody_once(gym: Gym) -> None:
    for number in range(5):
        await gym.add_member(f"Mwana {number}")
    seen, cursor = [], None
    while True:
        page = await gym.operator.run(ListMembers(limit=2, cursor=cursor))
        seen += [one.name for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 6  # five members and the administrator


async def test_an_import_is_safe_to_repeat(gym: Gym) -> None:
    phone = new_phone()
    rows = [
        MemberInput(line=2, name="AMINA WANJIRU", phone="0" + phone[4:], language="Kiswahili", joined_on="21/11/2025"),
        MemberInput(line=3, name="Brian Otieno", phone="12"),
        MemberInput(line=4, name="", phone=new_phone()),
    ]
    shown = await gym.operator.run(ImportMembers(rows=rows, dry_run=True))
    assert (shown.added, len(shown.refused)) == (1, 2)
    assert (await gym.operator.run(ListMembers(search="wanjiru"))).items == []
    first = await gym.operator.run(ImportMembers(rows=rows))
    assert (first.added, first.unchanged) == (1, 0)
    assert {(one.line, one.code) for one in first.refused} == {(3, "import.phone_invalid"), (4, "import.name_missing")}
    again = await gym.operator.run(ImportMembers(rows=rows))
    assert (again.added, again.unchanged) == (0, 1)
    amina = await gym.operator.run(GetMember(member=phone))
    assert (amina.name, amina.language, str(amina.joined_on)) == ("Amina Wanjiru", "sw", "2025-11-21")


async def test_a_phone_of_two_gyms_is_found_in_both(gym: Gym, other_gym: Gym) -> None:
    phone = new_phone()
    here, there = await gym.add_member(phone=phone), await other_gym.add_member(phone=phone)
    found = await gym.system.run(FindSender(channel="sms", address="of no gym", phone=phone))
    assert {(one.tenant_id, one.person_id) for one in found.items} == {(gym.id, here.id), (other_gym.id, there.id)}
    assert (await gym.system.run(FindSender(channel="sms", address="of no gym", phone=new_phone()))).items == []


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        ("JANE NG'ANG'A", "Jane Ng'ang'a"),
        ("lupita nyong’o", "Lupita Nyong’o"),
        ("pat o'brien", "Pat O'Brien"),
        ("KAMAU-OTIENO", "Kamau-Otieno"),
        ("Amina van der Berg", "Amina van der Berg"),
    ],
)
def test_a_name_in_capitals_is_written_as_its_bearer_would(written: str, tidied: str) -> None:
    assert tidy_name(written) == tidied


async def limit_members(gym: Gym, most: int) -> None:
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        await ctx.tx.run(
            sql("UPDATE tenants SET limits = %(limits)s WHERE tenant_id = %(gym)s"),
            gym=gym.id,
            limits={"members": most},
        )


async def test_the_gyms_limit_holds_when_many_are_added_at_once(gym: Gym) -> None:
    await limit_members(gym, 3)  # the administrator is one
    tried = await asyncio.gather(*(gym.add_member(f"Mwana {number}") for number in range(5)), return_exceptions=True)
    assert [type(one) for one in tried if isinstance(one, Exception)] == [LimitReached] * 3


async def test_nobody_comes_back_past_the_gyms_limit(gym: Gym) -> None:
    amina = await gym.add_member()
    await gym.operator.run(UpdateMember(member=amina.code, status="left"))
    await gym.add_member("Brian Otieno")
    await limit_members(gym, 2)
    with pytest.raises(LimitReached):
        await gym.operator.run(UpdateMember(member=amina.code, status="active"))


async def test_the_same_file_imported_twice_at_once_adds_nobody_twice(gym: Gym) -> None:
    rows = [MemberInput(line=number, name=f"Mwana {number}", phone=new_phone()) for number in range(1, 30)]
    await asyncio.gather(*(gym.operator.run(ListMembers()) for _ in range(6)))  # so that none waits for a connection
    done = await asyncio.gather(*(gym.operator.run(ImportMembers(rows=rows)) for _ in range(3)))
    assert sorted((one.added, one.unchanged) for one in done) == [(0, 29), (0, 29), (29, 0)]


async def test_digits_find_a_phone_in_national_spelling_and_the_end_of_a_code(gym: Gym) -> None:
    await gym.operator.run(AddMember(name="Esther Mutua", phone="+254799107669"))
    for words in ("0799107669", "0799 107 669", "07991", "107669", "esther mu"):
        found = await gym.operator.run(ListMembers(search=words))
        assert [one.name for one in found.items] == ["Esther Mutua"], words
