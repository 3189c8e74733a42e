"""Examples of trackers, and of activities that are written."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import SecretStr

from pp_core.kernel import crypto
from pp_core.kernel.ids import new_id
from pp_core.tracking.operations import PointIn, chats, trackers, typed
from tests.isolation.world import Caller, World

from .registry import example, gateway_id, naming, simple, word


def put_tracker(world: World, gym_id: UUID, person_id: UUID, token: str) -> UUID:
    """A tracker with that token."""
    tracker_id = new_id()
    world.put(
        "trackers", tenant_id=gym_id, id=tracker_id, person_id=person_id, app="traccar", sport="run",
        digest=crypto.digest(token),
    )  # fmt: skip
    return tracker_id


@example(trackers.RevokeTracker)
async def revoke(world: World, caller: Caller) -> trackers.RevokeTracker:
    """A member's."""
    person_id = (await world.member(caller.gym)).id
    return trackers.RevokeTracker(tracker_id=put_tracker(world, caller.gym.id, person_id, word()))


@example(trackers.ReceiveTrackerPoints)
async def receive(world: World, caller: Caller) -> trackers.ReceiveTrackerPoints:
    """By a member's tracker."""
    token = word()
    put_tracker(world, caller.gym.id, (await world.member(caller.gym)).id, token)
    point = PointIn(ts=datetime.now(UTC) - timedelta(minutes=1), lat=-1.29, lon=36.82, speed=3.0)
    return trackers.ReceiveTrackerPoints(token=SecretStr(token), points=(point,))


naming(trackers.ListTrackers)
naming(trackers.LinkTracker, app=lambda: trackers.TrackerApp.TRACCAR, label=word)
simple(typed.ParseActivity, text=lambda: "RUN 5.2km 28:30")
simple(typed.LogActivity, distance_m=lambda: float(secrets.randbelow(40_000) + 1))


@example(typed.RetypeActivity)
async def retype(world: World, caller: Caller) -> typed.RetypeActivity:
    """A member's."""
    person_id = (await world.member(caller.gym)).id
    activity_id, now = new_id(), datetime.now(UTC)
    world.put(
        "activities", tenant_id=caller.gym.id, id=activity_id, person_id=person_id, sport="run", status="finished",
        visibility="staff", source="typed", door="sms", started_at=now, ended_at=now, distance_m=5200, elapsed_s=1710,
        moving_s=1710,
    )  # fmt: skip
    return typed.RetypeActivity(activity_id=activity_id, text="5.4km")


def linked_chat(world: World, phone: str) -> str:
    """A chat whose owner proved this phone to be theirs."""
    chat = str(secrets.randbelow(10**9) + 1)
    world.put(
        "chat_links", id=new_id(), channel="telegram", address="progress_bot", chat=chat, phone=phone,
        linked_at=datetime.now(UTC),
    )  # fmt: skip
    return chat


@example(chats.FollowLocation)
async def follow(world: World, caller: Caller) -> chats.FollowLocation:
    """In a member's chat."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    return chats.FollowLocation(
        bot="progress_bot",
        chat=linked_chat(world, member.phone),
        message_id=71,
        tenant_id=caller.gym.id,
        person_id=member.id,
    )


@example(chats.ReceiveChatLocation)
async def chat_location(world: World, caller: Caller) -> chats.ReceiveChatLocation:
    """Of a member."""
    member = await world.member(caller.gym)
    assert member.phone is not None
    point = PointIn(ts=datetime.now(UTC) - timedelta(minutes=1), lat=-1.29, lon=36.82)
    return chats.ReceiveChatLocation(
        gateway_id=gateway_id(),
        bot="progress_bot",
        chat=linked_chat(world, member.phone),
        message_id=71,
        first=True,
        live=True,
        point=point,
    )


simple(chats.EndChatLocations)
simple(chats.ReceiveChatFile, gateway_id=gateway_id, bot=lambda: "progress_bot", chat=lambda: "5551", file=word)
