"""What happens to gyms and their people."""

from . import channels, gyms, imports, members, pins, senders, staff

__all__ = ["channels", "gyms", "imports", "members", "pins", "senders", "staff"]
