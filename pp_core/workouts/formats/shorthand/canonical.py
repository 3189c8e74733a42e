"""Write sets in the one form that is answered to members and that reads back to the same sets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from pp_core.workouts.formats.catalogue import load_catalogue
from pp_core.workouts.formats.shorthand.parsed import ParsedSet, ParsedWorkout


def render(parsed: ParsedWorkout) -> str:
    """Return the canonical shorthand of a reading, such as `Squat 5x5 100kg rpe8; Plank 3x60s`; GSM-7 only."""
    return render_sets(parsed.sets)


def render_sets(sets: Sequence[ParsedSet]) -> str:
    """Return the canonical shorthand of some sets; the name is written again only where the exercise changes."""
    return "; ".join(_exercise(list(run)) for _name, run in groupby(sets, key=lambda one: (one.exercise, one.slug)))


def _exercise(run: list[ParsedSet]) -> str:
    # A set without a load would take its neighbour's when read back, so body weight is then written out.
    loaded = any(one.weight_kg is not None for one in run)
    return f"{run[0].exercise} " + ", ".join(_body(one, loaded) for one in run)


def _body(one: ParsedSet, loaded: bool) -> str:
    # Bare numbers that are large, or that count what the exercise is not measured in, say what they are.
    count = f"{one.sets} sets x " if one.sets > 10 else f"{one.sets}x"
    if one.seconds is not None:
        words = [f"{count}{one.seconds}s"]
    elif one.reps is not None:
        told = one.sets > 10 or one.reps > 30 or one.own_id is not None or one.slug in _timed()
        words = [f"{count}{one.reps}{' reps' if told else ''}"]
    else:
        words = [f"{count}max"]
    if one.weight_kg is not None:
        words.append(f"{'bw' if one.weight_kg < 0 else ''}{_plain(one.weight_kg)}kg")
    elif loaded:
        words.append("bw")
    if one.rpe is not None:
        words.append(f"rpe{_plain(one.rpe)}")
    return " ".join(words)


@lru_cache(maxsize=1)
def _timed() -> frozenset[str]:
    return frozenset(exercise.slug for exercise in load_catalogue() if exercise.measure == "seconds")


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
