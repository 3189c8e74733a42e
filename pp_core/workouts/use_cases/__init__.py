"""What happens to exercises, workouts and records."""

from . import exercises, parsing, sessions

__all__ = ["exercises", "parsing", "sessions"]
