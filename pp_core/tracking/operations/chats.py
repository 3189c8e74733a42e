"""Live locations that somebody shares with the bot: each is followed as an activity, for as long as it is shared."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Moment
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.policy import Policy, Rate, Scope

from .activities import Closed
from .points import PointIn
from .terms import Sport

LARGEST_MESSAGE_ID = 2**53


class NotYourChat(Problem):
    """The chat does not belong to the person's phone, or its location is somebody else's activity."""

    kind = Kind.NOT_FOUND
    code = "tracking.not_your_chat"


class LocationFollowed(Result):
    """A live location and the activity that it is followed as."""

    activity_id: UUID
    sport: Sport
    joined: bool = Field(description="The activity was going on before the location was shared")


class FollowLocation(Operation[LocationFollowed]):
    """Follow the live location of a chat for one of the people it belongs to: as their live activity, or as a new one."""

    policy: ClassVar = Policy(name="tracking.follow_location", scope=Scope.SYSTEM, rate=Rate.INTERNAL)
    errors: ClassVar = (NotYourChat,)

    bot: str = Field(max_length=40, description="The bot")
    chat: str = Field(max_length=40, description="The chat's id")
    message_id: int = Field(gt=0, le=LARGEST_MESSAGE_ID, description="The message that shows the location")
    until: Moment | None = Field(default=None, description="When the sharing runs out; null: when it is ended")
    tenant_id: UUID = Field(description="The gym of the person")
    person_id: UUID = Field(description="Who shares it")


class ChatLocationTaken(Result):
    """What came of one move of a live location. It is never refused: a messenger would hold up all others behind it."""

    activity_id: UUID | None = Field(description="The activity; null where nobody is known who could own one")
    stored: bool = Field(description="The position is a new point of it")
    ended: bool = Field(description="It is followed no longer")


class ReceiveChatLocation(Operation[ChatLocationTaken]):
    """Keep where a live location began, moved to, or ended.

    The first starts an activity of the chat's owner, or joins their live one, and has them told; the end of it finishes the
    activity and has its summary sent. Moves are points and no texts.
    """

    policy: ClassVar = Policy(
        name="tracking.receive_chat_location", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False, idempotent=False
    )

    gateway_id: str = Field(min_length=1, max_length=120, description="The messenger's id of the update")
    bot: str = Field(max_length=40, description="The bot that it was shared with")
    chat: str = Field(max_length=40, description="The chat's id")
    message_id: int = Field(gt=0, le=LARGEST_MESSAGE_ID, description="The message that shows the location")
    first: bool = Field(description="It is the message itself, and no edit of it")
    live: bool = Field(description="It goes on being shared")
    until: Moment | None = Field(default=None, description="When the sharing runs out; null: when it is ended")
    point: PointIn = Field(description="Where it is, at the second that the messenger tells")
    sender_name: str | None = Field(default=None, max_length=200, description="What the messenger calls the sender")
    language: Literal["en", "sw"] | None = Field(default=None, description="The language the messenger tells of")


class ReceiveChatFile(Operation[Done]):
    """Have a file that somebody sent to the bot fetched and imported; they are told what became of it."""

    policy: ClassVar = Policy(
        name="tracking.receive_chat_file", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False, idempotent=False
    )

    gateway_id: str = Field(min_length=1, max_length=120, description="The messenger's id of the update")
    bot: str = Field(max_length=40, description="The bot that it was sent to")
    chat: str = Field(max_length=40, description="The chat's id")
    file: str = Field(min_length=1, max_length=200, description="The messenger's id of the file")


class EndChatLocations(Operation[Closed]):
    """Finish the activities of live locations whose time ran out, and have their summaries sent."""

    policy: ClassVar = Policy(
        name="tracking.end_chat_locations", scope=Scope.SYSTEM, audited=False, idempotent=False, rate=Rate.INTERNAL
    )
