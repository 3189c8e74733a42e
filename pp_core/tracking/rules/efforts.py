"""Best efforts: the fastest stretch of each usual length."""

from typing import Final

import numpy as np

from pp_core.tracking.operations import Effort
from pp_core.tracking.rules.track import Floats

LENGTHS: Final = (
    ("400m", 400.0),
    ("1km", 1000.0),
    ("1mi", 1609.344),
    ("5km", 5000.0),
    ("10km", 10_000.0),
    ("half", 21_097.5),
    ("full", 42_195.0),
)


def efforts(metres: Floats, seconds: Floats) -> tuple[Effort, ...]:
    """The fastest stretch of every length that fits in.

    `metres` (never falling) and `seconds` (rising) are cumulative, one a point; between points somebody moves evenly.
    The clock runs on while they stand, as on a track. The best stretch of a broken line begins or ends at one of its
    points, so only those are tried.
    """
    if len(metres) < 2:
        return ()
    # A place where somebody stood is left at its last moment and reached at its first.
    arrive = np.concatenate([[True], np.diff(metres) > 0])
    leave = np.concatenate([np.diff(metres) > 0, [True]])
    found = []
    for measure, length in LENGTHS:
        if metres[-1] - metres[0] < length:
            break
        starts = metres[leave]
        starts = starts[starts + length <= metres[-1]]
        ends = metres[arrive]
        ends = ends[ends - length >= metres[0]]
        begins = np.concatenate([starts, ends - length])
        times = np.interp(begins + length, metres[arrive], seconds[arrive]) - np.interp(
            begins, metres[leave], seconds[leave]
        )
        best = int(np.argmin(times))
        found.append(
            Effort(measure=measure, seconds=round(float(times[best]), 2), from_m=round(float(begins[best]), 1))
        )
    return tuple(found)
