"""Metres up and down, with hysteresis."""

import numpy as np

from pp_core.tracking.rules.track import Floats


def gain_and_loss(altitude: Floats, hysteresis: float) -> tuple[float, float] | None:
    """Metres climbed and descended; None where no height is known.

    Only turns count from which the height comes back by `hysteresis` or more: less is the receiver's noise. What lies
    between two such turns counts whole.
    """
    heights = altitude[np.isfinite(altitude)].tolist()
    if not heights:
        return None
    gain = loss = 0.0
    low = high = turn = heights[0]
    rising = falling = False
    for height in heights:
        low, high = min(low, height), max(high, height)
        if not falling and high - height >= hysteresis:
            gain += high - turn if rising else 0.0
            turn, low = high, height
            rising, falling = False, True
        elif not rising and height - low >= hysteresis:
            loss += turn - low if falling else 0.0
            turn, high = low, height
            rising, falling = True, False
    if rising:
        gain += high - turn
    elif falling:
        loss += turn - low
    return gain, loss
