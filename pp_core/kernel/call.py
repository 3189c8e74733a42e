"""What surrounds a request: who says they are calling, from where, through which door."""

from dataclasses import dataclass, field
from uuid import UUID

from .ids import new_id
from .policy import Door


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody signed in."""


NOBODY = Anonymous()


@dataclass(frozen=True, slots=True)
class BearerToken:
    """An access token of ours; the pipeline verifies it."""

    token: str


@dataclass(frozen=True, slots=True)
class VerifiedPhone:
    """A person whose phone a gateway vouched for; the pipeline checks that the phone is still theirs."""

    phone: str
    tenant_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class Operator:
    """A user of the server's own machine, who holds the database anyway; every act is audited under that name."""

    name: str
    gym: str | None = None  # the slug of the gym acted in


@dataclass(frozen=True, slots=True)
class System:
    """The worker, the clock or a verified webhook; in a gym when `tenant_id` is given."""

    name: str
    tenant_id: UUID | None = None


Credentials = Anonymous | BearerToken | VerifiedPhone | Operator | System


@dataclass(frozen=True, slots=True)
class RateState:
    """What is left of the limit that was charged: requests, and seconds until it is whole again."""

    limit: int
    remaining: int
    reset: int


@dataclass(slots=True)
class Call:
    """One request as the door saw it. The pipeline fills in `rate` and `replayed` for the door to tell."""

    door: Door
    credentials: Credentials = field(default_factory=Anonymous)
    idempotency_key: str | None = None
    correlation_id: str = field(default_factory=lambda: new_id().hex)
    ip: str | None = None
    language: str = "en"
    gym_host: str | None = None  # the gym that the address names, when it names one
    rate: RateState | None = None
    replayed: bool = False
