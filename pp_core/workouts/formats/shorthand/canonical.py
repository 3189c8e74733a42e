"""Write sets in the one form that is answered to members and that reads back to the same sets."""

from __future__ import annotations

from collections.abc import Sequence

from pp_core.workouts.formats.shorthand.parsed import ParsedSet, ParsedWorkout


def render(parsed: ParsedWorkout) -> str:
    """Return the canonical shorthand of a reading, such as `Squat 5x5 100kg rpe8; Plank 3x60s`; GSM-7 only."""
    return render_sets(parsed.sets)


def render_sets(sets: Sequence[ParsedSet]) -> str:
    """Return the canonical shorthand of some sets; the name is written again only where the exercise changes."""
    pieces: list[str] = []
    before: ParsedSet | None = None
    for one in sets:
        body = _body(one)
        if before is not None and before.slug == one.slug and before.exercise == one.exercise:
            pieces.append(f", {body}")
        else:
            pieces.append(f"; {one.exercise} {body}" if pieces else f"{one.exercise} {body}")
        before = one
    return "".join(pieces)


def _body(one: ParsedSet) -> str:
    if one.seconds is not None:
        words = [f"{one.sets}x{one.seconds}s"]
    elif one.reps is not None:
        words = [f"{one.sets}x{one.reps}"]
    else:
        words = [f"{one.sets}xmax"]
    if one.weight_kg is None:
        words.append("bw")
    elif one.weight_kg < 0:
        words.append(f"bw{_plain(one.weight_kg)}kg")
    else:
        words.append(f"{_plain(one.weight_kg)}kg")
    if one.rpe is not None:
        words.append(f"rpe{_plain(one.rpe)}")
    return " ".join(words)


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
