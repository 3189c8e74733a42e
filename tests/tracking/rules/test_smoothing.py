"""The steadied line is nearer to what was run than the raw one, and leaves clean tracks and real bends alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.banded import solved
from pp_core.tracking.rules.climbing import gain_and_loss
from pp_core.tracking.rules.smoothing import smoothed, whittaker
from pp_core.tracking.rules.summary import shaped, summarise
from pp_core.tracking.rules.track import Track, metres_between
from tests.tracking import outdoors
from tests.tracking.rules.tracks import legs, northward

SEEDS = range(8)


def length(track: Track) -> float:
    return float(metres_between(track.lat, track.lon).sum())


@pytest.mark.parametrize("every_s", [1, 5])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_noisy_run_through_nairobi(seed: int, every_s: float) -> None:
    outing = outdoors.nairobi_run(seed, every_s=every_s)
    raw = abs(length(outing.track) - outing.metres)
    assert raw > 0.05 * outing.metres  # or else there was nothing to steady
    shape = shaped(outing.track, Sport.RUN)
    assert abs(shape.metres[-1] - outing.metres) <= raw / 3
    assert abs(shape.metres[-1] - outing.metres) <= 0.025 * outing.metres
    assert shape.moving[-1] >= 0.98 * shape.seconds[-1]  # nobody stood


@pytest.mark.parametrize("seed", SEEDS)
def test_the_line_itself_is_nearer_to_the_way(seed: int) -> None:
    outing = outdoors.nairobi_run(seed)
    shape = shaped(outing.track, Sport.RUN)
    kept = np.isin(outing.track.ts, shape.track.ts)

    def astray(track: Track) -> float:
        apart = np.hypot(track.lat - outing.clean.lat[kept], track.lon - outing.clean.lon[kept]) * 111_195
        return float(np.sqrt((apart**2).mean()))

    assert astray(shape.track) < astray(outing.track[kept])


@pytest.mark.parametrize("seed", SEEDS)
def test_laps_of_a_track_do_not_shrink(seed: int) -> None:
    outing = outdoors.track_session(seed)
    raw = length(outing.track) / outing.metres - 1
    error = float(shaped(outing.track, Sport.RUN).metres[-1]) / outing.metres - 1
    assert -0.01 < error < raw / 3
    # Without noise a bend is a bend, at any speed of it.
    assert length(smoothed(outing.clean, Sport.RUN)) == pytest.approx(length(outing.clean), rel=0.002)
    assert float(shaped(outing.clean, Sport.RUN).metres[-1]) == pytest.approx(outing.metres, rel=0.002)


@pytest.mark.parametrize("every_s", [5, 7, 10])
def test_a_live_location_of_two_hundred_points(every_s: float) -> None:
    """A phone that shares its location now and then, with an error of 3 m, through streets with corners between points."""
    errors = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        seconds = np.arange(200.0) * every_s
        plane = outdoors.along_streets(outdoors.streets(rng, 3 * seconds[-1]), 3 * seconds)
        seen = outdoors.received(rng, plane, seconds, 3, 0)
        bare = Track.of(seen.ts, seen.lat, seen.lon)  # no speed, no accuracy, no height
        errors.append(float(shaped(bare, Sport.RUN).metres[-1]) / (3 * seconds[-1]) - 1)
    assert np.abs(errors).max() < 0.012
    assert np.abs(errors).mean() < 0.006


@pytest.mark.parametrize("every_s", [1, 5, 10])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_track_stays(seed: int, every_s: float) -> None:
    clean = outdoors.nairobi_run(seed, every_s=every_s).clean
    steady = smoothed(clean, Sport.RUN)
    assert length(steady) == pytest.approx(length(clean), rel=0.002)
    assert (
        np.abs(
            metres_between(*np.column_stack([clean.lat, steady.lat, clean.lon, steady.lon]).reshape(-1, 2, 2)[0])
        ).max()
        < 1
    )


def test_a_corner_between_two_points_is_not_cut_off() -> None:
    """Ten legs of 20 m north and ten east; the corner lies 8 m after one point and 12 m before the next."""
    along = np.arange(21) * 20.0
    north, east = np.minimum(along, 208), np.maximum(along - 208, 0)
    track = outdoors.placed(np.column_stack([east, north]), along / 4)
    assert length(track) == pytest.approx(400 - 20 + np.hypot(8, 12), abs=0.1)  # 394.4
    assert float(shaped(track, Sport.RUN).metres[-1]) == pytest.approx(400, abs=0.1)


def test_where_somebody_turned_back_nothing_is_made_up() -> None:
    seconds, metres = legs((100, 3.0), (100, -3.0), every_s=4)
    assert float(shaped(northward(seconds, metres), Sport.RUN).metres[-1]) == pytest.approx(600, abs=0.1)


def test_one_stray_point_pulls_little() -> None:
    """20 m aside for one second, which is no jump, in a track with the usual small errors."""
    rng = np.random.default_rng(5)
    seconds, metres = legs((300, 3.0))
    plane = np.column_stack([np.zeros(301), metres]) + rng.normal(0, 0.5, (301, 2))
    plane[150, 0] += 20
    steady = smoothed(outdoors.placed(plane, seconds), Sport.RUN)
    aside = np.radians(steady.lon - outdoors.NAIROBI[1]) * 6_371_008.8
    assert abs(aside[150]) < 2
    assert np.abs(np.delete(aside, 150)).max() < 2


def test_a_track_over_the_date_line_stays_there() -> None:
    seconds, metres = legs((300, 3.0))
    lon = (179.999 + metres / 111_195 + 180) % 360 - 180
    track = Track.of((seconds * 1000).astype(int), np.full(301, -0.5), lon)
    steady = smoothed(track, Sport.RUN)
    assert (np.abs(steady.lon) > 179.9).all()
    assert length(steady) == pytest.approx(900, rel=0.002)


@given(st.integers(5, 40), st.integers(0, 2**32 - 1))
def test_any_track_stays_finite(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ts = np.cumsum(rng.choice([1, 2, 900, 1000, 60_000, 86_400_000], count))
    track = Track.of(ts, rng.uniform(-80, 80, count), rng.uniform(-180, 180, count))
    steady = smoothed(track, Sport.RUN)
    assert np.isfinite(steady.lat).all()
    assert np.isfinite(steady.lon).all()


@given(st.integers(3, 40), st.integers(0, 2**32 - 1))
def test_the_smoother_finds_the_likeliest_course(count: int, seed: int) -> None:
    """The course that makes errors and kicks together smallest, found here by plain least squares."""
    rng = np.random.default_rng(seed)
    seconds, values = rng.uniform(0.5, 10, count - 1), rng.normal(0, 10, (count, 2))
    noise, kicks = rng.uniform(0.1, 9, count), rng.uniform(0.01, 2, count - 2)
    rates = np.diff(np.eye(count), axis=0) / seconds[:, None]
    rows = np.vstack([np.eye(count) / np.sqrt(noise)[:, None], np.diff(rates, axis=0) / np.sqrt(kicks)[:, None]])
    wanted = np.vstack([values / np.sqrt(noise)[:, None], np.zeros((count - 2, 2))])
    expected = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    assert whittaker(values, seconds, noise, kicks) == pytest.approx(expected, abs=1e-6)


@given(st.integers(1, 70), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_a_banded_system_is_solved(size: int, sides: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lower = np.tril(np.triu(rng.normal(size=(size, size)), -2)) + 2 * np.eye(size)
    matrix = lower @ lower.T
    wanted = rng.normal(size=(size, sides))
    bands = [np.diag(matrix, offset) if offset < size else np.zeros(0) for offset in range(3)]
    found = solved(*bands, wanted)
    assert matrix @ found == pytest.approx(wanted, abs=1e-6 * max(1, np.linalg.cond(matrix)) ** 0.5)


@pytest.mark.parametrize("every_s", [1, 5])
@pytest.mark.parametrize("seed", range(5))
def test_stops_are_seen_in_noise(seed: int, every_s: float) -> None:
    """Half an hour at 3 m/s with three stops of 90 s, while the receiver's error wanders on."""
    rng = np.random.default_rng(seed)
    seconds = outdoors.moments(rng, 1800, every_s)
    tempo = np.full(1800, 3.0)
    for begin in (200, 700, 1200):
        tempo[begin : begin + 90] = 0
    metres = np.interp(seconds, np.arange(1801), np.concatenate([[0], np.cumsum(tempo)]))
    plane = outdoors.along_streets(outdoors.streets(rng, metres[-1]), metres)
    shape = shaped(outdoors.received(rng, plane, seconds, 5, 0.005), Sport.RUN)
    assert shape.moving[-1] == pytest.approx(1530, abs=45)
    assert shape.metres[-1] == pytest.approx(metres[-1], rel=0.015)


