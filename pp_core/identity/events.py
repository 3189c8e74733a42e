"""Facts about logins."""

from typing import ClassVar
from uuid import UUID

from pp_core.kernel.events import Event


class AccountLocked(Event):
    """A login was locked after too many wrong passwords."""

    name: ClassVar = "identity.account.locked"

    user_id: UUID


class AccountUnlocked(Event):
    """A locked login was unlocked before its time, by an administrator or by a new password."""

    name: ClassVar = "identity.account.unlocked"

    user_id: UUID


class PasswordChanged(Event):
    """A login has another password; its other sessions have ended."""

    name: ClassVar = "identity.password.changed"

    user_id: UUID


class PasswordResetRequested(Event):
    """Somebody asked for a code to set a new password; `user_id` is null when no login has the name they gave."""

    name: ClassVar = "identity.password.reset_requested"

    user_id: UUID | None


class SessionCompromised(Event):
    """A refresh token came a second time, so one of its two holders stole it; the session was revoked."""

    name: ClassVar = "identity.session.compromised"

    user_id: UUID
    session_id: UUID
