"""How far somebody has come so far is what the summary says of the same points, however they came in."""

from math import degrees

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.progress import Progress
from pp_core.tracking.rules.summary import shaped
from pp_core.tracking.rules.track import EARTH_METRES, Track
from pp_core.tracking.rules.validation import Point

METRE = degrees(1 / EARTH_METRES)


def wandering(seed: int, *, minutes: int, every: int, noise: float) -> list[Point]:
    """A run with stops on a bending way, as a receiver with so many metres of noise tells it."""
    chance = np.random.default_rng(seed)
    ts = np.arange(0, minutes * 60, every) * 1000
    speed = np.where(ts // 1000 % 300 < 40, 0.0, 3.0) * every
    heading = np.cumsum(chance.normal(0, 0.02, len(ts)))
    way = np.cumsum([speed * np.sin(heading), speed * np.cos(heading)], axis=1)
    way = way + chance.normal(0, noise, way.shape)
    return [
        Point(int(at), -1.29 + y * METRE, 36.8 + x * METRE, accuracy=5.0) for at, (y, x) in zip(ts, way.T, strict=True)
    ]


def whole(points: list[Point]) -> tuple[float, float]:
    ts, lat, lon = zip(*((one.ts, one.lat, one.lon) for one in points), strict=True)
    shape = shaped(Track.of(ts, lat, lon, accuracy=np.full(len(ts), 5.0)), Sport.RUN)
    return float(shape.metres[-1]), float(shape.moving[-1])


def stepped(points: list[Point], size: int) -> tuple[float, float]:
    progress = Progress(Sport.RUN)
    metres = moving = 0.0
    for begin in range(0, len(points), size):
        for point in points[begin : begin + size]:
            progress.add(point)
        more = progress.step()
        assert min(more) >= 0
        metres, moving = metres + more[0], moving + more[1]
    return metres, moving


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 1000),
    every=st.sampled_from([1, 3, 5]),
    noise=st.floats(0, 3),
    size=st.sampled_from([1, 7, 60, 400]),
)
def test_it_agrees_with_the_summary_of_the_whole(seed: int, every: int, noise: float, size: int) -> None:
    points = wandering(seed, minutes=12, every=every, noise=noise)
    metres, moving = stepped(points, size)
    expected = whole(points)
    # Steps never take back what was told: where a stop shows only afterwards, a few metres stay.
    assert metres == pytest.approx(expected[0], rel=0.02, abs=5)
    assert moving == pytest.approx(expected[1], rel=0.03, abs=15)


def test_late_points_are_left_to_the_summary() -> None:
    points = wandering(1, minutes=3, every=1, noise=0)
    progress = Progress(Sport.RUN)
    for point in points:
        progress.add(point)
    first = progress.step()
    for point in points[:50]:
        progress.add(point)
    assert not progress.grown
    assert progress.step() == pytest.approx((0, 0), abs=1e-6)
    assert first[0] > 300


def test_nothing_is_counted_across_a_pause() -> None:
    points = wandering(1, minutes=6, every=1, noise=0)
    progress = Progress(Sport.RUN)
    for point in points[:100]:
        progress.add(point)
    before = progress.step()[0]
    progress.begin_anew()
    for point in points[200:300]:
        progress.add(point)
    after = progress.step()[0]
    assert before == pytest.approx(whole(points[:100])[0], rel=0.01)
    assert after == pytest.approx(whole(points[200:300])[0], rel=0.01)


def test_what_it_holds_does_not_grow_with_the_way() -> None:
    progress = Progress(Sport.RUN)
    for place, point in enumerate(wandering(1, minutes=60, every=1, noise=1)):
        progress.add(point)
        if place % 5 == 0:
            progress.step()
    assert progress.held < 300
