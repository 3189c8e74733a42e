"""A live location shared with the bot is followed as an activity; when it ends, its summary is sent."""

import re
from datetime import UTC, datetime
from uuid import UUID

from pp_bots.dialogue.flow import Ask, Flow, Next, Run, Talk, data_id, end
from pp_bots.dialogue.screen import Choice, Screen, ask, say
from pp_core.tracking.operations import (
    Activity,
    ActivityUnknown,
    EditActivity,
    FollowLocation,
    LocationFollowed,
    NotYourChat,
    ShowActivity,
    Sport,
)

from .outdoors import SPORTS, summary

FLOW = Flow("share_location", words=())
_LIVE = re.compile(r"live (?P<bot>\S{1,40}) (?P<chat>-?\d{1,20}) (?P<message>\d{1,15}) (?P<until>\d{1,12})")
_ENDED = re.compile(r"ended (?P<activity>[0-9a-f-]{36})")


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """What the door keeps of a location, once it is clear who of several shares it."""
    return (text, 1.0) if _LIVE.fullmatch(text) else None


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """It began, or it ended; a place that does not move needs a word on how to share one that does."""
    if (ended := _ENDED.fullmatch(said)) is not None:
        return Run(ShowActivity(activity_id=UUID(ended["activity"])), "ended")
    live = _LIVE.fullmatch(said)
    if live is None:
        return end(say("share_location.how"))
    until = datetime.fromtimestamp(int(live["until"]), UTC) if int(live["until"]) else None
    person = talk.person
    assert person is not None  # the flow is for members
    following = FollowLocation(
        bot=live["bot"],
        chat=live["chat"],
        message_id=int(live["message"]),
        until=until,
        tenant_id=person.tenant_id,
        person_id=person.person_id,
    )
    return Run(following, "followed")


@FLOW.gets("followed")
def followed(talk: Talk, result: LocationFollowed) -> Next:
    """What it is followed as; somebody who set out before has said what they do."""
    if result.joined:
        return end(say("share_location.joined", sport=say(f"outdoors.{result.sport.value}")))
    return Ask("sport", {"activity": str(result.activity_id)})


@FLOW.refused("followed", NotYourChat)
def not_yours(talk: Talk, problem: NotYourChat) -> Next:
    """Somebody else's chat."""
    return end(say("share_location.how"))


@FLOW.asks("sport")
def sport(talk: Talk) -> Screen:
    """It is a run until they say otherwise."""
    others = [one for one in SPORTS if one is not Sport.RUN]
    return ask(
        say("share_location.followed"), choices=[Choice(one.value, say(f"outdoors.{one.value}")) for one in others]
    )


@FLOW.hears("sport")
def chosen(talk: Talk, said: str) -> Next:
    """What it is instead."""
    return Run(EditActivity(activity_id=data_id(talk.data, "activity"), sport=Sport(said)), "chosen")


@FLOW.gets("chosen")
def noted(talk: Talk, result: Activity) -> Next:
    """Repeat it."""
    return end(say("share_location.joined", sport=say(f"outdoors.{result.sport.value}")))


@FLOW.refused("chosen", ActivityUnknown)
@FLOW.refused("ended", ActivityUnknown)
def gone(talk: Talk, problem: ActivityUnknown) -> Next:
    """It was deleted meanwhile."""
    return end(say("outdoors.none"))


@FLOW.gets("ended")
def ended(talk: Talk, result: Activity) -> Next:
    """All that it came to."""
    return summary(talk, result)
