"""Statements about shared links."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction

_COLUMNS = "id, activity_id, person_id, expires_at, revoked_at, created_at"
_OF_PERSON = sql(
    f"SELECT {_COLUMNS} FROM live_shares WHERE tenant_id = %(tenant_id)s AND person_id = %(person_id)s"
    " AND expires_at > %(since)s ORDER BY created_at DESC, id DESC"
)
_ONE = sql(f"SELECT {_COLUMNS} FROM live_shares WHERE tenant_id = %(tenant_id)s AND id = %(share_id)s")
_INSERT = sql(
    "INSERT INTO live_shares (tenant_id, id, activity_id, person_id, digest, expires_at, created_at)"
    " VALUES (%(tenant_id)s, %(id)s, %(activity_id)s, %(person_id)s, %(digest)s, %(expires_at)s, %(created_at)s)"
)
_REVOKE = sql(
    "UPDATE live_shares SET revoked_at = coalesce(revoked_at, %(now)s)"
    " WHERE tenant_id = %(tenant_id)s AND id = %(share_id)s AND person_id = %(person_id)s"
)
_BEHIND = sql("SELECT tenant_id, id FROM pp_shared_activity(%(digest)s)")


async def of_person(tx: Transaction, tenant_id: UUID, person_id: UUID, since: datetime) -> Rows:
    """A person's links that expire after `since`, newest first."""
    return await tx.all(_OF_PERSON, tenant_id=tenant_id, person_id=person_id, since=since)


async def share(tx: Transaction, tenant_id: UUID, share_id: UUID) -> Any:
    """A link that is there."""
    return await tx.one(_ONE, tenant_id=tenant_id, share_id=share_id)


async def insert_share(tx: Transaction, **values: Any) -> None:
    """Store a link."""
    await tx.run(_INSERT, **values)


async def revoke(tx: Transaction, tenant_id: UUID, share_id: UUID, *, person_id: UUID, now: datetime) -> bool:
    """Close a link if it is that person's; whether it is."""
    return await tx.run(_REVOKE, tenant_id=tenant_id, share_id=share_id, person_id=person_id, now=now) == 1


async def behind(tx: Transaction, digest: str) -> Any | None:
    """The gym and the id of the link whose token has that digest."""
    return await tx.maybe(_BEHIND, digest=digest)
