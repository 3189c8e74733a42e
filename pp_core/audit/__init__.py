"""The audit trail: who did what to which resource, from where, and how it ended. Append-only."""
