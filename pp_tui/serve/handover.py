"""How the server gives a signed-in session to the screen that it starts, and keeps the part that can be renewed.

The two are joined by a pair of sockets that the screen inherits; its environment says only the number of the descriptor. So no
token is in an argument, in an environment or in a file, and unlike a pipe a socket cannot be opened a second time through /proc.
The first line tells who is signed in, with an access token. The refresh token stays with the server, because it works once and
several screens may be open for one login: a screen whose access token has ended asks for the next one. When the server is gone
in whatever way, its end of the pair closes and the screen goes too.
"""

import asyncio
import json
import os
import select
import signal
import socket
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal, TypeVar, cast

from pydantic import BaseModel

from pp_core.client.protocol import Client
from pp_core.identity.operations import SignedIn
from pp_core.kernel.call import BearerToken, Credentials
from pp_core.kernel.errors import Internal, NotSignedIn, Problem, SessionEnded
from pp_core.kernel.operation import Operation
from pp_core.kernel.watching import Change, Topic

R = TypeVar("R", bound=BaseModel)

VARIABLE = "PP_TUI_HANDOVER"
"""Names the screen's end of the pair: the number of a descriptor."""
LAST_SECONDS = 5.0
"""What a screen gets to end by itself when its server is gone."""


class Given(BaseModel):
    """What the first line says. `server` is None for the database of this machine; `signed_in` has no refresh token.

    `language`, `look` (dark or light) and `lock_minutes` are what the screen begins with; `locked`, that it begins locked.
    """

    server: str | None
    identifier: str
    language: str = "en"
    look: str = "dark"
    lock_minutes: float = 5.0
    locked: bool = False
    signed_in: SignedIn


class Question(BaseModel):
    """What a screen asks of its server: a token instead of one that ended, to remember a lock, or to be signed out."""

    ask: Literal["renew", "locked", "unlocked", "sign_out"]
    instead_of: str = ""


class Answer(BaseModel):
    """What the server says to it; `problem` is a code and its values."""

    signed_in: SignedIn | None = None
    problem: tuple[str, dict[str, Any]] | None = None


def without_refresh(signed_in: SignedIn) -> SignedIn:
    """The same with nothing in it that could begin new sessions."""
    return signed_in.model_copy(update={"refresh_token": ""})


async def give(channel: socket.socket, given: Given, answer: Callable[[Question], Awaitable[SignedIn | None]]) -> None:
    """Tell the screen at the other end who is signed in, then answer what it asks until it is gone. Closes `channel`."""
    channel.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=channel)
    try:
        writer.write(given.model_dump_json().encode() + b"\n")
        while line := await reader.readline():
            try:
                said = Answer(signed_in=await answer(Question.model_validate_json(line)))
            except Problem as problem:
                said = Answer(problem=(type(problem).code, json.loads(json.dumps(problem.data, default=str))))
            writer.write(said.model_dump_json().encode() + b"\n")
            await writer.drain()
    except (ConnectionError, ValueError):
        pass  # it went while we spoke, or says what no screen of ours would
    finally:
        writer.close()


def take() -> "Handover | None":
    """What the server that started this process gave it; None for a process that was started otherwise. Works once."""
    number = os.environ.pop(VARIABLE, "")
    if not number.isdigit():
        return None
    channel = socket.socket(fileno=int(number))
    channel.set_inheritable(False)
    stream = cast(BinaryIO, channel.makefile("rwb"))
    given = Given.model_validate_json(stream.readline())
    threading.Thread(target=_follow, args=[channel], name="server", daemon=True).start()
    return Handover(given, channel, stream)


def _follow(channel: socket.socket) -> None:
    """End this process when the server has gone, however busy its event loop is."""
    poll = select.poll()
    poll.register(channel, 0)  # a hang-up is told whatever is asked for
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(LAST_SECONDS)
    os._exit(1)


@dataclass(slots=True)
class Handover:
    """A session as the server gave it; `signed_in` is it by now."""

    given: Given
    _channel: socket.socket = field(repr=False)
    _stream: BinaryIO = field(repr=False)
    _alone: threading.Lock = field(default_factory=threading.Lock, repr=False)
    signed_in: SignedIn = field(init=False)

    def __post_init__(self) -> None:
        self.signed_in = self.given.signed_in

    def client(self, nobody: Client) -> "HandedClient":
        """A client for this session at the core that `nobody` speaks to."""
        return HandedClient(nobody, self)

    async def renewed(self, stale: SignedIn) -> SignedIn:
        """The session with an access token newer than that of `stale`; `SessionEnded` when there is none to be had."""
        answer = await self._ask(Question(ask="renew", instead_of=stale.access_token))
        if answer.signed_in is None:
            raise SessionEnded
        self.signed_in = answer.signed_in
        return self.signed_in

    async def tell_lock(self, locked: bool) -> None:
        """Have the next screen of this login begin locked, or not: loading the page anew must not be a way past the lock."""
        await self._ask(Question(ask="locked" if locked else "unlocked"))

    async def sign_out(self) -> None:
        """End the login with all its screens, this one among them; the browser asks for a new sign-in."""
        await self._ask(Question(ask="sign_out"))

    async def _ask(self, question: Question) -> Answer:
        line = await asyncio.to_thread(self._exchange, question.model_dump_json().encode() + b"\n")
        if not line:
            raise SessionEnded
        answer = Answer.model_validate_json(line)
        if answer.problem is not None:
            code, values = answer.problem
            raise Problem.registry.get(code, Internal)(**values)
        return answer

    def _exchange(self, line: bytes) -> bytes:
        with self._alone:
            try:
                self._stream.write(line)
                self._stream.flush()
                return self._stream.readline()
            except OSError:
                return b""


class HandedClient:
    """Runs operations for a session that was handed over; a `Client`."""

    def __init__(self, nobody: Client, handover: Handover) -> None:
        self._nobody = nobody
        self._handover = handover

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        """Run `op`; see `Client.run`. `SessionEnded` when the server has no session for us any more."""
        used = self._handover.signed_in
        try:
            return await self._as(used).run(op, key=key)
        except (NotSignedIn, SessionEnded):  # refused before anything was done
            return await self._as(await self._handover.renewed(used)).run(op, key=key)

    async def watch(self, topic: Topic) -> AsyncGenerator[Change, None]:
        """Follow `topic`; see `Client.watch`. A token that ends is exchanged, and the changes begin afresh."""
        refused: SignedIn | None = None
        while True:
            used = self._handover.signed_in if refused is None else await self._handover.renewed(refused)
            try:
                async with aclosing(self._as(used).watch(topic)) as changes:
                    async for change in changes:
                        refused = None
                        yield change
                return
            except (NotSignedIn, SessionEnded):
                if refused is not None:
                    raise
                refused = used

    def acting(self, credentials: Credentials) -> Client:
        """The same core for another caller."""
        return self._nobody.acting(credentials)

    def _as(self, signed_in: SignedIn) -> Client:
        return self._nobody.acting(BearerToken(signed_in.access_token))
