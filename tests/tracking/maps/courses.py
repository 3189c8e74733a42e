"""Courses whose lengths and paces are known beforehand, and what is told of them."""

from datetime import date, time
from typing import Any

import numpy as np

from pp_core.tracking.operations import Split, Sport, Summary
from pp_core.tracking.render.course import Course
from pp_core.tracking.render.page import Told
from pp_core.tracking.rules.track import EARTH_METRES, Floats, metres_between

NAIROBI = (-1.2921, 36.8219)


def on_plane(east: Floats, north: Floats, pace: Floats | float = 0.36, altitude: Floats | None = None) -> Course:
    """A course through points so many metres off the middle of Nairobi; `pace` in seconds a metre, of each leg or of all."""
    lat = NAIROBI[0] + np.degrees(north / EARTH_METRES)
    lon = NAIROBI[1] + np.degrees(east / EARTH_METRES / np.cos(np.radians(NAIROBI[0])))
    legs = metres_between(lat, lon)
    return Course(
        lat=lat,
        lon=lon,
        metres=np.concatenate([[0.0], np.cumsum(legs)]),
        seconds=np.concatenate([[0.0], np.cumsum(legs * pace)]),
        altitude=np.full(len(lat), np.nan) if altitude is None else altitude,
    )


def north(metres: float, every: float = 5.0, pace: Floats | float = 0.36) -> Course:
    """Due north in a straight line, a point each `every` metres."""
    way = np.arange(0, metres + every / 2, every)
    return on_plane(np.zeros(len(way)), way, pace)


def loop(points: int = 10_000, kilometres: float = 12.0) -> Course:
    """A winding loop as a receiver sees it, its noise included: faster and slower, up and down."""
    noise = np.random.default_rng(5)
    turn = np.linspace(0, 2 * np.pi, points)
    radius = kilometres * 115 * (1 + 0.25 * np.sin(3 * turn) + 0.12 * np.cos(7 * turn) + 0.03 * np.sin(40 * turn))
    east = radius * np.cos(turn) + noise.normal(0, 0.05, points).cumsum()
    up = 0.7 * radius * np.sin(turn) + noise.normal(0, 0.05, points).cumsum()
    pace = 0.33 + 0.05 * np.sin(9 * turn[1:]) + 0.03 * np.sin(2 * turn[1:])
    return on_plane(east, up, pace, 1700 + 35 * np.sin(2 * turn) + 8 * np.sin(11 * turn))


def summary(course: Course) -> Summary:
    """What a course comes to, with a split for each kilometre."""
    length, took = course.length, float(course.seconds[-1]) if len(course) else 0.0
    ends = np.interp(np.arange(int(length // 1000) + 1) * 1000.0, course.metres, course.seconds) if length else []
    return Summary(
        points=len(course),
        dropped=0,
        elapsed_s=int(took) + 95,
        moving_s=int(took),
        distance_m=length,
        average_speed=length / took if took else None,
        max_speed=None,
        elevation_gain_m=142.0,
        elevation_loss_m=140.0,
        splits=tuple(
            Split(number=place + 1, distance_m=1000, moving_s=float(each), elevation_m=3.0, heart_rate=150)
            for place, each in enumerate(np.diff(ends))
        ),
    )


def told(course: Course, **more: Any) -> Told:
    """What stands beside a course."""
    usual: dict[str, Any] = {
        "title": "Karura loop",
        "gym": "Kilimani Strength",
        "sport": Sport.RUN,
        "language": "en",
        "summary": summary(course),
        "athlete": "Amina Wanjiru",
        "day": date(2026, 11, 21),
        "started": time(6, 5),
    }
    return Told(**usual | more)
