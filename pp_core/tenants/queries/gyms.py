"""Statements about gyms and branches."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from pp_core.kernel.db.statement import Rows, sql
from pp_core.kernel.db.transaction import Transaction
from pp_core.tenants.models import Branch, Tenant

_INSERT_GYM = sql(
    insert(Tenant)
    .values({name: bindparam(name) for name in ("tenant_id", "name", "slug", "timezone", "country", "currency")})
    .on_conflict_do_nothing()
    .returning(Tenant.created_at)
)
_GYM = sql(
    select(
        Tenant.tenant_id.label("gym_id"), Tenant.slug, Tenant.name, Tenant.status, Tenant.timezone, Tenant.created_at,
        Tenant.currency,
    ).where(Tenant.tenant_id == bindparam("tenant_id"))
)  # fmt: skip
_GYMS = sql("SELECT tenant_id AS gym_id, slug, name, status, timezone, created_at FROM pp_gyms(%(after)s, %(limit)s)")
_SET_STATUS = sql(
    update(Tenant).where(Tenant.tenant_id == bindparam("tenant_id")).values(status=bindparam("new_status"))
)
_INSERT_BRANCH = sql(
    insert(Branch)
    .values({name: bindparam(name) for name in ("tenant_id", "id", "name", "city", "country", "timezone")})
    .on_conflict_do_nothing()
    .returning(Branch.id)
)
_BRANCHES = sql(
    select(Branch.id, Branch.name, Branch.city, Branch.country, Branch.timezone)
    .where(Branch.tenant_id == bindparam("tenant_id"))
    .order_by(Branch.created_at, Branch.id)
)
_BRANCH = sql(
    select(Branch.id, Branch.name, Branch.timezone).where(
        Branch.tenant_id == bindparam("tenant_id"), Branch.id == bindparam("id")
    )
)


async def insert_gym(tx: Transaction, **values: Any) -> bool:
    """Store a gym; False when the slug is taken. The transaction must have entered it."""
    return await tx.maybe(_INSERT_GYM, **values) is not None


async def gym(tx: Transaction, tenant_id: UUID) -> Any | None:
    """The gym entered."""
    return await tx.maybe(_GYM, tenant_id=tenant_id)


async def gyms(tx: Transaction, after: str | None, limit: int) -> Rows:
    """All gyms by slug, for the platform."""
    return await tx.all(_GYMS, after=after, limit=limit)


async def set_status(tx: Transaction, tenant_id: UUID, status: str) -> None:
    """Suspend a gym or let it work."""
    await tx.run(_SET_STATUS, tenant_id=tenant_id, new_status=status)


async def insert_branch(tx: Transaction, **values: Any) -> bool:
    """Store a branch; False when its name is taken."""
    return await tx.maybe(_INSERT_BRANCH, **values) is not None


async def branches(tx: Transaction, tenant_id: UUID) -> Rows:
    """All branches, the first one first."""
    return await tx.all(_BRANCHES, tenant_id=tenant_id)


async def branch(tx: Transaction, tenant_id: UUID, branch_id: UUID) -> Any | None:
    """A branch's id, name and time zone."""
    return await tx.maybe(_BRANCH, tenant_id=tenant_id, id=branch_id)
