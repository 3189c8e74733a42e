"""From what a person chose to a client: the server they signed in to, or this machine as an audited operator."""

import getpass
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from pp_core.kernel.call import BearerToken, Credentials, Operator
from pp_core.kernel.errors import NotSignedIn
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door
from pp_core.kernel.settings import Settings
from pp_core.kernel.watching import Change, Topic

from . import session
from .protocol import Client

if TYPE_CHECKING:
    from .remote import RemoteClient

R = TypeVar("R", bound=BaseModel)
LOCAL_POOL = 3


@asynccontextmanager
async def connect(
    *,
    door: Door,
    gym: str | None = None,
    language: str = "en",
    server: str | None = None,
    local: bool = False,
    settings: Settings | None = None,
) -> AsyncIterator[Client]:
    """A client for this machine's user.

    Signed in (or with `server`), it is remote. Otherwise, and with `local`, it runs in this process on the settings' database,
    starting the embedded one if need be, and on leaving does the jobs that its own writes queued unless a worker runs.
    Raises `NotSignedIn` for a `server` never signed in to, and `DatabaseProblem`s.
    """
    login = None if local else session.load(server)
    if login is not None:
        async with _remote(login, door, gym, language) as remote:
            yield remote
    elif server is not None and not local:
        raise NotSignedIn
    else:
        async with _in_process(settings or Settings.from_environment(), door, gym, language) as here:
            yield here


@asynccontextmanager
async def connect_without_database(
    *, door: Door, language: str = "en", settings: Settings | None = None
) -> AsyncIterator[Client]:
    """A client in this process for operations that need no database; the pure ones load no SQLAlchemy either."""
    yield _PureClient(door, language, settings or Settings.from_environment())


def load_operations() -> dict[str, type[Operation[Any]]]:
    """Every operation by name; contracts only, so that doors may list them."""
    from pp_core.runtime import catalog

    return catalog.load_operations()


def operator() -> str:
    """The user of this machine, as the audit trail names them."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


@dataclass(slots=True)
class _OperatorClient:
    """Runs in this process and remembers whether anything was written."""

    inner: Any
    wrote: list[str]

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        if not op.policy.reads_only:
            self.wrote.append(op.policy.name)
        answer: R = await self.inner.run(op, key=key)
        return answer

    def watch(self, topic: Topic) -> AsyncGenerator[Change, None]:
        changes: AsyncGenerator[Change, None] = self.inner.watch(topic)
        return changes

    def acting(self, credentials: Credentials) -> "_OperatorClient":
        return _OperatorClient(self.inner.acting(credentials), self.wrote)


@asynccontextmanager
async def _in_process(settings: Settings, door: Door, gym: str | None, language: str) -> AsyncIterator[Client]:
    from pp_core.runtime.database import Home
    from pp_core.runtime.wiring import Runtime

    from .local import LocalClient, door_reactions

    settings = replace(settings, pool_size=min(settings.pool_size, LOCAL_POOL))
    with Home(settings) as home:
        async with Runtime(settings, home) as runtime:
            client = LocalClient(runtime.pulse, door, Operator(operator(), gym), language)
            noting = _OperatorClient(client, [])
            yield noting
        if noting.wrote:
            from pp_core.runtime import jobs

            await jobs.finish_own(settings, home, door_reactions)


class _PureClient:
    """Runs operations whose policy asks for no database."""

    def __init__(self, door: Door, language: str, settings: Settings, credentials: Credentials | None = None) -> None:
        self._door = door
        self._language = language
        self._settings = settings
        self._credentials = credentials or Operator(operator())

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        pure = _pure(op)
        if pure is not None:
            answer: R = pure(op)
            return answer
        from pp_core.runtime.wiring import pulse_without_database

        from .local import LocalClient

        pulse = pulse_without_database(self._settings)
        return await LocalClient(pulse, self._door, self._credentials, self._language).run(op, key=key)

    def watch(self, topic: Topic) -> AsyncGenerator[Change, None]:
        raise TypeError(f"{type(topic).__name__} is followed in a database, and this client has none.")

    def acting(self, credentials: Credentials) -> "_PureClient":
        return _PureClient(self._door, self._language, self._settings, credentials)


def _pure(op: Operation[Any]) -> Callable[[Any], Any] | None:
    if op.policy.name == "workouts.parse":
        from pp_core.workouts.formats.reading import read_texts

        return read_texts
    return None


@asynccontextmanager
async def _remote(login: session.Login, door: Door, gym: str | None, language: str) -> AsyncIterator[Client]:
    from .remote import RemoteClient

    async with RemoteClient.connect(login.url, language=language, door=door) as remote:
        yield SignedInClient(remote, login.url, gym)


class SignedInClient:
    """Runs at a server for a kept login, exchanging its tokens when they end."""

    def __init__(self, remote: "RemoteClient", url: str, gym: str | None) -> None:
        self._remote = remote
        self._url = url
        self._gym = gym
        self._exchange: session.Exchange[str] = session.Exchange()

    async def run(self, op: Operation[R], *, key: str | None = None) -> R:
        """Run `op` for the login; see `protocol.Client`."""
        token = await self._token()
        try:
            return await self._remote.acting(BearerToken(token)).run(op, key=key)
        except NotSignedIn:  # refused before anything was done: the token ended sooner than this machine's clock says
            token = await self._token(instead_of=token)
            return await self._remote.acting(BearerToken(token)).run(op, key=key)

    async def watch(self, topic: Topic) -> AsyncGenerator[Change, None]:
        """Follow `topic` for the login; see `protocol.Client`. A token that ends is exchanged, and the changes begin afresh."""
        refused: str | None = None
        while True:
            token = await self._token(instead_of=refused)
            try:
                async with aclosing(self._remote.acting(BearerToken(token)).watch(topic)) as changes:
                    async for change in changes:
                        refused = None
                        yield change
            except NotSignedIn:
                if refused is not None:
                    raise
                refused = token

    def acting(self, credentials: Credentials) -> Client:
        """The same server for another caller."""
        return self._remote.acting(credentials)

    async def _token(self, instead_of: str | None = None) -> str:
        login = session.load(self._url)
        token = login.token_for(self._gym) if login is not None else None
        if token is not None and token != instead_of:
            return token
        return await self._exchange(partial(self._exchanged, instead_of))

    async def _exchanged(self, instead_of: str | None) -> str:
        async with session.alone_patiently():
            login = session.load(self._url)
            if login is None:
                raise NotSignedIn
            token = login.token_for(self._gym)
            if token is not None and token != instead_of:
                return token  # another process exchanged it meanwhile
            from pp_core.identity.operations import RefreshSession

            wanted = self._gym or login.gym
            signed_in = await self._remote.run(
                RefreshSession.model_validate({"refresh_token": login.refresh_token, "gym": wanted})
            )
            session.save(login.refreshed(signed_in.refresh_token, signed_in.access_token, signed_in.expires_in, wanted))
            return signed_in.access_token
