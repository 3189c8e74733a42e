"""The workout shorthand: what people write about their sets, read and written; see ``docs/shorthand.md``."""

from pp_core.workouts.formats.shorthand.canonical import render, render_sets
from pp_core.workouts.formats.shorthand.corrections import correct
from pp_core.workouts.formats.shorthand.grammar import parse
from pp_core.workouts.formats.shorthand.parsed import (
    LOG_WORKOUT,
    UNKNOWN,
    ParsedSet,
    ParsedWorkout,
    Unread,
)

__all__ = [
    "LOG_WORKOUT",
    "UNKNOWN",
    "ParsedSet",
    "ParsedWorkout",
    "Unread",
    "correct",
    "parse",
    "render",
    "render_sets",
]
