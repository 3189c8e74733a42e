"""Channels: connected in any usual spelling, listed, let go; and who is behind an address, a phone or a name."""

import secrets
from uuid import uuid4

import pytest

from pp_core.kernel import gsm7, locale
from pp_core.kernel.errors import NotFound, PermissionMissing, Problem
from pp_core.kernel.policy import Role
from pp_core.tenants.operations import (
    ChannelRow,
    ConnectChannel,
    DisconnectChannel,
    FindGym,
    FindSender,
    ListChannels,
    SetGymStatus,
)
from pp_core.tenants.operations.channels import BotNameInvalid, ChannelTaken, ServiceCodeInvalid, ShortCodeInvalid
from pp_core.tenants.rules import channel_address, is_channel_address
from tests.conftest import Gym, new_phone, onboard
from tests.staff import hire


def short_code() -> str:
    return f"2{secrets.randbelow(10**6):06d}"


async def connect(gym: Gym, kind: str, address: str) -> ChannelRow:
    return await gym.operator.run(ConnectChannel.model_validate({"kind": kind, "address": address}))


async def test_a_channel_of_its_own_leads_to_this_gym_alone(gym: Gym, other_gym: Gym) -> None:
    phone, address = new_phone(), short_code()
    here = await gym.add_member(phone=phone)
    await other_gym.add_member(phone=phone)
    await connect(gym, "sms", address)
    found = await gym.system.run(FindSender(channel="sms", address=address, phone=phone))
    assert [one.person_id for one in found.items] == [here.id]
    with pytest.raises(ChannelTaken):
        await connect(other_gym, "sms", address)


async def test_whose_the_address_is_is_told_whoever_writes(gym: Gym) -> None:
    address = short_code()
    await connect(gym, "sms", address)
    found = await gym.system.run(FindSender(channel="sms", address=address, phone=new_phone()))
    assert found.items == []
    assert found.gym is not None
    assert found.gym.model_dump() == {
        "tenant_id": gym.id,
        "name": "Kilimani Strength",
        "slug": gym.slug,
        "language": "en",
        "currency": "KES",
        "text_doors": True,
        "suspended": False,
    }
    await gym.system.run(SetGymStatus(gym_id=gym.id, status="suspended"))
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        await ctx.tx.connection.execute("UPDATE tenants SET features = '{}' WHERE tenant_id = %s", [gym.id])
    found = await gym.system.run(FindSender(channel="sms", address=address, phone=new_phone()))
    assert found.gym is not None
    assert (found.gym.suspended, found.gym.text_doors) == (True, False)
    shared = await gym.system.run(FindSender(channel="sms", address=short_code(), phone=new_phone()))
    assert shared.gym is None


async def test_a_family_elsewhere_hides_nobody_here(gym: Gym, other_gym: Gym) -> None:
    """Twenty people of a phone are told; those of other gyms do not count where the address is one gym's own."""
    phone, address = new_phone(), short_code()
    for number in range(21):
        await gym.add_member(f"Mwana {number:02d}", phone=phone)  # of a gym whose name sorts first
    there = await other_gym.add_member("Zawadi Atieno", phone=phone)
    await connect(other_gym, "sms", address)
    found = await gym.system.run(FindSender(channel="sms", address=address, phone=phone))
    assert [one.person_id for one in found.items] == [there.id]
    shared = await gym.system.run(FindSender(channel="sms", address=short_code(), phone=phone))
    assert len(shared.items) == 20


async def test_what_a_sender_is_in_the_gym_is_told(gym: Gym) -> None:
    trainer = await hire(gym, Role.TRAINER, Role.RECEPTION)
    found = await gym.system.run(FindSender(channel="sms", address=short_code(), phone=trainer.phone))
    assert [one.roles for one in found.items] == [["RECEPTION", "TRAINER"]]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("sms", " 22 384 ", "22384"),
        ("sms", "２２３８４", "22384"),
        ("sms", "+254 711 000 001", "+254711000001"),
        ("sms", "KILIMANI", "KILIMANI"),
        ("sms", "Gym Kilima", "Gym Kilima"),
        ("ussd", "*384*77#", "*384*77#"),
        ("ussd", " * 384 # ", "*384#"),
        ("ussd", "＊３８４＊７７＃", "*384*77#"),
        ("telegram", "@KilimaniBot", "kilimanibot"),
        ("telegram", "https://t.me/Kilimani_Gym_Bot", "kilimani_gym_bot"),
        ("telegram", "kilimanibot", "kilimanibot"),
    ],
)
def test_an_address_is_kept_as_the_gateway_sends_it(kind: str, typed: str, kept: str) -> None:
    assert channel_address(kind, typed) == kept
    assert channel_address(kind, kept) == kept
    assert is_channel_address(kind, kept)


