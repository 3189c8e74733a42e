"""Live locations shared with the bot, as the core keeps them."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.notifications.operations import GetTurn, LinkChat
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import Member, SetGymStatus
from pp_core.tracking.operations import (
    ChatLocationTaken,
    EndChatLocations,
    FollowLocation,
    ListActivities,
    LocationFollowed,
    NotYourChat,
    PointIn,
    ReceiveChatFile,
    ReceiveChatLocation,
    ShowActivity,
    StartActivity,
    Status,
)
from tests.conftest import Gym, TestHome
from tests.outdoors import reader
from tests.tracking.ways import METRE, NAIROBI

BOT = "pulse_gym_bot"


class Sharer:
    """A member who shares their live location with the bot."""

    def __init__(self, gym: Gym, member: Member, begins: datetime) -> None:
        self.gym, self.member, self.begins = gym, member, begins
        self.chat, self.last = str(secrets.randbelow(10**9) + 1), ""

    async def link(self) -> None:
        assert self.member.phone is not None
        await self.gym.system.run(LinkChat(address=BOT, chat=self.chat, phone=self.member.phone))

    async def move(self, seconds: int, **more: Any) -> ChatLocationTaken:
        self.last = secrets.token_hex(8)
        facts: dict[str, Any] = {"message_id": 71, "first": seconds == 0, "live": True, **more}
        point = PointIn(
            ts=self.begins + timedelta(seconds=seconds),
            lat=NAIROBI[0] + 3 * METRE * seconds,
            lon=NAIROBI[1],
            accuracy=5,
        )
        op = ReceiveChatLocation(gateway_id=self.last, bot=BOT, chat=self.chat, point=point, **facts)
        return await self.gym.system.run(op)

    async def follow(self, who: Member) -> LocationFollowed:
        return await self.gym.system.run(
            FollowLocation(bot=BOT, chat=self.chat, message_id=71, tenant_id=self.gym.id, person_id=who.id)
        )

    async def time_out(self) -> None:
        """End what has run out, of other gyms too, so many at a time."""
        while (await self.gym.system.run(EndChatLocations())).count:
            pass

    async def texts(self, gateway_id: str | None = None) -> str:
        return (await self.gym.system.run(GetTurn(channel="telegram", gateway_id=gateway_id or self.last))).text

    async def activities(self) -> list[tuple[Status, int]]:
        rows = (await self.gym.person(self.member).run(ListActivities())).items
        return [(row.status, round(row.distance_m)) for row in reversed(rows)]


@pytest.fixture
async def sharer(clocked_gym: Gym, clock: ManualClock) -> Sharer:
    made = Sharer(clocked_gym, await clocked_gym.add_member(), clock.now())
    await made.link()
    return made


async def test_what_runs_out_is_finished_and_told(sharer: Sharer, home: TestHome, clock: ManualClock) -> None:
    """The messenger says nothing when the time of a live location is over."""
    until = sharer.begins + timedelta(minutes=10)
    began = await sharer.move(0, until=until)
    assert (await sharer.texts()).startswith("live ")
    clock.advance(timedelta(minutes=9))
    await sharer.move(500, until=until)
    clock.advance(timedelta(minutes=3))
    await sharer.time_out()
    assert await sharer.activities() == [(Status.LIVE, 1500)]
    clock.advance(timedelta(seconds=1))
    await sharer.time_out()
    assert await sharer.activities() == [(Status.FINISHED, 1500)]
    found = "SELECT id FROM chat_locations WHERE activity_id = %(id)s"
    (location,) = reader(home)(found, id=began.activity_id)
    assert await sharer.texts(f"location:{location.id}") == f"ended {began.activity_id}"
    late = await sharer.move(505, until=until)
    assert (late.activity_id, late.stored, late.ended) == (began.activity_id, False, True)


async def test_one_without_an_end_lasts_and_one_that_is_prolonged_does_too(sharer: Sharer, clock: ManualClock) -> None:
    await sharer.move(0, until=sharer.begins + timedelta(minutes=10))
    await sharer.move(60, until=None)
    clock.advance(timedelta(hours=3))
    await sharer.time_out()
    assert (await sharer.activities())[0][0] is Status.LIVE


async def test_a_repeated_move_is_one_point_and_a_repeated_end_one_summary(sharer: Sharer, clock: ManualClock) -> None:
    clock.advance(timedelta(minutes=5))
    await sharer.move(0)
    assert (await sharer.move(60)).stored
    assert not (await sharer.move(60)).stored
    assert (await sharer.move(120, live=False)).ended
    ended = await sharer.texts()
    again = await sharer.move(120, live=False)
    assert (again.stored, again.ended) == (False, True)
    assert ended == f"ended {again.activity_id}"
    assert await sharer.activities() == [(Status.FINISHED, 360)]


async def test_moves_may_come_out_of_order(sharer: Sharer, clock: ManualClock) -> None:
    clock.advance(timedelta(minutes=5))
    await sharer.move(30, first=False)
    for seconds in (60, 45, 90, 75):
        assert (await sharer.move(seconds)).stored
    assert await sharer.activities() == [(Status.LIVE, 180)]


async def test_nobody_known_shares_nothing(clocked_gym: Gym, clock: ManualClock) -> None:
    """Not even where: the text that has the bot ask who it is tells no position."""
    stranger = Sharer(clocked_gym, await clocked_gym.add_member(), clock.now())
    taken = await stranger.move(0)
    assert (taken.activity_id, taken.stored) == (None, False)
    assert str(NAIROBI[0])[:5] not in await stranger.texts()
    assert (await stranger.move(5)).activity_id is None
    await stranger.link()
    assert (await stranger.move(10)).stored
    assert await stranger.activities() == [(Status.LIVE, 0)]


async def test_who_of_several_it_is_they_say_themselves(sharer: Sharer, clock: ManualClock) -> None:
    clock.advance(timedelta(minutes=5))
    brother = await sharer.gym.add_member("Brian Otieno", phone=sharer.member.phone)
    assert (await sharer.move(0)).activity_id is None
    followed = await sharer.follow(brother)
    assert (await sharer.follow(brother)).activity_id == followed.activity_id
    assert (await sharer.move(299)).activity_id == followed.activity_id
    with pytest.raises(NotYourChat):
        await sharer.follow(sharer.member)


async def test_somebody_elses_chat_is_not_followed(sharer: Sharer) -> None:
    other = await sharer.gym.add_member("Brian Otieno")
    with pytest.raises(NotYourChat):
        await sharer.follow(other)


async def test_a_live_activity_is_joined(sharer: Sharer, clock: ManualClock) -> None:
    started = await sharer.gym.person(sharer.member).run(StartActivity())
    clock.advance(timedelta(minutes=5))
    assert (await sharer.move(0)).activity_id == started.id
    assert (await sharer.move(60, live=False)).ended
    activity = await sharer.gym.person(sharer.member).run(ShowActivity(activity_id=started.id))
    assert activity.status is Status.FINISHED


async def test_a_suspended_gym_records_nothing_and_refuses_nothing(sharer: Sharer) -> None:
    await sharer.move(0)
    await sharer.gym.system.run(SetGymStatus(gym_id=sharer.gym.id, status="suspended"))
    assert not (await sharer.move(5)).stored


async def test_a_file_of_a_shared_phone_is_nobodys(sharer: Sharer, worker: Worker) -> None:
    """Nor is one without a bot to fetch it: each is told, and nothing is imported."""
    for expected in ("gone", "shared"):
        sent = ReceiveChatFile(gateway_id=secrets.token_hex(8), bot=BOT, chat=sharer.chat, file="BQACAgQ")
        await sharer.gym.system.run(sent)
        await worker.drain()
        assert await sharer.texts(sent.gateway_id) == expected
        await sharer.gym.add_member(f"Brother {expected}", phone=sharer.member.phone)
    assert await sharer.activities() == []
