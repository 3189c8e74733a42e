"""Numbers gathered into operands: single values, lists (`12,10,8`, `60/70/80`) and decimals with a comma."""

from __future__ import annotations

from pp_core.workouts.formats.catalogue import Exercise
from pp_core.workouts.formats.shorthand.lexer import Atom
from pp_core.workouts.formats.shorthand.lexicon import KG, LB, REPS, RPE, SECONDS, SETS, Kind

_FRACTIONS = frozenset({"5", "25", "75", "50", "0", "00"})


class Operand:
    """One or more values of one unit; ``at`` when `@`, `at` or `with` stands before it."""

    __slots__ = ("at", "dashed", "end", "repeated", "signed", "slashed", "start", "unit", "values")

    def __init__(self, values: list[float], unit: str | None, start: int, end: int) -> None:
        self.values = values
        self.unit = unit
        self.start = start
        self.end = end
        self.at = ""
        self.signed = False
        self.slashed = False
        self.dashed = False
        self.repeated = False  # crossed by a word for "times": `10 mara 3` is ten, three times


class Mark:
    """A sign between operands."""

    __slots__ = ("kind", "word")

    def __init__(self, kind: Kind, word: str) -> None:
        self.kind = kind
        self.word = word


Item = Operand | Mark

_KEPT = frozenset({Kind.NUMBER, Kind.TIMES, Kind.AT, Kind.BREAK, Kind.SLASH, Kind.DASH, Kind.PLUS, Kind.BODY,
                   Kind.FAILURE, Kind.LAST})  # fmt: skip


def items_of(atoms: list[Atom], exercise: Exercise) -> list[Item]:
    """Return the operands and marks of one exercise's atoms, lists folded, signs and decimals applied."""
    kept = _kept(atoms)
    items: list[Item] = []
    at = 0
    while at < len(kept):
        atom = kept[at]
        if atom.kind is Kind.NUMBER:
            operand, at = _operand(kept, at, items, exercise)
            items.append(operand)
            continue
        if atom.kind in (Kind.PLUS, Kind.DASH):
            signed = _signed(kept, at, exercise)
            if signed is not None:
                items.append(signed)
                at += 2
                continue
            if atom.kind is Kind.PLUS:
                # `100x5+` marks an open-ended set; between sets a plus separates them.
                items.append(Mark(Kind.BREAK, "+"))
        elif atom.kind is Kind.SLASH:
            items.append(Mark(_slash(kept, at), "/"))
        else:
            items.append(Mark(atom.kind, atom.word))
        at += 1
    return items


def _kept(atoms: list[Atom]) -> list[Atom]:
    kept: list[Atom] = []
    for atom in atoms:
        if atom.kind in _KEPT:
            kept.append(atom)
        elif atom.kind is Kind.EACH and kept and kept[-1].kind is Kind.SLASH:
            kept.pop()  # `8/side`
    return kept


def _slash(kept: list[Atom], at: int) -> Kind:
    """Return what a slash does: between a load and its reps it crosses (`60kg/8`), elsewhere it separates."""
    if at and at + 1 < len(kept) and kept[at - 1].kind is Kind.NUMBER and kept[at + 1].kind is Kind.NUMBER:
        return Kind.TIMES
    return Kind.BREAK


def _signed(kept: list[Atom], at: int, exercise: Exercise) -> Operand | None:
    """Read `+10kg` and `-20`: load added to the body, or help taken from it."""
    if at + 1 >= len(kept) or kept[at + 1].kind is not Kind.NUMBER:
        return None
    sign, number = kept[at], kept[at + 1]
    before = kept[at - 1] if at else None
    after_body = before is not None and before.kind is Kind.BODY
    if number.unit not in (None, KG, LB) or not (number.glued or after_body):
        return None
    crossed = at + 2 < len(kept) and kept[at + 2].kind is Kind.TIMES
    if not exercise.unloaded and not (exercise.slug.startswith("assisted") and sign.kind is Kind.DASH):
        plain = sign.kind is Kind.PLUS and not crossed and not sign.glued and number.glued and before is not None
        if not plain and not after_body:
            return None
    if sign.kind is Kind.DASH and sign.glued and not after_body:
        return None
    if crossed and sign.glued:
        return None
    value = -number.value if sign.kind is Kind.DASH else number.value
    operand = Operand([value], number.unit or KG, sign.start, number.end)
    operand.signed = True
    return operand


