"""Makes activities as receivers would have taken them, with the truth at hand: runs through Nairobi, laps on a track.

The noise of a receiver on a street: an error that wanders (it is nearly the same a second later, another half a minute
later), now and then a reflection that puts the position tens of metres aside for some seconds, and gaps. Everything is seeded.
"""

from dataclasses import dataclass

import numpy as np

from pp_core.tracking.rules.track import EARTH_METRES, Floats, Track

BEGIN_MS = 1_790_000_000_000
NAIROBI = (-1.2833, 36.8167)
LAP_M = 400.0
STRAIGHT_M = 84.39
"""World Athletics' standard track: straights of 84.39 m, bends that are run at a radius of 36.80 m."""
BEND_M = (LAP_M - 2 * STRAIGHT_M) / 2


@dataclass(frozen=True, eq=False)
class Outing:
    """What a receiver told, and what was really covered."""

    track: Track
    metres: float
    clean: Track
    """The same moments without any noise."""


def streets(rng: np.random.Generator, length: float) -> Floats:
    """Corners (n, 2) of a way through blocks: straight for 80 to 300 m, then mostly a right angle, sometimes a slight bend."""
    corners, heading, along = [np.zeros(2)], rng.uniform(0, 2 * np.pi), 0.0
    while along < length + 400:
        block = rng.uniform(80, 300)
        corners.append(corners[-1] + block * np.array([np.cos(heading), np.sin(heading)]))
        along += block
        heading += rng.choice([-1, 1]) * (np.pi / 2 if rng.random() < 0.6 else rng.uniform(0.2, 0.8))
    return np.array(corners)


def along_streets(corners: Floats, metres: Floats) -> Floats:
    """Positions (n, 2) that many metres into the way."""
    at = np.concatenate([[0.0], np.hypot(*np.diff(corners, axis=0).T).cumsum()])
    return np.column_stack([np.interp(metres, at, corners[:, axis]) for axis in (0, 1)])


def along_laps(metres: Floats) -> Floats:
    """Positions (n, 2) that many metres into laps of a 400 m track."""
    radius = BEND_M / np.pi
    lap = metres % LAP_M
    half, rest = lap >= LAP_M / 2, lap % (LAP_M / 2)
    angle = np.maximum(rest - STRAIGHT_M, 0) / radius - np.pi / 2
    x = np.where(rest < STRAIGHT_M, rest, STRAIGHT_M + radius * np.cos(angle)) - STRAIGHT_M / 2
    y = np.where(rest < STRAIGHT_M, -radius, radius * np.sin(angle))
    return np.column_stack([np.where(half, -x, x), np.where(half, -y, y)])


def wandering(rng: np.random.Generator, seconds: Floats, metres: float, lasts_s: float) -> Floats:
    """An error (n, 2) of that many metres (root mean square, in the plane) that is forgotten after some seconds."""
    error = rng.normal(0, metres / np.sqrt(2), (len(seconds), 2))
    keep = np.exp(-np.diff(seconds) / lasts_s)
    for place in range(1, len(seconds)):
        error[place] = keep[place - 1] * error[place - 1] + np.sqrt(1 - keep[place - 1] ** 2) * error[place]
    return error


def moments(
    rng: np.random.Generator, duration: float, every_s: float, *, jitter_ms: float = 30, gaps: int = 0
) -> Floats:
    """Seconds at which the receiver told a position, with jitter of some milliseconds and some gaps of 10 to 40 s."""
    seconds = np.arange(0.0, duration, every_s)
    seconds[1:] += np.abs(rng.normal(0, jitter_ms / 1000, len(seconds) - 1))
    for begin in rng.uniform(60, max(duration - 60, 61), gaps):
        seconds = seconds[(seconds < begin) | (seconds > begin + rng.uniform(10, 40))]
    return np.round(seconds, 3)


def placed(plane: Floats, seconds: Floats, **columns: Floats) -> Track:
    """A track of metres east and north of the middle of Nairobi."""
    lat = NAIROBI[0] + np.degrees(plane[:, 1] / EARTH_METRES)
    lon = NAIROBI[1] + np.degrees(plane[:, 0] / (EARTH_METRES * np.cos(np.radians(NAIROBI[0]))))
    return Track.of(BEGIN_MS + np.rint(seconds * 1000).astype(np.int64), lat, lon, **columns)


