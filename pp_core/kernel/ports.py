"""What the core needs from the outside world, as protocols; `pp_core.adapters` implements them."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from .settings import FileSettings, MapSettings


class SendStatus(StrEnum):
    """What is known of one message after trying to hand it to a gateway."""

    SENT = "sent"  # the gateway accepted it for this recipient
    REFUSED = "refused"  # the gateway said no for good: trying again would be refused again
    RETRY = "retry"  # the gateway certainly did not take it (connection refused, throttled): safe to repeat
    UNKNOWN = "unknown"  # the call broke after the request may have arrived: never repeat blindly


@dataclass(frozen=True, slots=True)
class SendOutcome:
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

    async def send(self, *, to: str, text: str, sender: str | None, link_id: str | None) -> SendOutcome:
        """Hand `text` over for `to` (E.164); `link_id` is the incoming message's when this answers one.

        Never raises for what the gateway or the network did: that is the outcome.
        """
        ...


class ChatSender(Protocol):
    """A messenger that takes one text for one chat."""

    async def send(self, *, chat: str, text: str, buttons: Mapping[str, Any] | None) -> SendOutcome:
        """Hand `text` over; `gateway_id` of the outcome is the messenger's id of the message.

        `buttons` is `{"rows": [[{"text", "data"}]]}`, with `"ask_contact"` the label of a button that shares one's phone
        number, and `{"remove": true}` to take that button away again. Never raises for what the messenger or the network
        did: that is the outcome.
        """
        ...

    async def send_picture(
        self, *, chat: str, picture: bytes, text: str, buttons: Mapping[str, Any] | None
    ) -> SendOutcome:
        """Hand over a PNG with `text` under it; the rest as `send`."""
        ...


class BotError(Exception):
    """A call to the messenger failed. The message says why, for logs and staff; `pause` is how long it asks us to wait.

    `final`: the token is not a bot's, or the request was wrong, and asking again will not help.
    """

    def __init__(self, reason: str, *, final: bool = False, pause: float | None = None) -> None:
        super().__init__(reason)
        self.final = final
        self.pause = pause


class BotConflictError(BotError):
    """Somebody else asks for this bot's updates, or has them pushed."""


@dataclass(frozen=True, slots=True)
class BotDelivery:
    """How a bot's updates reach us: the address they are pushed to (None: we ask), how many wait, what went wrong last."""

    url: str | None
    waiting: int
    last_error: str | None


class ChatBot(ChatSender, Protocol):
    """A messenger's bot, whole: what its server door needs besides sending. All but `answer_press` raise `BotError`."""

    @property
    def id(self) -> str:
        """The bot's own id, which its token begins with."""
        ...

    async def username(self) -> str:
        """The bot's name at the messenger, in lower case without @; asked once."""
        ...

    async def updates(self, *, after: int | None, wait: float) -> list[Any]:
        """The updates that follow `after`, which is confirmed with all before it; waits up to `wait` seconds for one."""
        ...

    async def file(self, ref: str, *, most: int) -> tuple[str, bytes]:
        """The name and content of a file that somebody sent; `BotError` that is `final` when it is gone or larger than `most`."""
        ...

    async def answer_press(self, press: str) -> None:
        """Tell whoever pressed a button that the press arrived. Never raises: it only stops an animation."""
        ...

    async def offer_commands(self, commands: Mapping[str, str], language: str | None) -> None:
        """Show `commands` (name to description) in the menu, to people of `language` or to all others."""
        ...

    async def push_to(self, url: str, *, secret: str) -> None:
        """Have updates pushed to `url`, each with `secret`."""
        ...

    async def stop_pushing(self) -> None:
        """Have updates kept until they are asked for; those that wait are not lost."""
        ...

    async def delivery(self) -> BotDelivery:
        """How updates reach us."""
        ...

    async def close(self) -> None:
        """Hang up."""
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


