"""What the core needs from the outside world, as protocols; `pp_core.adapters` implements them."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


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


class GymSetup(Protocol):
    """What a context above `tenants` puts into a new gym, in the transaction that onboards it."""

    async def __call__(self, ctx: Any) -> None:
        """Fill in the gym of `ctx` (a TenantContext)."""
        ...


class PasswordHasher(Protocol):
    """Hashes passwords and PINs, off the event loop."""

    async def hash(self, password: str) -> str:
        """An Argon2id hash in PHC form."""
        ...

    async def verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        """Whether it matches, and a new hash when the stored one is of an older kind. None takes as long as a mismatch."""
        ...


class TokenIssuer(Protocol):
    """Signs and reads our access tokens."""

    def issue(self, claims: dict[str, Any]) -> str:
        """A signed token holding `claims`."""
        ...

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a valid, unexpired token; `NotSignedIn` otherwise."""
        ...


class TextQueue(Protocol):
    """Queues one text to one phone with the open transaction; joined to `notifications.public.queue_text`."""

    async def __call__(
        self, ctx: Any, *, to: str, text: str, purpose: str, secret: bool = False, person_id: UUID | None = None
    ) -> UUID:
        """Queue it and return the message's id. A `secret` text (a code) is wiped once it was handed over."""
        ...


class EventPublisher(Protocol):
    """Tells other systems what happened."""

    async def publish(self, *, name: str, body: bytes, message_id: str, correlation_id: str, gym: str) -> None:
        """Publish under the routing key `name`; raises when it is not certain that it was taken."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Every way out of the core; `runtime.wiring` fills them in."""

    sms: SmsSender
    hasher: PasswordHasher
    tokens: TokenIssuer
    queue_text: TextQueue
    gym_setups: tuple[GymSetup, ...] = ()
    publisher: EventPublisher | None = None


class Work(Protocol):
    """What a subscriber outside transactions has: the ways out, and short transactions to open around them."""

    @property
    def ports(self) -> Ports:
        """The ways out."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """A transaction in the event's gym (a TenantContext) or, for the platform's events, a SystemContext."""
        ...