@pytest.mark.parametrize(
    ("kind", "typed", "problem"),
    [
        ("sms", "22", ShortCodeInvalid),
        ("sms", "0711000001", ShortCodeInvalid),
        ("sms", "*384*77#", ShortCodeInvalid),
        ("sms", "KILIMANI STRENGTH", ShortCodeInvalid),
        ("sms", "kilimani@gym", ShortCodeInvalid),
        ("ussd", "384", ServiceCodeInvalid),
        ("ussd", "*384*77", ServiceCodeInvalid),
        ("ussd", "384*77#", ServiceCodeInvalid),
        ("ussd", "*384**77#", ServiceCodeInvalid),
        ("ussd", "*384*ab#", ServiceCodeInvalid),
        ("telegram", "bot", BotNameInvalid),
        ("telegram", "kilimani gym", BotNameInvalid),
        ("telegram", "123456:AAF-token", BotNameInvalid),
        ("telegram", "1kilimanibot", BotNameInvalid),
        ("telegram", "t.me/kilimani/bot", BotNameInvalid),
    ],
)
@pytest.mark.parametrize("language", ["en", "sw"])
async def test_what_is_no_address_is_refused_with_an_example(
    gym: Gym, kind: str, typed: str, problem: type[Problem], language: str
) -> None:
    with pytest.raises(problem) as refused:
        await connect(gym, kind, typed)
    said = locale.text(problem.code, language, **refused.value.data)
    assert said.startswith(typed)
    assert gsm7.parts(said).parts == 1 or not gsm7.is_gsm7(typed)
    assert (await gym.operator.run(ListChannels())).items == []


@pytest.mark.parametrize("kind", ["sms", "ussd", "telegram"])
async def test_an_address_is_found_as_it_was_connected(gym: Gym, other_gym: Gym, kind: str) -> None:
    digits = f"{secrets.randbelow(10**6):06d}"
    typed, sent = {
        "sms": (f" 2{digits} ", f"2{digits}"),
        "ussd": (f"* 384 * {digits} #", f"*384*{digits}#"),
        "telegram": (f"@Gym{digits}Bot", f"gym{digits}bot"),
    }[kind]
    assert (await connect(gym, kind, typed)).address == sent
    for address in (typed, sent):
        found = await gym.system.run(
            FindSender.model_validate({"channel": kind, "address": address, "phone": new_phone()})
        )
        assert found.gym is not None
        assert found.gym.tenant_id == gym.id
    with pytest.raises(ChannelTaken):
        await connect(other_gym, kind, sent)


async def test_channels_are_listed_and_let_go(gym: Gym, other_gym: Gym) -> None:
    address, bot = short_code(), f"gym{secrets.token_hex(4)}bot"
    made = await connect(gym, "sms", address)
    other = await connect(gym, "telegram", bot)
    assert (await gym.operator.run(ListChannels())).items == [made, other]
    assert (await other_gym.operator.run(ListChannels())).items == []
    for client, channel_id in ((other_gym.operator, made.id), (gym.operator, uuid4())):
        with pytest.raises(NotFound):
            await client.run(DisconnectChannel(channel_id=channel_id))
    await gym.operator.run(DisconnectChannel(channel_id=made.id))
    assert (await gym.operator.run(ListChannels())).items == [other]
    assert (await gym.system.run(FindSender(channel="sms", address=address, phone=new_phone()))).gym is None
    await connect(other_gym, "sms", address)


async def test_only_who_manages_channels_sees_them(gym: Gym) -> None:
    desk = await hire(gym, Role.RECEPTION)
    client = desk.holding(await desk.sign_in(gym=gym.slug))
    with pytest.raises(PermissionMissing):
        await client.run(ListChannels())


async def test_a_gym_is_found_by_slug_or_exact_name(gym: Gym) -> None:
    name = f"Élan {secrets.token_hex(4)} Gym"
    made = await onboard(gym.runtime, name)
    for words in (made.slug, made.slug.upper(), name, name.upper(), f"  {name.replace(' ', '   ')} "):
        found = await gym.system.run(FindGym(words=words))
        assert (found.tenant_id, found.name, found.slug) == (made.id, name, made.slug), words
    for words in (name[:-1], name + "s", "%", made.slug[:-1]):
        with pytest.raises(NotFound):
            await gym.system.run(FindGym(words=words))


async def test_between_two_gyms_of_one_name_nobody_guesses(gym: Gym) -> None:
    name = f"Chuma {secrets.token_hex(4)}"
    first, second = await onboard(gym.runtime, name), await onboard(gym.runtime, name)
    with pytest.raises(NotFound):
        await gym.system.run(FindGym(words=name))
    assert (await gym.system.run(FindGym(words=second.slug))).tenant_id == second.id
    await onboard(gym.runtime, first.slug)  # a gym called what another one's slug is
    assert (await gym.system.run(FindGym(words=first.slug))).tenant_id == first.id


async def test_a_suspended_gym_is_not_found(gym: Gym) -> None:
    await gym.system.run(SetGymStatus(gym_id=gym.id, status="suspended"))
    with pytest.raises(NotFound):
        await gym.system.run(FindGym(words=gym.slug))
