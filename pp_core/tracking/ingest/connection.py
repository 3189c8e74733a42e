"""The connection that points are written by: one transaction a group, as `pp_ingest`."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from struct import Struct
from typing import Any, Final, Self
from uuid import UUID

import numpy as np
import psycopg
from psycopg import AsyncConnection
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.rows import namedtuple_row

from pp_core.kernel.ids import new_id
from pp_core.tracking.rules.validation import Point

from .streams import Offer, Stream

CONNECT_S: Final = 5
_ARRAY: Final = Struct("!iiiii")
_SINCE_2000_MS: Final = 946_684_800_000
_NOWHERE: Final = Point(0, 0.0, 0.0)

_INSERT = """
INSERT INTO activity_points
       (tenant_id, activity_id, device_ts, received_at, lat, lon, altitude, speed, accuracy, heart_rate)
SELECT (%(tenants)b::uuid[])[p.entry], (%(activities)b::uuid[])[p.entry], p.ts, %(at)s, p.lat, p.lon, nullif(p.altitude, 'NaN'),
       nullif(p.speed, 'NaN'), nullif(p.accuracy, 'NaN'), nullif(p.heart_rate, 0)
  FROM unnest(%(entry)b, %(ts)b, %(lat)b, %(lon)b, %(altitude)b, %(speed)b, %(accuracy)b, %(heart_rate)b)
       AS p (entry, ts, lat, lon, altitude, speed, accuracy, heart_rate)
    ON CONFLICT DO NOTHING
"""
_TELL = """
SELECT * FROM pp_points_ingested(
  %(at)s, %(correlation)s, %(tenants)b, %(activities)b, %(sent)b, %(first)b,
  %(last)b, %(lat)b, %(lon)b, %(speed)s::real[], %(heart_rate)s::smallint[],
  %(base)s::timestamptz[], %(metres)b, %(moving)b, %(shift)b, %(told)b,
  %(durable)s::boolean[], %(notify)s::boolean[], %(events)b)
"""


@dataclass(slots=True)
class Entry:
    """What one group has of one stream: its points, what it went further, and whom to tell."""

    stream: Stream
    offers: list[Offer] = field(default_factory=list)
    sent: int = 0
    durable: bool = False
    notify: bool = False
    metres: float = 0.0
    moving: float = 0.0
    base: datetime | None = None


class _Column(bytes):
    """A column of points as PostgreSQL sends an array in binary (src/backend/utils/adt/arrayfuncs.c, array_recv)."""

    oid: int
    element: int
    dtype: str

    @classmethod
    def of(cls, values: Any) -> Self:
        """The values; what numpy reads as NaN stands for NULL."""
        column = np.empty(len(values), [("size", ">i4"), ("value", cls.dtype)])
        column["size"] = column.dtype["value"].itemsize
        column["value"] = values
        return cls(_ARRAY.pack(1, 0, cls.element, len(values), 1) + column.tobytes())


class _Whole(_Column):
    oid, element, dtype = 1007, 23, ">i4"


class _Small(_Column):
    oid, element, dtype = 1005, 21, ">i2"


class _Real(_Column):
    oid, element, dtype = 1021, 700, ">f4"


class _Double(_Column):
    oid, element, dtype = 1022, 701, ">f8"


class _Long(_Column):
    oid, element, dtype = 1016, 20, ">i8"


class _Moments(_Column):
    """Microseconds since 2000."""

    oid, element, dtype = 1185, 1184, ">i8"

    @classmethod
    def of_ms(cls, values: Sequence[int]) -> Self:
        """Milliseconds since 1970."""
        return cls.of((np.array(values, np.int64) - _SINCE_2000_MS) * 1000)


class _Ids(_Column):
    oid, element, dtype = 2951, 2950, "V16"

    @classmethod
    def of_ids(cls, values: Iterable[UUID]) -> Self:
        """UUIDs."""
        return cls.of(np.frombuffer(b"".join(one.bytes for one in values), "V16"))


def _dumper(column: type[_Column]) -> type[Dumper]:
    class Made(Dumper):
        format = Format.BINARY
        oid = column.oid

        def dump(self, obj: Any) -> bytes:
            return bytes(obj)

    return Made


class Connection:
    """A connection that writes groups of points, each in one round trip.

    PostgreSQL's own, or behind a pooler in session mode: its statements are prepared.
    """

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str, name: str) -> Self:
        """Connect; psycopg's errors when that fails."""
        connection = await AsyncConnection.connect(
            url, autocommit=True, row_factory=namedtuple_row, application_name=name, connect_timeout=CONNECT_S,
            prepare_threshold=0,
        )  # fmt: skip
        for column in (_Whole, _Small, _Long, _Real, _Double, _Moments, _Ids):
            connection.adapters.register_dumper(column, _dumper(column))
        try:
            # To compile or to plan anew what is short and always the same takes longer than it does.
            await connection.execute("SET jit = off")
            await connection.execute("SET plan_cache_mode = force_generic_plan")
        except BaseException:
            await connection.close()
            raise
        return cls(connection)

    @property
    def usable(self) -> bool:
        """Whether it is still there, as far as can be told without asking."""
        return not self._connection.closed and not self._connection.broken

    async def close(self) -> None:
        """Let go of it."""
        await self._connection.close()

    async def write(self, entries: list[Entry], at: datetime) -> list[Any]:
        """Store the points of all entries, received `at`, and tell of them; returns `pp_points_ingested`'s row for each."""
        connection = self._connection
        told = _arguments(entries, at, new_id().hex)
        points = _columns(entries)
        try:
            async with connection.pipeline():
                await connection.execute("BEGIN")
                if points:
                    where = {name: told[name] for name in ("tenants", "activities", "at")}
                    await connection.execute(_INSERT, {**where, **points})
                answer = await connection.execute(_TELL, told)
                await connection.execute("COMMIT")
            rows = await answer.fetchall()
        except psycopg.Error:
            with suppress(psycopg.Error):
                await connection.execute("ROLLBACK")
            raise
        return rows


