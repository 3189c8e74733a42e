"""What contexts above may ask of logins, with their open transaction."""

from pp_core.identity.use_cases.lockout import unlock
from pp_core.identity.use_cases.logins import join_login

__all__ = ["join_login", "unlock"]
