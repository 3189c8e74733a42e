"""The client of another machine: `POST /rpc/{name}` runs operations, `GET /api/v1/live/{name}` follows topics."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from pp_core.identity.operations import RefreshSession, SignedIn
from pp_core.kernel.call import Anonymous, BearerToken, Credentials
from pp_core.kernel.errors import (
    BuildMismatch,
    DatabaseUnavailable,
    Internal,
    Invalid,
    NotSignedIn,
    Problem,
    ServerUnreachable,
    SessionEnded,
)
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door
from pp_core.kernel.watching import Change, Topic
from pp_core.runtime import catalog

from .session import Exchange

R = TypeVar("R", bound=BaseModel)

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
"""Reading waits longer than any operation should take; an import of five hundred rows takes seconds."""
SILENCE_SECONDS = 40.0
"""A server that is there says something every fifteen seconds, to those who watch too."""
TRIES = 3
FIRST_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Tokens:
    """A session's tokens. `refresh` is None where only an access token is held."""

    access: str
    refresh: str | None = None


Kept = Callable[[Tokens], Awaitable[None] | None]
"""Called with new tokens whenever a session was renewed, so that they can be stored: a refresh token works once."""


class _Session:
    """One caller's tokens, shared by the clients made from each other; renewed by one task at a time."""

    def __init__(self, tokens: Tokens | None, kept: Kept | None) -> None:
        self.tokens = tokens
        self.kept = kept
        self.exchange: Exchange[bool] = Exchange()


