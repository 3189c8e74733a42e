"""Pure rules of strength training: what counts as a record, and the one-rep max."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

MOST_REPS_FOR_ESTIMATE = 10
"""Beyond about ten repetitions the formulas drift apart, so nothing is estimated (LeSuer et al. 1997)."""


@dataclass(frozen=True, slots=True)
class DoneSet:
    """One set as it will be stored. Load in kilograms as said; None is body weight."""

    id: UUID
    exercise_id: UUID
    exercise: str
    position: int
    reps: int | None
    weight_kg: Decimal | None
    rpe: Decimal | None
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Best:
    """The best of some sets in one metric of one exercise."""

    exercise_id: UUID
    exercise: str
    metric: str
    value: Decimal
    set_id: UUID


def one_rep_max(weight_kg: Decimal, reps: int) -> Decimal | None:
    """Estimated one-rep max in kilograms by Epley (1985), w * (1 + r/30); None outside 1 to 10 repetitions."""
    if weight_kg <= 0 or not 1 <= reps <= MOST_REPS_FOR_ESTIMATE:
        return None
    raw = weight_kg if reps == 1 else weight_kg * (30 + reps) / 30
    return raw.quantize(Decimal("0.1"), ROUND_HALF_UP)


def bests(sets: Iterable[DoneSet]) -> list[Best]:
    """The best of each metric and exercise; of equals the first set keeps it."""
    found: dict[tuple[UUID, str], Best] = {}
    for done in sets:
        for metric, value in _metrics(done):
            key = (done.exercise_id, metric)
            if key not in found or value > found[key].value:
                found[key] = Best(done.exercise_id, done.exercise, metric, value, done.id)
    return list(found.values())


def _metrics(done: DoneSet) -> Iterable[tuple[str, Decimal]]:
    if done.seconds:
        yield "seconds", Decimal(done.seconds)
    if done.reps:
        if done.weight_kg is None:
            yield "reps", Decimal(done.reps)
        elif done.weight_kg > 0:
            yield "weight", done.weight_kg
            if (estimate := one_rep_max(done.weight_kg, done.reps)) is not None:
                yield "one_rep_max", estimate
