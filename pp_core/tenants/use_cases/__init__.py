"""What happens to gyms and their people."""

from . import gyms, imports, members, pins, senders, staff

__all__ = ["gyms", "imports", "members", "pins", "senders", "staff"]