@dataclass(frozen=True, slots=True)
class RemoteClient:
    """Runs operations through the pipeline of the server at `url`. Made with `connect`; closed with `aclose`."""

    url: str
    http: httpx.AsyncClient
    session: _Session
    language: str = "en"
    door: Door = Door.RPC

    @classmethod
    def connect(
        cls,
        url: str,
        tokens: Tokens | None = None,
        *,
        kept: Kept | None = None,
        language: str = "en",
        door: Door = Door.RPC,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> "RemoteClient":
        """A client of the server at `url` (`https://gym.example`), signed in when `tokens` are given. Connects when used.

        `door` is what the server writes down: a command line or a screen that works remotely says so.
        """
        http = httpx.AsyncClient(base_url=url.rstrip("/"), timeout=timeout)
        return cls(url=url.rstrip("/"), http=http, session=_Session(tokens, kept), language=language, door=door)

    async def __aenter__(self) -> "RemoteClient":
        """Itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.aclose()

    async def aclose(self) -> None:
        """Give the connections back; the clients made from this one are closed with it."""
        await self.http.aclose()

    @property
    def tokens(self) -> Tokens | None:
        """The tokens as they are now."""
        return self.session.tokens

    def acting(self, credentials: Credentials) -> "RemoteClient":
        """The same client for another caller; TypeError for credentials that only the server's own machine has."""
        match credentials:
            case Anonymous():
                return replace(self, session=_Session(None, None))
            case BearerToken(token):
                return replace(self, session=_Session(Tokens(token), None))
            case _:
                raise TypeError(f"{type(credentials).__name__} is for the server's own machine, not for {self.url}.")

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        """Run `op` there; see `protocol.Client`. `ServerUnreachable` and `BuildMismatch` beside the operation's problems.

        What repeats harmlessly (a read, or a write under a key) is tried again when the connection or the database fails;
        a write that honours keys gets one of its own for that.
        """
        if key is None and op.policy.claims_keys:
            key = new_id().hex
        before = self.session.tokens
        try:
            return await self._attempt(op, key)
        except (NotSignedIn, SessionEnded):
            if before is None or before.refresh is None or not await self._renew(before):
                raise
        return await self._attempt(op, key)

    async def watch(self, topic: Topic) -> AsyncGenerator[Change, None]:
        """Follow `topic` there; see `protocol.Client`. `ServerUnreachable` when the server goes or falls silent.

        A session that is still good is renewed as often as its tokens end; each time the changes begin afresh.
        """
        renewed = False
        while True:
            before = self.session.tokens
            try:
                async with aclosing(self._listen(topic)) as changes:
                    async for change in changes:
                        renewed = False
                        yield change
            except (NotSignedIn, SessionEnded):
                if renewed or before is None or before.refresh is None or not await self._renew(before):
                    raise
                renewed = True
            else:
                raise ServerUnreachable(url=self.url)  # it is being stopped

    async def _listen(self, topic: Topic) -> AsyncGenerator[Change, None]:
        headers = {**self._headers(), "Accept": "text/event-stream"}
        timeout = httpx.Timeout(TIMEOUT.connect, read=SILENCE_SECONDS)
        try:
            async with self.http.stream(
                "GET", f"/api/v1/live/{topic.policy.name}", headers=headers, timeout=timeout
            ) as answer:
                if answer.status_code != httpx.codes.OK:
                    await answer.aread()
                    raise self._problem(answer)
                async for kind, data in _server_sent(answer.aiter_lines()):
                    if kind == "problem":
                        raise self._problem_in(json.loads(data), answer.status_code)
                    if kind == "change":
                        yield Change.model_validate_json(data)
        except (httpx.TransportError, httpx.InvalidURL, ValueError) as error:
            raise ServerUnreachable(url=self.url) from error

    async def _attempt(self, op: Operation[R], key: str | None) -> R:
        harmless = op.policy.reads_only or (key is not None and op.policy.claims_keys)
        for left in reversed(range(TRIES)):
            try:
                return await self._send(op, key)
            except (ServerUnreachable, DatabaseUnavailable) as problem:
                # A connection that was never made sent nothing, so that is safe to repeat whatever the operation.
                if not left or not (harmless or isinstance(problem.__cause__, httpx.ConnectError)):
                    raise
            await asyncio.sleep(FIRST_PAUSE_SECONDS * 2 ** (TRIES - 1 - left))
        raise AssertionError("the last try answers or raises")

    async def _send(self, op: Operation[R], key: str | None) -> R:
        headers = {**self._headers(), "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        body = op.model_dump_json(context={"reveal": True})
        try:
            answer = await self.http.post(f"/rpc/{op.policy.name}", content=body, headers=headers)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise ServerUnreachable(url=self.url) from error
        if answer.status_code != httpx.codes.OK:
            raise self._problem(answer)
        try:
            return type(op).result.model_validate_json(answer.content)  # type: ignore[return-value]
        except ValidationError as error:
            raise ServerUnreachable(url=self.url) from error  # something else answers there

    def _headers(self) -> dict[str, str]:
        headers = {"X-PP-Build": catalog.build(), "X-PP-Door": self.door.value, "Accept-Language": self.language}
        if self.session.tokens is not None:
            headers["Authorization"] = f"Bearer {self.session.tokens.access}"
        return headers

    async def _renew(self, stale: Tokens) -> bool:
        """Exchange the refresh token, once however many requests wait for it; False when the session is over."""
        current = self.session.tokens
        if current != stale:
            return current is not None
        return await self.session.exchange(partial(self._exchanged, stale))

    async def _exchanged(self, stale: Tokens) -> bool:
        assert stale.refresh is not None
        try:
            renewed: SignedIn = await self.acting(Anonymous())._send(
                RefreshSession(refresh_token=SecretStr(stale.refresh)), None
            )
        except (ServerUnreachable, DatabaseUnavailable, BuildMismatch):
            raise
        except Problem:
            return False
        self.session.tokens = Tokens(renewed.access_token, renewed.refresh_token)
        if self.session.kept is not None:
            stored = self.session.kept(self.session.tokens)
            if stored is not None:
                await stored
        return True

    def _problem(self, answer: httpx.Response) -> Problem:
        """The server's problem as the class that this code knows; what is no problem document is no server of ours."""
        try:
            return self._problem_in(answer.json(), answer.status_code)
        except ValueError:
            return ServerUnreachable(url=self.url, status=answer.status_code)

    def _problem_in(self, document: Any, status: int) -> Problem:
        try:
            code, detail = document["code"], str(document["detail"])
        except (KeyError, TypeError):
            return ServerUnreachable(url=self.url, status=status)
        values = {str(name): value for name, value in (document.get("values") or {}).items()}
        if document.get("errors"):
            values["fields"] = document["errors"]
            values["summary"] = "; ".join(f"{each['field']}: {each['problem']}" for each in document["errors"])
        kind = Problem.registry.get(code)
        if kind is None:
            # A code of the HTTP door, or of a newer server that nevertheless has our contracts.
            return Invalid(summary=detail) if status < 500 else Internal(correlation_id=_id(document))
        if kind is Internal:
            values["correlation_id"] = _id(document)
        return kind(**values)


async def _server_sent(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str]]:
    """The events of a stream as (kind, data); comments are left out."""
    kind, data = "", ""
    async for line in lines:
        if not line:
            if data:
                yield kind, data
            kind, data = "", ""
        elif line.startswith("event:"):
            kind = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data += line.removeprefix("data:").strip()


def _id(document: Any) -> str:
    return str(document.get("correlation_id", ""))
