"""Which points of a track to believe: the filters that Traccar's users know, by sport.

Of the chain (org.traccar.handler.FilterHandler) `future`, `past` and `duplicate` are asked when a point comes in
(`rules.validation`), as is each below for that one point; here they see the whole activity: `zero` and `invalid`, `accuracy`,
and `speed` with both neighbours known. `static` and `distance` leave no point out, because its heart rate still
counts: standing still counts no distance instead (`rules.motion`).
"""

import numpy as np
import numpy.typing as npt

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.sports import LIMITS
from pp_core.tracking.rules.track import Track, metres_between

Mask = npt.NDArray[np.bool_]

# A receiver that strays for longer than this is not corrected in silence: it stays, counts no distance where it jumps,
# and is an oddity to look at.
LONGEST_STRAY_MS = 30_000
_ROUNDS = 4


def kept(track: Track, sport: Sport) -> Mask:
    """True for each point to believe."""
    limits = LIMITS[sport]
    mask = (np.abs(track.lat) <= 90) & (np.abs(track.lon) <= 180)
    mask &= ~((track.lat == 0) & (track.lon == 0))
    mask &= ~(track.accuracy > limits.worst_accuracy)
    for _ in range(_ROUNDS):
        places = np.flatnonzero(mask)
        strays = _strays(track[places], limits.fastest)
        if not strays.any():
            break
        mask[places[strays]] = False
    return mask


def too_fast(track: Track, fastest: float) -> Mask:
    """True for each leg between neighbours that nobody covers in its time; room is left for both points' uncertainty."""
    if len(track) < 2:
        return np.zeros(0, bool)
    doubt = np.nan_to_num(track.accuracy, nan=5.0)
    metres = metres_between(track.lat, track.lon) - doubt[:-1] - doubt[1:]
    return np.asarray(metres > fastest * np.diff(track.ts) / 1000)


def _strays(track: Track, fastest: float) -> Mask:
    """Points between two jumps, there and back, within a short time."""
    jumps = np.flatnonzero(too_fast(track, fastest))
    out = np.zeros(len(track) + 1, np.int64)
    there, back = jumps[:-1] + 1, jumps[1:] + 1  # the first point astray, and the first after it
    before = there - 1
    lasts = track.ts[back] - track.ts[before]
    # The way past them must be believable, or else it is a journey and not a stray.
    ends = np.column_stack([before, back]).ravel()
    past = metres_between(track.lat[ends], track.lon[ends])[::2] if len(ends) else np.zeros(0)
    fine = (lasts <= LONGEST_STRAY_MS) & (past <= fastest * lasts / 1000)
    # What lies between two strays near each other looks astray from there: the shorter of two in a row goes first.
    lasts = np.where(fine, lasts, np.iinfo(np.int64).max)
    fine[1:] &= lasts[1:] < lasts[:-1]
    fine[:-1] &= lasts[:-1] <= lasts[1:]
    np.add.at(out, there[fine], 1)
    np.add.at(out, back[fine], -1)
    mask = np.cumsum(out)[:-1] > 0
    if len(jumps) and len(track) > 2:
        # The very first and last point have a neighbour on one side only.
        mask[0] |= bool(jumps[0] == 0)
        mask[-1] |= bool(jumps[-1] == len(track) - 2)
    return mask
