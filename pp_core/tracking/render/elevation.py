"""The elevation profile of an activity as an SVG that stretches to its place."""

from dataclasses import dataclass

import numpy as np

from pp_core.tracking.render.course import Course

WIDTH, HEIGHT = 600, 100
_LEAST_RANGE = 30.0
"""Metres that the picture spans at least: a flat way shall look flat."""
_AIR = 0.08


@dataclass(frozen=True, slots=True)
class Profile:
    """The picture, without words, as an SVG of class `profile`; `low` and `high` are the course's lowest and highest metres."""

    svg: str
    low: float
    high: float


def profile(course: Course, points: int = 150) -> Profile | None:
    """Height over distance at so many points at most; None where fewer than two heights are known or nobody moved."""
    known = np.isfinite(course.altitude)
    metres, heights = course.metres[known], course.altitude[known]
    if len(metres) < 2 or metres[-1] <= metres[0]:
        return None
    at = np.linspace(metres[0], metres[-1], points)
    drawn = np.interp(at, metres, heights)
    low, high = float(heights.min()), float(heights.max())
    middle, span = (low + high) / 2, max(high - low, _LEAST_RANGE) * (1 + 2 * _AIR)
    x = np.round(np.linspace(0, WIDTH, points)).astype(int)
    y = np.round(HEIGHT * (0.5 - (drawn - middle) / span), 1)
    # One shape, whose other sides lie outside of the picture, is both the ridge and the ground below it.
    ridge = "L".join(f"{one},{two:g}" for one, two in zip(x, y, strict=True))
    svg = (
        f'<svg class="profile" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="M-9,{y[0]:g}L{ridge}L{WIDTH + 9},{y[-1]:g}V{HEIGHT + 9}H-9Z"/></svg>'
    )
    return Profile(svg, low, high)
