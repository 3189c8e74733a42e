"""Merge what a correction says of one exercise with the sets that were logged: what is not said is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeVar

from pp_core.workouts.formats.shorthand.groups import MOST_SETS
from pp_core.workouts.formats.shorthand.parsed import ParsedSet

_T = TypeVar("_T")
GUESSED = 0.5
"""How sure a merge is that had to choose: below `SURE_ENOUGH`, so that a door asks."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a correction says of one exercise; a field of ``sets`` counts only where its flag is set."""

    sets: tuple[ParsedSet, ...]
    counted: bool = False  # reps or seconds
    loaded: bool = False  # a load, or that there was none
    effort: bool = False
    sets_told: bool = True  # how many sets there were; without it a lone set speaks of all of them
    last: bool = False  # of the last set only

    @classmethod
    def all_of(cls, sets: Sequence[ParsedSet]) -> Said:
        """What a whole clause says: every field that any of its sets has."""
        return cls(
            tuple(sets),
            counted=any(one.reps is not None or one.seconds is not None for one in sets),
            loaded=any(one.weight_kg is not None for one in sets),
            effort=any(one.rpe is not None for one in sets),
            sets_told=sum(one.sets for one in sets) > 1,
        )


def amend(logged: Sequence[ParsedSet], said: Said) -> tuple[list[ParsedSet], float]:
    """The sets of one exercise after a correction, and how sure the merge is: 1, or `GUESSED` where it had to choose.

    ``logged`` has at least one set. What is kept and was the same in every set holds for all; what differed from set to set is
    kept in order, and choosing for more or fewer sets than there were is a guess.
    """
    old, new = singles(logged), singles(said.sets)
    if said.last and len(new) == 1:
        return together([*old[:-1], *_laid_over(old[-1:], new, said)[0]]), 1.0
    sure = 1.0
    if not said.sets_told:
        if len(new) == 1:
            sure = _sure_for_all(old, said)
            new = new * len(old)
        elif not said.counted:
            new, sure = _spread(old, new)
    merged, kept = _laid_over(old, new, said)
    return together(merged), min(sure, kept)


def singles(sets: Sequence[ParsedSet]) -> list[ParsedSet]:
    """The same sets, one by one."""
    return [one.times(1) for one in sets for _ in range(one.sets)]


def together(sets: Sequence[ParsedSet]) -> list[ParsedSet]:
    """The same sets with identical consecutive ones as one."""
    out: list[ParsedSet] = []
    for one in sets:
        if out and out[-1].same_but_count(one) and out[-1].sets + one.sets <= MOST_SETS:
            out[-1] = out[-1].times(out[-1].sets + one.sets)
        else:
            out.append(one)
    return out


def _laid_over(old: Sequence[ParsedSet], new: Sequence[ParsedSet], said: Said) -> tuple[list[ParsedSet], float]:
    size = len(new)
    counts, sure = _kept([(one.reps, one.seconds) for one in old], size, told=said.counted)
    loads, sure_of_loads = _kept([one.weight_kg for one in old], size, told=said.loaded)
    efforts, sure_of_efforts = _kept([one.rpe for one in old], size, told=said.effort)
    merged = []
    for place, one in enumerate(new):
        reps, seconds = (one.reps, one.seconds) if said.counted else counts[place]
        merged.append(
            replace(
                old[0],
                reps=reps,
                seconds=seconds,
                weight_kg=one.weight_kg if said.loaded else loads[place],
                rpe=one.rpe if said.effort else efforts[place],
            )
        )
    return merged, min(sure, sure_of_loads, sure_of_efforts)


def _kept(values: list[_T], size: int, *, told: bool) -> tuple[list[_T], float]:
    """These values for ``size`` sets: as they are, or the last one on and on."""
    fits = told or len(values) == size or len(set(values)) == 1
    return [values[min(place, len(values) - 1)] for place in range(size)], 1.0 if fits else GUESSED


def _sure_for_all(old: Sequence[ParsedSet], said: Said) -> float:
    """One value for sets that differed in it may mean one of them only."""
    differed = (
        (said.counted and len({(one.reps, one.seconds) for one in old}) > 1)
        or (said.loaded and len({one.weight_kg for one in old}) > 1)
        or (said.effort and len({one.rpe for one in old}) > 1)
    )
    return GUESSED if differed else 1.0


def _spread(old: Sequence[ParsedSet], new: list[ParsedSet]) -> tuple[list[ParsedSet], float]:
    """Loads or efforts in a row: one for each set, or one for each stretch of equal sets."""
    if len(new) == len(old):
        return new, 1.0
    stretches = [len(list(same)) for _, same in groupby(old, lambda one: replace(one, rpe=None))]
    if len(new) == len(stretches):
        return [one for one, length in zip(new, stretches, strict=True) for _ in range(length)], 1.0
    return new, GUESSED
