"""What happens to plans, memberships and visits."""

from . import desk, plans, sales, visits

__all__ = ["desk", "plans", "sales", "visits"]
