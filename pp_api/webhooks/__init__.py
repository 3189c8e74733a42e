"""Callbacks of the outside world: each checked, translated into an operation and answered at once."""
