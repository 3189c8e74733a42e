"""Decide what the numbers of `a x b` and `a x b x c` are: sets, reps, load or seconds."""

from __future__ import annotations

from dataclasses import dataclass

from pp_core.workouts.formats.catalogue import Exercise
from pp_core.workouts.formats.shorthand.lexicon import KG, LB, METRES, REPS, ROUNDS, SECONDS, SETS
from pp_core.workouts.formats.shorthand.operands import Operand

FAILURE = "failure"
_HELD = 20.0  # a bare number above this, crossed with a smaller one, is a load


@dataclass(slots=True)
class Part:
    """What some operands say; lists run in parallel. ``doubt`` multiplies the confidence."""

    sets: int | None = None
    reps: list[float] | None = None
    loads: list[float] | None = None
    seconds: list[float] | None = None
    metres: list[float] | None = None
    count: float | None = None  # the n of `n x 60kg`: reps, or sets if reps are given elsewhere
    failure: bool = False
    load_first: bool = False
    load_unit: str | None = None
    doubt: float = 1.0


@dataclass(slots=True)
class Setting:
    """What is known of the exercise's other numbers when one chain is read."""

    exercise: Exercise
    loads_lead: bool = False  # some chain can only be load x reps
    loads_trail: bool = False  # some chain can only be reps x load
    has_load: bool = False


def read_chain(operands: list[Operand], setting: Setting) -> Part:
    """Read crossed operands, by their units first and by what is plausible after."""
    part = Part()
    bare: list[Operand] = []
    for place, operand in enumerate(operands):
        if operand.unit in (KG, LB):
            part.loads = operand.values
            part.load_unit = operand.unit
            part.load_first = place == 0
        elif operand.unit == SECONDS:
            part.seconds = operand.values
        elif operand.unit == REPS:
            part.reps = operand.values
        elif operand.unit in (SETS, ROUNDS):
            part.sets = int(operand.values[0])
        elif operand.unit == METRES:
            part.metres = operand.values
        elif operand.unit == FAILURE:
            part.failure = True
        else:
            bare.append(operand)
    if part.metres is not None and setting.exercise.measure == SECONDS_MEASURE and max(part.metres) < 15:
        part.seconds, part.metres = [60 * value for value in part.metres], None
    if not bare:
        return part
    if len(bare) == len(operands):
        _all_bare(bare, setting, part)
    else:
        _some_bare(bare, setting, part)
    return part


SECONDS_MEASURE = "seconds"


def _all_bare(bare: list[Operand], setting: Setting, part: Part) -> None:
    if len(bare) == 2:
        if len(bare[0].values) > 1 or len(bare[1].values) > 1:
            _pair_of_lists(bare[0], bare[1], setting, part)
        else:
            a, b = bare[0].values[0], bare[1].values[0]
            heavy = a > _HELD and not setting.exercise.unloaded and not setting.has_load
            if bare[1].repeated and a > b and not heavy and setting.exercise.measure != SECONDS_MEASURE:
                part.reps, part.sets = [a], int(b)
            else:
                _pair(a, b, setting, part)
    elif len(bare) == 3:
        _triple(bare, setting, part)
    elif bare[0].values[0] > _HELD:
        part.loads, part.load_first = bare[0].values, True
        part.reps = [value for operand in bare[1:] for value in operand.values]
    else:
        part.reps = [value for operand in bare for value in operand.values]
        part.doubt = 0.7


def _pair(a: float, b: float, setting: Setting, part: Part) -> None:
    exercise = setting.exercise
    if exercise.measure == SECONDS_MEASURE:
        if a > b and a >= 15 and b <= 12:
            part.seconds, part.sets = [a], int(b)
        else:
            part.sets, part.seconds = int(a), [b]
        _as_minutes(part)
        return
    whole = a == int(a) and b == int(b)
    if exercise.unloaded and whole:
        if a > 10 and b <= 10:
            part.reps, part.sets = [a], int(b)
            part.doubt = 0.95
        else:
            part.sets, part.reps = int(a), [b]
        return
    if whole and setting.has_load:
        if a > 10 and b <= 10:
            part.reps, part.sets, part.doubt = [a], int(b), 0.9
        else:
            part.sets, part.reps = int(a), [b]
        return
    if a != int(a) or (setting.loads_lead and a >= 10) or (a > _HELD and not setting.loads_trail):
        part.loads, part.reps, part.load_first = [a], [b], True
        part.doubt = 1.0 if a > _HELD + 10 or setting.loads_lead else 0.85
    elif b != int(b) or b > 30 or (setting.loads_trail and b >= 10):
        part.reps, part.loads = [a], [b]
        part.doubt = 0.95
    elif a > 10 and b <= 6:
        part.reps, part.sets, part.doubt = [a], int(b), 0.85
    elif a > 10:
        part.loads, part.reps, part.load_first, part.doubt = [a], [b], True, 0.7
    else:
        part.sets, part.reps = int(a), [b]
        part.doubt = 0.9 if a > 6 and b < 5 else 1.0


def _as_minutes(part: Part) -> None:
    """Read bare holds below five as minutes: nobody writes down a plank of three seconds."""
    if part.seconds and max(part.seconds) < 5:
        part.seconds, part.doubt = [60 * value for value in part.seconds], 0.65