class BodyWeight(Protocol):
    """What somebody weighs, for the energy they use; joined to `wellbeing.public.weight_of`."""

    async def __call__(self, ctx: Any, person_id: UUID) -> float | None:
        """The last weight they recorded, in kilograms, read with the open transaction; None when there is none."""
        ...


async def weight_unknown(ctx: Any, person_id: UUID) -> float | None:
    """Nobody's weight is known."""
    return None


class EventPublisher(Protocol):
    """Tells other systems what happened."""

    async def publish(self, *, name: str, body: bytes, message_id: str, correlation_id: str, gym: str) -> None:
        """Publish under the routing key `name`; raises when it is not certain that it was taken."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a confined program told: a description, and the buffers that go with it."""

    told: Mapping[str, Any]
    buffers: Sequence[bytes] = ()


class Confined(Protocol):
    """Runs programs of ours on files of strangers, in processes of their own that are held to limits."""

    limits: FileSettings

    def run(self, program: str, content: bytes, argument: Mapping[str, Any]) -> AsyncGenerator[Answer, None]:
        """Have the module `program` work on `content`: its `work(content, argument, answer, piece)`.

        Yields what it answers, as it answers it. A piece of the work that goes past a limit ends with
        `{"refused": "too_slow" | "too_large", "data"}`, and a program that breaks with `{"refused": "damaged", "data"}`.
        """
        ...


class MatchError(Exception):
    """A way could not be matched; the message says why, for logs, and tells of no place.

    `final`: it would not be matched the next time either. Otherwise the server was not there, or was busy.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


@dataclass(frozen=True, slots=True)
class Matching:
    """What a server made of the points from the `first` to the `last` of a question, as it told it.

    `line` is an encoded polyline of six decimals, `confidence` from 0 to 1.
    """

    first: int
    last: int
    line: str
    confidence: float


class MapMatcher(Protocol):
    """A server that knows streets, and which of them somebody went."""

    @property
    def most(self) -> int:
        """Points that one question may hold."""
        ...

    async def match(
        self, means: str, *, places: Sequence[tuple[float, float]], seconds: Sequence[int], radiuses: Sequence[float]
    ) -> Sequence[Matching]:
        """The streets of a way by `means` (`foot` or `bike`), in parts; none where there is no street.

        `places` are latitudes and longitudes in degrees, `seconds` when each was passed, never falling, `radiuses` the metres
        that each may be off. Raises `MatchError`. Nothing of an answer is certain but its types.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Every way out of the core; `runtime.wiring` fills them in.

    `channels` are those that this installation serves: with an account, a callback's address or a bot. `pool` tells the
    figures of the pool of connections, by psycopg_pool's names. `maps` is where browsers get the tiles of maps from,
    `matcher` what lays ways on streets (None: they are drawn as the points tell), `public_url` where people and their apps
    reach us.
    """

    sms: SmsSender
    chat: ChatSender
    hasher: PasswordHasher
    tokens: TokenIssuer
    queue_text: TextQueue
    confined: Confined
    weight_of: BodyWeight = weight_unknown
    gym_setups: tuple[GymSetup, ...] = ()
    publisher: EventPublisher | None = None
    bot: ChatBot | None = None
    channels: frozenset[str] = frozenset()
    pool: Callable[[], Mapping[str, int]] = dict
    maps: MapSettings = field(default_factory=MapSettings)
    matcher: MapMatcher | None = None
    public_url: str = ""


class Work(Protocol):
    """What a subscriber outside transactions has: the ways out, and short transactions to open around them."""

    @property
    def ports(self) -> Ports:
        """The ways out."""
        ...

    def transaction(self, *, last: bool = False) -> AbstractAsyncContextManager[Any]:
        """A transaction in the event's gym (a TenantContext) or, for the platform's events, a SystemContext.

        `last` says that with it the event is handled, so that it need not be written down in one of its own.
        """
        ...
