"""Who wants nothing unasked gets nothing unasked; what they asked for still goes."""

import pytest

from pp_core.kernel.call import Operator
from pp_core.kernel.errors import NotFound
from pp_core.kernel.ids import PLATFORM, new_id
from pp_core.kernel.locale import text
from pp_core.notifications.operations import (
    AnswerText,
    HasOptedOut,
    ListMessages,
    ListOptOuts,
    NoPhone,
    OptIn,
    OptOut,
    OptOutRow,
    RecordOptOut,
    SendMessage,
)
from pp_core.notifications.public import queue_text
from pp_core.tenants.operations import AddMember, ConnectChannel, Member, UpdateMember
from tests.conftest import Gym, new_phone
from tests.notifications.test_messages import text as written


async def opt_out(gym: Gym, phone: str | None, **more: object) -> bool:
    assert phone is not None
    return (await gym.system.run(OptOut(phone=phone, source="text", **more))).changed


async def send(gym: Gym, member: Member) -> None:
    await gym.operator.run(SendMessage(member=str(member.id), text="Karibu tena"))


async def listed(gym: Gym) -> list[OptOutRow]:
    return (await gym.operator.run(ListOptOuts())).items


async def test_who_opted_out_of_a_gym_gets_nothing_unasked_from_it_alone(gym: Gym, other_gym: Gym) -> None:
    amina = await gym.add_member()
    elsewhere = await other_gym.add_member(phone=amina.phone)
    assert await opt_out(gym, amina.phone, tenant_ids=[gym.id])
    with pytest.raises(HasOptedOut) as refused:
        await send(gym, amina)
    assert refused.value.data["name"] == "Amina Wanjiru"
    assert len(refused.value.data["since"]) == len("2026-11-21")
    for language in ("en", "sw"):
        assert "Amina Wanjiru" in text(HasOptedOut.code, language, **refused.value.data)
    await send(other_gym, elsewhere)
    assert [one.purpose for one in (await gym.operator.run(ListMessages())).items] == ["invitation"]


async def test_who_opted_out_of_everything_gets_nothing_unasked_from_anybody(gym: Gym, other_gym: Gym) -> None:
    amina = await gym.add_member()
    elsewhere = await other_gym.add_member(phone=amina.phone)
    assert await opt_out(gym, amina.phone)
    for where, member in ((gym, amina), (other_gym, elsewhere)):
        with pytest.raises(HasOptedOut):
            await send(where, member)
        [row] = await listed(where)
        assert (row.phone, row.names, row.everywhere) == (amina.phone, ["Amina Wanjiru"], True)


async def test_an_opt_out_said_twice_stands_from_the_first_time(gym: Gym) -> None:
    amina = await gym.add_member()
    assert await opt_out(gym, amina.phone, tenant_ids=[gym.id])
    [first] = await listed(gym)
    assert not await opt_out(gym, amina.phone, tenant_ids=[gym.id, gym.id])
    assert await listed(gym) == [first]


async def test_only_those_meant_are_opted_in_again(gym: Gym, other_gym: Gym) -> None:
    amina = await gym.add_member()
    elsewhere = await other_gym.add_member(phone=amina.phone)
    assert amina.phone is not None
    await opt_out(gym, amina.phone, tenant_ids=[gym.id, other_gym.id])
    back = await gym.system.run(OptIn(phone=amina.phone, tenant_ids=[gym.id]))
    assert (back.changed, back.still_out) == (True, False)
    await send(gym, amina)
    with pytest.raises(HasOptedOut):
        await send(other_gym, elsewhere)
    assert not (await gym.system.run(OptIn(phone=amina.phone, tenant_ids=[gym.id]))).changed


async def test_opting_in_to_a_gym_says_when_everybody_is_still_refused(gym: Gym) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    await opt_out(gym, amina.phone)
    back = await gym.system.run(OptIn(phone=amina.phone, tenant_ids=[gym.id]))
    assert (back.changed, back.still_out) == (False, True)
    with pytest.raises(HasOptedOut):
        await send(gym, amina)
    back = await gym.system.run(OptIn(phone=amina.phone))
    assert (back.changed, back.still_out) == (True, False)
    await send(gym, amina)


async def test_an_address_means_its_gym_and_a_shared_one_everybody(gym: Gym) -> None:
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    own = f"GYM{new_id().hex[-8:]}"
    await gym.operator.run(ConnectChannel(kind="sms", address=own))
    await opt_out(gym, amina.phone, address=own)
    await opt_out(gym, brian.phone, address="SHARED")
    assert {row.phone: row.everywhere for row in await listed(gym)} == {amina.phone: False, brian.phone: True}
    assert amina.phone is not None
    assert (await gym.system.run(OptIn(phone=amina.phone, address=own))).changed
    await send(gym, amina)


