"""The domain of Progress Pulse: one library that every door drives."""
