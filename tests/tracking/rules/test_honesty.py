"""What was cheated is told with the figures seen, and what is honest is not."""

from dataclasses import replace

import numpy as np
import pytest

from pp_core.tracking.formats import stream
from pp_core.tracking.operations import Oddity, Sport
from pp_core.tracking.rules.honesty import fingerprint, oddities
from pp_core.tracking.rules.summary import shaped
from pp_core.tracking.rules.track import Track
from tests.tracking import outdoors
from tests.tracking.rules.tracks import legs, northward

SEEDS = range(6)


def the_only(track: Track, kind: str, sport: Sport = Sport.RUN) -> Oddity:
    found = oddities(track, sport)
    assert [one.kind for one in found] == [kind]
    return found[0]


@pytest.mark.parametrize("every_s", [1, 2, 5])
@pytest.mark.parametrize("seed", SEEDS)
def test_an_honest_run_is_not_flagged(seed: int, every_s: float) -> None:
    assert oddities(outdoors.nairobi_run(seed, every_s=every_s).track, Sport.RUN) == ()


@pytest.mark.parametrize("every_s", [1, 2, 5])
@pytest.mark.parametrize("seed", SEEDS)
def test_an_honest_session_on_the_track_is_not_flagged(seed: int, every_s: float) -> None:
    """The same 400 m eighteen times, fast and slow, is no replay."""
    assert oddities(outdoors.track_session(seed, every_s=every_s).track, Sport.RUN) == ()


def test_what_is_short_is_not_flagged() -> None:
    for count in range(5):
        assert oddities(northward(np.arange(count), 3.0 * np.arange(count)), Sport.RUN) == ()


def test_waiting_is_not_flagged() -> None:
    """A quarter of an hour at one place, in the receiver's wandering error."""
    rng = np.random.default_rng(4)
    seconds = outdoors.moments(rng, 900, 1)
    track = outdoors.received(rng, np.zeros((len(seconds), 2)), seconds, 6, 0)
    assert oddities(track, Sport.RUN) == ()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("metres", "kind"), [(300, "jump"), (5000, "teleport")])
def test_a_jump(seed: int, metres: float, kind: str) -> None:
    outing = outdoors.nairobi_run(seed)
    track, at = outing.track, 1000
    moved = replace(track, lat=track.lat + np.where(np.arange(len(track)) >= at, metres / 111_195, 0))
    odd = the_only(moved, kind)
    assert odd.seen["metres"] == pytest.approx(metres, abs=60)
    assert odd.seen["seconds"] == pytest.approx((track.ts[at] - track.ts[at - 1]) / 1000)
    assert odd.from_s == (track.ts[at - 1] - track.ts[0]) // 1000
    assert float(shaped(moved, Sport.RUN).metres[-1]) < 1.03 * outing.metres  # and the way it skipped does not count


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("every_s", [1, 5])
def test_a_matatu_is_no_runner(seed: int, every_s: float) -> None:
    track = outdoors.matatu_ride(seed, every_s=every_s).track
    odd = the_only(track, "impossible_speed")
    assert odd.seen["speed"] > 1.05 * odd.seen["limit"]
    assert odd.to_s - odd.from_s == pytest.approx(odd.seen["seconds"], abs=2 * every_s)
    assert oddities(track, Sport.RIDE) == ()  # whose speeds they may be


def test_a_world_record_is_not_flagged_and_a_little_more_is() -> None:
    rng = np.random.default_rng(1)
    for speed, flagged in ((6.3, False), (7.2, True)):  # 10 km in 26:27, and in 23:09
        seconds = outdoors.moments(rng, 10_000 / speed, 1)
        metres = speed * (seconds + 4 * np.sin(seconds / 40))
        plane = outdoors.along_laps(metres)
        track = outdoors.received(rng, plane, seconds, 3, 0)
        assert [one.kind for one in oddities(track, Sport.RUN)] == ["impossible_speed"] * flagged


