"""What the simulated network knows of USSD: its settings, its sessions, and the screens that phones see."""

import asyncio
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pp_bots.simulator.africastalking.operators import Operator

SERVICE_CODE = "*384*77#"
_CODE = re.compile(r"\*\d+(\*\d+)*#")


class SessionStatus(StrEnum):
    """How a session ended, in the gateway's words."""

    SUCCESS = "Success"  # we said END
    INCOMPLETE = "Incomplete"  # the phone hung up, was silent too long or lost its signal
    FAILED = "Failed"  # we answered too late, with an error, or with something that is no screen


class UssdRefused(Exception):  # noqa: N818 - the network refuses, as a person would
    """The network does not do that; `status` is the HTTP status under which the control API says so."""

    def __init__(self, sentence: str, status: int = 409) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class UssdSettings:
    """The service codes and where they lead. Times are seconds.

    `network_code` puts every phone on one network, `idle_limit` overrides each network's own.
    """

    callback_url: str | None = None
    ended_url: str | None = None
    service_codes: tuple[str, ...] = (SERVICE_CODE,)
    network_code: str | None = None
    patience: float = 10.0
    idle_limit: float | None = None
    session_limit: float = 180.0
    cost: str = "KES 0.10"

    def __post_init__(self) -> None:
        for code in self.service_codes:
            if not _CODE.fullmatch(code):
                raise ValueError(f"{code!r} is no service code; write it like {SERVICE_CODE}")

    def read_dialled(self, dialled: str) -> tuple[str, str]:
        """The service code that was dialled, and what stands behind it: `*384*77*1*2#` is `*384*77#` and `1*2`."""
        if dialled.endswith("#"):
            typed = dialled[:-1]
            for code in sorted(self.service_codes, key=len, reverse=True):
                base = code[:-1]
                if typed == base:
                    return code, ""
                if typed.startswith(f"{base}*"):
                    return code, typed[len(base) + 1 :]
        raise UssdRefused(f"{dialled!r} leads nowhere; dial {' or '.join(self.service_codes)}", 404)


@dataclass(slots=True)
class Hop:
    """One callback and its answer; `reply` is the whole body, `error` what the gateway found wrong with it."""

    text: str
    at: datetime
    reply: str | None = None
    seconds: float = 0.0
    units: int = 0
    metadata: str | None = None
    errors: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Show the hop as the control API does."""
        return {
            "text": self.text,
            "at": self.at.isoformat(),
            "reply": self.reply,
            "millis": round(self.seconds * 1000),
            "units": self.units,
            "metadata": self.metadata,
            "errors": self.errors,
        }


@dataclass(frozen=True, slots=True)
class Screen:
    """What a phone shows. `prefix` is CON, END, or None when the network speaks for itself.

    `text` is the page shown, `reply` the whole of what we said, `input` the callback's text (None when only the network's own
    paging answered).
    """

    session: str
    phone: str
    service_code: str
    operator: str
    input: str | None
    prefix: str | None
    text: str
    reply: str | None = None
    page: int = 1
    pages: int = 1
    ended: bool = False
    status: str | None = None
    errors: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Show the screen as the control API does."""
        return {
            "session": self.session,
            "phone": self.phone,
            "serviceCode": self.service_code,
            "operator": self.operator,
            "input": self.input,
            "prefix": self.prefix,
            "text": self.text,
            "reply": self.reply,
            "page": self.page,
            "pages": self.pages,
            "ended": self.ended,
            "status": self.status,
            "errors": list(self.errors),
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Screen":
        """Read what `as_json` wrote."""
        return cls(
            session=body["session"],
            phone=body["phone"],
            service_code=body["serviceCode"],
            operator=body["operator"],
            input=body["input"],
            prefix=body["prefix"],
            text=body["text"],
            reply=body["reply"],
            page=body["page"],
            pages=body["pages"],
            ended=body["ended"],
            status=body["status"],
            errors=tuple(body["errors"]),
        )


@dataclass(slots=True)
class UssdSession:
    """One session of one phone, from dialling to its end."""

    phone: str
    service_code: str
    operator: Operator
    text: str
    began: float
    id: str = field(default_factory=lambda: f"ATUid_{uuid.uuid4().hex}")
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    hops: list[Hop] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    page: int = 0
    busy: bool = False
    ended: float | None = None
    status: SessionStatus | None = None
    error: str | None = None
    timer: asyncio.TimerHandle | None = None

    @property
    def errors(self) -> list[str]:
        """Everything the gateway found wrong with our answers."""
        return [error for hop in self.hops for error in hop.errors]

    @property
    def last_reply(self) -> str:
        """The newest body that we answered with."""
        return next((hop.reply for hop in reversed(self.hops) if hop.reply is not None), "")

    def as_callback(self) -> dict[str, str]:
        """Write the next callback as the gateway posts it (Africa's Talking documentation, USSD: handling sessions)."""
        return {
            "sessionId": self.id,
            "phoneNumber": self.phone,
            "networkCode": self.operator.network_code,
            "serviceCode": self.service_code,
            "text": self.text,
        }

    def as_notification(self, cost: str, now: float) -> dict[str, str]:
        """Write the end of the session as the gateway posts it (africastalking-laravel, tests of the USSD event)."""
        form = {
            "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "sessionId": self.id,
            "serviceCode": self.service_code,
            "networkCode": self.operator.network_code,
            "phoneNumber": self.phone,
            "status": str(self.status),
            "cost": cost,
            "durationInMillis": str(round(((self.ended or now) - self.began) * 1000)),
            "hopsCount": str(len(self.hops)),
            "hopsMetadata": "|".join(hop.metadata for hop in self.hops if hop.metadata),
            "input": self.text,
            "lastAppResponse": self.last_reply,
        }
        if self.error is not None:
            form["errorMessage"] = self.error
        return form

    def as_json(self) -> dict[str, Any]:
        """Show the session as the control API does."""
        return {
            "session": self.id,
            "phone": self.phone,
            "serviceCode": self.service_code,
            "networkCode": self.operator.network_code,
            "text": self.text,
            "at": self.at.isoformat(),
            "open": self.status is None,
            "status": None if self.status is None else self.status.value,
            "error": self.error,
            "errors": self.errors,
            "hops": [hop.as_json() for hop in self.hops],
        }
