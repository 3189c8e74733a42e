"""Tables of logins. Every row is a login's own: seen only with app.user_id set to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pp_core.kernel.db.tables import UserTable, created_at


class User(UserTable):
    """A login: by e-mail or phone, with a password. What it is called and where it works is in `people`."""

    __tablename__ = "users"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    phone: Mapped[str | None] = mapped_column(unique=True)
    email_verified_at: Mapped[datetime | None]
    phone_verified_at: Mapped[datetime | None]
    password_hash: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active")
    super_admin: Mapped[bool] = mapped_column(server_default="false")
    language: Mapped[str] = mapped_column(server_default="en")
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name="reachable"),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
    )


class Lockout(UserTable):
    """Wrong passwords in a row, of a login or of a name that no login has: both are counted and answered alike."""

    __tablename__ = "lockouts"

    # No foreign key: the names that no login has share a fixed number of rows (see `rules.stranger`).
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]


class UserSession(UserTable):
    """A device that is signed in; its refresh tokens form one family."""

    __tablename__ = "user_sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.user_id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    device: Mapped[str]
    ip: Mapped[str | None]
    authenticated_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[str | None]
    created_at: Mapped[datetime] = created_at()


class RefreshToken(UserTable):
    """One refresh token, by digest. Used once; seen again, its whole family is revoked."""

    __tablename__ = "refresh_tokens"

    digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.user_id"))
    session_id: Mapped[UUID]
    tenant_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (Index(None, "user_id", "session_id"),)


class OneTimeCode(UserTable):
    """A code sent to a login's e-mail or phone, to reset a password or prove the contact is theirs."""

    __tablename__ = "one_time_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.user_id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    target: Mapped[str]
    digest: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (CheckConstraint("purpose IN ('password_reset', 'verify_email', 'verify_phone')", name="purpose"),)
