"""Statements about staff: invitations, roles and PINs."""

from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.tenants.models import Invitation

_INSERT_INVITATION = sql(
    insert(Invitation).values(
        {name: bindparam(name) for name in ("tenant_id", "id", "person_id", "digest", "expires_at")}
    )
)


async def insert_invitation(tx: Transaction, **values: Any) -> None:
    """Store an invitation by the digest of its code."""
    await tx.run(_INSERT_INVITATION, **values)
