"""Tables of texts that came in and messages that go out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
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
    sort: Mapped[str] = mapped_column(server_default="text")
    message_ref: Mapped[str | None]
    about_ref: Mapped[str | None]
    sender_name: Mapped[str | None]
    language: Mapped[str | None]
    session: Mapped[str | None]
    link_id: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    state: Mapped[dict[str, Any] | None]  # the conversation as it stood when this text was first taken up
    state_version: Mapped[int | None]
    tenant_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    intent: Mapped[str | None]
    flow: Mapped[str | None]
    confidence: Mapped[float | None]
    understood: Mapped[bool | None]
    reply: Mapped[str | None]
    reply_ref: Mapped[str | None]
    made: Mapped[dict[str, Any] | None]  # what it made, by kind: a correction of this very text needs it
    answered_at: Mapped[datetime | None]
    picked_up_at: Mapped[datetime | None]  # by the worker, after the door that should have answered it did not
    followed_up_at: Mapped[datetime | None]  # by text, because the page went out without the answer

    __table_args__ = (
        UniqueConstraint("channel", "gateway_id"),
        Index(None, "channel", "sender", "received_at"),
        Index(
            "ix_incoming_texts_message_ref",
            "channel",
            "sender",
            "message_ref",
            postgresql_where="message_ref IS NOT NULL",
        ),
        Index("ix_incoming_texts_waiting", "received_at", postgresql_where="answered_at IS NULL"),
        Index(
            "ix_incoming_texts_gym",
            "tenant_id",
            "channel",
            "received_at",
            postgresql_where="tenant_id IS NOT NULL",
        ),
    )


class Conversation(PlatformTable):
    """Where one phone or chat stands with one address of ours: of no gym until its people are known.

    `state` is the dialogue engine's. `holder` is the text being answered just now: the next one waits for it.
    """

    __tablename__ = "conversations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    address: Mapped[str]
    party: Mapped[str]
    state: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    version: Mapped[int] = mapped_column(server_default="0")
    holder: Mapped[UUID | None]
    held_until: Mapped[datetime | None]
    updated_at: Mapped[datetime] = created_at()

    __table_args__ = (UniqueConstraint("channel", "address", "party"),)


class UssdSession(PlatformTable):
    """How a session ended at the gateway, and what it cost."""

    __tablename__ = "ussd_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str]
    service_code: Mapped[str]
    network: Mapped[str | None]
    status: Mapped[str]
    cost_minor: Mapped[int | None]
    currency: Mapped[str | None]
    milliseconds: Mapped[int | None]
    hops: Mapped[int | None]
    reason: Mapped[str | None]
    tenant_id: Mapped[UUID | None]
    ended_at: Mapped[datetime]

    __table_args__ = (Index(None, "tenant_id", "ended_at"),)


class ChatLink(PlatformTable):
    """A chat whose owner proved a phone number to be theirs. A number that moves to another chat leaves the old one."""

    __tablename__ = "chat_links"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    address: Mapped[str]
    chat: Mapped[str]
    phone: Mapped[str]
    linked_at: Mapped[datetime]
    unlinked_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_chat_links_chat", "channel", "address", "chat", unique=True, postgresql_where="unlinked_at IS NULL"),
        Index(
            "uq_chat_links_phone", "channel", "address", "phone", unique=True, postgresql_where="unlinked_at IS NULL"
        ),
        Index("ix_chat_links_phone", "phone", postgresql_where="unlinked_at IS NULL"),
    )


class OptOut(TenantTable):
    """A phone wants nothing unasked from this gym (by the platform's row: from nobody here) until `ended_at`."""

    __tablename__ = "opt_outs"

    phone: Mapped[str]
    source: Mapped[str]
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_opt_outs_phone", "tenant_id", "phone", unique=True, postgresql_where="ended_at IS NULL"),
        CheckConstraint("source IN ('text', 'gateway', 'staff')", name="source"),
    )


class UnreadText(TenantTable):
    """A text that could not be understood, kept for the gym's staff."""

    __tablename__ = "unread_texts"

    text_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    channel: Mapped[str] = mapped_column(server_default="sms")
    address: Mapped[str | None]  # of ours that it was written to
    sender: Mapped[str]
    text: Mapped[str]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    message_id: Mapped[UUID | None]  # the reply, when it was given one

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
    buttons: Mapped[dict[str, Any] | None]
    picture: Mapped[bytes | None] = mapped_column(LargeBinary())  # until it was sent
    address: Mapped[str | None]  # of ours that it is sent from: short code or bot
    fallback_phone: Mapped[str | None]  # where it goes when its chat refuses it
    text_id: Mapped[UUID | None]  # the incoming text that it answers
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
