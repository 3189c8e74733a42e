"""Reading shorthand without logging anything: needs no gym and no database."""

from typing import Any, ClassVar

from pydantic import Field

from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Policy, Rate, Scope

LONGEST_TEXT = 1000
SURE_ENOUGH = 0.6
"""Below this confidence every door asks instead of acting."""


class ParsedSets(Result):
    """Identical consecutive sets."""

    exercise: str = Field(description="The catalogue's English name")
    sets: int
    reps: int | None
    weight_kg: float | int | None = Field(description="Load as said; null is body weight")
    rpe: float | int | None
    seconds: int | None


class UnreadPiece(Result):
    """A piece that was not understood, and the nearest right form."""

    text: str
    suggestion: str | None


class ParsedText(Result):
    """What one text says."""

    intent: str = Field(description="log_workout or unknown")
    sets: list[ParsedSets]
    note: str | None
    confidence: float = Field(description="0 to 1; below 0.6 a door asks before it acts")
    canonical: str = Field(description="The same in canonical shorthand")
    unread: list[UnreadPiece]

    def as_json(self) -> dict[str, Any]:
        """The line that `pp workout parse` prints."""
        return self.model_dump(include={"intent", "sets", "note", "confidence"})


class ParsedTexts(Result):
    """What each text says, in order."""

    items: list[ParsedText]


class ParseTexts(Operation[ParsedTexts]):
    """Read texts of workout shorthand with the shipped catalogue and say what they mean."""

    policy: ClassVar = Policy(
        name="workouts.parse", scope=Scope.PUBLIC, reads_only=True, database=False, audited=False, rate=Rate.STANDARD
    )

    texts: list[str] = Field(min_length=1, max_length=1000, description="Texts as people wrote them")
