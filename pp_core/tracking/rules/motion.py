"""When somebody was in motion, and how far they came."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.filtering import Mask
from pp_core.tracking.rules.sports import LIMITS
from pp_core.tracking.rules.track import Floats, Ints

WINDOW_S: Final = 10.0
"""Somebody who gets nowhere for this long stands still."""
SHARP: Final = 0.5
SHARPEST: Final = 2.1
"""Radians (30 to 120 degrees) of what is taken for a corner; who turns back may have gone anywhere before."""
STRAIGHT_SHARE: Final = 0.2
"""How much of a corner's turn the ways before and after it may have themselves."""
SHORTEST_LEG_M: Final = 0.5


def standing(seconds: Floats, plane: Floats, sport: Sport) -> Mask:
    """True for each leg (one fewer than points) on which somebody stood still: nobody stops for less than `WINDOW_S`.

    `seconds` rise; `plane` (n, 2) are metres. A stop is a time during which neither half nor the whole of the window
    leads anywhere (both are asked, because who turns round is back after the whole), less the legs at its ends that
    are walked.
    """
    legs = len(seconds) - 1
    if legs < 1:
        return np.zeros(0, bool)
    slow = LIMITS[sport].pause_speed
    half = WINDOW_S / 2
    there = [
        np.column_stack([np.interp(seconds + ahead, seconds, plane[:, axis]) for axis in (0, 1)])
        for ahead in (half, WINDOW_S)
    ]
    near = slow * WINDOW_S
    still = (
        (np.hypot(*(there[0] - plane).T) < near)
        & (np.hypot(*(there[1] - plane).T) < near)
        & (np.hypot(*(there[1] - there[0]).T) < near)
        & (seconds + WINDOW_S <= seconds[-1])
    )
    count = np.zeros(len(seconds) + 1, np.int64)
    begins = np.flatnonzero(still)
    np.add.at(count, begins, 1)
    np.add.at(count, np.searchsorted(seconds, seconds[begins] + WINDOW_S), -1)
    within = np.cumsum(count)[:legs] > 0
    speed = np.hypot(*np.diff(plane, axis=0).T) / np.diff(seconds)
    within |= (speed < slow) & (np.diff(seconds) >= WINDOW_S)
    return _trimmed(within, speed >= slow)


def _trimmed(within: Mask, brisk: Mask) -> Mask:
    """Stretches of `within` without the brisk legs at both their ends."""
    return within & _ran_into(within, brisk) & _ran_into(within[::-1], brisk[::-1])[::-1]


def _ran_into(within: Mask, brisk: Mask) -> Mask:
    """True from each stretch's first leg that is not brisk."""
    places = np.arange(len(within))
    start = np.maximum.accumulate(np.where(within, -1, places))
    calm = np.maximum.accumulate(np.where(within & ~brisk, places, -1))
    return np.asarray(calm > start)


def paused_seconds(ts: Ints, pauses: Sequence[tuple[int, int]]) -> Floats:
    """How many seconds of each leg lie within the pauses, (from, to) in the track's own milliseconds."""
    covered = np.zeros(len(ts))
    end = None
    for begin, until in sorted(pauses):
        begin = begin if end is None else max(begin, end)
        if until > begin:
            covered += np.clip(ts, begin, until) - begin
            end = until
    return np.diff(covered) / 1000


def around_corners(plane: Floats) -> Floats:
    """Metres by which each leg is longer than its chord where it leads round a street corner; points (n, 2) in metres.

    Between two points, some seconds apart, a corner is cut off. Where the way was straight before and is straight after, both
    lines are drawn on until they meet. In a bend, where every leg turns, nothing is added.
    """
    legs = np.diff(plane, axis=0)
    extra = np.zeros(len(legs))
    if len(legs) < 5:
        return extra
    length = np.hypot(*legs.T)
    cross = legs[:-1, 0] * legs[1:, 1] - legs[:-1, 1] * legs[1:, 0]
    turn = np.arctan2(cross, (legs[:-1] * legs[1:]).sum(axis=1))
    before, begin, end, after = turn[:-3], turn[1:-2], turn[2:-1], turn[3:]
    whole = np.abs(begin + end)
    chord = length[2:-2]
    with np.errstate(invalid="ignore", divide="ignore"):
        round_it = chord * (np.abs(np.sin(begin)) + np.abs(np.sin(end))) / np.sin(whole)
    is_corner = (begin * end > 0) & (whole > SHARP) & (whole < SHARPEST)
    is_corner &= np.maximum(np.abs(before), np.abs(after)) < STRAIGHT_SHARE * whole
    is_corner &= np.minimum.reduce([length[:-4], length[1:-3], chord, length[3:-1], length[4:]]) > SHORTEST_LEG_M
    extra[2:-2] = np.where(is_corner, np.nan_to_num(round_it) - chord, 0)
    return extra
