"""Whether one point that comes in may be taken: asked for every point, so it works on plain numbers."""

from math import cos, isfinite, radians, sqrt
from typing import Final, NamedTuple

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.sports import LIMITS
from pp_core.tracking.rules.track import EARTH_METRES

IN_FUTURE: Final = "in_future"
TOO_OLD: Final = "too_old"
OUT_OF_BOUNDS: Final = "out_of_bounds"
INACCURATE: Final = "inaccurate"
TOO_FAST: Final = "too_fast"
NOT_A_NUMBER: Final = "not_a_number"
CUT_OFF: Final = "cut_off"
"""Its activity was cut and this lies outside: no fault of the point's, so not among `REASONS`; see `is_cut_off`."""
DUPLICATE: Final = "duplicate"
REASONS: Final = (NOT_A_NUMBER, OUT_OF_BOUNDS, IN_FUTURE, TOO_OLD, DUPLICATE, INACCURATE, TOO_FAST)
"""In the order in which they are asked: the first that holds is told."""

FUTURE_MS: Final = 30_000
"""How far ahead of the server a point may be after its clock was corrected: the correction is an estimate."""
PAST_MS: Final = 7 * 86_400_000
"""How old a point may be: a phone may be out of reach for some days, and then tells what it kept."""
LOWEST_M: Final = -500.0
HIGHEST_M: Final = 9_000.0
"""The shore of the Dead Sea, and Everest, with a receiver's error."""
FASTEST_HEART: Final = 300
"""Beats a minute that no heart reaches."""
UNKNOWN_DOUBT_M: Final = 10.0
"""How wrong a position is taken to be that came without its accuracy."""

_METRES_A_DEGREE: Final = radians(1) * EARTH_METRES


class Point(NamedTuple):
    """One position as a device told it; `ts` by its clock in milliseconds since 1970, units as in `Track`."""

    ts: int
    lat: float
    lon: float
    altitude: float | None = None
    speed: float | None = None
    accuracy: float | None = None
    heart_rate: int | None = None


def reason_against(point: Point, *, last: Point | None, sport: Sport, now: int, shift_ms: int) -> str | None:
    """Why not to take this point, one of `REASONS`; None where it is good.

    `last` is the point taken before it in the same activity, which may be later than this one: points that waited out
    a gap in the network come after newer ones. `now` is the server's clock in milliseconds, `shift_ms` how far the
    device's clock is ahead of it.
    """
    ts, lat, lon, altitude, speed, accuracy, heart_rate = point
    # A sum of numbers is finite where all of them are: one question instead of five.
    if not isfinite(lat + lon + (altitude or 0.0) + (speed or 0.0) + (accuracy or 0.0)):
        return NOT_A_NUMBER
    # Zero and zero is what a receiver tells that has no position (Traccar's filter.zero).
    if not -90 <= lat <= 90 or not -180 <= lon <= 180 or lat == 0.0 == lon:
        return OUT_OF_BOUNDS
    if altitude is not None and not LOWEST_M <= altitude <= HIGHEST_M:
        return OUT_OF_BOUNDS
    if not 0 <= (heart_rate or 0) < FASTEST_HEART:
        return OUT_OF_BOUNDS
    age = now - ts + shift_ms
    if age < -FUTURE_MS:
        return IN_FUTURE
    if age > PAST_MS:
        return TOO_OLD
    if last is not None and ts == last.ts:
        return DUPLICATE
    limits = LIMITS[sport]
    if accuracy is not None and not 0 <= accuracy <= limits.worst_accuracy:
        return INACCURATE
    if speed is not None and speed > limits.fastest:
        return TOO_FAST
    return TOO_FAST if last is not None and _unreachable(point, last, limits.fastest) else None


def is_cut_off(ts: int, kept_from: int | None, kept_until: int | None) -> bool:
    """Whether a moment lies outside of what an activity was cut to; all by the device's clock, None where nothing was cut."""
    return (kept_from is not None and ts < kept_from) or (kept_until is not None and ts > kept_until)


def _unreachable(point: Point, last: Point, fastest: float) -> bool:
    """Nobody comes from one to the other in the time between, wherever within their accuracy they lie."""
    doubt = UNKNOWN_DOUBT_M if point.accuracy is None else point.accuracy
    doubt += UNKNOWN_DOUBT_M if last.accuracy is None else last.accuracy
    reach = (fastest * abs(point.ts - last.ts) / 1000 + doubt) / _METRES_A_DEGREE
    north = point.lat - last.lat
    east = abs(point.lon - last.lon)
    if east > 180:
        east = 360 - east  # across the date line
    east *= cos(radians(point.lat))
    return sqrt(north * north + east * east) > reach
