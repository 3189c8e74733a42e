"""Energy spent, by the best published method that what is known allows."""

from typing import Final

import numpy as np

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.track import Floats

KCAL_A_LITRE: Final = 5.0  # of oxygen (ACSM's Guidelines for Exercise Testing and Prescription)
KEYTEL: Final = "Keytel 2005 (heart rate, weight, age, sex)"
ACSM: Final = "ACSM metabolic equations (speed, climb, weight)"
COMPENDIUM: Final = "Compendium of Physical Activities 2024 (MET, weight)"

# MET by speed: slower than the first bound (metres a second) has the first figure. Riding: codes 01010 to 01060, whose bounds
# are 10, 12, 14, 16 and 20 miles an hour. Swimming: laps, crawl, slow. Rowing: 4 to 5.9 miles an hour. Skating: 15591.
# For a sport that nobody named, walking's.
_BY_SPEED: Final[dict[Sport, tuple[tuple[float, float], ...]]] = {
    Sport.RIDE: ((4.47, 4.0), (5.36, 6.8), (6.26, 8.0), (7.15, 10.0), (8.94, 12.0), (np.inf, 16.8)),
    Sport.SWIM: ((np.inf, 5.8),),
    Sport.ROW: ((np.inf, 5.8),),
    Sport.SKATE: ((np.inf, 7.5),),
    Sport.OTHER: ((np.inf, 4.0),),
}


def kcal(
    sport: Sport,
    *,
    seconds: Floats,
    metres: Floats,
    climb: Floats,
    heart_rate: Floats,
    weight_kg: float | None,
    age: float | None = None,
    female: bool | None = None,
) -> tuple[int, str] | None:
    """Kilocalories of the legs in motion, and the name of the method; None where the weight is not known.

    One entry a leg: seconds, metres, metres climbed (0 where unknown), heart rate (0 where unknown).
    """
    if weight_kg is None or not len(seconds) or seconds.sum() <= 0:
        return None
    if age is not None and female is not None and _mostly(heart_rate > 0, seconds):
        return round(_by_heart(seconds, heart_rate, weight_kg, age, female)), KEYTEL
    if sport in (Sport.RUN, Sport.WALK, Sport.HIKE):
        return round(_by_oxygen(sport, seconds, metres, climb, weight_kg)), ACSM
    speed = float(metres.sum() / seconds.sum())
    met = next(met for bound, met in _BY_SPEED[sport] if speed < bound)
    return round(met * weight_kg * float(seconds.sum()) / 3600), COMPENDIUM


def _mostly(which: np.ndarray, seconds: Floats) -> bool:
    return float(seconds[which].sum()) >= 0.8 * float(seconds.sum())


def _by_heart(seconds: Floats, heart_rate: Floats, weight_kg: float, age: float, female: bool) -> float:
    """Keytel et al. (2005), Journal of Sports Sciences 23(3): kilojoules a minute; 4.184 make a kilocalorie."""
    known = heart_rate > 0
    beats = float(np.average(heart_rate[known], weights=seconds[known]))
    if female:
        kilojoules = -20.4022 + 0.4472 * beats - 0.1263 * weight_kg + 0.074 * age
    else:
        kilojoules = -55.0969 + 0.6309 * beats + 0.1988 * weight_kg + 0.2017 * age
    return max(0.0, kilojoules) / 4.184 * float(seconds.sum()) / 60


def _by_oxygen(sport: Sport, seconds: Floats, metres: Floats, climb: Floats, weight_kg: float) -> float:
    """ACSM: millilitres of oxygen a kilogram and minute.

    Running 0.2 a metre a minute forward, 0.9 up; walking 0.1 and 1.8; both 3.5 at rest. A metre costs the same
    at any speed, so that the whole is a sum over metres. Going down costs as going level.
    """
    forward, up = (0.2, 0.9) if sport is Sport.RUN else (0.1, 1.8)
    millilitres = forward * metres.sum() + up * climb.sum() + 3.5 * seconds.sum() / 60
    return float(millilitres) * weight_kg / 1000 * KCAL_A_LITRE
