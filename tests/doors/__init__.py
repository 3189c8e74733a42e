"""One use case through every door."""
