"""Read the items of one exercise from left to right."""

from __future__ import annotations

from pp_core.workouts.formats.catalogue import Exercise
from pp_core.workouts.formats.shorthand.bare import BARE_LOAD, BareReader, is_mark
from pp_core.workouts.formats.shorthand.chains import FAILURE, SECONDS_MEASURE, Part, Setting, read_chain
from pp_core.workouts.formats.shorthand.groups import FREE_WEIGHT
from pp_core.workouts.formats.shorthand.lexicon import KG, KM, LB, METRES, REPS, ROUNDS, RPE, SECONDS, SETS, Kind
from pp_core.workouts.formats.shorthand.operands import Item, Mark, Operand
from pp_core.workouts.formats.shorthand.parsed import ParsedSet


class Reader(BareReader):
    """Reads the items of one exercise; one use each."""

    def __init__(self, exercise: Exercise, items: list[Item], *, pounds: bool = False) -> None:
        super().__init__(exercise, items)
        self._cross = False
        self._at = ""
        counts = [place for place, item in enumerate(items) if isinstance(item, Operand) and item.unit in (None, REPS)]
        self._last_count = counts[-1] if counts else -1
        typed = [place for place, item in enumerate(items) if isinstance(item, Operand) and item.unit == REPS]
        self._last_reps = typed[-1] if typed else -1
        self._weighed = False  # `bw 82kg` says what the member weighs
        self._unit = LB if pounds else self._load_unit()
        self._setting = self._survey()

    def read(self) -> list[ParsedSet]:
        """Return the sets, identical consecutive ones merged."""
        at = 0
        self._fields()
        items = self.items
        while at < len(items):
            item = items[at]
            if isinstance(item, Mark):
                self._mark(item)
                at += 1
                continue
            chain = [item]
            at += 1
            while at + 1 < len(items) and is_mark(items[at], Kind.TIMES):
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
                if self._at and item.unit is None:
                    at += self._more_told(item, at)
                self._single(item, at)
        self._flush(counts_follow=False)
        self._close()
        return self._sets()

    def _fields(self) -> None:
        """Read a row such as `squat,100,5,5` or `bench; 3; 10; 60kg`, in which three fields make one set."""
        first = self.items[0] if self.items else None
        if not isinstance(first, Mark) or first.word not in (",", ";"):
            return
        marks = [item for item in self.items if isinstance(item, Mark)]
        numbers = [item for item in self.items if isinstance(item, Operand)]
        values = [value for number in numbers for value in number.values]
        rows = len(values) == 3
        if not rows or any(mark.word != marks[0].word for mark in marks) or not self._takes_load():
            return
        units = {number.unit for number in numbers if number.unit}
        if units - {KG, LB} or (marks[0].word == "," and len(numbers) not in (1, 3)) or max(values) < BARE_LOAD:
            return
        bare = [value for number in numbers if number.unit is None for value in number.values]
        if len(bare) < 2 or max(values) not in (values[0], values[-1]) or min(values) > 6:
            return
        chain = [Operand([value], None, 0, 0) for value in values]
        if units:
            chain[values.index(max(values))].unit = units.pop()
        part = read_chain(chain, self._setting)
        part.doubt = min(part.doubt, 0.85)
        self._absorb(part)
        self.items = []

    def _lead_loads(self, chain: list[Operand]) -> None:
        """Read `60 80 100 x 5` as three loads of five, not as two numbers and a set."""
        head = chain[0]
        loads = [value for bare in self._bares for value in bare.values] + head.values
        alike = len(loads) > 1 and min(loads) > BARE_LOAD and max(loads) <= 2.5 * min(loads)
        if self._bares and alike and head.unit is None and len(chain) == 2 and self._takes_load() and self._group.empty:
            head.values, self._bares = loads, []

    def _more_told(self, item: Operand, at: int) -> int:
        """Take the bare numbers after `@ 60 70 80` as loads too, if there are as many sets before; return how many."""
        more: list[float] = []
        for place in range(at, len(self.items)):
            following = self.items[place]
            if not isinstance(following, Operand) or following.unit is not None:
                if is_mark(following, Kind.TIMES) and more:
                    more.pop()
                break
            more.extend(following.values)
        said = sum(len(bare.values) for bare in self._bares) or len(self._group.reps or ()) or (self._group.sets or 0)
        if not more or len(item.values) + len(more) not in (said, self._group.sets):
            return 0
        item.values = item.values + more
        return len(more)

    def _load_unit(self) -> str:
        units = {item.unit for item in self.items if isinstance(item, Operand)}
        return LB if LB in units and KG not in units else KG

    def _survey(self) -> Setting:
        setting = Setting(self.exercise)
        crossed = [
            (self.items[i - 1], self.items[i + 1])
            for i, item in enumerate(self.items[:-1])
            if i and is_mark(item, Kind.TIMES) and not (i > 2 and is_mark(self.items[i - 2], Kind.TIMES))
            and not (i + 2 < len(self.items) and is_mark(self.items[i + 2], Kind.TIMES))
        ]  # fmt: skip
        setting.has_load = any(
            isinstance(item, Operand) and (item.unit in (KG, LB) or (self._told_load(item, place)))
            for place, item in enumerate(self.items)
        )
        for one, two in crossed:
            if not isinstance(one, Operand) or not isinstance(two, Operand) or one.unit or two.unit:
                continue
            if one.values[0] > BARE_LOAD and one.values[0] > two.values[0] and not self.exercise.unloaded:
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
        free = not (before is not None and is_mark(before, Kind.TIMES)) and not (
            after is not None and is_mark(after, Kind.TIMES)
        )
        return free and item.values[0] > BARE_LOAD

    def _here(self) -> Setting:
        setting = self._setting
        loaded = bool(self._group.loads) and not self._group.counted
        return Setting(
            setting.exercise,
            setting.loads_lead and not loaded,
            setting.loads_trail and not loaded,
            loaded or (setting.has_load and not setting.loads_lead and not setting.loads_trail),
        )

    def _mark(self, mark: Mark) -> None:
        self._at = ""
        if mark.kind is Kind.TIMES:
            self._flush(counts_follow=False)
            self._cross = True
        elif mark.kind is Kind.AT:
            self._at = mark.word
        elif mark.kind is Kind.BODY:
            self._flush(counts_follow=False)
            if self._group.counted and self._broke and (self._group.body or self._group.loads):
                self._close()
            self._group.body = self._group.loads is None
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
            self._broke, self._cross = True, False

    def _single(self, item: Operand, after: int) -> None:
        before = self.items[after - 2] if after > 1 else None
        self._weighed = before is not None and is_mark(before, Kind.BODY)
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
            if len(item.values) > 1 and max(item.values) <= 10:
                self._group.efforts = item.values
        elif item.unit == KM:
            self.extras.append(f"{item.values[0]:g}km")
        elif item.unit in (KG, LB) and self._weighed and not item.signed and self._takes_load() and self._group.loads:
            self.extras.append(f"body weight {item.values[0]:g}{item.unit}")
        elif item.unit in (KG, LB):
            following = self.items[after] if after < len(self.items) else None
            another = item.signed and self._broke and isinstance(following, Operand) and following.unit in (None, REPS)
            self._flush(counts_follow=False, load_follows=not another)
            if another and self._group.counted:
                self._close()  # `10, +5kg 8, +10kg 6`
            self._absorb(Part(loads=item.values, load_unit=item.unit))
        elif item.unit in (SETS, ROUNDS):
            self._flush(counts_follow=after <= self._last_reps)
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
            self._seconds(item, after)

    def _seconds(self, item: Operand, after: int) -> None:
        """Read a time: a hold, or for dumbbells `20s`, a pair of twenties; beside reps only how long it took."""
        self._flush(counts_follow=True)
        group = self._group
        if self.exercise.measure == "reps" and (group.reps or after <= self._last_count):
            if self.exercise.equipment in FREE_WEIGHT and not group.loads and item.values[0] < 60:
                self._absorb(Part(loads=item.values, load_unit=None, doubt=0.95))
            else:
                self.extras.append(f"{item.values[0]:g}s")
            return
        self._absorb(Part(seconds=item.values))

    def _prefixed(self, item: Operand) -> bool:
        """Read `x3` after something that was not crossed with it directly; say whether that was possible."""
        group = self._group
        value = item.values[0]
        if self._broke and item.unit is None and group.reps and group.load_first and group.sets is None:
            group.reps.append(value)  # `60x8, x8, x7`
            self._broke = False
            return True
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
        known = self._group.loads is not None or (bool(self._bares) and max(self._bares[-1].values) > BARE_LOAD)
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