@pytest.mark.parametrize("every_s", [1, 5])
@pytest.mark.parametrize("seed", range(5))
def test_noisy_heights_make_no_hills(seed: int, every_s: float) -> None:
    """Forty minutes with an error of 4 m that wanders: on the flat, and over four hills of 50 m."""
    rng = np.random.default_rng(seed)
    seconds = outdoors.moments(rng, 2400, every_s)
    error = np.sqrt(2) * outdoors.wandering(rng, seconds, 4, 20)[:, 0] + rng.normal(0, 0.1, len(seconds))
    plane = np.column_stack([3 * seconds, np.zeros(len(seconds))])
    flat = summarise(outdoors.placed(plane, seconds, altitude=1700 + error), Sport.RUN)
    raw = gain_and_loss(1700 + error, 3)
    assert raw is not None
    assert raw[0] > 300
    assert (flat.elevation_gain_m or 0) < raw[0] / 5
    hills = 1725 - 25 * np.cos(2 * np.pi * seconds / 600)
    summary = summarise(outdoors.placed(plane, seconds, altitude=hills + error), Sport.RUN)
    assert summary.elevation_gain_m == pytest.approx(200, abs=30)
    clean = summarise(outdoors.placed(plane, seconds, altitude=hills), Sport.RUN)
    assert clean.elevation_gain_m == pytest.approx(200, abs=0.5)
