"""What the core needs from the outside world, as protocols; `pp_core.adapters` implements them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class SendStatus(StrEnum):
    """What is known of one message after trying to hand it to a gateway."""

    SENT = "sent"  # the gateway accepted it for this recipient
    REFUSED = "refused"  # the gateway said no for good: trying again would be refused again
    RETRY = "retry"  # the gateway certainly did not take it (connection refused, throttled): safe to repeat
    UNKNOWN = "unknown"  # the call broke after the request may have arrived: never repeat blindly


@dataclass(frozen=True, slots=True)
class SmsOutcome:
    """The gateway's answer for one recipient.

    `cost_minor` is in hundredths of `currency`; `reason` is the gateway's own word, for staff and logs.
    """

    status: SendStatus
    gateway_id: str | None = None
    cost_minor: int | None = None
    currency: str | None = None
    reason: str | None = None


class SmsSender(Protocol):
    """A gateway that takes one text for one phone."""

    async def send(self, *, to: str, text: str, sender: str | None, link_id: str | None) -> SmsOutcome:
        """Hand `text` over for `to` (E.164); `link_id` is the incoming message's when this answers one.

        Never raises for what the gateway or the network did: that is the outcome.
        """
        ...
