"""Logins of this machine's user: which servers they signed in to, with the tokens, in a file only they can read."""

import asyncio
import fcntl
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")
LEEWAY_SECONDS = 30
TRY_SECONDS = 0.05
"""Between two tries to hold the logins while another process does."""
_ANY = ""  # the key of a token that is for no gym


@dataclass(frozen=True, slots=True)
class Access:
    """An access token and when it ends, in seconds since 1970."""

    token: str
    ends_at: float

    @property
    def good(self) -> bool:
        """Whether it lasts long enough to be used."""
        return self.ends_at - LEEWAY_SECONDS > time.time()


@dataclass(frozen=True, slots=True)
class Login:
    """A login at one server: the refresh token, and an access token for each gym acted in."""

    url: str
    identifier: str
    gym: str | None
    refresh_token: str
    access: dict[str, Access] = field(default_factory=dict)

    def token_for(self, gym: str | None) -> str | None:
        """A usable access token for `gym` (the login's own when None), or None."""
        found = self.access.get(gym or self.gym or _ANY)
        return found.token if found is not None and found.good else None

    def refreshed(self, refresh_token: str, token: str, expires_in: int, gym: str | None) -> "Login":
        """The login after an exchange of its refresh token."""
        access = {**self.access, gym or _ANY: Access(token, time.time() + expires_in)}
        return replace(self, refresh_token=refresh_token, access=access)


def directory() -> Path:
    """PP_CONFIG_DIR, or the user's configuration directory."""
    chosen = os.environ.get("PP_CONFIG_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_config_path("progress-pulse")


def load(url: str | None = None) -> Login | None:
    """The login at `url`, or the current one; None when there is none."""
    kept = _read()
    raw = kept["logins"].get(_tidy(url) if url else kept["current"])
    if raw is None:
        return None
    access = {gym: Access(**each) for gym, each in raw["access"].items()}
    return Login(**{**raw, "access": access})


def save(login: Login, *, make_current: bool = False) -> None:
    """Keep `login`; with `make_current` commands go to its server from now on."""
    kept = _read()
    kept["logins"][login.url] = asdict(login)
    if make_current:
        kept["current"] = login.url
    _write(kept)


def forget(url: str) -> None:
    """Drop the login at `url`; another one does not become current by that."""
    kept = _read()
    kept["logins"].pop(url, None)
    if kept["current"] == url:
        kept["current"] = None
    _write(kept)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the logins against other processes: a refresh token works once, and a second use would end the session."""
    descriptor = _lock_file()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@asynccontextmanager
async def alone_patiently() -> AsyncIterator[None]:
    """As `alone`, beside other tasks: they go on while another process holds the logins."""
    descriptor = _lock_file()
    try:
        while not _try_to_hold(descriptor):  # noqa: ASYNC110 - nothing tells when another process lets go
            await asyncio.sleep(TRY_SECONDS)
        yield
    finally:
        os.close(descriptor)


class Exchange(Generic[T]):
    """Exchanges a refresh token once for all who wait for it.

    Whoever stops waiting stops nothing: a token that was sent is used up, and its answer must be kept.
    """

    def __init__(self) -> None:
        self._running: asyncio.Task[T] | None = None

    async def __call__(self, exchange: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer of the `exchange` that runs already, else of this one."""
        running = self._running
        if running is None:
            running = self._running = asyncio.create_task(exchange())
            running.add_done_callback(self._end)
        return await asyncio.shield(running)

    def _end(self, ended: "asyncio.Task[T]") -> None:
        self._running = None
        if not ended.cancelled():
            ended.exception()  # looked at here, lest one that nobody waits for any more is logged


def _lock_file() -> int:
    home = directory()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(home / "logins.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_to_hold(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tidy(url: str) -> str:
    return url.rstrip("/")


def _read() -> dict[str, Any]:
    try:
        kept = json.loads((directory() / "logins.json").read_text())
    except (OSError, ValueError):
        kept = None
    if not isinstance(kept, dict) or not isinstance(kept.get("logins"), dict):
        return {"current": None, "logins": {}}
    return {"current": kept.get("current"), "logins": kept["logins"]}


def _write(kept: dict[str, Any]) -> None:
    home = directory()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = home / f"logins.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(kept, file, indent=1)
    temporary.replace(home / "logins.json")
