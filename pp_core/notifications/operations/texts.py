"""Requests about texts that come in: keeping them, taking them up, answering them once."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from pp_core.kernel.clock import Moment
from pp_core.kernel.errors import Kind, NotFound, Problem
from pp_core.kernel.operation import Operation, Result, Upload
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.notifications.operations.messages import LONGEST_MESSAGE, HasOptedOut
from pp_core.tenants.operations import Candidates

Channel = Literal["sms", "ussd", "telegram"]
Sort = Literal["text", "edit", "button", "contact", "location", "file", "other"]
LARGEST_PICTURE = 512 * 1024
LONGEST_REPLY = 1600
"""Characters; ten parts and more are cut by gateways."""


class TurnBusy(Problem):
    """An earlier text of the same phone is being answered; ask again in a moment."""

    kind = Kind.CONFLICT
    code = "notifications.turn_busy"


class TextTaken(Result):
    """A text that is safely kept."""

    text_id: UUID
    repeated: bool = Field(description="The gateway had delivered it before")


class ReceiveText(Operation[TextTaken]):
    """Keep what a gateway delivered. The worker answers it; only a USSD page is answered by the door that keeps it."""

    model_config = ConfigDict(str_strip_whitespace=False)  # kept as it came

    policy: ClassVar = Policy(name="notifications.receive_text", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)

    channel: Channel = Field(description="Which channel")
    gateway_id: str = Field(min_length=1, max_length=120, description="The gateway's id, by which a repeat is known")
    sender: str = Field(max_length=40, description="Phone in E.164; of Telegram, the chat's id")
    address: str = Field(max_length=40, description="What was written to: short code, service code or bot")
    text: str = Field(max_length=5000, description="What was written, pressed or dialled")
    sort: Sort = Field(default="text", description="What it is: a text, an edit of one, a pressed button, a contact")
    message_ref: str | None = Field(default=None, max_length=40, description="The channel's id of this message")
    about_ref: str | None = Field(
        default=None, max_length=40, description="The channel's id of the message replied to or holding the button"
    )
    sender_name: str | None = Field(default=None, max_length=200, description="What the channel calls the sender")
    language: Literal["en", "sw"] | None = Field(default=None, description="The language the channel tells of")
    session: str | None = Field(default=None, max_length=120, description="The USSD session it belongs to")
    link_id: str | None = Field(default=None, max_length=120, description="The gateway's id for answering")
    sent_at: Moment | None = Field(default=None, description="When it was sent, by the gateway")


class Turn(Result):
    """A kept text that was taken up, and where its conversation stood at the first time it was."""

    text_id: UUID
    channel: Channel
    gateway_id: str
    sender: str
    address: str
    text: str
    sort: Sort
    about_ref: str | None
    message_ref: str | None
    sender_name: str | None
    language: str | None
    session: str | None
    link_id: str | None
    received_at: datetime
    state: dict[str, Any] = Field(description="The dialogue engine's state")
    answered: bool
    reply: str | None = Field(description="The answer it was given, when it was")
    about: dict[str, str] = Field(description="What the message that this one replies to or edits had made, by kind")
    echo: bool = Field(description="It is what we wrote to this phone a moment ago: a machine sent it back")
    phone: str | None = Field(
        description="The phone that is vouched for: the gateway's, or the one that the chat's owner proved to be theirs"
    )
    senders: Candidates = Field(description="Whose phone it is; nobody once the text was answered")


class TakeTurn(Operation[Turn]):
    """Take a kept text up for answering; the texts of one phone are answered one after another.

    Whoever takes it up again, after a crash or because it was delivered twice, sees the conversation as the first did.
    """

    policy: ClassVar = Policy(name="notifications.take_turn", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)
    errors: ClassVar = (TurnBusy,)

    text_id: UUID = Field(description="The text")
    over: bool = Field(default=False, description="Take it over from another who took this text up and went silent")


class TextAnswered(Result):
    """How a text was answered."""

    channel: Channel
    reply: str | None
    repeated: bool = Field(description="It had been answered before: this is that answer")


class AnswerText(Operation[TextAnswered]):
    """Record how a text was understood and queue its answer, once; a text not understood is kept for the gym's staff."""

    policy: ClassVar = Policy(name="notifications.answer_text", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)

    text_id: UUID = Field(description="The text")
    reply: str | None = Field(
        default=None, max_length=LONGEST_REPLY, description="The answer; none when nothing should be said"
    )
    buttons: dict[str, Any] | None = Field(default=None, description="Buttons under the answer, where there are such")
    secret: bool = Field(default=False, description="Keep the answer nowhere once it was sent")
    picture: Upload | None = Field(
        default=None, max_length=LARGEST_PICTURE, description="A PNG that goes with the answer, where pictures can"
    )
    by_message: bool = Field(default=True, description="Queue the answer as a message; a USSD page goes out by itself")
    intent: str = Field(max_length=60, description="What it was taken for")
    flow: str | None = Field(default=None, max_length=60, description="The flow that the conversation is in")
    confidence: float | None = Field(default=None, ge=0, le=1, description="How sure the understanding is")
    understood: bool = Field(description="Whether it was understood")
    tenant_id: UUID | None = Field(default=None, description="The sender's gym, when it is known")
    person_id: UUID | None = Field(default=None, description="The sender, when they are known")
    made: dict[str, str] | None = Field(default=None, description="What it made, by kind")
    state: dict[str, Any] | None = Field(default=None, description="Where the conversation stands now; none: as before")


class Understood(Result):
    """How a text was understood and answered; nulls until it was."""

    text: str
    intent: str | None
    understood: bool | None
    confidence: float | None
    flow: str | None
    reply: str | None


class GetTurn(Operation[Understood]):
    """Fetch how a text was understood, by the gateway's id of it."""

    policy: ClassVar = Policy(
        name="notifications.get_turn", scope=Scope.SYSTEM, reads_only=True, rate=Rate.INTERNAL, audited=False
    )

    channel: Channel = Field(description="Which channel")
    gateway_id: str = Field(min_length=1, max_length=120, description="The gateway's id of it")


class UnreadRow(Result):
    """A text that was not understood."""

    text_id: UUID
    channel: Channel
    sender: str
    person_id: UUID | None
    person_name: str | None
    text: str
    received_at: datetime


class UnreadPage(Page[UnreadRow]):
    """One page of texts not understood, newest first."""


class ListUnread(Operation[UnreadPage]):
    """List texts that could not be understood, newest first."""

    policy: ClassVar = Policy(
        name="notifications.list_unread", scope=Scope.TENANT, permission=Permission.MESSAGE_READ, reads_only=True
    )

    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class TextHandled(Problem):
    """The text was answered or closed before, `since` then: another reply goes as a message of its own."""

    kind = Kind.CONFLICT
    code = "notifications.text_handled"


class UnreadAnswered(Result):
    """A text that waits for the staff no more."""

    text_id: UUID
    handled_at: datetime
    message_id: UUID | None = Field(description="The reply, when it was given one")
    repeated: bool = Field(description="It was so before")


class AnswerUnread(Operation[UnreadAnswered]):
    """Close a text that was not understood, with a reply where it came from or without; done twice, it is done once."""

    policy: ClassVar = Policy(
        name="notifications.answer_unread", scope=Scope.TENANT, permission=Permission.MESSAGE_SEND
    )
    errors: ClassVar = (NotFound, TextHandled, HasOptedOut)

    text_id: UUID = Field(description="The text")
    reply: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_MESSAGE,
        description="What to answer; without it, nothing is sent",
    )
