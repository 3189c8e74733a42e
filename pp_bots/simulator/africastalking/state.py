"""What the simulated gateway knows: its account, the messages it took, and those phones sent to us."""

import asyncio
import re
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pp_core.kernel import gsm7

# Africa's Talking documentation, SMS: sending, statusCode.
STATUS_CODES = {
    "Processed": 100,
    "Success": 101,
    "Sent": 101,
    "Queued": 102,
    "RiskHold": 401,
    "InvalidSenderId": 402,
    "InvalidPhoneNumber": 403,
    "UnsupportedNumberType": 404,
    "InsufficientBalance": 405,
    "InsufficientCredit": 405,
    "UserInBlacklist": 406,
    "UserInBlackList": 406,
    "CouldNotRoute": 407,
    "DoNotDisturbRejection": 409,
    "InternalServerError": 500,
    "GatewayError": 501,
    "RejectedByGateway": 502,
}
DEFAULT_SENDER = "AFRICASTKNG"

_E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """The account and the telco behind it.

    `senders` limits the sender names and short codes accepted (None: any). Times are seconds. `price` is of one part.
    """

    username: str = "sandbox"
    api_key: str = "simulator"
    short_code: str = "20880"
    senders: frozenset[str] | None = None
    network_code: str = "63902"
    incoming_url: str | None = None
    report_url: str | None = None
    opt_out_url: str | None = None
    retry_interval: float = 60.0
    give_up_after: float = 12 * 3600.0
    callback_timeout: float = 30.0
    report_delay: float = 1.0
    interim_status: str = "Sent"
    price: Decimal = Decimal("0.8000")
    currency: str = "KES"


@dataclass(slots=True)
class OutgoingMessage:
    """One message for one phone, as the gateway was asked to send it. `n` counts from 1 in the order of arrival."""

    n: int
    id: str
    sender: str
    to: str
    text: str
    size: gsm7.SmsParts
    cost: Decimal
    status: str
    status_code: int
    link_id: str | None
    bulk_sms_mode: int
    enqueue: bool
    at: datetime
    delivery: str | None = None

    @property
    def accepted(self) -> bool:
        """Tell whether the phone gets it."""
        return self.status_code < 400

    def as_json(self) -> dict[str, Any]:
        """Show the message as `GET /sim/messages` does."""
        return {
            "n": self.n,
            "id": self.id,
            "from": self.sender,
            "to": self.to,
            "text": self.text,
            "encoding": self.size.encoding.value,
            "units": self.size.units,
            "parts": self.size.parts,
            "cost": f"{self.cost:.4f}",
            "status": self.status,
            "statusCode": self.status_code,
            "accepted": self.accepted,
            "linkId": self.link_id,
            "bulkSMSMode": self.bulk_sms_mode,
            "enqueue": self.enqueue,
            "delivery": self.delivery,
            "at": self.at.isoformat(),
        }


@dataclass(slots=True)
class IncomingMessage:
    """One message a phone sent to a short code, and how telling our server goes."""

    id: str
    link_id: str
    sender: str
    to: str
    text: str
    at: datetime
    state: str = "new"
    attempts: int = 0

    def as_form(self, network_code: str) -> dict[str, str]:
        """Write it as the gateway posts it (Africa's Talking documentation, SMS: notifications)."""
        return {
            "linkId": self.link_id,
            "text": self.text,
            "to": self.to,
            "id": self.id,
            "date": self.at.strftime("%Y-%m-%d %H:%M:%S"),
            "from": self.sender,
            "networkCode": network_code,
        }

    def as_json(self) -> dict[str, Any]:
        """Show the message as `GET /sim/incoming` does."""
        return {
            "id": self.id,
            "linkId": self.link_id,
            "from": self.sender,
            "to": self.to,
            "text": self.text,
            "at": self.at.isoformat(),
            "state": self.state,
            "attempts": self.attempts,
        }


@dataclass(slots=True)
class State:
    """Everything remembered, in memory, for as long as the simulator runs."""

    settings: SimulatorSettings
    outgoing: list[OutgoingMessage] = field(default_factory=list)
    incoming: dict[str, IncomingMessage] = field(default_factory=dict)
    blocked: set[tuple[str, str]] = field(default_factory=set)
    callbacks: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=10_000))
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def judge(self, *, to: str, sender: str, bulk: bool, enqueue: bool) -> str:
        """Say which status word a recipient gets when nothing was made to go wrong."""
        if not _E164.fullmatch(to):
            return "InvalidPhoneNumber"
        if bulk and (sender, to) in self.blocked:
            return "UserInBlacklist"
        return "Queued" if enqueue else "Success"

    async def record(
        self, *, to: str, sender: str, text: str, status: str, link_id: str | None, bulk_sms_mode: int, enqueue: bool
    ) -> OutgoingMessage:
        """Remember a message and wake whoever waits for one."""
        code = STATUS_CODES.get(status, 500)
        size = gsm7.parts(text)
        accepted = code < 400
        message = OutgoingMessage(
            n=len(self.outgoing) + 1,
            id=f"ATXid_{uuid.uuid4().hex}" if accepted else "None",
            sender=sender,
            to=to,
            text=text,
            size=size,
            cost=self.settings.price * size.parts if accepted else Decimal(0),
            status=status,
            status_code=code,
            link_id=link_id,
            bulk_sms_mode=bulk_sms_mode,
            enqueue=enqueue,
            at=datetime.now(UTC),
        )
        self.outgoing.append(message)
        await self.wake()
        return message

    async def wake(self) -> None:
        """Let those who wait look again."""
        async with self.changed:
            self.changed.notify_all()

    def messages(self, *, after: int = 0, phone: str | None = None) -> list[OutgoingMessage]:
        """List what was sent after message `after`, for one phone or all."""
        return [each for each in self.outgoing[max(after, 0) :] if phone is None or each.to == phone]

    def receive(
        self, *, sender: str, to: str, text: str, gateway_id: str | None, link_id: str | None
    ) -> IncomingMessage:
        """Take a message from a phone; an id seen before is the same message again."""
        known = self.incoming.get(gateway_id) if gateway_id else None
        if known is not None:
            return known
        message = IncomingMessage(
            id=gateway_id or str(uuid.uuid4()),
            link_id=link_id or str(uuid.uuid4()),
            sender=sender,
            to=to,
            text=text,
            at=datetime.now(UTC).replace(microsecond=0),
        )
        self.incoming[message.id] = message
        return message

    def link_is_good(self, link_id: str, phone: str) -> bool:
        """Tell whether `link_id` came with a message from `phone`."""
        return any(each.link_id == link_id and each.sender == phone for each in self.incoming.values())