async def test_a_gym_that_is_none_is_refused(gym: Gym) -> None:
    with pytest.raises(NotFound):
        await opt_out(gym, new_phone(), tenant_ids=[new_id()])


async def test_a_changed_phone_takes_no_opt_out_with_it(gym: Gym) -> None:
    amina = await gym.add_member()
    old = amina.phone
    await opt_out(gym, old, tenant_ids=[gym.id])
    await gym.operator.run(UpdateMember(member=amina.code, phone=new_phone()))
    await send(gym, amina)
    heir = await gym.add_member("Brian Otieno", phone=old)
    with pytest.raises(HasOptedOut, match="Brian Otieno"):
        await send(gym, heir)


async def test_a_gym_sees_no_opt_outs_of_others(gym: Gym, other_gym: Gym) -> None:
    amina = await gym.add_member()
    await opt_out(gym, amina.phone, tenant_ids=[gym.id])
    await opt_out(gym, new_phone())
    assert await listed(other_gym) == []
    assert [row.phone for row in await listed(gym)] == [amina.phone]


async def test_opt_outs_are_listed_in_pages(gym: Gym) -> None:
    phones = [new_phone() for _ in range(3)]
    for phone in phones:
        await opt_out(gym, phone, tenant_ids=[gym.id])
    first = await gym.operator.run(ListOptOuts(limit=2))
    rest = await gym.operator.run(ListOptOuts(limit=2, cursor=first.next))
    assert [row.phone for row in (*first.items, *rest.items)] == phones[::-1]
    assert rest.next is None


async def test_the_desk_records_an_opt_out_and_cannot_take_it_back(gym: Gym) -> None:
    amina = await gym.add_member()
    assert (await gym.operator.run(RecordOptOut(member=amina.code))).changed
    assert not (await gym.operator.run(RecordOptOut(member=amina.code))).changed
    [row] = await listed(gym)
    assert (row.phone, row.source, row.everywhere) == (amina.phone, "staff", False)
    with pytest.raises(HasOptedOut):
        await send(gym, amina)
    assert amina.phone is not None
    with pytest.raises(Exception, match="wrong_scope"):
        await gym.acting(Operator("tester", gym.slug)).run(OptIn(phone=amina.phone, tenant_ids=[gym.id]))


async def test_the_desk_needs_a_phone_to_record_an_opt_out(gym: Gym) -> None:
    brian = await gym.operator.run(AddMember(name="Brian Otieno"))
    with pytest.raises(NoPhone):
        await gym.operator.run(RecordOptOut(member=brian.code))


async def test_replies_and_codes_still_go(gym: Gym) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    await opt_out(gym, amina.phone)
    taken = await gym.system.run(written(amina.phone, "squat 5x5 100"))
    answer = AnswerText(
        text_id=taken.text_id, reply="Poa", intent="log_workout", understood=True, tenant_id=gym.id, person_id=amina.id
    )
    await gym.system.run(answer)
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        for purpose in ("code", "invitation", "receipt"):
            await queue_text(ctx, to=amina.phone, text="Habari", purpose=purpose)
    sent = (await gym.operator.run(ListMessages())).items
    assert [one.purpose for one in sent] == ["receipt", "invitation", "code", "reply", "invitation"]


async def test_no_caller_can_forget_the_register(gym: Gym) -> None:
    phone = new_phone()
    await opt_out(gym, phone, tenant_ids=[gym.id])
    with pytest.raises(HasOptedOut, match=phone[1:]):
        async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
            await queue_text(ctx, to=phone, text="Ofa ya Desemba", purpose="campaign")
    with pytest.raises(ValueError, match="unasked"):
        async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
            await queue_text(ctx, to="4711", text="Ofa ya Desemba", purpose="campaign", channel="telegram")


async def test_the_platform_asks_the_register_too(gym: Gym) -> None:
    phone, other = new_phone(), new_phone()
    await opt_out(gym, phone)
    await opt_out(gym, other, tenant_ids=[gym.id])
    with pytest.raises(HasOptedOut):
        async with gym.runtime.pulse.system("test", PLATFORM, "") as ctx:
            await queue_text(ctx, to=phone, text="Habari", purpose="news")
    async with gym.runtime.pulse.system("test", PLATFORM, "") as ctx:
        await queue_text(ctx, to=other, text="Habari", purpose="news")
