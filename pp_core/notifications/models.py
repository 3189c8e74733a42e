"""Tables of texts that came in and messages that go out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pp_core.kernel.db.tables import PlatformTable, TenantTable, created_at


class IncomingText(PlatformTable):
    """A text as the gateway delivered it, kept before anything is made of it: of no gym until its sender is known."""

    __tablename__ = "incoming_texts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    gateway_id: Mapped[str]
    sender: Mapped[str]
    address: Mapped[str]
    text: Mapped[str]
    link_id: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    tenant_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    intent: Mapped[str | None]
    understood: Mapped[bool | None]
    answered_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("channel", "gateway_id"), Index(None, "sender", "received_at"))


class UnreadText(TenantTable):
    """A text that could not be understood, kept for the gym's staff."""

    __tablename__ = "unread_texts"

    text_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    sender: Mapped[str]
    text: Mapped[str]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("tenant_id", "text_id"),)


class OutgoingMessage(TenantTable):
    """A message to one phone. An attempt is committed before the gateway is called, its outcome after."""

    __tablename__ = "outgoing_messages"

    channel: Mapped[str]
    recipient: Mapped[str]
    person_id: Mapped[UUID | None]
    purpose: Mapped[str]
    text: Mapped[str]
    secret: Mapped[bool] = mapped_column(server_default="false")
    parts: Mapped[int]
    link_id: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="queued")
    attempts: Mapped[int] = mapped_column(server_default="0")
    attempted_at: Mapped[datetime | None]
    gateway_id: Mapped[str | None]
    cost_minor: Mapped[int | None]
    currency: Mapped[str | None]
    reason: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        CheckConstraint(
            "status IN ('queued', 'sending', 'sent', 'delivered', 'refused', 'failed', 'unknown')", name="status"
        ),
        Index("ix_outgoing_messages_gateway_id", "gateway_id", postgresql_where="gateway_id IS NOT NULL"),
        Index(None, "tenant_id", "created_at"),
    )
