"""Ways that people go, as points, so plain that what they come to can be checked by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import cos, degrees, pi, radians, sin
from typing import Any
from uuid import UUID

import numpy as np

from pp_core.tenants.operations import Member
from pp_core.tracking.operations import PointIn, Sport, Visibility
from pp_core.tracking.queries.points import milliseconds
from pp_core.tracking.rules.track import EARTH_METRES, Track
from pp_core.tracking.use_cases.sealing import store
from tests.conftest import Gym

NAIROBI = (-1.2921, 36.8219)
METRE = degrees(1 / EARTH_METRES)
"""Degrees of latitude that make a metre."""


def north(
    begins: datetime,
    *,
    metres: float,
    speed: float = 3.0,
    every: float = 5.0,
    start: tuple[float, float] = NAIROBI,
    uneven: float = 0.0,
) -> tuple[PointIn, ...]:
    """Due north from `start` at a `speed` (metres a second), a point each `every` seconds, `metres` in all.

    At an even speed, which nobody keeps; with `uneven` points scatter by so many metres, differently for each speed and start.
    """
    count = round(metres / speed / every) + 1
    off = np.random.default_rng([round(speed * 100), round((start[1] + 180) * 1e6)]).normal(size=(count, 2))
    return tuple(
        PointIn(
            ts=begins + timedelta(seconds=every * place),
            lat=start[0] + METRE * (speed * every * place + uneven * float(off[place, 0])),
            lon=start[1] + METRE * uneven * float(off[place, 1]),
            altitude=1660.0,
            accuracy=5.0,
        )
        for place in range(count)
    )


def loop(
    begins: datetime,
    *,
    metres: float,
    speed: float = 3.0,
    every: float = 5.0,
    climb: float = 40.0,
    beats: int = 140,
    sway: float = 0.0,
) -> tuple[PointIn, ...]:
    """Once round a circle of `metres`, up `climb` metres and down again, the heart faster uphill.

    At `speed` throughout; with `sway` by that share faster and slower, twice.
    """
    radius, count = metres / (2 * pi), round(metres / speed / every)
    points = []
    for place in range(count + 1):
        turn = 2 * pi * place / count
        turn += sway * sin(2 * turn) / 2
        height = (1 - cos(turn)) / 2
        points.append(
            PointIn(
                ts=begins + timedelta(seconds=every * place),
                lat=NAIROBI[0] + METRE * radius * sin(turn),
                lon=NAIROBI[1] + METRE * radius * (1 - cos(turn)) / cos(radians(NAIROBI[0])),
                altitude=1660.0 + climb * height,
                accuracy=4.0,
                hr=beats + round(20 * sin(turn)),
            )
        )
    return tuple(points)


async def recorded(
    gym: Gym,
    member: Member,
    begins: datetime,
    *,
    sport: Sport = Sport.RUN,
    visibility: Visibility = Visibility.GYM,
    turned: bool = False,
    way: Sequence[PointIn] = (),
    **north_more: Any,
) -> UUID:
    """A finished activity along `way`, else `north`, as a file tells it: what is sent live may not be that old.

    `turned`: due east.
    """
    points = way or north(begins, **{"uneven": 1.5, **north_more})
    lat, lon = [one.lat for one in points], [one.lon for one in points]
    if turned:
        lat, lon = [lat[0]] * len(lat), [lon[0] + (one - lat[0]) / cos(radians(lat[0])) for one in lat]
    track = Track.of([milliseconds(one.ts) for one in points], lat, lon)
    async with gym.runtime.pulse.system("test", gym.id, "") as ctx:
        stored = await store(
            ctx, person_id=member.id, sport=sport, track=track, source="file", source_key=None, visibility=visibility
        )  # fmt: skip
    assert stored is not None
    return stored
