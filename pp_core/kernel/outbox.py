"""The outbox: events stored with the change that made them, and what has been delivered to whom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from .db.statement import sql
from .db.tables import PlatformTable, TenantTable, created_at
from .db.transaction import Transaction
from .ids import digest_id


class OutboxRow(TenantTable):
    """An event as it left its transaction; `id` is the event's id for ever."""

    __tablename__ = "outbox"
    grants = "SELECT, INSERT, DELETE"

    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    correlation_id: Mapped[str]
    occurred_at: Mapped[datetime]

    __table_args__ = (Index(None, "tenant_id", "occurred_at"),)


class DeliveryRow(TenantTable):
    """That a subscriber has handled an event; `id` is a digest of both."""

    __tablename__ = "deliveries"
    grants = "SELECT, INSERT, DELETE"

    event_id: Mapped[UUID]
    subscriber: Mapped[str]
    delivered_at: Mapped[datetime] = created_at()


class ClockFiring(PlatformTable):
    """That the clock has fired an entry for a minute: a second clock that fires the same does nothing."""

    __tablename__ = "clock_firings"

    name: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    fired_at: Mapped[datetime] = created_at()


_FIND = sql(
    select(OutboxRow.id, OutboxRow.name, OutboxRow.payload, OutboxRow.correlation_id).where(
        OutboxRow.tenant_id == bindparam("tenant_id"), OutboxRow.id == bindparam("id")
    )
)
_RECORD = sql(
    insert(DeliveryRow)
    .values(
        tenant_id=bindparam("tenant_id"),
        id=bindparam("id"),
        event_id=bindparam("event_id"),
        subscriber=bindparam("subscriber"),
    )
    .on_conflict_do_nothing()
)
_DELIVERED = sql("SELECT subscriber FROM deliveries WHERE tenant_id = %(tenant_id)s AND id = ANY (%(ids)s)")


async def find(tx: Transaction, tenant_id: UUID, event_id: UUID) -> Any | None:
    """The stored event, or None when it was swept away."""
    return await tx.maybe(_FIND, tenant_id=tenant_id, id=event_id)


async def record_delivery(tx: Transaction, tenant_id: UUID, event_id: UUID, subscriber: str) -> bool:
    """Note that `subscriber` handles the event in this transaction; False when it already had."""
    row_id = digest_id("delivery", str(event_id), subscriber)
    return await tx.run(_RECORD, tenant_id=tenant_id, id=row_id, event_id=event_id, subscriber=subscriber) == 1


async def delivered_to(tx: Transaction, tenant_id: UUID, event_id: UUID, subscribers: list[str]) -> frozenset[str]:
    """Those of `subscribers` that have handled the event."""
    ids = [digest_id("delivery", str(event_id), subscriber) for subscriber in subscribers]
    return frozenset(row.subscriber for row in await tx.all(_DELIVERED, tenant_id=tenant_id, ids=ids))
