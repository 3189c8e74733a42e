"""What is believable of each sport, and where standing still begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pp_core.tracking.operations import Sport


@dataclass(frozen=True, slots=True)
class Limits:
    """One sport's limits, in metres, seconds and metres a second.

    `fastest`: nobody is faster, not even for a moment; a leg above it is a receiver's error and counts no distance.
    `records`: (seconds, metres a second) of the best sustained speeds ever measured, durations rising, speeds falling:
    who is faster for as long was carried. `pause_speed`: below it somebody stands still. `worst_accuracy`: points less
    certain than this are left out. `hysteresis`: a change of height below this is the receiver's noise. `agility`: the
    variance by which velocity changes in a second of steady going (square metres a second cubed), for the smoother.
    """

    fastest: float
    records: tuple[tuple[float, float], ...]
    pause_speed: float
    worst_accuracy: float
    hysteresis: float
    agility: float


# Running: world records as of 2025 (100 m 9.58 s, with the fastest 20 m of it at 12.4 m/s; 400 m 43.03 s; 1000 m
# 2:11.96; 5000 m 12:35.36; 10,000 m 26:11.00; marathon 2:00:35), worldathletics.org. Walking: race walking (5 km 18:05,
# 20 km 1:16:10, 50 km 3:32:33) and a trotting start. Riding: a road sprint and the descent of a pass; sustained: the
# hour record (56.792 km, 2022), downhill stretches faster. Swimming: 50 m 20.91 s, 1500 m 14:30.67. Rowing: single
# scull 2000 m 6:30.74, an eight 5:18.68. Inline skating: 1 km 1:14, marathon 56:22.
LIMITS: Mapping[Sport, Limits] = MappingProxyType(
    {
        Sport.RUN: Limits(
            fastest=12.5,
            records=((10, 11.0), (43, 9.30), (132, 7.58), (755, 6.62), (1571, 6.37), (7235, 5.84)),
            pause_speed=0.8,
            worst_accuracy=50,
            hysteresis=3,
            agility=0.05,
        ),
        Sport.WALK: Limits(
            fastest=8.0,
            records=((10, 7.0), (60, 5.0), (1085, 4.61), (4570, 4.38), (12753, 3.93)),
            pause_speed=0.4,
            worst_accuracy=50,
            hysteresis=3,
            agility=0.01,
        ),
        Sport.HIKE: Limits(
            fastest=10.0,
            records=((10, 8.0), (60, 6.0), (755, 5.0), (4570, 4.4)),
            pause_speed=0.3,
            worst_accuracy=65,
            hysteresis=3,
            agility=0.01,
        ),
        Sport.RIDE: Limits(
            fastest=36.0,
            records=((10, 32.0), (60, 27.0), (600, 22.0), (3600, 15.8), (14400, 14.0)),
            pause_speed=1.0,
            worst_accuracy=65,
            hysteresis=3,
            agility=0.2,
        ),
        Sport.SWIM: Limits(
            fastest=4.0,
            records=((21, 2.40), (100, 2.15), (870, 1.73), (3600, 1.7)),
            pause_speed=0.15,
            worst_accuracy=80,
            hysteresis=5,
            agility=0.005,
        ),
        Sport.ROW: Limits(
            fastest=8.5,
            records=((30, 7.0), (319, 6.3), (1200, 5.8), (3600, 5.2)),
            pause_speed=0.4,
            worst_accuracy=65,
            hysteresis=5,
            agility=0.03,
        ),
        Sport.SKATE: Limits(
            fastest=22.0,
            records=((10, 20.0), (74, 14.0), (600, 13.0), (3382, 12.5)),
            pause_speed=0.8,
            worst_accuracy=50,
            hysteresis=3,
            agility=0.1,
        ),
        Sport.OTHER: Limits(
            fastest=36.0,
            records=((10, 32.0), (60, 27.0), (600, 22.0), (3600, 16.0)),
            pause_speed=0.4,
            worst_accuracy=65,
            hysteresis=3,
            agility=0.05,
        ),
    }
)
