"""Statements about the files that activities came in, and about activities that a file repeats."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Transaction

_HOLD = sql("SELECT pg_advisory_xact_lock(hashtextextended(%(person_id)s::text, 8))")
_REPEATED = sql(
    "SELECT id FROM activities WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s"
    " AND (source_key = ANY (%(source_keys)s) OR (started_at BETWEEN %(earliest)s AND %(latest)s"
    " AND (status <> 'finished' OR ended_at - started_at BETWEEN %(shortest)s AND %(longest)s)))"
    " ORDER BY source_key = ANY (%(source_keys)s) DESC NULLS LAST, started_at, id LIMIT 1"
)
_KEEP = sql(
    "INSERT INTO activity_files (tenant_id, id, name, media_type, sha256, size, content)"
    " VALUES (%(tenant_id)s, %(activity_id)s, %(name)s, %(media_type)s, %(sha256)s, %(size)s, %(content)s)"
)
_FILE = sql(
    "SELECT name, media_type, sha256, size, content FROM activity_files"
    " WHERE tenant_id = %(tenant_id)s AND id = %(activity_id)s"
)


async def hold_imports(tx: Transaction, person_id: UUID) -> None:
    """Have other imports for this person wait until the transaction ends: two at once would not see each other's."""
    await tx.run(_HOLD, person_id=person_id)


async def repeated(
    tx: Transaction,
    tenant_id: UUID,
    person_id: UUID,
    *,
    source_keys: list[str],
    started_at: datetime,
    near: timedelta,
    lasted: timedelta,
    alike: timedelta,
) -> UUID | None:
    """The person's activity that is this recording.

    It has one of these keys, or began within `near` of it and lasted as long but for `alike` (or still goes on).
    """
    found: UUID | None = await tx.value(
        _REPEATED,
        tenant_id=tenant_id,
        person_id=person_id,
        source_keys=source_keys,
        earliest=started_at - near,
        latest=started_at + near,
        shortest=lasted - alike,
        longest=lasted + alike,
    )
    return found


async def keep(tx: Transaction, tenant_id: UUID, activity_id: UUID, **values: Any) -> None:
    """Store the file an activity came in; `content` is compressed."""
    await tx.run(_KEEP, tenant_id=tenant_id, activity_id=activity_id, **values)


async def file_of(tx: Transaction, tenant_id: UUID, activity_id: UUID) -> Any | None:
    """The file an activity came in (name, media_type, sha256, size, content compressed)."""
    return await tx.maybe(_FILE, tenant_id=tenant_id, activity_id=activity_id)
