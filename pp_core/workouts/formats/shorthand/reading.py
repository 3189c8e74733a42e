"""Put the operands of one exercise together into sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pp_core.workouts.formats.catalogue import Exercise
from pp_core.workouts.formats.shorthand.chains import FAILURE, SECONDS_MEASURE, Part, Setting, read_chain
from pp_core.workouts.formats.shorthand.lexicon import KG, KM, LB, METRES, POUND, REPS, ROUNDS, RPE, SECONDS, SETS, Kind
from pp_core.workouts.formats.shorthand.operands import Item, Mark, Operand
from pp_core.workouts.formats.shorthand.parsed import ParsedSet

_T = TypeVar("_T")
_MOST_SETS, _MOST_REPS, _MOST_KG = 100, 5000, 1500.0
_BARE_LOAD = 20.0
_FREE_WEIGHT = frozenset({"dumbbell", "kettlebell", "cable", "plate", "medicine ball", "band"})
# A bare number with one of these may well count repetitions, however large.
_COUNTED = frozenset({"squat", "lunge", "calf-raise", "walking-lunge", "step-up", "reverse-lunge", "sumo-squat"})


@dataclass(slots=True)
class Group:
    """Sets being put together; ``load_first`` when the load stood before its reps."""

    sets: int | None = None
    reps: list[float] | None = None
    loads: list[float] | None = None
    seconds: list[float] | None = None
    metres: list[float] | None = None
    rpe: float | None = None
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


class Reader:
    """Reads the items of one exercise from left to right; one use each."""

    def __init__(self, exercise: Exercise, items: list[Item]) -> None:
        self.exercise = exercise
        self.items = items
        self.doubt = 1.0
        self.extras: list[str] = []  # what was read and has no field: distances
        self.rounds: int | None = None
        self._groups: list[Group] = []
        self._group = Group()
        self._bares: list[Operand] = []
        self._broke = False
        self._cross = False
        self._at = ""
        self._unit = self._load_unit()
        self._setting = self._survey()

    def read(self) -> list[ParsedSet]:
        """Return the sets, identical consecutive ones merged."""
        at = 0
        items = self.items
        while at < len(items):
            item = items[at]
            if isinstance(item, Mark):
                self._mark(item)
                at += 1
                continue
            chain = [item]
            at += 1
            while at + 1 < len(items) and _is(items[at], Kind.TIMES):
                cross, following = items[at], items[at + 1]
                assert isinstance(cross, Mark)
                if isinstance(following, Operand):
                    following.repeated = cross.word in ("mara", "times")
                    chain.append(following)
                elif following.kind is Kind.FAILURE:
                    chain.append(Operand([0.0], FAILURE, item.end, item.end))
                else:
                    break
                at += 2
            if len(chain) > 1:
                self._lead_loads(chain)
                self._flush(counts_follow=True)
                self._at = ""
                self._absorb(read_chain(chain, self._here()))
                self._cross = False
            else:
                self._single(item, at)
        self._flush(counts_follow=False)
        self._close()
        return self._sets()

    def _lead_loads(self, chain: list[Operand]) -> None:
        """Read `60 80 100 x 5` as three loads of five, not as two numbers and a set."""
        head = chain[0]
        loads = [value for bare in self._bares for value in bare.values] + head.values
        alike = len(loads) > 1 and min(loads) > _BARE_LOAD and max(loads) <= 2.5 * min(loads)
        if self._bares and alike and head.unit is None and len(chain) == 2 and self._takes_load() and self._group.empty:
            head.values, self._bares = loads, []

    # What the whole line says about its chains

    def _load_unit(self) -> str:
        units = {item.unit for item in self.items if isinstance(item, Operand)}
        return LB if LB in units and KG not in units else KG

    def _survey(self) -> Setting:
        setting = Setting(self.exercise)
        crossed = [
            (self.items[i - 1], self.items[i + 1])
            for i, item in enumerate(self.items[:-1])
            if i and _is(item, Kind.TIMES) and not (i > 2 and _is(self.items[i - 2], Kind.TIMES))
            and not (i + 2 < len(self.items) and _is(self.items[i + 2], Kind.TIMES))
        ]  # fmt: skip
        setting.has_load = any(
            isinstance(item, Operand) and (item.unit in (KG, LB) or (self._told_load(item, place)))
            for place, item in enumerate(self.items)
        )
        for one, two in crossed:
            if not isinstance(one, Operand) or not isinstance(two, Operand) or one.unit or two.unit:
                continue
            if one.values[0] > _BARE_LOAD and one.values[0] > two.values[0] and not self.exercise.unloaded:
                setting.loads_lead = True
            if two.values[0] > 30 and two.values[0] > one.values[0]:
                setting.loads_trail = True
        if setting.loads_lead:
            setting.loads_trail = False
        return setting

    def _told_load(self, item: Operand, place: int) -> bool:
        if item.unit is not None or len(item.values) > 1:
            return False
        before = self.items[place - 1] if place else None
        after = self.items[place + 1] if place + 1 < len(self.items) else None
        free = not (before is not None and _is(before, Kind.TIMES)) and not (
            after is not None and _is(after, Kind.TIMES)
        )
        return free and item.values[0] > _BARE_LOAD

    def _here(self) -> Setting:
        setting = self._setting
        loaded = bool(self._group.loads) and not self._group.counted
        return Setting(
            setting.exercise,
            setting.loads_lead and not loaded,
            setting.loads_trail and not loaded,
            loaded or (setting.has_load and not setting.loads_lead and not setting.loads_trail),
        )

    # One item at a time

    def _mark(self, mark: Mark) -> None:
        self._at = ""
        if mark.kind is Kind.TIMES:
            self._flush(counts_follow=False)
            self._cross = True
        elif mark.kind is Kind.AT:
            self._at = mark.word
        elif mark.kind is Kind.BODY:
            self._flush(counts_follow=False)
            if self._group.counted and self._broke and self._group.body:
                self._close()
            self._group.body = True
        elif mark.kind is Kind.FAILURE:
            self._flush(counts_follow=False)
            if not self._group.counted or self._cross:
                self._group.failure = True
            self._cross = False
        elif mark.kind is Kind.LAST:
            self._flush(counts_follow=False)
            if not self._group.empty:
                self._close()
            self._group.last = True
        elif mark.kind is Kind.BREAK:
            self._flush(counts_follow=False)
            self._broke = True

    def _single(self, item: Operand, after: int) -> None:
        word, self._at = self._at, ""
        if self._cross:
            self._cross = False
            if self._prefixed(item):
                return
        if item.unit is None and word:
            self._told(item, word)
        elif item.unit is None:
            self._bares.append(item)
        elif item.unit == RPE:
            self._flush(counts_follow=False)
            self._effort(item.values[0])
        elif item.unit == KM:
            self.extras.append(f"{item.values[0]:g}km")
        elif item.unit in (KG, LB):
            self._flush(counts_follow=False, load_follows=True)
            self._absorb(Part(loads=item.values, load_unit=item.unit))
        elif item.unit in (SETS, ROUNDS):
            self._flush(counts_follow=any(isinstance(i, Operand) and i.unit == REPS for i in self.items[after:]))
            if item.unit == ROUNDS and not self._group.counted and not self._groups:
                self.rounds = int(item.values[0])
            self._absorb(Part(sets=int(item.values[0])))
        elif item.unit == REPS:
            self._flush(counts_follow=True)
            values = (
                item.values[:1]
                if item.dashed and len(item.values) == 2 and item.values[0] < item.values[1]
                else item.values
            )
            self._absorb(Part(reps=values))
        elif item.unit == METRES and self.exercise.measure == SECONDS_MEASURE and max(item.values) < 15:
            self._absorb(Part(seconds=[60 * value for value in item.values]))
        elif item.unit == METRES:
            self._flush(counts_follow=True)
            self._absorb(Part(metres=item.values))
        elif item.unit == SECONDS:
            self._seconds(item)

    def _seconds(self, item: Operand) -> None:
        """Read a time: a hold, or for dumbbells `20s`, a pair of twenties; beside reps it says only how long it took."""
        self._flush(counts_follow=True)
        group = self._group
        if self.exercise.measure == "reps" and (group.reps or self._reps_later(item)):
            if self.exercise.equipment in _FREE_WEIGHT and not group.loads and item.values[0] < 60:
                self._absorb(Part(loads=item.values, load_unit=None, doubt=0.95))
            else:
                self.extras.append(f"{item.values[0]:g}s")
            return
        self._absorb(Part(seconds=item.values))

    def _reps_later(self, item: Operand) -> bool:
        later = self.items[self.items.index(item) + 1 :]
        return any(isinstance(i, Operand) and i.unit in (None, REPS) for i in later)

    def _prefixed(self, item: Operand) -> bool:
        """Read `x3` after something that was not crossed with it directly; say whether that was possible."""
        group = self._group
        value = item.values[0]
        if item.unit in (SETS, ROUNDS) or item.unit not in (None, REPS):
            return False
        if group.sets is None and (
            group.seconds or group.failure or (group.reps and len(group.reps) == 1 and value <= 10)
        ):
            if group.reps and group.load_first and not self._broke and item.unit is None and group.reps[0] == value:
                group.reps.append(value)
            else:
                group.sets = int(value)
            return True
        if group.sets is None and group.reps and len(group.reps) > 1 and not self._broke:
            group.reps.append(value)
            return True
        self._absorb(Part(reps=item.values) if self.exercise.measure != SECONDS_MEASURE else Part(seconds=item.values))
        return True

    def _told(self, item: Operand, word: str) -> None:
        """Read the number after `@` or `at`: a load, or an effort where a load is known or cannot be meant."""
        value = item.values[0]
        sign = word == "@"
        one = len(item.values) == 1
        effort = one and 5 <= value <= 10 and value * 2 == int(value * 2)
        known = self._group.loads is not None or (bool(self._bares) and max(self._bares[-1].values) > _BARE_LOAD)
        if effort and sign and known:
            self._flush(counts_follow=False)
            self._effort(value)
            return
        lifts_body = self.exercise.unloaded or self.exercise.equipment in ("barbell", "machine")
        if effort and sign and lifts_body and (self._group.counted or self._bares):
            self._flush(counts_follow=False)
            if self._group.counted or self._group.loads:
                self.doubt *= 0.9
                self._effort(value)
                return
        self._flush(counts_follow=False, load_follows=True)
        self._absorb(Part(loads=item.values))

    def _effort(self, value: float) -> None:
        if self._group.rpe is not None and self._group.counted:
            self._close()
        if not 0 < value <= 10:
            self.doubt *= 0.7
            return
        if self._group.empty and self._groups and not self._groups[-1].rpe:
            self._groups[-1].rpe = value
            return
        self._group.rpe = value
        if self._group.counted:
            self._group.closed = True

    # Bare numbers

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
        if (
            all(b.slashed and len(b.values) == 2 and b.values[0] >= 20 > b.values[1] for b in bares)
            and self._takes_load()
        ):
            for b in bares:
                self._absorb(Part(loads=b.values[:1], reps=b.values[1:], load_first=True))
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
        elif group.counted and not group.loads and self._takes_load() and (min(values) > 15 or not _whole(values)):
            self._absorb(Part(loads=values))
        elif self._takes_load() and not group.loads and values[0] >= _BARE_LOAD and values[0] >= 2 * max(values[1:]):
            self._absorb(Part(loads=values[:1], reps=values[1:], load_first=True))
        elif self._takes_load() and not group.loads and min(values) > 30:
            self._absorb(Part(loads=values))
        elif (
            self._takes_load()
            and not group.loads
            and len(values) > 2
            and values[-1] >= 20
            and values[-1] > 1.8 * max(values[:-1])
        ):
            self._absorb(Part(reps=values[:-1], loads=values[-1:]))
        elif not _whole(values):
            self._absorb(Part(loads=values, doubt=0.8))
        else:
            self._absorb(Part(reps=values))

    def _singles(self, values: list[float], counts_follow: bool, load_follows: bool) -> None:
        group = self._group
        if self.exercise.measure == SECONDS_MEASURE:
            self._holds(values)
        elif (
            counts_follow
            and group.counted
            and values[-1] > _BARE_LOAD
            and self._takes_load()
            and (self._broke or group.loads)
        ):
            self._close()
            self._fresh(values, counts_follow, load_follows)
        elif group.counted and not (group.load_first or group.closed) and group.loads is None and not group.body:
            self._after_counts(values, load_follows)
        elif group.loads is not None and (not group.counted or group.load_first):
            self._after_load(values)
        elif group.counted and group.loads is not None and len(values) == 1 and not self._broke:
            if 5 <= values[0] <= 10 and group.rpe is None:
                self.doubt *= 0.7
                group.rpe = values[0]
            elif values[0] > _BARE_LOAD:
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
            and _whole(values)
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
                self.doubt *= 0.5
            self._absorb(Part(seconds=values))

    def _body_counts(self, values: list[float], load_follows: bool) -> None:
        group = self._group
        if (
            group.sets is None
            and 2 <= len(values) <= 3
            and values[0] <= 5
            and values[1] > values[0]
            and _whole(values[:2])
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
                and (not self._takes_load() or not crossed or value <= _BARE_LOAD)
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
        elif value > max(values[1:]) * 1.5 and value >= _BARE_LOAD and self._takes_load():
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
        elif count >= 4 and count % 2 == 0 and min(evens) >= 20 and max(odds) < min(evens):
            for load, reps in zip(evens, odds, strict=True):
                self._absorb(Part(loads=[load], reps=[reps], load_first=True))
        elif (first >= _BARE_LOAD and first >= 1.5 * max(rest)) or first != int(first):
            if len(rest) == 2 and 2 <= rest[0] <= 6 and rest[1] > rest[0]:
                self._absorb(Part(loads=[first], sets=int(rest[0]), reps=rest[1:], load_first=True, doubt=0.85))
            else:
                self._absorb(Part(loads=[first], reps=rest, load_first=True, doubt=1.0 if first > 30 else 0.9))
        elif (last >= _BARE_LOAD and last >= 1.5 * max(values[:-1])) or last != int(last):
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
        elif load_follows or group.sets is not None or group.last or (self._groups and value <= _BARE_LOAD):
            self._absorb(Part(reps=[value]))
        elif counts_follow:
            if value > 10 or group.counted:
                self._absorb(Part(loads=[value]))
            else:
                self._absorb(Part(sets=int(value)))
        elif value > 30 and self.exercise.slug in _COUNTED and not self._chain_later():
            self._absorb(Part(reps=[value], doubt=0.7))
        elif value > 30 or (value > 15 and self._chain_later()):
            self._absorb(Part(loads=[value]))
        else:
            self._absorb(Part(reps=[value]))

    def _chain_later(self) -> bool:
        return any(_is(item, Kind.TIMES) for item in self.items)

    def _takes_load(self) -> bool:
        return not self.exercise.unloaded

    # Groups

    def _absorb(self, part: Part) -> None:
        """Add a part to the group, or begin the next one where the two disagree."""
        self.doubt *= part.doubt
        group = self._group
        if self._disagree(group, part):
            self._close()
            group = self._group
        had = group.counted
        if part.reps is not None:
            group.reps = [*(group.reps or []), *part.reps]
        if part.seconds is not None:
            group.seconds = [*(group.seconds or []), *part.seconds]
        if part.metres is not None:
            group.metres = part.metres
        if part.count is not None:
            group.count = part.count
        if part.sets is not None:
            group.sets = part.sets
        if part.failure:
            group.failure = True
        if part.loads is not None:
            group.loads = [*(group.loads or []), *part.loads]
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
            return not (group.count == 2 and self.exercise.equipment in _FREE_WEIGHT)
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

    # Sets

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
                sets.append(_with_sets(before, before.sets - 1))
            for one in self._of_group(group):
                if sets and sets[-1].same_but_count(one):
                    sets[-1] = _with_sets(sets[-1], sets[-1].sets + one.sets)
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
                    before.loads = [*before.loads, *group.loads]
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
                group.loads, group.unit = known, unit
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
        if not group.counted:
            self.doubt *= 0.5
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
        if length == 1:
            return [self._one(sets or 1, _first(reps), _first(loads), _first(times), group)]
        if sets is not None and sets != length:
            self.doubt *= 0.75
            if sets > length and len(reps or [0]) == 1 and len(times or [0]) == 1:
                loads = [*loads, *[loads[-1]] * (sets - length)]
                length = sets
        rows = []
        for place in range(length):
            rows.append(self._one(1, _nth(reps, place), _nth(loads, place), _nth(times, place), group))
        if len({len(part) for part in (reps or [], loads, times) if len(part) > 1}) > 1:
            self.doubt *= 0.7
        return rows

    def _whole_reps(self, reps: list[float] | None) -> list[int] | None:
        if not reps:
            return None
        if not _whole(reps):
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
        if sets > _MOST_SETS or sets < 1 or (reps is not None and (reps > _MOST_REPS or reps < 1)):
            self.doubt *= 0.3
            sets = min(max(sets, 1), _MOST_SETS)
            reps = None if reps is None else min(max(reps, 1), _MOST_REPS)
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


def _is(item: Item, kind: Kind) -> bool:
    return isinstance(item, Mark) and item.kind is kind


def _whole(values: list[float]) -> bool:
    return all(value == int(value) for value in values)


def _first(values: Sequence[_T] | None) -> _T | None:
    return values[0] if values else None


def _nth(values: Sequence[_T] | None, place: int) -> _T | None:
    return values[min(place, len(values) - 1)] if values else None


def _with_sets(one: ParsedSet, sets: int) -> ParsedSet:
    return ParsedSet(one.exercise, one.slug, sets, one.reps, one.weight_kg, one.rpe, one.seconds, one.own_id)
