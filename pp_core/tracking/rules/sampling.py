"""How often a device should measure: often enough for the line, seldom enough for the battery and the cap."""

from math import isfinite
from typing import Final

BANDS: Final = ((0.5, 10), (2.0, 5), (3.5, 3), (6.0, 2))
"""(metres a second, seconds): slower than the first is standing, then walking, jogging, running."""
FASTEST_S: Final = 1
"""For what is faster than all bands: riding."""
UNKNOWN_S: Final = 5
SCARCE: Final = ((0.75, 2), (0.9, 4), (0.97, 8))
"""(share of the cap used, factor): near the cap points come seldom, so that the rest of the way is still there."""
LONGEST_S: Final = 60
"""The longest interval: a line is still a line, and who follows it live still sees somebody move."""


def wished_interval_s(speed: float | None, points_used: int, cap: int) -> int:
    """Seconds until the next point, 1 to `LONGEST_S`, for a speed in metres a second (None where unknown).

    ===================  =======  =====================
    speed, m/s           seconds  what that is
    ===================  =======  =====================
    below 0.5            10       standing
    0.5 to 2.0           5        walking
    2.0 to 3.5           3        jogging
    3.5 to 6.0           2        running
    6.0 and more         1        riding
    unknown              5
    ===================  =======  =====================

    From three quarters of the cap (points an activity may have) twice as long, from 90 % four times, from 97 % eight
    times; at the cap and past it `LONGEST_S`. It never says stop: what is done with points past the cap is not for this function.
    """
    if points_used >= cap:
        return LONGEST_S
    seconds = UNKNOWN_S
    if speed is not None and isfinite(speed):
        seconds = next((seconds for below, seconds in BANDS if speed < below), FASTEST_S)
    factor = next((factor for share, factor in reversed(SCARCE) if points_used >= share * cap), 1)
    return min(seconds * factor, LONGEST_S)
