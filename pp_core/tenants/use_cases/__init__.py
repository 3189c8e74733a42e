"""What happens to gyms and their people."""

from . import gyms, imports, members, senders

__all__ = ["gyms", "imports", "members", "senders"]