def _pair_of_lists(one: Operand, two: Operand, setting: Setting, part: Part) -> None:
    a, b = one.values, two.values
    if setting.exercise.measure == SECONDS_MEASURE:
        if len(a) > 1:
            part.seconds = a
        else:
            part.sets, part.seconds = (int(a[0]) if len(b) != a[0] else None), b
        return
    if len(a) > 1 and len(b) > 1:
        part.loads, part.reps = (a, b) if sum(a) > sum(b) else (b, a)
        part.load_first = part.loads is a
    elif len(a) > 1:
        if min(a) >= 20 and min(a) > b[0] and not setting.exercise.unloaded:
            part.loads, part.reps, part.load_first = a, b, True
        elif b[0] > max(a) * 1.5 and not setting.exercise.unloaded and b[0] >= 20:
            part.reps, part.loads = a, b
        else:
            part.reps, part.doubt = a, 0.7
    elif a[0] > _HELD and a[0] > max(b) and not setting.exercise.unloaded:
        part.loads, part.reps, part.load_first = a, b, True
    elif two.dashed and len(b) == 2 and b[0] < b[1]:
        part.sets, part.reps, part.doubt = int(a[0]), [b[0]], 0.8
    elif len(b) == 2 and b[0] == b[1] and a[0] != 2:
        part.sets, part.reps = int(a[0]), [b[0]]
    elif min(b) > 30 and not setting.exercise.unloaded:
        part.count, part.loads = a[0], b
    elif len(b) == a[0]:
        part.reps = b
    elif two.slashed and len(b) == 2:
        part.sets, part.reps, part.doubt = int(a[0]), [b[0]], 0.7
    else:
        part.reps, part.doubt = b, 0.7
        if len(b) < a[0]:
            part.sets, part.reps = int(a[0]), [b[0]]
            part.doubt = 0.6


def _triple(bare: list[Operand], setting: Setting, part: Part) -> None:
    lists = [operand for operand in bare if len(operand.values) > 1]
    if lists:
        part.sets = int(bare[0].values[0]) if len(bare[0].values) == 1 else None
        _pair_of_lists(bare[1], bare[2], setting, part)
        return
    a, b, c = (operand.values[0] for operand in bare)
    if setting.exercise.measure == SECONDS_MEASURE:
        part.sets, part.seconds, part.loads = int(a), [b], [c]
        return
    readings = (
        (_strain(a, b, c), (a, b, c), False),
        (_strain(c, b, a) + 0.1, (c, b, a), True),
        (_strain(a, c, b) + 0.6, (a, c, b), False),
        (_strain(b, c, a) + 0.7, (b, c, a), True),
    )
    best = min(readings, key=lambda reading: reading[0])
    sets, reps, load = best[1]
    part.sets, part.reps, part.loads, part.load_first = int(sets), [reps], [load], best[2]
    part.doubt = 1.0 if best[0] <= 0.2 else 0.85 if best[0] < 2 else 0.6


def _strain(sets: float, reps: float, load: float) -> float:
    """How far a reading is from what people do: few sets, moderate reps, a load above both."""
    if sets != int(sets) or reps != int(reps):
        return 20.0
    strain = 0.0 if sets <= 6 else 1.0 if sets <= 10 else 5.0
    strain += 0.0 if reps <= 15 else 1.0 if reps <= 30 else 4.0
    strain += 0.0 if load >= 10 else 1.0 if load >= 5 else 3.0
    return strain + (0.5 if load < reps else 0.0)


def _some_bare(bare: list[Operand], setting: Setting, part: Part) -> None:
    """Give the operands without a unit the parts that those with one have left."""
    if len(bare) == 2 and part.reps is None and part.seconds is None and part.sets is None:
        one, two = bare[0].values, bare[1].values
        if len(two) > 1 or len(one) > 1:
            part.sets = int(one[0]) if len(one) == 1 and len(two) != one[0] else None
            part.reps = two if len(two) > 1 else one
            return
        as_written = _strain(one[0], two[0], 50) + (0.5 if part.load_first else 0.0)
        turned = _strain(two[0], one[0], 50) + (0.0 if part.load_first else 0.7)
        sets, reps = (one[0], two[0]) if as_written <= turned else (two[0], one[0])
        part.sets, part.reps = int(sets), [reps]
        return
    if len(bare) > 2 and part.loads is not None and part.reps is None:
        part.reps = [value for operand in bare for value in operand.values]
        return
    if len(bare) == 2 and part.sets is not None and part.reps is None and part.loads is None:
        head = bare[0].values[0]
        if head > max(_HELD, bare[1].values[0]) and not setting.exercise.unloaded:
            part.loads, part.reps, part.load_first = bare[0].values, bare[1].values, True  # `160 x 5 x 3 sets`
            return
    for operand in bare:
        value = operand.values[0]
        heavy = value > _HELD and not setting.exercise.unloaded
        if part.reps is not None or part.seconds is not None or part.failure:
            if heavy and part.loads is None and part.seconds is None:
                part.loads = operand.values
            elif part.sets is None:
                part.sets = int(value)
        elif part.sets is not None:
            if setting.exercise.measure == SECONDS_MEASURE:
                part.seconds = operand.values
            else:
                part.reps = operand.values
        elif part.metres is not None:
            part.sets = int(value)
        elif part.load_first or len(operand.values) > 1:
            if setting.exercise.measure == SECONDS_MEASURE:
                part.seconds = operand.values
            else:
                part.reps = operand.values
        else:
            part.count = value
