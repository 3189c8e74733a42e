"""Membership plans, memberships and visits."""
