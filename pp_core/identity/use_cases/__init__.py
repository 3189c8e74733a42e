"""What happens to logins."""

from . import codes, logins, passwords, sessions

__all__ = ["codes", "logins", "passwords", "sessions"]
