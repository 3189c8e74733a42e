"""Requests about messages that go out, and what became of them."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.gsm7 import Encoding
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Feature, Permission, Policy, Rate, Scope
from pp_core.tenants.operations import PersonUnknown

LONGEST_MESSAGE = 640


class NoPhone(Problem):
    """The member has no phone on record: `name` is theirs."""

    kind = Kind.CONFLICT
    code = "notifications.no_phone"


class HasOptedOut(Problem):
    """`name` wants no messages unasked, `since` that day; only they can opt in again."""

    kind = Kind.CONFLICT
    code = "notifications.opted_out"


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
        description="queued, sending, sent (of Telegram the last word), delivered, refused, failed, or unknown: the gateway"
        " never said"
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
    """Send one text to a member, at the gym's cost: to their chat where they linked one, which costs nothing, else by SMS."""

    policy: ClassVar = Policy(
        name="notifications.send", scope=Scope.TENANT, permission=Permission.MESSAGE_SEND, feature=Feature.TEXT_DOORS
    )
    errors: ClassVar = (PersonUnknown, NoPhone, HasOptedOut)

    member: str = Field(max_length=60, description="Id, member code or phone")
    text: str = Field(min_length=1, max_length=LONGEST_MESSAGE, description="What to say")


class Respelled(Result):
    """A word that goes out in the plain alphabet of SMS."""

    word: str
    sent: str


class MessagePreview(Result):
    """How a text goes out by SMS, and what makes it long."""

    text: str = Field(description="As it would be sent")
    characters: int
    units: int = Field(description="Places it takes: some characters take two")
    parts: int
    encoding: Encoding
    one_part: int = Field(description="The units that one part holds in this encoding")
    respelled: list[Respelled] = Field(description="Words respelled to stay in the plain alphabet")
    costly: list[str] = Field(
        description="Words that cannot be respelled: they force UCS-2, which more than halves a part"
    )


class PreviewMessage(Operation[MessagePreview]):
    """Count what a text would take by SMS, without sending it."""

    policy: ClassVar = Policy(
        name="notifications.preview", scope=Scope.PUBLIC, reads_only=True, database=False, audited=False
    )

    text: str = Field(min_length=1, max_length=LONGEST_MESSAGE, description="What to say")
