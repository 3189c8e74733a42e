"""Texts that come in, messages that go out, and what became of them."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Moment
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Feature, Permission, Policy, Rate, Scope
from pp_core.tenants.operations import PersonUnknown

Channel = Literal["sms"]
LONGEST_REPLY = 1600
"""Characters; ten parts and more are cut by gateways."""


class NoPhone(Problem):
    """The member has no phone on record: `name` is theirs."""

    kind = Kind.CONFLICT
    code = "notifications.no_phone"


class TextTaken(Result):
    """A text that is safely kept."""

    text_id: UUID
    repeated: bool = Field(description="The gateway had delivered it before")


class ReceiveText(Operation[TextTaken]):
    """Keep a text that a gateway delivered; it is answered by the worker."""

    policy: ClassVar = Policy(name="notifications.receive_text", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)

    channel: Channel = Field(description="Which channel")
    gateway_id: str = Field(min_length=1, max_length=120, description="The gateway's id, by which a repeat is known")
    sender: str = Field(max_length=20, description="Phone in E.164")
    address: str = Field(max_length=40, description="What was written to")
    text: str = Field(max_length=4000, description="What was written")
    link_id: str | None = Field(default=None, max_length=120, description="The gateway's id for answering")
    sent_at: Moment | None = Field(default=None, description="When it was sent, by the gateway")


class IncomingText(Result):
    """A text as it was kept."""

    text_id: UUID
    channel: str
    gateway_id: str
    sender: str
    address: str
    text: str
    link_id: str | None
    received_at: datetime
    answered: bool


class GetText(Operation[IncomingText]):
    """Fetch a kept text, for the door that will answer it."""

    policy: ClassVar = Policy(
        name="notifications.get_text", scope=Scope.SYSTEM, reads_only=True, rate=Rate.INTERNAL, audited=False
    )

    text_id: UUID = Field(description="The text")


class AnswerText(Operation[Done]):
    """Record how a text was understood and queue its answer, once; a text not understood is kept for the gym's staff."""

    policy: ClassVar = Policy(name="notifications.answer_text", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)

    text_id: UUID = Field(description="The text")
    reply: str | None = Field(
        default=None, max_length=LONGEST_REPLY, description="The answer; none when nothing should be said"
    )
    intent: str = Field(max_length=60, description="What it was taken for")
    understood: bool = Field(description="Whether it was understood")
    tenant_id: UUID | None = Field(default=None, description="The sender's gym, when it is known")
    person_id: UUID | None = Field(default=None, description="The sender, when they are known")


class RecordDelivery(Operation[Done]):
    """Record what the gateway says became of a message."""

    policy: ClassVar = Policy(
        name="notifications.record_delivery", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False
    )

    gateway_id: str = Field(min_length=1, max_length=120, description="The gateway's id of the message")
    status: str = Field(max_length=40, description="The gateway's word")
    delivered: bool = Field(description="It reached the phone")
    final: bool = Field(description="Nothing more will be heard of it")
    reason: str | None = Field(default=None, max_length=120, description="The gateway's reason for a failure")


class MessageRow(Result):
    """A message that goes or went out."""

    id: UUID
    channel: str
    recipient: str
    person_id: UUID | None
    purpose: str
    text: str
    parts: int
    status: str = Field(
        description="queued, sending, sent, delivered, refused, failed, or unknown: the gateway never said"
    )
    reason: str | None
    cost_minor: int | None = Field(description="In hundredths of the currency")
    currency: str | None
    created_at: datetime
    delivered_at: datetime | None


class MessagePage(Page[MessageRow]):
    """One page of messages, newest first."""


class ListMessages(Operation[MessagePage]):
    """List what went out, newest first, with what it cost and what became of it."""

    policy: ClassVar = Policy(
        name="notifications.list_messages", scope=Scope.TENANT, permission=Permission.MESSAGE_READ, reads_only=True
    )

    status: str | None = Field(default=None, max_length=20, description="Only those in this status")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class SendMessage(Operation[MessageRow]):
    """Send one text to a member, at the gym's cost."""

    policy: ClassVar = Policy(
        name="notifications.send", scope=Scope.TENANT, permission=Permission.MESSAGE_SEND, feature=Feature.TEXT_DOORS
    )
    errors: ClassVar = (PersonUnknown, NoPhone)

    member: str = Field(max_length=60, description="Id, member code or phone")
    text: str = Field(min_length=1, max_length=640, description="What to say")


class UnreadRow(Result):
    """A text that was not understood."""

    text_id: UUID
    sender: str
    person_id: UUID | None
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
