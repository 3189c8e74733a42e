"""Tables of gyms and the people in them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from pp_core.kernel.db.tables import Base, Kind, TenantTable, created_at, tenant_key
from pp_core.kernel.policy import Feature

_ALL_FEATURES = ", ".join(f"'{feature.value}'" for feature in Feature)


class Tenant(Base):
    """A gym business, or one independent trainer. The tenant of nil id is the platform itself."""

    __tablename__ = "tenants"
    kind = Kind.TENANT
    grants = "SELECT, INSERT, UPDATE"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(server_default="active")
    timezone: Mapped[str]
    country: Mapped[str] = mapped_column(server_default="KE")
    currency: Mapped[str] = mapped_column(server_default="KES")
    language: Mapped[str] = mapped_column(server_default="en")
    features: Mapped[list[str]] = mapped_column(server_default=text(f"ARRAY[{_ALL_FEATURES}]"))
    limits: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    next_member_code: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        Index("ix_tenants_name", text("lower(name)")),
    )


class Branch(TenantTable):
    """A place where the gym's doors are."""

    __tablename__ = "branches"

    name: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    timezone: Mapped[str]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (UniqueConstraint("tenant_id", "name"),)


class Person(TenantTable):
    """A member or one of the staff. `user_id` links a login, which a member with only a phone does not need."""

    __tablename__ = "people"

    user_id: Mapped[UUID | None]
    branch_id: Mapped[UUID | None]
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    code: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="en")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    status: Mapped[str] = mapped_column(server_default="active")
    joined_on: Mapped[date]
    pin_hash: Mapped[str | None]
    pin_failures: Mapped[int] = mapped_column(server_default="0")
    pin_locked_until: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(
        Computed(
            "lower(name || ' ' || code || ' ' || coalesce(phone, '') || ' ' || coalesce(email, ''))", persisted=True
        )
    )
    # Two spaces, so that a name comes before those that go on where it ends.
    plain: Mapped[str] = mapped_column(
        Text(collation="C"), Computed("pp_plain(name || '  ' || code || '  ' || coalesce(phone, ''))", persisted=True)
    )
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("branch_id", "branches"),
        UniqueConstraint("tenant_id", "code"),
        Index(
            "uq_people_tenant_id_user_id", "tenant_id", "user_id", unique=True, postgresql_where="user_id IS NOT NULL"
        ),
        Index("ix_people_user_id", "user_id", postgresql_where="user_id IS NOT NULL"),
        Index("ix_people_phone", "phone", postgresql_where="phone IS NOT NULL"),
        Index(None, "tenant_id", "name", "id"),
        Index("ix_people_staff", "tenant_id", "name", "id", postgresql_where="roles <> '{CLIENT}'"),
        Index(
            "ix_people_search",
            "tenant_id",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
        # What the desk finds people by: their names in order, and every part of one to three letters.
        Index("ix_people_plain", "tenant_id", "status", "plain", "id"),
        Index("ix_people_parts", "tenant_id", text("pp_parts(plain)"), postgresql_using="gin"),
        CheckConstraint("status IN ('active', 'left')", name="status"),
    )


class Consent(TenantTable):
    """That a person agreed: to what, in which wording, when, through which door (General Regulations 2021, reg. 4)."""

    __tablename__ = "consents"
    grants = "SELECT, INSERT"

    person_id: Mapped[UUID]
    purpose: Mapped[str]
    wording: Mapped[str]
    given: Mapped[bool]
    door: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (tenant_key("person_id", "people"), Index(None, "tenant_id", "person_id"))


class Invitation(TenantTable):
    """An invitation to a person of the staff to make a login, by the digest of its code."""

    __tablename__ = "invitations"

    person_id: Mapped[UUID]
    phone: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (tenant_key("person_id", "people"),)


class Channel(TenantTable):
    """A service code, short code, sender name or bot that belongs to this gym alone."""

    __tablename__ = "channels"

    kind_of: Mapped[str] = mapped_column("kind")
    address: Mapped[str]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        # Global on purpose: an address can lead to one gym only, and two gyms asking for it must be told.
        UniqueConstraint("kind", "address"),
        CheckConstraint("kind IN ('sms', 'ussd', 'telegram')", name="kind"),
    )
