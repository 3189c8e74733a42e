"""What a text was understood to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LOG_WORKOUT = "log_workout"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ParsedSet:
    """Identical consecutive sets. Loads are kilograms as said: per dumbbell, added to the body, negative for help."""

    exercise: str  # the catalogue's English name
    slug: str
    sets: int = 1
    reps: int | None = None  # of one side; None for a hold, or when no number was given
    weight_kg: float | None = None  # None for body weight
    rpe: float | None = None
    seconds: int | None = None
    own_id: str | None = None  # the key of a gym's own exercise

    def same_but_count(self, other: ParsedSet) -> bool:
        """Whether the two differ in the number of sets at most."""
        return (
            self.reps == other.reps
            and self.weight_kg == other.weight_kg
            and self.seconds == other.seconds
            and self.rpe == other.rpe
            and self.slug == other.slug
            and self.own_id == other.own_id
        )

    def times(self, sets: int) -> ParsedSet:
        """Return the same with another number of sets."""
        return ParsedSet(self.exercise, self.slug, sets, self.reps, self.weight_kg, self.rpe, self.seconds, self.own_id)

    def as_json(self) -> dict[str, Any]:
        """Return the fields of a set in the order `pp workout parse` prints; whole numbers without a point."""
        return {
            "exercise": self.exercise,
            "sets": self.sets,
            "reps": self.reps,
            "weight_kg": whole(self.weight_kg),
            "rpe": whole(self.rpe),
            "seconds": self.seconds,
        }


@dataclass(frozen=True, slots=True)
class Unread:
    """A piece that was not understood, and the nearest right form to answer with, if there is one."""

    text: str
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedWorkout:
    """The reading of one text; ``confidence`` is between 0 and 1, see ``docs/shorthand.md``."""

    intent: str
    sets: tuple[ParsedSet, ...] = ()
    note: str | None = None
    confidence: float = 0.0
    unread: tuple[Unread, ...] = ()

    @property
    def is_workout(self) -> bool:
        """Whether sets were read."""
        return self.intent == LOG_WORKOUT

    def as_json(self) -> dict[str, Any]:
        """Return exactly what `pp workout parse` prints for a text."""
        return {
            "intent": self.intent,
            "sets": [one.as_json() for one in self.sets],
            "note": self.note,
            "confidence": self.confidence,
        }


def whole(value: float | None) -> float | int | None:
    """Return a whole float as an int, so that 100.0 prints as 100."""
    return int(value) if value is not None and value == int(value) else value