def received(rng: np.random.Generator, plane: Floats, seconds: Floats, noise: float, reflections: float) -> Track:
    """What the receiver makes of the true positions: noise in metres, reflections begun a second."""
    seen = plane + wandering(rng, seconds, noise, 20) + rng.normal(0, 0.3, plane.shape)
    accuracy = np.clip(noise * rng.lognormal(0, 0.2, len(seconds)), 3, 30)
    for begin in seconds[rng.random(len(seconds)) < reflections * np.gradient(seconds)]:
        hit = (seconds >= begin) & (seconds < begin + rng.uniform(1, 6))
        aside = rng.uniform(0, 2 * np.pi)
        seen[hit] += rng.uniform(15, 40) * np.array([np.cos(aside), np.sin(aside)])
        accuracy[hit] *= 2
    altitude = 1661 + np.cumsum(rng.normal(0, 0.15, len(seconds))) + rng.normal(0, 0.2, len(seconds))
    pace = np.hypot(*np.gradient(plane, seconds, axis=0).T)
    return placed(
        seen,
        seconds,
        altitude=altitude,
        speed=np.maximum(pace + rng.normal(0, 0.2, len(seconds)), 0),
        accuracy=accuracy,
        heart_rate=np.rint(150 + 8 * np.sin(seconds / 300) + np.cumsum(rng.normal(0, 0.2, len(seconds)))).astype(int),
    )


def nairobi_run(
    seed: int, *, every_s: float = 1, minutes: float = 40, speed: float = 3.0, noise: float | None = None
) -> Outing:
    """A run through the streets, noise of 5 to 8 m, a reflection each 100 s, three gaps."""
    rng = np.random.default_rng(seed)
    seconds = moments(rng, minutes * 60, every_s, gaps=3)
    tempo = speed * (1 + 0.06 * np.sin(seconds / 200 + rng.uniform(0, 6)) + 0.02 * np.sin(seconds / 17))
    metres = np.concatenate([[0.0], np.cumsum(np.diff(seconds) * (tempo[1:] + tempo[:-1]) / 2)])
    plane = along_streets(streets(rng, metres[-1]), metres)
    seen = received(rng, plane, seconds, rng.uniform(5, 8) if noise is None else noise, 0.01)
    return Outing(seen, float(metres[-1]), placed(plane, seconds))


def track_session(seed: int, *, every_s: float = 1, noise: float = 5.0) -> Outing:
    """Ten minutes easy, then eight times 400 m fast and 200 m slow, all on the 400 m track."""
    rng = np.random.default_rng(seed)
    legs = [(10 * 60, 2.8)] + [leg for _ in range(8) for leg in ((400 / 5.4, 5.4), (200 / 2.2, 2.2))]
    ends, tempos = np.cumsum([time for time, _ in legs]), np.array([tempo for _, tempo in legs])
    seconds = moments(rng, ends[-1], every_s)
    at = np.concatenate([[0.0], np.cumsum(np.diff(np.concatenate([[0.0], ends])) * tempos)])
    metres = np.interp(seconds, np.concatenate([[0.0], ends]), at)
    plane = along_laps(metres)
    return Outing(received(rng, plane, seconds, noise, 0.002), float(metres[-1] - metres[0]), placed(plane, seconds))


def matatu_ride(seed: int, *, every_s: float = 1) -> Outing:
    """Twenty minutes through traffic: stops of 10 to 40 s, and between them 20 to 90 s at 8 to 16 m/s."""
    rng = np.random.default_rng(seed)
    seconds, tempo = moments(rng, 1200, every_s), np.zeros(0)
    while len(tempo) < 1300:
        drive, cruise = int(rng.uniform(20, 90)), rng.uniform(8, 16)
        ramp = np.minimum(np.minimum(np.arange(drive), np.arange(drive)[::-1]) * 1.5, cruise)
        tempo = np.concatenate([tempo, ramp, np.zeros(int(rng.uniform(10, 40)))])
    metres = np.interp(seconds, np.arange(len(tempo)), np.cumsum(tempo))
    plane = along_streets(streets(rng, metres[-1]), metres)
    return Outing(received(rng, plane, seconds, 6, 0.005), float(metres[-1] - metres[0]), placed(plane, seconds))
