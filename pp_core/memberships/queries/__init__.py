"""Every SQL statement of plans, memberships, visits and door codes."""
