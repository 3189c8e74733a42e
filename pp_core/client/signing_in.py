"""For doors that sign somebody in themselves, such as a screen: where the core is, and a session that renews itself."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, SecretStr

from pp_core.identity.operations import RefreshInvalid, RefreshSession, SignedIn
from pp_core.kernel.call import NOBODY, BearerToken, Credentials
from pp_core.kernel.errors import NotSignedIn, SessionEnded
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door
from pp_core.kernel.settings import Settings
from pp_core.kernel.watching import Change, Topic

from . import session
from .protocol import Client

if TYPE_CHECKING:
    from pp_core.runtime.database import Home

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Reached:
    """A core within reach. `nobody` is for signing in; `kept` acts for the login that this machine keeps, if any."""

    nobody: Client
    url: str | None  # of the server; None for this machine's own database
    kept: Client | None = None
    login: session.Login | None = None


@asynccontextmanager
async def reach(
    *,
    door: Door,
    gym: str | None = None,
    language: str = "en",
    server: str | None = None,
    local: bool = False,
    settings: Settings | None = None,
) -> AsyncIterator[Reached]:
    """The server that was signed in to with `pp login`, or `server`; else the `pp up` of this machine; else its database.

    Nothing is asked of a server before the first operation. Raises `DatabaseProblem`s for a database that cannot be opened.
    """
    login = None if local else session.load(server)
    chosen = settings or Settings.from_environment()
    url = login.url if login is not None else None if local else server or await asyncio.to_thread(_serving, chosen)
    if url is not None:
        await asyncio.to_thread(
            import_module, "pp_core.client.remote"
        )  # network libraries load beside a screen that answers
        from .connect import SignedInClient
        from .remote import RemoteClient

        async with RemoteClient.connect(url, language=language, door=door) as remote:
            kept = SignedInClient(remote, url, gym) if login is not None else None
            yield Reached(remote, url, kept, login)
    else:
        async with _opened(chosen, door, language) as client:
            yield Reached(client, None)


def _serving(settings: Settings) -> str | None:
    """Where the `pp up` on this home answers, if one runs."""
    from pp_core.kernel.db.embedded import default_directory
    from pp_core.runtime.serve import running

    told = running(Path(settings.data_directory or default_directory()))
    return None if told is None else str(told.get("url") or "") or None


@asynccontextmanager
async def _opened(settings: Settings, door: Door, language: str) -> AsyncIterator[Client]:
    """This machine's database, in this process; on leaving, the jobs that were queued meanwhile are done unless a worker runs."""
    home = await asyncio.to_thread(_home, settings)
    try:
        from pp_core.runtime.wiring import Runtime

        from .connect import LOCAL_POOL
        from .local import LocalClient, door_reactions

        fewer = replace(settings, pool_size=min(settings.pool_size, LOCAL_POOL))
        async with Runtime(fewer, home) as runtime:
            yield LocalClient(runtime.pulse, door, NOBODY, language)
        from pp_core.runtime import jobs

        await jobs.finish_own(fewer, home, door_reactions)
    finally:
        await asyncio.to_thread(home.close)


def _home(settings: Settings) -> "Home":
    # Imported here, beside a screen that already answers keys: the database's libraries take half a second to load.
    from pp_core.runtime import wiring  # noqa: F401
    from pp_core.runtime.database import Home

    return Home(settings).open()


class Session:
    """Runs operations for whoever signed in, exchanging the tokens when they end; a `Client`."""

    def __init__(self, nobody: Client, signed_in: SignedIn, gym: str | None = None) -> None:
        self._nobody = nobody
        self._signed_in = signed_in
        self._gym = gym or (signed_in.gym.slug if signed_in.gym is not None else None)
        self._exchange: session.Exchange[SignedIn] = session.Exchange()

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        """Run `op`; see `protocol.Client`. `SessionEnded` when the tokens cannot be exchanged any more."""
        used = self._signed_in
        try:
            return await self._acting(used).run(op, key=key)
        except NotSignedIn:  # refused before anything was done: the access token ended
            return await self._acting(await self._renewed(used)).run(op, key=key)

    async def watch(self, topic: Topic) -> AsyncGenerator[Change, None]:
        """Follow `topic`; see `protocol.Client`. Whenever the access token ends it is exchanged, and the changes begin afresh."""
        refused: SignedIn | None = None
        while True:
            used = self._signed_in if refused is None else await self._renewed(refused)
            try:
                async with aclosing(self._acting(used).watch(topic)) as changes:
                    async for change in changes:
                        refused = None
                        yield change
                return
            except NotSignedIn:
                if refused is not None:
                    raise
                refused = used

    def acting(self, credentials: Credentials) -> Client:
        """The same core for another caller."""
        return self._nobody.acting(credentials)

    async def enter(self, gym: str) -> SignedIn:
        """Act in this one of the login's gyms from now on."""
        self._gym = gym
        return await self._renewed(self._signed_in)

    def _acting(self, signed_in: SignedIn) -> Client:
        return self._nobody.acting(BearerToken(signed_in.access_token))

    async def _renewed(self, stale: SignedIn) -> SignedIn:
        if self._signed_in is not stale:
            return self._signed_in
        return await self._exchange(partial(self._exchanged, stale))

    async def _exchanged(self, stale: SignedIn) -> SignedIn:
        token = SecretStr(stale.refresh_token)
        try:
            self._signed_in = await self._nobody.run(RefreshSession(refresh_token=token, gym=self._gym))
        except (RefreshInvalid, NotSignedIn) as problem:
            raise SessionEnded from problem
        return self._signed_in