def is_lost(error: psycopg.Error) -> bool:
    """Whether the server went away, as opposed to refusing what it was given."""
    if isinstance(error, psycopg.errors.PipelineAborted):
        return False
    return isinstance(error, psycopg.OperationalError) and (
        error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))
    )


def _columns(entries: list[Entry]) -> dict[str, _Column]:
    """The points of all entries; `entry` is the place of theirs, from 1."""
    points = [point for entry in entries for offer in entry.offers for point in offer.points]
    if not points:
        return {}
    ts, lat, lon, altitude, speed, accuracy, beats = zip(*points, strict=True)
    known = np.array(speed, float)
    return {
        "entry": _Whole.of(np.repeat(np.arange(1, len(entries) + 1), [entry.sent for entry in entries])),
        "ts": _Moments.of_ms(ts),
        "lat": _Double.of(lat),
        "lon": _Double.of(lon),
        "altitude": _Real.of(np.array(altitude, float)),
        "speed": _Real.of(np.where(known < 0, np.nan, known)),  # iOS has -1 for what is not known
        "accuracy": _Real.of(np.array(accuracy, float)),
        "heart_rate": _Small.of(np.nan_to_num(np.array(beats, float))),
    }


def _arguments(entries: list[Entry], at: datetime, correlation: str) -> dict[str, Any]:
    """What `pp_points_ingested` takes. Of an entry without points it looks at no position."""
    streams = [entry.stream for entry in entries]
    points = [[point for offer in entry.offers for point in offer.points] for entry in entries]
    newest = [max(some, key=_ts_of) if some else _NOWHERE for some in points]
    first = [min(some, key=_ts_of).ts if some else 0 for some in points]
    return {
        "at": at,
        "correlation": correlation,
        "tenants": _Ids.of_ids(stream.tenant_id for stream in streams),
        "activities": _Ids.of_ids(stream.activity_id for stream in streams),
        "sent": _Whole.of([entry.sent for entry in entries]),
        "first": _Moments.of_ms(first),
        "last": _Moments.of_ms([point.ts for point in newest]),
        "lat": _Double.of([point.lat for point in newest]),
        "lon": _Double.of([point.lon for point in newest]),
        "speed": [None if point.speed is None or point.speed < 0 else point.speed for point in newest],
        "heart_rate": [point.heart_rate or None for point in newest],
        "base": [entry.base for entry in entries],
        "metres": _Double.of([entry.metres for entry in entries]),
        "moving": _Double.of([entry.moving for entry in entries]),
        "shift": _Long.of([stream.shift_ms for stream in streams]),
        "told": _Whole.of([stream.untold for stream in streams]),
        "durable": [entry.durable for entry in entries],
        "notify": [entry.notify for entry in entries],
        "events": _Ids.of_ids(new_id() for _ in entries),
    }


def _ts_of(point: Point) -> int:
    return point.ts