def _is_tally(kept: list[Atom], at: int, exercise: Exercise) -> bool:
    """Whether `3 times` counts sets: their repetitions or seconds stand before it."""
    before = [atom for atom in kept[max(at - 12, 0) : at] if atom.kind is Kind.NUMBER]
    if any(atom.unit == SETS for atom in before):
        return False
    if any(atom.unit in (REPS, SECONDS) for atom in before):
        # `50kg mara 10, 60kg mara 8`: where loads lead, the count that follows one is of repetitions.
        return before[0].unit not in (KG, LB) or before[-1].unit not in (KG, LB)
    bare = [atom.value for atom in before if atom.unit is None]
    return (exercise.unloaded or min(bare) <= 20) if bare else exercise.measure != "reps"


def _operand(kept: list[Atom], at: int, items: list[Item], exercise: Exercise) -> tuple[Operand, int]:
    atom = kept[at]
    decimal = _decimal(kept, at, items)
    if decimal is not None:
        return decimal, at + 3
    unit = SETS if atom.tally and _is_tally(kept, at, exercise) else atom.unit
    operand = Operand([atom.value], unit, atom.start, atom.end)
    cursor = at
    separator = ""
    while cursor + 2 < len(kept) and _joins(kept, at, cursor, separator, operand):
        separator = kept[cursor + 1].word
        operand.values.append(kept[cursor + 2].value)
        operand.unit = operand.unit or kept[cursor + 2].unit
        operand.end = kept[cursor + 2].end
        cursor += 2
    if separator == "/" and exercise.one_sided and operand.values == operand.values[:1] * 2:
        operand.values, separator = operand.values[:1], ""  # `5/5`: five with the one side, five with the other
    operand.slashed, operand.dashed = separator == "/", separator == "-"
    return operand, cursor + 1


def _decimal(kept: list[Atom], at: int, items: list[Item]) -> Operand | None:
    """Read `82,5` as one value where a list of two would make no sense."""
    if at + 2 >= len(kept) or kept[at + 1].word != "," or not kept[at + 1].glued or not kept[at + 2].glued:
        return None
    first, second = kept[at], kept[at + 2]
    fraction = second.word
    if (
        kept[at + 1].kind is not Kind.BREAK
        or second.kind is not Kind.NUMBER
        or not fraction.isdigit()
        or len(fraction) > 2
    ):
        return None
    if at + 4 < len(kept) and kept[at + 3].word == "," and kept[at + 3].glued and kept[at + 4].kind is Kind.NUMBER:
        return None
    if first.trailed or first.value != int(first.value) or (first.unit and second.unit and first.unit != second.unit):
        return None
    unit = first.unit or second.unit
    crossed = bool(items) and isinstance(items[-1], Mark) and items[-1].kind is Kind.TIMES
    told = bool(items) and isinstance(items[-1], Mark) and items[-1].kind is Kind.AT
    if crossed and _begins_another(kept, at, items):
        return None
    if unit in (KG, LB, RPE):
        sure = unit != RPE or fraction == "5"
    elif fraction not in _FRACTIONS or unit is not None:
        return None
    else:
        alone = len(kept) == 3 and first.value >= 60
        had_reps = any(isinstance(i, Mark) and i.kind is Kind.TIMES for i in items) and not crossed
        later = any(a.kind is Kind.TIMES for a in kept[at + 3 :])
        sure = told or had_reps or (first.value >= 20 and not alone) or (crossed and fraction != "5") or later
    if not sure:
        return None
    value = first.value + second.value / 10 ** len(fraction)
    return Operand([value], unit, first.start, second.end)


