"""What happens to exercises, workouts and records."""

from . import corrections, exercises, parsing, sessions

__all__ = ["corrections", "exercises", "parsing", "sessions"]
