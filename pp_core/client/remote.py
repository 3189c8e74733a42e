"""The client of another machine: operations over `POST /rpc/{name}`, with tokens that renew themselves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
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
from pp_core.runtime import catalog

R = TypeVar("R", bound=BaseModel)

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
"""Reading waits longer than any operation should take; an import of five hundred rows takes seconds."""
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
        self.lock = asyncio.Lock()


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
        headers = {"Content-Type": "application/json", "X-PP-Build": catalog.build(), "Accept-Language": self.language}
        headers["X-PP-Door"] = self.door.value
        if key is not None:
            headers["Idempotency-Key"] = key
        if self.session.tokens is not None:
            headers["Authorization"] = f"Bearer {self.session.tokens.access}"
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

    async def _renew(self, stale: Tokens) -> bool:
        """Exchange the refresh token, once however many requests wait for it; False when the session is over."""
        async with self.session.lock:
            current = self.session.tokens
            if current != stale:
                return current is not None
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
            document: Any = answer.json()
            code = document["code"]
            detail = str(document["detail"])
        except (ValueError, KeyError, TypeError):
            return ServerUnreachable(url=self.url, status=answer.status_code)
        values = {str(name): value for name, value in (document.get("values") or {}).items()}
        if document.get("errors"):
            values["fields"] = document["errors"]
            values["summary"] = "; ".join(f"{each['field']}: {each['problem']}" for each in document["errors"])
        kind = Problem.registry.get(code)
        if kind is None:
            # A code of the HTTP door, or of a newer server that nevertheless has our contracts.
            return Invalid(summary=detail) if answer.status_code < 500 else Internal(correlation_id=_id(document))
        if kind is Internal:
            values["correlation_id"] = _id(document)
        return kind(**values)


def _id(document: Any) -> str:
    return str(document.get("correlation_id", ""))