def _begins_another(kept: list[Atom], at: int, items: list[Item]) -> bool:
    """Whether the comma parts `40kgx12,50kgx10` or `40x12,50x10`: a load was said, or is crossed again."""
    loaded = len(items) > 1 and isinstance(items[-2], Operand) and items[-2].unit in (KG, LB)
    again = at + 3 < len(kept) and kept[at + 3].kind is Kind.TIMES and kept[at + 2].value >= 10
    return loaded or again


def _joins(kept: list[Atom], start: int, cursor: int, separator: str, operand: Operand) -> bool:
    """Whether the number after the next separator belongs to the list that began at ``start``."""
    one, sign, two = kept[cursor], kept[cursor + 1], kept[cursor + 2]
    if two.kind is not Kind.NUMBER or two.tally or (separator and sign.word != separator):
        return False
    glued = sign.glued and two.glued
    if sign.kind is Kind.BREAK:
        if sign.word != ",":
            return False
    elif sign.kind is Kind.PLUS:
        if not glued:
            return False
    elif sign.kind is Kind.DASH:
        if not glued and (sign.glued or two.glued):
            return False
    elif sign.kind is not Kind.SLASH:
        return False
    if not _same_unit(operand.unit, two.unit, glued) and not (
        _efforts(kept, cursor, operand) or _loads_go_on(kept, start, cursor, operand)
    ):
        return False
    before = kept[start - 1] if start else None
    after = kept[cursor + 3] if cursor + 3 < len(kept) else None
    crossed = before is not None and before.kind is Kind.TIMES
    if crossed and sign.kind is Kind.DASH and two.value > 30:
        return False
    if crossed and (not glued or sign.kind is Kind.PLUS or operand.unit != two.unit):
        return False
    if after is not None and after.kind in (Kind.TIMES, Kind.AT):
        if sign.kind is Kind.PLUS or (crossed and sign.kind is Kind.BREAK and after.kind is Kind.TIMES):
            return False  # `100x5,120x5`
        if after.kind is Kind.AT:
            # `5 @ 100, 5 @ 110` are two sets, `10, 8, 6 @ 60` is one list.
            return not (before is not None and before.kind is Kind.AT)
        values = [*operand.values, two.value]
        if not glued:
            return min(values) >= 20 and max(values) <= 2.5 * min(values)
        if sign.kind is Kind.BREAK and before is not None and before.kind is Kind.AT:
            return False
    paired = before is not None and before.kind is Kind.NUMBER and one is kept[start] and not glued
    return not (paired and after is not None and after.kind is Kind.NUMBER)


def _loads_go_on(kept: list[Atom], start: int, cursor: int, operand: Operand) -> bool:
    """Whether a list of loads goes on behind its unit: `kilo 40, 50, 60`."""
    values = [*operand.values, kept[cursor + 2].value]
    crossed = cursor + 3 < len(kept) and kept[cursor + 3].kind is Kind.TIMES
    alike = min(values) >= 20 and max(values) <= 2.5 * min(values)
    return (
        operand.unit in (KG, LB) and not kept[start].trailed and kept[cursor + 2].unit is None and alike and not crossed
    )


def _efforts(kept: list[Atom], cursor: int, operand: Operand) -> bool:
    """Whether a list of efforts goes on: `rpe 7, 8, 8.5`."""
    two = kept[cursor + 2]
    after = kept[cursor + 3] if cursor + 3 < len(kept) else None
    ends = after is None or after.kind is Kind.BREAK
    return operand.unit == RPE and two.unit is None and max(5, operand.values[-1] - 2) <= two.value <= 10 and ends


def _same_unit(one: str | None, two: str | None, glued: bool) -> bool:
    if one == two:
        return True
    if one is None and two is not None:
        return (glued and two in (KG, LB, REPS, SECONDS)) or two in (REPS, SECONDS)
    return one in (REPS, RPE) and two is None and glued
