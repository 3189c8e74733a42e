"""Sets being put together from the parts that were read, and what becomes of them in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pp_core.kernel.units import POUND
from pp_core.workouts.formats.catalogue import Exercise
from pp_core.workouts.formats.shorthand.chains import SECONDS_MEASURE, Part
from pp_core.workouts.formats.shorthand.lexicon import KG, LB
from pp_core.workouts.formats.shorthand.parsed import ParsedSet

_T = TypeVar("_T")
_LONGEST_HOLD = 3600
MOST_SETS, _MOST_REPS, _MOST_KG = 100, 5000, 1500.0
FREE_WEIGHT = frozenset({"dumbbell", "kettlebell", "cable", "plate", "medicine ball", "band"})


@dataclass(slots=True)
class Group:
    """Sets being put together; ``load_first`` when the load stood before its reps."""

    sets: int | None = None
    reps: list[float] | None = None
    loads: list[float] | None = None
    seconds: list[float] | None = None
    metres: list[float] | None = None
    rpe: float | None = None
    efforts: list[float] | None = None  # `rpe 7,8,9`: one for each set
    count: float | None = None
    body: bool = False
    failure: bool = False
    last: bool = False
    load_first: bool = False
    closed: bool = False
    unit: str | None = None

    @property
    def counted(self) -> bool:
        """Whether reps, seconds or the like are known."""
        return bool(self.reps or self.seconds or self.metres or self.failure or self.count is not None)

    @property
    def empty(self) -> bool:
        """Whether nothing that makes a set was said."""
        return not (self.counted or self.loads or self.sets is not None)


class Gatherer:
    """Collects parts into groups, and groups into sets; ``doubt`` multiplies the confidence."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.doubt = 1.0
        self.extras: list[str] = []  # what was read and has no field: distances, and times beside reps
        self._groups: list[Group] = []
        self._group = Group()
        self._broke = False  # a comma or the like stands before what is read now
        self._unit = KG
        self.partly = False  # a correction: what it does not say is known already

    def _absorb(self, part: Part) -> None:
        """Add a part to the group, or begin the next one where the two disagree."""
        self.doubt = min(self.doubt, part.doubt)  # the same doubt twice is one doubt
        group = self._group
        paired = part.count == 2 and self.exercise.equipment in FREE_WEIGHT
        if paired and group.reps and group.loads is None:
            part.count = None  # `3x10 2x24kg`: a pair of them
        if self._disagree(group, part):
            self._close()
            group = self._group
        had = group.counted
        if part.reps is not None:
            group.reps = _extended(group.reps, part.reps)
        if part.seconds is not None:
            group.seconds = _extended(group.seconds, part.seconds)
        if part.metres is not None:
            group.metres = part.metres
        if part.count is not None:
            group.count = part.count
        if part.sets is not None:
            group.sets = part.sets
        if part.failure:
            group.failure = True
        if part.loads is not None:
            group.loads = _extended(group.loads, part.loads)
            group.load_first = part.load_first or not (had or part.reps or part.seconds or part.count is not None)
            group.closed = group.closed or not group.load_first
            group.unit = part.load_unit or group.unit
        self._broke = False

    def _disagree(self, group: Group, part: Part) -> bool:
        if part.loads is not None and group.loads is not None and group.counted:
            return True
        if part.sets is not None and group.sets is not None:
            return group.counted
        if (part.count is not None or (part.reps is not None and group.body and self._broke)) and group.counted:
            return True
        if part.reps is not None and group.count is not None and self._broke:
            return not (group.count == 2 and self.exercise.equipment in FREE_WEIGHT)
        if part.seconds is not None and group.seconds is not None:
            return part.sets is not None or group.sets is not None or group.closed
        if part.reps is not None and group.reps is not None:
            if part.sets is not None or group.sets is not None or group.closed or part.loads is not None:
                return True
            return group.rpe is not None
        return part.reps is not None and group.failure and self._broke

    def _close(self) -> None:
        if not self._group.empty or self._group.body:
            self._groups.append(self._group)
        self._group = Group()

    def _sets(self) -> list[ParsedSet]:
        groups = self._spread_loads(self._groups)
        if len(groups) > 1 and groups[0].sets == len(groups) and all(group.sets is None for group in groups[1:]):
            groups[0].sets = None  # `3 sets: 60x10, 70x8, 80x6` counts the sets that follow
        self._inherit(groups)
        sets: list[ParsedSet] = []
        for group in groups:
            if group.last and not (group.reps or group.seconds or group.count or group.sets):
                continue
            if group.last and sets and sets[-1].sets > 1:
                before = sets.pop()
                sets.append(before.times(before.sets - 1))
            for one in self._of_group(group):
                if one.reps == 0:
                    continue  # `90x0`: tried and missed
                if sets and sets[-1].same_but_count(one) and sets[-1].sets + one.sets <= MOST_SETS:
                    sets[-1] = sets[-1].times(sets[-1].sets + one.sets)
                else:
                    sets.append(one)
        return sets

    def _spread_loads(self, groups: list[Group]) -> list[Group]:
        """Give loads written after each other (`3x5 60kg, 70kg, 80kg`) to the sets of the group before them."""
        out: list[Group] = []
        for group in groups:
            before = out[-1] if out else None
            if group.loads and not group.counted and group.sets is None and before is not None and before.counted:
                if before.loads and not before.load_first and not group.body:
                    before.loads.extend(group.loads)
                    before.rpe = before.rpe or group.rpe
                    continue
                if not before.loads and not before.body:
                    before.loads = group.loads
                    continue
            out.append(group)
        return out

    def _inherit(self, groups: list[Group]) -> None:
        """Carry a load to the sets written without one, from before them or, for the first ones, from after."""
        known: list[float] | None = None
        unit: str | None = None
        for group in groups:
            if group.body and not group.loads:
                known = None
            elif group.loads:
                sticky = self._takes_load() or group.load_first
                known, unit = (group.loads[-1:], group.unit) if sticky else (None, None)
            elif known and not group.body:
                group.loads, group.unit = list(known), unit
        if self._takes_load():
            later: list[float] | None = None
            for group in reversed(groups):
                if group.body:
                    later = None
                elif group.loads:
                    later, unit = group.loads[:1], group.unit
                elif later:
                    group.loads, group.unit = later, unit

    def _of_group(self, group: Group) -> list[ParsedSet]:
        if group.empty:
            return []
        if group.count is not None:
            if not (group.reps or group.seconds or group.metres):
                group.reps = [group.count]
            elif group.sets is None and group.count != 2:
                group.sets = int(group.count)
        if group.metres:
            self.extras.append("/".join(f"{value:g}" for value in group.metres) + "m")
        if not group.counted and not self.partly:
            self.doubt *= 0.85 if self.exercise.measure == "metres" and group.sets else 0.5
        reps = self._whole_reps(group.reps)
        if (
            group.seconds
            and reps
            and self.exercise.measure == SECONDS_MEASURE
            and group.sets is None
            and len(reps) == 1
        ):
            group.sets, reps = reps[0], None  # `plank 3 reps 60s`
        loads = group.loads or []
        times = group.seconds or []
        sets = group.sets
        length = max(len(reps or []), len(loads), len(times), 1)
        efforts = group.efforts or []
        if length == 1 and sets == len(efforts):
            length = len(efforts)
        if length == 1:
            return [self._one(sets or 1, _first(reps), _first(loads), _first(times), group)]
        if sets is not None and sets != length:
            self.doubt *= 0.75
            if sets > length and len(reps or [0]) == 1 and len(times or [0]) == 1:
                loads = [*loads, *[loads[-1]] * (sets - length)]
                length = sets
        rows = []
        for place in range(length):
            group.rpe = efforts[place] if len(efforts) == length else group.rpe
            rows.append(self._one(1, _nth(reps, place), _nth(loads, place), _nth(times, place), group))
        if len({len(part) for part in (reps or [], loads, times) if len(part) > 1}) > 1:
            self.doubt *= 0.7
        return rows

    def _whole_reps(self, reps: list[float] | None) -> list[int] | None:
        if not reps:
            return None
        if not whole_numbers(reps):
            self.doubt *= 0.5
        return [int(value) for value in reps]

    def _one(self, sets: int, reps: int | None, load: float | None, seconds: float | None, group: Group) -> ParsedSet:
        kilograms = None
        if load is not None:
            unit = group.unit or self._unit
            kilograms = round(load * POUND if unit == LB else load, 2)
            if abs(kilograms) > _MOST_KG:
                kilograms, self.doubt = None, self.doubt * 0.3
            elif kilograms == 0:
                kilograms = None
        if sets > MOST_SETS or sets < 1 or (reps is not None and (reps > _MOST_REPS or reps < 0)):
            self.doubt *= 0.3
            sets = min(max(sets, 1), MOST_SETS)
            reps = None if reps is None else min(max(reps, 0), _MOST_REPS)
        if seconds is not None and seconds > _LONGEST_HOLD and self.exercise.category != "cardio":
            self.doubt *= 0.3
        held = (
            None
            if seconds is None or (reps is not None and self.exercise.measure != SECONDS_MEASURE)
            else max(int(seconds), 1)
        )
        return ParsedSet(
            exercise=self.exercise.name_en,
            slug=self.exercise.slug,
            sets=sets,
            reps=None if held is not None else reps,
            weight_kg=kilograms,
            rpe=group.rpe,
            seconds=held,
            own_id=self.exercise.own_id,
        )

    def _takes_load(self) -> bool:
        return not self.exercise.unloaded


def _extended(known: list[float] | None, more: list[float]) -> list[float]:
    if known is None:
        return list(more)
    known.extend(more)
    return known


def _first(values: Sequence[_T] | None) -> _T | None:
    return values[0] if values else None


def _nth(values: Sequence[_T] | None, place: int) -> _T | None:
    return values[min(place, len(values) - 1)] if values else None


def whole_numbers(values: Sequence[float]) -> bool:
    """Whether every value is a whole number."""
    return all(value == int(value) for value in values)
