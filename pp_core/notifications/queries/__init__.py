"""Every SQL statement of texts and messages."""
