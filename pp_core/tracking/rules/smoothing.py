"""A steadier line through points that a receiver scattered."""

from dataclasses import replace
from math import log
from typing import Final

import numpy as np

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.banded import solved
from pp_core.tracking.rules.filtering import too_fast
from pp_core.tracking.rules.sports import LIMITS
from pp_core.tracking.rules.track import EARTH_METRES, Floats, Track

SHORTEST_LEG_S: Final = 0.05
LEAST_NOISE: Final = 4e-4
"""Square metres: a receiver's error is never taken to be below 2 cm."""
WANDERS_S: Final = 5.0
"""A receiver's error changes over seconds: legs shorter than this show only their part of it."""
FREEDOM_OF_ERRORS: Final = 4.0
FREEDOM_OF_TURNS: Final = 2.0
"""Degrees of freedom of Student's t: few mean that a reflection now and then, and a street corner, are expected."""
CLIMBING: Final = 3e-5
"""The variance by which the speed up or down changes in a second, square metres a second cubed: hills are slow."""
_ROUNDS: Final = 3
_BREAK: Final = 1e6  # variance of the change of velocity at a jump: before and after have nothing to do with each other
_CALM: Final = 0.25  # the share of the track whose bends tell of errors: the rest may be corners
_CALM_SQUARES: Final = (0.1015, -2 * log(1 - _CALM))  # that quantile of chi-squared with one and two degrees of freedom


def smoothed(track: Track, sport: Sport) -> Track:
    """The track with steadier positions and heights; all else as it was, and one without noise as good as unchanged.

    The model: velocity stays but for kicks, positions are measured with errors, both from Student's t rather than normal
    distributions, so that corners stay corners and stray points pull little (Aravkin, Burke and Pillonetto 2014, Robust and
    trend-following Student's t Kalman smoothers, SIAM Journal on Control and Optimization 52(5)). It is solved by reweighting:
    each round is a plain smoother, see `whittaker`. How large the errors are is read from the track itself, because the
    accuracy that receivers tell is hardly comparable between makes; it says which points to trust more than others.
    """
    if len(track) < 5:
        return track
    seconds = np.maximum(np.diff(track.ts) / 1000, SHORTEST_LEG_S)
    plane, scale = on_plane(track), _scale(track)
    noise = _noise(track, plane, seconds)
    kicks = LIMITS[sport].agility * (seconds[1:] + seconds[:-1]) / 2
    jumps = too_fast(track, LIMITS[sport].fastest)
    kicks[jumps[1:] | jumps[:-1]] = _BREAK
    course = whittaker(plane, seconds, noise, kicks)
    for _ in range(_ROUNDS):
        errors = ((plane - course) ** 2).sum(axis=1) / noise
        turns = (np.diff(np.diff(course, axis=0) / seconds[:, None], axis=0) ** 2).sum(axis=1) / kicks
        course = whittaker(
            plane,
            seconds,
            noise * (FREEDOM_OF_ERRORS + errors) / (FREEDOM_OF_ERRORS + 2),
            kicks * (FREEDOM_OF_TURNS + turns) / (FREEDOM_OF_TURNS + 2),
        )
    course /= scale
    return replace(track, lat=course[:, 1], lon=(course[:, 0] + 180) % 360 - 180, altitude=_heights(track))


def _heights(track: Track) -> Floats:
    """Steadier heights, by the same model with normal distributions: their errors wander, and have no strays."""
    known = np.isfinite(track.altitude)
    if known.sum() < 5:
        return track.altitude
    seconds = np.maximum(np.diff(track.ts[known]) / 1000, SHORTEST_LEG_S)
    told = track.altitude[known][:, None]
    variance = jitter(told, seconds) * max(WANDERS_S / float(np.median(seconds)), 1)
    if variance == 0:
        return track.altitude
    kicks = CLIMBING * (seconds[1:] + seconds[:-1]) / 2
    heights = track.altitude.copy()
    heights[known] = whittaker(told, seconds, np.full(len(told), variance), kicks)[:, 0]
    return heights


def on_plane(track: Track) -> Floats:
    """Metres east and north, (n, 2), on a plane that touches the Earth at the track's middle latitude."""
    plane: Floats = np.column_stack([np.unwrap(track.lon, period=360), track.lat]) * _scale(track)
    return plane


def _scale(track: Track) -> Floats:
    middle = np.radians((track.lat.min() + track.lat.max()) / 2)
    return np.array([np.cos(middle), 1.0]) * (np.pi / 180 * EARTH_METRES)


def _noise(track: Track, plane: Floats, seconds: Floats) -> Floats:
    """The variance of each point's error, in square metres an axis."""
    legs = float(np.median(seconds))
    variance = max(jitter(plane, seconds) * max(WANDERS_S / legs, 1), LEAST_NOISE)
    known = np.isfinite(track.accuracy)
    if not known.any():
        return np.full(len(track), variance)
    usual = max(float(np.median(track.accuracy[known])), 1)
    trust = np.where(known, np.clip(track.accuracy / usual, 0.5, 4), 1)
    return np.asarray(variance * trust**2)


def jitter(plane: Floats, seconds: Floats) -> float:
    """The variance of positions (n, 1 or 2) about their course, square metres an axis, as far as neighbours show it.

    Errors make a line bend to and fro, a way bends on in the same sense: of neighbouring bends the difference is large for errors
    (20 times their variance, for independent ones) and their sum is small (4 times), and for a curve the other way
    round. Low quantiles, because at ten seconds a point every other bend is near a corner.
    """
    before, after = 1 / seconds[:-1, None], 1 / seconds[1:, None]
    bends = before * plane[:-2] - (before + after) * plane[1:-1] + after * plane[2:]
    bends /= (before + after) / 2
    differ, agree = ((bends[1:] + sign * bends[:-1]) ** 2 for sign in (-1, 1))
    excess = float(np.quantile(differ.sum(axis=1), _CALM) - np.quantile(agree.sum(axis=1), _CALM))
    return max(0.0, excess / (16 * _CALM_SQUARES[plane.shape[1] - 1]))


def whittaker(values: Floats, seconds: Floats, noise: Floats, kicks: Floats) -> Floats:
    """The likeliest course behind values of shape (n, k) that something near constant velocity left.

    `seconds` (n - 1) are the legs' times, `noise` (n) the variances of the values, `kicks` (n - 2) the variances of
    the change of velocity at each inner point. It is what a Kalman filter for constant velocity with the
    Rauch-Tung-Striebel smoother behind it answers (both find the maximum of the same Gaussian), written as Whittaker
    (1923) and Reinsch (1967) do: one banded system for the whole course.
    """
    first, second = 1 / seconds[:-1], 1 / seconds[1:]
    middle = -(first + second)
    bent = first[:, None] * values[:-2] + middle[:, None] * values[1:-1] + second[:, None] * values[2:]
    main = kicks + first**2 * noise[:-2] + middle**2 * noise[1:-1] + second**2 * noise[2:]
    next_one = middle[:-1] * first[1:] * noise[1:-2] + second[:-1] * middle[1:] * noise[2:-1]
    next_two = second[:-2] * first[2:] * noise[2:-2]
    pull = solved(main, next_one, next_two, bent)
    change = np.zeros_like(values)
    change[:-2] += first[:, None] * pull
    change[1:-1] += middle[:, None] * pull
    change[2:] += second[:, None] * pull
    return np.asarray(values - noise[:, None] * change)
