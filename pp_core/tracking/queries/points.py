"""Statements about points, streams and what is made of them."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.kernel.ids import new_id
from pp_core.tracking.operations import Effort, Oddity
from pp_core.tracking.operations.points import PointIn
from pp_core.tracking.rules.privacy import Circle
from pp_core.tracking.rules.track import Track

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_INSERT = sql(
    "INSERT INTO activity_points (tenant_id, activity_id, device_ts, received_at, lat, lon, altitude, speed, accuracy,"
    " heart_rate) SELECT %(tenant_id)s, %(activity_id)s, ts, %(received_at)s, lat, lon, altitude, speed, accuracy, heart_rate"
    " FROM unnest(%(ts)s::timestamptz[], %(lat)s::float8[], %(lon)s::float8[], %(altitude)s::real[], %(speed)s::real[],"
    " %(accuracy)s::real[], %(heart_rate)s::smallint[]) AS p (ts, lat, lon, altitude, speed, accuracy, heart_rate)"
    " ON CONFLICT DO NOTHING"
)
# As arrays: a row for each of ten thousand points would cost more than all that is made of them.
_POINTS = sql(
    "SELECT coalesce(array_agg((extract(epoch FROM device_ts) * 1000)::int8 ORDER BY device_ts), '{}') AS ts,"
    " coalesce(array_agg(lat ORDER BY device_ts), '{}') AS lat, coalesce(array_agg(lon ORDER BY device_ts), '{}') AS lon,"
    " coalesce(array_agg(coalesce(altitude::float8, 'NaN') ORDER BY device_ts), '{}') AS altitude,"
    " coalesce(array_agg(coalesce(speed::float8, 'NaN') ORDER BY device_ts), '{}') AS speed,"
    " coalesce(array_agg(coalesce(accuracy::float8, 'NaN') ORDER BY device_ts), '{}') AS accuracy,"
    " coalesce(array_agg(coalesce(heart_rate, 0)::int4 ORDER BY device_ts), '{}') AS heart_rate"
    " FROM activity_points WHERE tenant_id = %(tenant_id)s AND activity_id = %(activity_id)s"
)
_DELETE_POINTS = sql("DELETE FROM activity_points WHERE tenant_id = %(tenant_id)s AND activity_id = %(activity_id)s")
_LATE = sql(
    "SELECT EXISTS (SELECT FROM activity_points WHERE tenant_id = %(tenant_id)s AND activity_id = %(activity_id)s"
    " AND received_at > %(since)s)"
)
_STREAM = sql("SELECT data FROM activity_streams WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s")
_SET_STREAM = sql(
    "INSERT INTO activity_streams (tenant_id, id, points, data) VALUES (%(tenant_id)s, %(activity_id)s, %(points)s, %(data)s)"
    " ON CONFLICT (tenant_id, id) DO UPDATE SET points = excluded.points, data = excluded.data"
)
_SET_LIVE = sql(
    "INSERT INTO activity_live (tenant_id, id, last_ts, lat, lon, speed, heart_rate, distance_m, moving_s, points, updated_at)"
    " VALUES (%(tenant_id)s, %(activity_id)s, %(last_ts)s, %(lat)s, %(lon)s, %(speed)s, %(heart_rate)s, %(distance_m)s,"
    " %(moving_s)s, %(points)s, %(now)s)"
    " ON CONFLICT (tenant_id, id) DO UPDATE SET last_ts = excluded.last_ts, lat = excluded.lat, lon = excluded.lon,"
    " speed = excluded.speed, heart_rate = excluded.heart_rate, distance_m = excluded.distance_m,"
    " moving_s = excluded.moving_s, points = excluded.points, updated_at = excluded.updated_at"
)
_END_LIVE = sql("DELETE FROM activity_live WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s")
_SEAL = sql(
    "UPDATE activities SET status = 'finished', paused_at = NULL, pauses = %(pauses)s::jsonb, started_at = %(started_at)s,"
    " ended_at = %(ended_at)s, closed_by = coalesce(closed_by, %(closed_by)s), clock_shift_ms = %(clock_shift_ms)s,"
    " points = %(points)s, distance_m = %(distance_m)s, moving_s = %(moving_s)s, elapsed_s = %(elapsed_s)s,"
    " elevation_gain_m = %(elevation_gain_m)s, max_speed = %(max_speed)s, heart_rate_avg = %(heart_rate_avg)s,"
    " kcal = %(kcal)s, summary = %(summary)s, route = %(route)s, matched = NULL, south = %(south)s, west = %(west)s,"
    " north = %(north)s, east = %(east)s, fingerprint = %(fingerprint)s, tiles = %(tiles)s::int4[], sealed_at = %(now)s"
    " WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s"
)
_FORGET_EFFORTS = sql("DELETE FROM activity_efforts WHERE tenant_id = %(tenant_id)s AND activity_id = %(activity_id)s")
_INSERT_EFFORT = sql(
    "INSERT INTO activity_efforts (tenant_id, id, activity_id, person_id, sport, measure, seconds, from_m, started_at)"
    " VALUES (%(tenant_id)s, %(id)s, %(activity_id)s, %(person_id)s, %(sport)s, %(measure)s, %(seconds)s, %(from_m)s,"
    " %(started_at)s)"
)
# What a person has judged stays judged, however often the activity is summarised anew.
_FORGET_FLAGS = sql(
    "DELETE FROM activity_flags WHERE tenant_id = %(tenant_id)s AND activity_id = %(activity_id)s AND verdict IS NULL"
)
_INSERT_FLAG = sql(
    "INSERT INTO activity_flags (tenant_id, id, activity_id, sort, from_s, to_s, seen)"
    " SELECT %(tenant_id)s, %(id)s, %(activity_id)s, %(sort)s, %(from_s)s, %(to_s)s, %(seen)s"
    " WHERE NOT EXISTS (SELECT FROM activity_flags WHERE tenant_id = %(tenant_id)s AND activity_id = %(activity_id)s"
    " AND sort = %(sort)s AND verdict IS NOT NULL)"
)
# Flagged is what nobody has judged yet or what was judged a cheat, whoever asks and whatever was found before.
_SET_FLAGGED = sql(
    "UPDATE activities SET flagged = EXISTS (SELECT FROM activity_flags f WHERE f.tenant_id = %(tenant_id)s"
    " AND f.activity_id = %(activity_id)s AND f.verdict IS DISTINCT FROM 'honest')"
    " WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s"
)
_TWINS = sql(
    "SELECT id FROM activities WHERE tenant_id = %(tenant_id)s AND fingerprint = %(fingerprint)s AND id <> %(activity_id)s"
    " ORDER BY started_at LIMIT 5"
)
# Of what others may not see, or not at which speed, they hear nothing: they are told the best of the rest.
_RECORDS = sql(
    "SELECT sport, measure, value, activity_id, at, person_id, hidden FROM ("
    " SELECT DISTINCT ON (e.sport, e.measure) e.sport, e.measure, e.seconds AS value, e.activity_id, e.started_at AS at,"
    "        a.person_id, a.hidden"
    "   FROM activity_efforts e JOIN activities a ON a.tenant_id = e.tenant_id AND a.id = e.activity_id"
    "  WHERE e.tenant_id = %(tenant_id)s AND e.person_id = %(person_id)s"
    "    AND (%(sport)s::text IS NULL OR e.sport = %(sport)s)"
    "    AND (%(visible)s::text[] IS NULL OR (a.visibility = ANY (%(visible)s) AND 'speed' <> ALL (a.hidden)))"
    "    AND NOT EXISTS (SELECT FROM activity_flags f WHERE f.tenant_id = a.tenant_id AND f.activity_id = a.id"
    "                       AND f.verdict = 'cheat')"
    "  ORDER BY e.sport, e.measure, e.seconds, e.started_at, e.activity_id) AS fastest"
    " UNION ALL SELECT sport, measure, value, activity_id, at, person_id, hidden FROM ("
    " SELECT DISTINCT ON (a.sport, m.measure) a.sport, m.measure, m.value, a.id AS activity_id, a.started_at AS at,"
    "        a.person_id, a.hidden"
    "   FROM activities a CROSS JOIN LATERAL (VALUES ('furthest', a.distance_m), ('longest', a.moving_s::float8),"
    "        ('climb', a.elevation_gain_m)) AS m (measure, value)"
    "  WHERE a.tenant_id = %(tenant_id)s AND a.person_id = %(person_id)s AND a.status = 'finished' AND m.value > 0"
    "    AND (%(sport)s::text IS NULL OR a.sport = %(sport)s)"
    "    AND (%(visible)s::text[] IS NULL OR (a.visibility = ANY (%(visible)s)"
    "         AND (m.measure <> 'longest' OR 'speed' <> ALL (a.hidden))))"
    "    AND NOT EXISTS (SELECT FROM activity_flags f WHERE f.tenant_id = a.tenant_id AND f.activity_id = a.id"
    "                       AND f.verdict = 'cheat')"
    "  ORDER BY a.sport, m.measure, m.value DESC, a.started_at, a.id) AS longest"
    " ORDER BY sport, measure"
)
_HAS_FILE = sql("SELECT 1 FROM activity_files WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s")
_ZONES = sql(
    "SELECT person_id, lat, lon, radius_m, id FROM privacy_zones"
    " WHERE tenant_id = %(tenant_id)s AND person_id = ANY (%(people)s) ORDER BY person_id, id"
)


def moment(ts: int) -> datetime:
    """The moment of milliseconds since 1970, exact."""
    return EPOCH + int(ts) * _MILLISECOND


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970 of a moment; what is finer is cut off, so that a point sent twice has one key."""
    return (at - EPOCH) // _MILLISECOND


