"""Writing the points of all streams of this process together, in short group commits."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, Self
from uuid import UUID

import psycopg
import structlog

from pp_core.kernel.clock import Clock
from pp_core.kernel.errors import DatabaseUnavailable, Internal, Problem
from pp_core.kernel.settings import Figures as Rate
from pp_core.tracking.operations import ActivityUnknown
from pp_core.tracking.operations.points import NoIngest, ServerStopping, TrackOpened
from pp_core.tracking.queries.points import milliseconds
from pp_core.tracking.rules.validation import Point

from .connection import Connection, Entry, is_lost
from .streams import ALL_NEW, Answered, Offer, Stream, Written

_log = structlog.stdlib.get_logger(__name__)

GROUP: Final = 1000
"""Points of one commit, unless one message alone has more."""
LINGER_S: Final = 0.005
"""From the beginning of one commit to that of the next: what comes meanwhile goes together."""
ROOM: Final = 20_000
"""Points that may wait. With more, whoever sends is read no further, so that a slow database costs time and not memory."""
TELL_S: Final = 5.0
"""Between two events of one activity. They wake the worker, which looks for people who stay at a branch and hands events on: for
that, seconds are enough, and a thousand runners with a point a second are not a thousand jobs a second."""
NOTICE_S: Final = 1.0
"""Between two notices to those who watch: a screen is drawn no more often."""
STEP_S: Final = 3.0
"""Between two reckonings of how far somebody came."""
BUSY_S: Final = 0.1
"""Until points are tried again whose activity was locked."""
KEPT_S: Final = 300.0
"""How long a stream without a socket is remembered: a phone that changes networks goes on where it was."""
COMMIT_S: Final = 30
"""After which a server that says nothing is taken for dead."""
CLOSE_S: Final = 5

_MICROSECOND: Final = timedelta(microseconds=1)


class Ingest:
    """The writer of live points, with one connection of its own as `pp_ingest`.

    `submit` answers after the commit and not before. A connection that breaks fails what waits with `DatabaseUnavailable`:
    whether the last commit went through is not known, so whoever sent sends again, and what is stored already is told to be
    a duplicate.
    """

    def __init__(self, url: str | None, clock: Clock, rate: Rate, *, name: str = "pp ingest") -> None:
        self._url = url
        self._clock = clock
        self.rate = rate
        self._name = name
        self._streams: dict[tuple[UUID, UUID], Stream] = {}
        self._queue: deque[Offer] = deque()
        self._waiting = 0
        self._urgent: set[Stream] = set()
        self._wake = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()
        self._connection: Connection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stamp: datetime | None = None
        self._time = asyncio.get_running_loop().time
        self._turn, self._now_ms = -1.0, 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.closing = asyncio.Event()
        """Set when the server stops: whoever holds a stream lets its sender know and ends it."""

    @property
    def waiting(self) -> int:
        """Points that wait for their commit."""
        return self._waiting

    @property
    def streams(self) -> int:
        """Streams that are open or remembered."""
        return len(self._streams)

    def open(self, opened: TrackOpened) -> Stream:
        """The stream of an activity that `OpenTrack` opened; the one that was there goes on, with what it knows.

        `NoIngest` when this server was not told how to reach the database as `pp_ingest`; `DatabaseUnavailable` while it stops.
        """
        if self._url is None:
            raise NoIngest
        if self.closing.is_set():
            raise DatabaseUnavailable
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._write(), name="ingest"),
                asyncio.create_task(self._keep_time(), name="ingest clock"),
            ]
        key = (opened.tenant_id, opened.activity_id)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = Stream(opened, self.rate)
        else:
            stream.cap = opened.cap
        stream.used_at = time.monotonic()
        return stream

    def judge(self, stream: Stream, points: Sequence[Point]) -> tuple[list[Point], list[tuple[int, str]]]:
        """The points that the stream takes now, and the others' places with the reason; see `Stream.judge`."""
        turn = self._time()
        if turn != self._turn:  # what is read within one turn of the loop arrived at one moment
            self._turn, self._now_ms = turn, milliseconds(self._clock.now())
        return stream.judge(points, self._now_ms)

    def submit(self, stream: Stream, points: list[Point]) -> "asyncio.Future[Written]":
        """Write points that `judge` took; the answer comes after their commit.

        It raises `DatabaseUnavailable` (send them again), `ActivityUnknown` when the activity is gone, `Internal` when the
        database refuses just these.
        """
        written: asyncio.Future[Written] = asyncio.get_running_loop().create_future()

        def answered(outcome: Written | Problem) -> None:
            if written.done():
                return
            if isinstance(outcome, Written):
                written.set_result(outcome)
            else:
                written.set_exception(outcome)

        self.put(stream, points, answered)
        return written

    def put(self, stream: Stream, points: list[Point], answered: Answered) -> None:
        """The same for who has thousands of messages a second and no time for a future each: `answered` is called instead."""
        if self.closing.is_set():
            answered(DatabaseUnavailable())
            return
        self._queue.append(stream.offer(points, answered))
        self._waiting += len(points)
        if self._waiting >= ROOM:
            self._roomy.clear()
        if not self._wake.is_set():
            self._idle.clear()
            self._wake.set()

    @property
    def is_full(self) -> bool:
        """Whether so many points wait that nobody should send more before `room`."""
        return self._waiting >= ROOM

    async def room(self) -> None:
        """Return when more points may wait."""
        await self._roomy.wait()

    async def close(self) -> None:
        """Write what waits, tell what is untold, and let go of the connection. Whoever submits from now on is refused."""
        self.closing.set()
        if self._tasks:
            for stream in list(self._streams.values()):
                self._step(stream)
                if stream.untold or stream.metres or stream.moving:
                    self._hurry(stream)
                stream.end(ServerStopping())
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._idle.wait()
                    for stream in list(self._streams.values()):
                        await stream.free.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._fail(self._queue, DatabaseUnavailable())
        self._queue.clear()
        await self._let_go()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -- the two tasks -------------------------------------------------------------------------------------------------------

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        began = 0.0
        while True:
            if not self._queue and not self._urgent:
                if not self._waiting:
                    self._idle.set()
                self._wake.clear()
                await self._wake.wait()
            pause = began + LINGER_S - loop.time()
            if pause > 0 and self._waiting < GROUP and not self.closing.is_set():
                await asyncio.sleep(pause)
            began = loop.time()
            await self._write_group(self._take())

    async def _keep_time(self) -> None:
        """Reckon how far they came, tell what is left to tell at the end of a burst, forget who is gone."""
        while True:
            await asyncio.sleep(NOTICE_S)
            now = time.monotonic()
            for key, stream in list(self._streams.items()):
                if stream.grown and now - stream.stepped_at >= STEP_S:
                    self._step(stream)
                    self._hurry(stream)
                    await asyncio.sleep(0)  # a thousandth of a second each: others come in between
                elif (stream.untold and now - stream.told_at >= TELL_S) or stream.unnoticed or stream.metres:
                    self._hurry(stream)
                if not stream.attached and not stream.pending and now - stream.used_at > KEPT_S and not stream.untold:
                    del self._streams[key]

    def _step(self, stream: Stream) -> None:
        stream.stepped_at = time.monotonic()
        try:
            stream.step()
        except Exception:
            # Points are stored whatever becomes of their figures, which the summary works out anew.
            _log.exception("how far somebody came cannot be reckoned", activity_id=str(stream.activity_id))

    def _hurry(self, stream: Stream) -> None:
        self._urgent.add(stream)
        self._idle.clear()
        self._wake.set()

    # -- one group -----------------------------------------------------------------------------------------------------------

    def _take(self) -> list[Entry]:
        entries: dict[Stream, Entry] = {stream: Entry(stream) for stream in self._urgent}
        self._urgent.clear()
        taken = 0
        while self._queue and taken < GROUP:
            offer = self._queue.popleft()
            entry = entries.get(offer.stream)
            if entry is None:
                entry = entries[offer.stream] = Entry(offer.stream)
            entry.offers.append(offer)
            entry.sent += len(offer.points)
            taken += len(offer.points)
        return list(entries.values())

    async def _write_group(self, entries: list[Entry]) -> None:
        try:
            try:
                await self._commit(entries)
            except psycopg.DatabaseError as error:
                if self._lost(error):
                    raise
                # What one stream sent must not cost the others theirs.
                _log.exception("points were refused by the database", activities=len(entries))
                for entry in entries:
                    await self._commit_alone(entry)
        except (psycopg.Error, OSError) as error:
            _log.warning("points could not be written", error=type(error).__name__)
            await self._let_go()
            lost = [offer for entry in entries for offer in entry.offers] + list(self._queue)
            self._queue.clear()
            self._urgent.clear()
            self._fail(lost, DatabaseUnavailable())

    async def _commit_alone(self, entry: Entry) -> None:
        try:
            await self._commit([entry])
        except psycopg.DatabaseError as error:
            if self._lost(error):
                raise
            self._fail(entry.offers, Internal())

    async def _commit(self, entries: list[Entry]) -> None:
        """All of it in one transaction; the offers are answered behind its commit."""
        async with asyncio.timeout(COMMIT_S):
            rows, now = await self._transact(entries)
        for row in rows:
            self._settle(entries[row.place - 1], row, now)

    async def _transact(self, entries: list[Entry]) -> tuple[list[Any], float]:
        if self._connection is None or not self._connection.usable:
            assert self._url is not None
            self._connection = await Connection.open(self._url, self._name)
        now = time.monotonic()
        for entry in entries:
            stream = entry.stream
            entry.durable = now - stream.told_at >= TELL_S or self.closing.is_set()
            entry.notify = bool(entry.sent or stream.unnoticed) and now - stream.noticed_at >= NOTICE_S
            entry.metres, entry.moving, entry.base = stream.metres, stream.moving, stream.live_ts
        return await self._connection.write(entries, self._stamp_now()), now

    def _settle(self, entry: Entry, row: Any, now: float) -> None:
        stream = entry.stream
        if row.state == "busy":
            if row.sealed_at is not None and self._stamp is not None:
                self._stamp = max(self._stamp, row.sealed_at)
            asyncio.get_running_loop().call_later(BUSY_S, self._again, entry.offers)
            return
        if row.state == "gone":
            self._fail(entry.offers, ActivityUnknown(activity_id=str(stream.activity_id)))
            self._streams.pop((stream.tenant_id, stream.activity_id), None)
            stream.end(ActivityUnknown(activity_id=str(stream.activity_id)))
            return
        stream.used_at = now if entry.sent else stream.used_at
        stream.metres -= entry.metres
        stream.moving -= entry.moving
        stream.untold = 0 if row.emitted else stream.untold + row.stored
        if row.emitted:
            stream.told_at = now
        if entry.notify:
            stream.noticed_at, stream.unnoticed = now, False
        elif entry.sent:
            stream.unnoticed = True
        stream.stored = row.points if row.points is not None else stream.stored + row.stored
        changed = stream.settled(row.state, row.last_ts, row.distance_m, row.moving_s)
        fresh = None if row.fresh is None else {milliseconds(one) for one in row.fresh}
        outside = {milliseconds(one) for one in row.cut_off or ()}
        for offer in entry.offers:
            self._waiting -= len(offer.points)
            stream.pending -= len(offer.points)
            duplicates: list[int] = []
            cut_off: list[int] = []
            if fresh is not None:
                for place, point in enumerate(offer.points):
                    if point.ts in outside:
                        cut_off.append(place)
                    elif point.ts in fresh:
                        fresh.discard(point.ts)
                    else:
                        duplicates.append(place)
            offer.answered(Written(duplicates, cut_off) if duplicates or cut_off else ALL_NEW)
        if self._waiting < ROOM // 2:
            self._roomy.set()
        if changed or not entry.sent:
            stream.changed()

    def _again(self, offers: list[Offer]) -> None:
        self._queue.extendleft(reversed(offers))
        self._wake.set()

    def _fail(self, offers: Iterable[Offer], problem: Problem) -> None:
        for offer in offers:
            self._waiting -= len(offer.points)
            offer.stream.pending -= len(offer.points)
            offer.answered(problem)
        if self._waiting < ROOM // 2:
            self._roomy.set()

    # -- the connection ------------------------------------------------------------------------------------------------------

    def _stamp_now(self) -> datetime:
        """When a flush received its points: no two of this process have the same moment, so that each knows its own rows."""
        now = self._clock.now()
        self._stamp = now if self._stamp is None or now > self._stamp else self._stamp + _MICROSECOND
        return self._stamp

    def _lost(self, error: psycopg.Error) -> bool:
        return is_lost(error) or self._connection is None or not self._connection.usable

    async def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
