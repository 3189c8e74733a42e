"""Requests about chats that belong to phones, and sessions at the USSD gateway."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.errors import NotFound
from pp_core.kernel.operation import Done, Operation
from pp_core.kernel.phone import Phone
from pp_core.kernel.policy import Policy, Rate, Scope


class LinkChat(Operation[Done]):
    """Say that a chat's owner has proved this phone to be theirs; the phone leaves any chat it was linked to before."""

    policy: ClassVar = Policy(name="notifications.link_chat", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)

    address: str = Field(max_length=40, description="The bot")
    chat: str = Field(max_length=40, description="The chat's id")
    phone: Phone = Field(description="The phone")


class EndSession(Operation[Done]):
    """Record how a USSD session ended and what it cost; told twice, it is the same session."""

    policy: ClassVar = Policy(name="notifications.end_session", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)

    session: str = Field(min_length=1, max_length=120, description="The gateway's id of the session")
    phone: str = Field(max_length=20, description="Phone in E.164")
    service_code: str = Field(max_length=40, description="The code that was dialled")
    network: str | None = Field(default=None, max_length=20, description="The network's code, such as 63902")
    status: str = Field(max_length=20, description="Success, Incomplete or Failed")
    cost_minor: int | None = Field(default=None, ge=0, description="In hundredths of the currency")
    currency: str | None = Field(default=None, max_length=3, description="Currency code, ISO 4217")
    milliseconds: int | None = Field(default=None, ge=0, description="How long it lasted")
    hops: int | None = Field(default=None, ge=0, description="How many pages were shown")
    reason: str | None = Field(default=None, max_length=200, description="The gateway's reason for a failure")


class PickUpTurns(Operation[Done]):
    """Hand USSD turns that nobody finished to the worker, once: their phones are answered by text."""

    policy: ClassVar = Policy(name="notifications.pick_up_turns", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)


class FollowUp(Operation[Done]):
    """Send the answer to a USSD turn by text, once: its page had to go out before the answer was there."""

    policy: ClassVar = Policy(name="notifications.follow_up", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)
    errors: ClassVar = (NotFound,)

    text_id: UUID = Field(description="The turn")
    text: str = Field(min_length=1, max_length=640, description="The answer, as a text")
