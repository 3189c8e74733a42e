"""The audit table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from pp_core.kernel.db.tables import TenantTable


class AuditEntry(TenantTable):
    """One act, refusal or failure. Rows are never changed: the role that writes them may not."""

    __tablename__ = "audit_entries"
    grants = "SELECT, INSERT"

    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor: Mapped[str]
    person_id: Mapped[UUID | None]
    operation: Mapped[str]
    door: Mapped[str]
    ip: Mapped[str | None]
    correlation_id: Mapped[str]
    outcome: Mapped[str]
    resource: Mapped[str | None]
    resource_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]]

    __table_args__ = (
        # What was refused or failed is rare and looked for.
        Index("ix_audit_entries_refused", "tenant_id", "id", postgresql_where="outcome <> 'done'"),
    )