@pytest.mark.parametrize("every_s", [1, 5])
@pytest.mark.parametrize("seed", SEEDS)
def test_points_of_perfect_evenness(seed: int, every_s: float) -> None:
    """A route drawn on a map and walked by a program: 3 m/s to the millimetre, then saved with six decimals."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(0, 1800, every_s)
    plane = outdoors.along_streets(outdoors.streets(rng, 5400), 3 * seconds)
    track = outdoors.placed(plane, seconds)
    drawn = replace(track, lat=np.round(track.lat, 6), lon=np.round(track.lon, 6))
    odd = the_only(drawn, "too_even")
    assert odd.seen["spread"] < odd.seen["limit"] == 0.005
    assert odd.seen["speed"] == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("apart", [0.0, 0.2])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_loop_that_is_replayed(seed: int, apart: float) -> None:
    """A real noisy loop, told three times; and with two decimetres of noise on top to hide it."""
    rng = np.random.default_rng(seed)
    loop = outdoors.track_session(seed).track[:400]
    count = 3 * len(loop)
    places = np.tile(np.column_stack([loop.lat, loop.lon]), (3, 1)) + rng.normal(0, apart / 111_195, (count, 2))
    told = Track.of(loop.ts[0] + 1000 * np.arange(count), places[:, 0], places[:, 1])
    odd = next(one for one in oddities(told, Sport.RUN) if one.kind == "replayed")
    assert odd.seen["points"] >= 390
    assert odd.seen["apart"] <= 2 * apart + 0.01
    assert odd.seen["metres"] > 800


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pattern_of_steps_that_is_repeated(seed: int) -> None:
    """A made-up run that takes its noise from a list of 90 steps, over and over, and so goes on and on."""
    rng = np.random.default_rng(seed)
    steps = np.tile(np.array([2.5, 1.5]) + rng.normal(0, 0.8, (90, 2)), (10, 1))
    seconds = np.arange(len(steps)) * 1.0
    odd = next(one for one in oddities(outdoors.placed(np.cumsum(steps, axis=0), seconds), Sport.RUN))
    assert odd.kind == "repeated"
    assert odd.seen["points"] >= 700
    assert odd.seen["apart"] < 0.05
    # Every step of its own: nothing to tell.
    free = np.array([2.5, 1.5]) + rng.normal(0, 0.8, (900, 2))
    assert oddities(outdoors.placed(np.cumsum(free, axis=0), seconds), Sport.RUN) == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_copy_has_the_same_fingerprint(seed: int) -> None:
    track = outdoors.nairobi_run(seed).track
    print_of = fingerprint(track)
    later = replace(track, ts=track.ts + 86_400_000 * 3, altitude=track.altitude + 5)
    assert fingerprint(later) == print_of
    bare = Track.of(track.ts, track.lat, track.lon)
    assert fingerprint(bare) == print_of
    assert fingerprint(stream.decode(stream.encode(track))) == print_of


def test_another_run_of_the_same_route_has_its_own_fingerprint() -> None:
    rng = np.random.default_rng(11)
    corners = outdoors.streets(rng, 6000)
    seconds = outdoors.moments(rng, 1800, 1)
    prints = set()
    for _ in range(20):
        metres = np.cumsum(np.concatenate([[0], np.diff(seconds)]) * (3 + rng.normal(0, 0.3, len(seconds))))
        plane = outdoors.along_streets(corners, metres)
        prints.add(fingerprint(outdoors.received(rng, plane, seconds, 6, 0.01)))
    assert len(prints) == 20
    assert fingerprint(Track.empty()) is None
    assert fingerprint(northward([0], [0])) is None


def test_odd_things_stand_in_the_order_of_time() -> None:
    seconds, metres = legs((3000, 3.0))
    found = oddities(northward(seconds, metres + 3000 * (seconds > 1500)), Sport.RUN)
    assert [one.kind for one in found] == ["too_even", "teleport"]
    assert found[0].from_s == 0


def test_of_many_jumps_the_farthest_are_told() -> None:
    """A file that jumps all the time, each time farther and for a minute."""
    rng = np.random.default_rng(2)
    seconds = np.arange(0, 7200.0)
    aside = np.where(seconds // 60 % 2 == 1, 2000 + seconds, 0)
    plane = np.column_stack([3 * seconds, aside]) + rng.normal(0, 1, (7200, 2))
    found = oddities(outdoors.placed(plane, seconds), Sport.RUN)
    jumps = [one for one in found if one.kind == "teleport"]
    assert len(jumps) == 20
    assert [one.from_s for one in jumps] == sorted(one.from_s for one in jumps)
    assert min(one.seen["metres"] for one in jumps) > 7900


def test_between_two_reflections_nothing_is_lost() -> None:
    """The same wall throws two positions aside, ten seconds apart; the nine between are good."""
    seconds, metres = legs((200, 3.0))
    track = northward(seconds, metres)
    lon = track.lon + np.isin(np.arange(201), [100, 110]) * 200 / 111_195
    shape = shaped(Track.of(track.ts, track.lat, lon), Sport.RUN)
    assert (len(shape.track), shape.dropped) == (199, 2)
