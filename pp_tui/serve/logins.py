"""Who is signed in with which browser. The tokens stay here: a browser holds a random id, a screen an access token."""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from pydantic import SecretStr
from textual_serve.download_manager import DownloadManager

from pp_core.client.signing_in import Reached
from pp_core.identity.operations import RefreshSession, SignedIn, SignOut
from pp_core.kernel.call import BearerToken
from pp_core.kernel.errors import Kind, Problem, SessionEnded
from pp_core.kernel.logging import logger

_log = logger(__name__)

CHOOSING_SECONDS = 600.0
"""How long a login may think about which gym it wants."""
LEEWAY_SECONDS = 60.0
STEP_SECONDS = 5.0


class Open(Protocol):
    """A screen that is open."""

    async def leave(self) -> None:
        """Tell its browser that it was signed out, and end."""


class Login:
    """A browser that somebody signed in with, and the screens it has open."""

    def __init__(self, core: Reached, identifier: str, language: str, signed_in: SignedIn, now: Callable[[], float]):
        self.id = secrets.token_urlsafe(32)
        self.core = core
        self.identifier = identifier
        self.language = language
        self.signed_in = signed_in
        self.screens: set[Open] = set()
        self.downloads = DownloadManager()
        self.ended = False
        self.locked = False  # a new screen asks for the PIN first
        self._now = now
        self.seen = now()
        self._good_until = self.seen + signed_in.expires_in
        self._renewing: asyncio.Task[SignedIn] | None = None

    def touch(self) -> None:
        """Somebody is there."""
        self.seen = self._now()

    async def fresh(self) -> SignedIn:
        """The session with an access token that lasts a while; problems as for `renewed`."""
        if self._good_until - LEEWAY_SECONDS > self._now():
            return self.signed_in
        return await self.renewed(self.signed_in.access_token)

    async def renewed(self, instead_of: str, gym: str | None = None) -> SignedIn:
        """The session with another access token than `instead_of`, in `gym` when it is given.

        `SessionEnded` when the core refuses; what only could not be reached is raised as it is and may be tried again.
        """
        if self.ended:
            raise SessionEnded
        if self.signed_in.access_token != instead_of:
            return self.signed_in
        if self._renewing is None or self._renewing.done():
            # A task of its own: a refresh token that was spent for an asker who has gone meanwhile would end the session.
            self._renewing = asyncio.create_task(self._renew(gym))
        return await asyncio.shield(self._renewing)

    async def _renew(self, gym: str | None) -> SignedIn:
        chosen = gym or (self.signed_in.gym.slug if self.signed_in.gym is not None else None)
        token = SecretStr(self.signed_in.refresh_token)
        try:
            self.signed_in = await self.core.nobody.run(RefreshSession(refresh_token=token, gym=chosen))
        except Problem as problem:
            if problem.kind in (Kind.UNAUTHENTICATED, Kind.FORBIDDEN):
                raise SessionEnded from problem
            raise
        self._good_until = self._now() + self.signed_in.expires_in
        return self.signed_in

    async def end(self) -> None:
        """End the screens, then the session at the core, as far as that can be reached."""
        self.ended = True
        for step in (self._close, self._sign_out):
            with suppress(TimeoutError):
                async with asyncio.timeout(STEP_SECONDS):
                    await step()

    async def _close(self) -> None:
        await asyncio.gather(*(screen.leave() for screen in list(self.screens)), return_exceptions=True)

    async def _sign_out(self) -> None:
        if self._renewing is not None:
            await asyncio.wait([self._renewing])
        try:
            if self._good_until <= self._now():
                await self._renew(None)
            await self.core.nobody.acting(BearerToken(self.signed_in.access_token)).run(SignOut())
        except Problem as problem:
            _log.info("a login was ended here and not at the core", problem=type(problem).code)


class Logins:
    """The logins by the id that their browser holds. `now` is a clock in seconds.

    After `idle_seconds` without a key or a page a login ends; after `lock_seconds` its next screen begins locked (0: never).
    """

    def __init__(
        self, core: Reached, idle_seconds: float, lock_seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.core = core
        self._idle_seconds = idle_seconds
        self._lock_seconds = lock_seconds
        self._now = now
        self._logins: dict[str, Login] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def begin(self, identifier: str, language: str, signed_in: SignedIn) -> Login:
        """Remember who has just signed in."""
        login = Login(self.core, identifier, language, signed_in, self._now)
        self._logins[login.id] = login
        return login

    def find(self, id: str | None) -> Login | None:
        """The login of that id, unless nobody was there for too long."""
        login = self._logins.get(id or "")
        if login is None:
            return None
        if self._idle(login):
            self.end(login)
            return None
        if self._lock_seconds and self._now() - login.seen > self._lock_seconds:
            login.locked = True
        login.touch()
        return login

    def end(self, login: Login) -> None:
        """Forget a login at once; its screens and its session at the core end right after."""
        if self._logins.pop(login.id, None) is not None:
            login.ended = True
            ending = asyncio.create_task(login.end())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def sweep(self) -> None:
        """End the logins that nobody has used for too long."""
        for login in list(self._logins.values()):
            if self._idle(login):
                self.end(login)

    async def end_all(self) -> None:
        """End every login and wait until that is done."""
        for login in list(self._logins.values()):
            self.end(login)
        if self._ending:
            await asyncio.wait(self._ending)

    def _idle(self, login: Login) -> bool:
        allowed = self._idle_seconds if login.signed_in.gym is not None else min(CHOOSING_SECONDS, self._idle_seconds)
        return self._now() - login.seen > allowed
