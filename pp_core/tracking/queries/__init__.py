"""Every SQL statement of tracking."""
