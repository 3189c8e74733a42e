"""Decide what numbers without unit or cross are, from their size, their company and what is still missing."""

from __future__ import annotations

from pp_core.workouts.formats.catalogue import Exercise
from pp_core.workouts.formats.shorthand.chains import SECONDS_MEASURE, Part
from pp_core.workouts.formats.shorthand.groups import Gatherer, whole_numbers
from pp_core.workouts.formats.shorthand.lexicon import Kind
from pp_core.workouts.formats.shorthand.operands import Item, Mark, Operand

BARE_LOAD = 20.0  # an unmarked number above this may be a load
# A bare number with one of these may well count repetitions, however large.
_COUNTED = frozenset(
    {"squat", "lunge", "calf-raise", "walking-lunge", "step-up", "kettlebell-swing", "reverse-lunge", "sumo-squat"}
)


class BareReader(Gatherer):
    """Reads runs of bare numbers."""

    def __init__(self, exercise: Exercise, items: list[Item]) -> None:
        super().__init__(exercise)
        self.items = items
        self._bares: list[Operand] = []
        self._crossed = any(is_mark(item, Kind.TIMES) for item in items)

    def _flush(self, *, counts_follow: bool, load_follows: bool = False) -> None:
        """Read the bare numbers gathered so far, knowing what comes after them."""
        bares, self._bares = self._bares, []
        if not bares:
            return
        if all(len(b.values) == 1 for b in bares):
            self._singles([b.values[0] for b in bares], counts_follow, load_follows)
        else:
            self._with_lists(bares)

    def _with_lists(self, bares: list[Operand]) -> None:
        if all(_load_and_reps(b) for b in bares) and self._takes_load():
            for b in bares:
                self._absorb(Part(loads=b.values[:1], reps=b.values[1:], load_first=True))
            return
        if len(bares) == 1 and bares[0].slashed and self._takes_load() and _load_reps_sets(bares[0].values):
            load, count, sets = bares[0].values[0], max(bares[0].values[1:]), min(bares[0].values[1:])
            self._absorb(Part(sets=int(sets), reps=[count], loads=[load], load_first=True, doubt=0.8))
            return
        lists = [b for b in bares if len(b.values) > 1]
        singles = [b.values[0] for b in bares if len(b.values) == 1]
        if len(lists) == 2 and not singles and self._takes_load():
            one, two = lists[0].values, lists[1].values
            loads, reps = (one, two) if sum(one) > sum(two) else (two, one)
            self._absorb(Part(loads=loads, reps=reps, load_first=loads is one))
            return
        if len(lists) == 1 and len(singles) == 1 and self._takes_load():
            values = lists[0].values
            if singles[0] > max(values) and (singles[0] >= 20 or self._group.loads is None):
                first = len(bares[0].values) == 1
                self._absorb(Part(loads=singles, reps=values, load_first=first))
                return
            if min(values) >= 20 and singles[0] < min(values):
                self._absorb(Part(loads=values, reps=singles))
                return
        for b in bares:
            self._one_list(b.values) if len(b.values) > 1 else self._singles(b.values, False, False)

    def _one_list(self, values: list[float]) -> None:
        group = self._group
        if self.exercise.measure == SECONDS_MEASURE:
            self._absorb(Part(seconds=values))
        elif (
            group.counted and not group.loads and self._takes_load() and (min(values) > 15 or not whole_numbers(values))
        ):
            self._absorb(Part(loads=values))
        elif self._takes_load() and not group.loads and values[0] >= BARE_LOAD and values[0] >= 2 * max(values[1:]):
            self._absorb(Part(loads=values[:1], reps=values[1:], load_first=True))
        elif self._takes_load() and not group.loads and min(values) > 30:
            self._absorb(Part(loads=values))
        elif self._takes_load() and not group.counted and _sets_reps_load(values):
            self._absorb(Part(sets=int(values[0]), reps=values[1:2], loads=values[2:], doubt=0.8))
        elif (
            self._takes_load()
            and not group.loads
            and len(values) > 2
            and values[-1] >= 20
            and values[-1] > 1.8 * max(values[:-1])
        ):
            self._absorb(Part(reps=values[:-1], loads=values[-1:]))
        elif not whole_numbers(values):
            self._absorb(Part(loads=values, doubt=0.8))
        else:
            self._absorb(Part(reps=values))

    def _singles(self, values: list[float], counts_follow: bool, load_follows: bool) -> None:
        group = self._group
        if self.exercise.measure == SECONDS_MEASURE:
            if counts_follow and len(values) == 1 and 2 <= values[0] <= 10 and group.empty:
                self._absorb(Part(sets=int(values[0])))  # `three one-minute planks`
            else:
                self._holds(values)
        elif (
            counts_follow
            and group.counted
            and values[-1] > BARE_LOAD
            and self._takes_load()
            and (self._broke or group.loads)
        ):
            self._close()
            self._fresh(values, counts_follow, load_follows)
        elif self._broke and group.counted and group.load_first and self._takes_load() and _another_pair(values):
            self._close()
            self._absorb(Part(loads=values[:1], reps=values[1:], load_first=True))
        elif load_follows and group.counted and group.loads is not None and not group.load_first:
            self._absorb(Part(reps=values))
        elif group.counted and not (group.load_first or group.closed) and group.loads is None and not group.body:
            self._after_counts(values, load_follows)
        elif group.loads is not None and (not group.counted or group.load_first):
            self._after_load(values)
        elif group.counted and group.loads is not None and len(values) == 1 and not self._broke:
            if 5 <= values[0] <= 10 and group.rpe is None:
                self.doubt *= 0.7
                group.rpe = values[0]
            elif values[0] > BARE_LOAD:
                self._absorb(Part(loads=values))
            else:
                self._absorb(Part(reps=values, doubt=0.7))
        elif not self._takes_load():
            self._body_counts(values, load_follows)
        else:
            self._fresh(values, counts_follow, load_follows)

    def _after_load(self, values: list[float]) -> None:
        if len(values) >= 3 and all(v >= 20 for v in values[1::2]) and max(values[::2]) < 20 and self._takes_load():
            # `60kg 10 70 8 80 6`
            self._absorb(Part(reps=values[:1]))
            self._fresh(values[1:], False, False)
        elif (
            len(values) == 2
            and self._group.sets is None
            and 2 <= values[0] <= 6
            and values[1] > values[0]
            and whole_numbers(values)
        ):
            self._absorb(Part(sets=int(values[0]), reps=values[1:], doubt=0.85))
        else:
            self._absorb(Part(reps=values))

    def _holds(self, values: list[float]) -> None:
        group = self._group
        if group.seconds and group.sets is not None and len(values) == 1 and not self._broke:
            self._absorb(Part(loads=values, doubt=0.9))
        elif len(values) == 2 and values[0] <= 6 and values[1] >= 10 and group.sets is None:
            self._absorb(Part(sets=int(values[0]), seconds=values[1:], doubt=0.85))
        else:
            if max(values) < 5:
                values = [60 * value for value in values]
                self.doubt *= 0.65
            self._absorb(Part(seconds=values))

    def _body_counts(self, values: list[float], load_follows: bool) -> None:
        group = self._group
        if (
            group.sets is None
            and 2 <= len(values) <= 3
            and values[0] <= 5
            and values[1] > values[0]
            and whole_numbers(values[:2])
        ):
            self._absorb(Part(sets=int(values[0]), reps=values[1:2], doubt=0.85))
            if len(values) == 3:
                self._absorb(Part(loads=values[2:], doubt=0.8))
            return
        self._absorb(Part(reps=values))

    def _after_counts(self, values: list[float], load_follows: bool) -> None:
        """Read bare numbers after `3x8`: the load; several are the loads of the sets one by one."""
        group = self._group
        value = values[0]
        crossed = group.sets is not None
        if len(values) == 1:
            more_reps = (
                self._broke
                and (not self._takes_load() or not crossed or value <= BARE_LOAD)
                and not (crossed and self._takes_load() and value > max(group.reps or [0]))
            )
            if (more_reps or load_follows) and not (group.failure and not group.reps):
                self._absorb(Part(reps=values))
            elif group.failure and not group.reps:
                group.reps = values
            elif not self._takes_load() and not crossed:
                self._absorb(Part(reps=values))
            else:
                light = self.exercise.equipment == "barbell" and value < 10
                self._absorb(Part(loads=values, doubt=0.8 if light or not self._takes_load() else 1.0))
        elif crossed and len(values) == 2 and 6 <= values[1] <= 10 < value:
            self._absorb(Part(loads=values[:1]))
            group.rpe = values[1]
            self.doubt *= 0.75
        elif crossed and min(values) > 10:
            self._absorb(Part(loads=values))
        elif value > max(values[1:]) * 1.5 and value >= BARE_LOAD and self._takes_load():
            if crossed:
                self._absorb(Part(loads=values[:1]))
                self._absorb(Part(reps=values[1:], doubt=0.7))
            else:
                self._close()
                self._absorb(Part(loads=values[:1], reps=values[1:], load_first=True))
        else:
            self._absorb(Part(reps=values))

    def _fresh(self, values: list[float], counts_follow: bool, load_follows: bool) -> None:
        """Read bare numbers where nothing of this set is known yet."""
        count = len(values)
        if count == 1:
            self._lone(values[0], counts_follow, load_follows)
            return
        evens, odds = values[::2], values[1::2]
        first, last, rest = values[0], values[-1], values[1:]
        if load_follows:
            if count == 2 and first <= 6 and first <= last:
                self._absorb(Part(sets=int(first), reps=[last], doubt=0.85))
            else:
                self._absorb(Part(reps=values))
        elif count >= 4 and count % 2 == 0 and max(values[: count // 2]) < 20 <= min(values[count // 2 :]):
            self._absorb(Part(reps=values[: count // 2], loads=values[count // 2 :]))
        elif count >= 4 and count % 2 == 0 and min(evens) >= 20 and max(odds) < min(evens):
            for load, reps in zip(evens, odds, strict=True):
                self._absorb(Part(loads=[load], reps=[reps], load_first=True))
        elif count >= 4 and count % 2 == 0 and min(odds) >= 20 and max(evens) < min(odds):
            for reps, load in zip(evens, odds, strict=True):
                self._absorb(Part(reps=[reps], loads=[load]))
        elif (first >= BARE_LOAD and first >= 1.5 * max(rest)) or first != int(first):
            if len(rest) == 2 and 2 <= rest[0] <= 6 and rest[1] > rest[0]:
                self._absorb(Part(loads=[first], sets=int(rest[0]), reps=rest[1:], load_first=True, doubt=0.85))
            else:
                self._absorb(Part(loads=[first], reps=rest, load_first=True, doubt=1.0 if first > 30 else 0.9))
        elif (last >= BARE_LOAD and last >= 1.5 * max(values[:-1])) or last != int(last):
            if count == 3 and first <= 6 and values[1] >= first:
                self._absorb(Part(sets=int(first), reps=values[1:2], loads=[last], doubt=0.85))
            else:
                self._absorb(Part(reps=values[:-1], loads=[last], doubt=0.9))
        elif count == 2 and first <= 6 and last > first:
            self._absorb(Part(sets=int(first), reps=[last], doubt=0.85))
        elif count == 3 and first <= 6 and values[1] >= first and last > values[1]:
            self._absorb(Part(sets=int(first), reps=values[1:2], loads=[last], doubt=0.8))
        else:
            self._absorb(Part(reps=values, doubt=0.9))

    def _lone(self, value: float, counts_follow: bool, load_follows: bool) -> None:
        group = self._group
        if value != int(value):
            self._absorb(Part(loads=[value]))
        elif load_follows or group.sets is not None or group.last or (self._groups and value <= BARE_LOAD):
            self._absorb(Part(reps=[value]))
        elif counts_follow:
            if value > 10 or group.counted:
                self._absorb(Part(loads=[value]))
            else:
                self._absorb(Part(sets=int(value)))
        elif value > 30 and self.exercise.slug in _COUNTED and not self._crossed:
            unloaded = any(is_mark(item, Kind.BODY) for item in self.items)
            self._absorb(Part(reps=[value], doubt=1.0 if unloaded else 0.7 if value <= 50 else 0.55))
        elif value > 30 or (value > 15 and self._crossed):
            self._absorb(Part(loads=[value]))
        else:
            self._absorb(Part(reps=[value]))


def _sets_reps_load(values: list[float]) -> bool:
    """Whether a list such as `3,8,60` is not one of reps."""
    return (
        len(values) == 3 and values[0] <= 6 and values[0] < values[1] and values[2] >= max(BARE_LOAD, values[1] * 1.8)
    )


def _another_pair(values: list[float]) -> bool:
    """Whether these are the next load and its repetitions: `60 8, 65 6`."""
    return len(values) == 2 and values[0] > BARE_LOAD and values[0] >= 2 * values[1]


def _load_reps_sets(values: list[float]) -> bool:
    """Whether a list such as `60/8/3` is not one of reps."""
    return len(values) == 3 and values[0] >= max(BARE_LOAD, 2 * max(values[1:])) and min(values[1:]) <= 6


def _load_and_reps(pair: Operand) -> bool:
    """Whether two joined numbers are a load and its reps: `60/10`, `60-10`."""
    values = pair.values
    return (
        (pair.slashed or pair.dashed)
        and len(values) == 2
        and values[0] >= 20 > values[1]
        and values[0] >= 2 * values[1]
    )


def is_mark(item: Item, kind: Kind) -> bool:
    """Whether an item is a mark of this kind."""
    return isinstance(item, Mark) and item.kind is kind
