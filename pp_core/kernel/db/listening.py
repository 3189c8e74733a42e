"""Listening: one connection for all watchers of a process, open while there are any, and what each of them has yet to hear."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection

from ..errors import DatabaseUnavailable
from ..watching import Change, Unwatchable

_log = structlog.stdlib.get_logger(__name__)

_LISTEN = "LISTEN pp_live"
ROOM = 1000
"""Ids kept for a watcher who does not take them; with one more they are all forgotten for a `Change` that began afresh."""
ALIVE_SECONDS = 15
"""How often a quiet connection is tried: a network may die without a word."""
ANSWER_SECONDS = 10

Key = tuple[UUID, str]
"""A gym, and the routing key of an event."""


class Heard:
    """What one watcher has yet to take."""

    def __init__(self) -> None:
        self._ids: dict[UUID, None] = {}
        self._overflowed = False
        self._lost = False
        self._news = asyncio.Event()
        self.over = False
        """Whether the listener was closed on purpose: nothing will come any more."""

    async def take(self, seconds: float) -> Change | None:
        """All that came since the last time, waiting for it; None when nothing did or it is `over`.

        `DatabaseUnavailable` when the connection was lost: what happened since is not known.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        if self._lost:
            raise DatabaseUnavailable
        if self.over or not self._news.is_set():
            return None
        self._news.clear()
        change = Change(began=True) if self._overflowed else Change(ids=tuple(self._ids))
        self._ids.clear()
        self._overflowed = False
        return change

    def _tell(self, subject: UUID) -> None:
        if len(self._ids) >= ROOM:
            self._ids.clear()
            self._overflowed = True
        if not self._overflowed:
            self._ids[subject] = None
        self._news.set()

    def _lose(self) -> None:
        self._lost = True
        self._news.set()

    def _end(self) -> None:
        self.over = True
        self._news.set()


class Listener:
    """Tells watchers what `pp_finish` notified. `url` leads to the server itself, past any pooler; None when nothing does."""

    def __init__(self, url: str | None, *, name: str = "pp live") -> None:
        self._url = url
        self._name = name
        self._watchers: dict[Key, set[Heard]] = {}
        self._opening = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def watching(self) -> int:
        """How many watches are open."""
        return len(set().union(*self._watchers.values()))

    @asynccontextmanager
    async def following(self, tenant_id: UUID, names: Iterable[str]) -> AsyncIterator[Heard]:
        """Hear of the gym's events with these routing keys that commit from now on, until the block ends.

        `Unwatchable` without a direct connection, `DatabaseUnavailable` when it cannot be made.
        """
        if self._url is None:
            raise Unwatchable
        heard = Heard()
        keys = [(tenant_id, name) for name in names]
        async with self._opening:
            if self._closed:
                raise DatabaseUnavailable
            if self._reading is None:
                connection = await self._connect(self._url)
                self._reading = asyncio.create_task(self._read(connection), name="live")
            for key in keys:
                self._watchers.setdefault(key, set()).add(heard)
        try:
            yield heard
        finally:
            self._forget(heard, keys)

    async def close(self) -> None:
        """End every watch and let go of the connection; later watches are refused."""
        self._closed = True
        async with self._opening:
            for heard in set().union(*self._watchers.values()):
                heard._end()
            self._stop_reading()
        if self._ending:
            await asyncio.wait(self._ending)

    async def _connect(self, url: str) -> AsyncConnection[Any]:
        try:
            connection = await AsyncConnection.connect(
                url, autocommit=True, application_name=self._name, connect_timeout=5
            )
            try:
                await connection.execute(_LISTEN)
            except BaseException:
                await connection.close()
                raise
        except psycopg.Error as error:
            raise DatabaseUnavailable from error
        return connection

    async def _read(self, connection: AsyncConnection[Any]) -> None:
        try:
            while True:
                async for notice in connection.notifies(timeout=ALIVE_SECONDS):
                    self._spread(notice.payload)
                async with asyncio.timeout(ANSWER_SECONDS):
                    await connection.execute("SELECT 1")
        except (psycopg.Error, OSError) as error:  # TimeoutError is an OSError
            _log.warning("the connection that listens was lost", error=type(error).__name__)
            self._lose_all()
        finally:
            await connection.close()

    def _spread(self, payload: str) -> None:
        try:
            tenant_id, name, subject = payload.split(" ")
            key, found = (UUID(tenant_id), name), UUID(subject)
        except ValueError:
            _log.warning("a notice cannot be read")  # whoever may connect may send some
            return
        for heard in self._watchers.get(key, ()):
            heard._tell(found)

    def _lose_all(self) -> None:
        # At once, without waiting for anything: who comes next opens another connection.
        self._reading = None
        for heard in set().union(*self._watchers.values()):
            heard._lose()
        self._watchers.clear()

    def _forget(self, heard: Heard, keys: Iterable[Key]) -> None:
        for key in keys:
            watchers = self._watchers.get(key, set())
            watchers.discard(heard)
            if not watchers:
                self._watchers.pop(key, None)
        if not self._watchers:
            self._stop_reading()

    def _stop_reading(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            self._ending.add(reading)
            reading.add_done_callback(self._ending.discard)
            reading.cancel()