async def insert_points(
    tx: Transaction, tenant_id: UUID, activity_id: UUID, points: Sequence[PointIn], received_at: datetime
) -> int:
    """Store points by the device's own time; returns how many were not there yet."""
    return await tx.run(
        _INSERT,
        tenant_id=tenant_id,
        activity_id=activity_id,
        received_at=received_at,
        ts=[moment(milliseconds(point.ts)) for point in points],
        lat=[point.lat for point in points],
        lon=[point.lon for point in points],
        altitude=[point.altitude for point in points],
        speed=[point.speed for point in points],
        accuracy=[point.accuracy for point in points],
        heart_rate=[point.hr for point in points],
    )


async def track_of(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> Track:
    """The points that came in live."""
    row = await tx.one(_POINTS, tenant_id=tenant_id, activity_id=activity_id)
    return Track.of(row.ts, row.lat, row.lon, row.altitude, row.speed, row.accuracy, row.heart_rate)


async def came_late(tx: Transaction, tenant_id: UUID, activity_id: UUID, *, since: datetime) -> bool:
    """Whether points came after the moment `since`, at which the activity was last sealed."""
    return bool(await tx.value(_LATE, tenant_id=tenant_id, activity_id=activity_id, since=since))


async def stream_of(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> bytes | None:
    """The encoded points of a finished activity."""
    found: bytes | None = await tx.value(_STREAM, tenant_id=tenant_id, activity_id=activity_id)
    return found


async def set_stream(tx: Transaction, tenant_id: UUID, activity_id: UUID, *, points: int, data: bytes) -> None:
    """Store the encoded points."""
    await tx.run(_SET_STREAM, tenant_id=tenant_id, activity_id=activity_id, points=points, data=data)


async def delete_points(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> None:
    """Delete what came in live."""
    await tx.run(_DELETE_POINTS, tenant_id=tenant_id, activity_id=activity_id)


async def set_live(tx: Transaction, tenant_id: UUID, activity_id: UUID, **values: Any) -> None:
    """Store where somebody is and how far they came."""
    await tx.run(_SET_LIVE, tenant_id=tenant_id, activity_id=activity_id, **values)


async def seal(
    tx: Transaction,
    tenant_id: UUID,
    activity_id: UUID,
    *,
    person_id: UUID,
    efforts: Iterable[Effort],
    oddities: Iterable[Oddity],
    pauses: list[list[int]],
    **values: Any,
) -> None:
    """Store all that a finished activity comes to, in place of what it came to before."""
    at = {"tenant_id": tenant_id, "activity_id": activity_id}
    await tx.run(_SEAL, **at, **values, pauses=json.dumps(pauses))
    await tx.run(_END_LIVE, **at)
    await tx.run(_FORGET_EFFORTS, **at)
    await tx.many(
        _INSERT_EFFORT,
        (
            {
                **at,
                "id": new_id(),
                "person_id": person_id,
                "sport": values["sport"],
                "measure": effort.measure,
                "seconds": effort.seconds,
                "from_m": effort.from_m,
                "started_at": values["started_at"],
            }
            for effort in efforts
        ),
    )
    await tx.run(_FORGET_FLAGS, **at)
    await tx.many(
        _INSERT_FLAG,
        (
            {**at, "id": new_id(), "sort": one.kind, "from_s": one.from_s, "to_s": one.to_s, "seen": one.seen}
            for one in oddities
        ),
    )
    await set_flagged(tx, tenant_id, activity_id)


async def set_flagged(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> None:
    """Store whether anything about the activity waits for a verdict or was judged a cheat."""
    await tx.run(_SET_FLAGGED, tenant_id=tenant_id, activity_id=activity_id)


async def twins(tx: Transaction, tenant_id: UUID, activity_id: UUID, fingerprint: str) -> list[UUID]:
    """Other activities of the gym that went the very same way at the very same pace."""
    rows = await tx.all(_TWINS, tenant_id=tenant_id, activity_id=activity_id, fingerprint=fingerprint)
    return [row.id for row in rows]


async def records(
    tx: Transaction, tenant_id: UUID, person_id: UUID, sport: str | None, visible: Sequence[str] | None = None
) -> Rows:
    """A person's best of each measure, with what is hidden of its activity; what was judged a cheat does not count.

    `visible` are the visibilities that somebody else sees; None for the person themselves.
    """
    seen = None if visible is None else list(visible)
    return await tx.all(_RECORDS, tenant_id=tenant_id, person_id=person_id, sport=sport, visible=seen)


async def has_file(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> bool:
    """Whether the file that the activity came in is kept."""
    return await tx.value(_HAS_FILE, tenant_id=tenant_id, activity_id=activity_id) is not None


async def zones(tx: Transaction, tenant_id: UUID, people: Sequence[UUID]) -> dict[UUID, list[Circle]]:
    """The privacy zones of people; the id of one is told to nobody but its owner, so it is their secret."""
    found: dict[UUID, list[Circle]] = {person: [] for person in people}
    for row in await tx.all(_ZONES, tenant_id=tenant_id, people=list(people)):
        found[row.person_id].append(Circle(row.lat, row.lon, float(row.radius_m), row.id.hex))
    return found
