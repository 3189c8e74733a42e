"""Map matching: what is asked, what is believed, and the line that comes of it, by examples that a reader can check."""

from itertools import pairwise
from math import cos, radians

import numpy as np
import pytest

from pp_core.kernel.ports import Matching
from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.privacy import Circle, visible
from pp_core.tracking.rules.streets import MEANS, along, joined, laid, on_streets, questions, seen_on_streets
from pp_core.tracking.rules.summary import Shaped, shaped
from pp_core.tracking.rules.track import Floats, Track, metres_between
from tests.osrm import polyline6
from tests.tracking import outdoors
from tests.tracking.ways import METRE, NAIROBI

T0 = 1_795_000_000_000
EAST = METRE / cos(radians(NAIROBI[0]))


def places(corners: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    """Degrees of places so many metres east and north of the middle of Nairobi."""
    east, north = np.array(corners, float).T
    return NAIROBI[0] + north * METRE, NAIROBI[1] + east * EAST


def told(corners: list[tuple[float, float]], *, first: int, last: int, confidence: float = 0.9) -> Matching:
    """An answer with a line along corners."""
    lat, lon = places(corners)
    return Matching(first, last, polyline6(list(zip(lat.tolist(), lon.tolist(), strict=True))), confidence)


def gone(corners: list[tuple[float, float]], *, speed: float = 2.5, step: float = 5.0) -> Shaped:
    """A way along corners with a point each `step` metres, exactly where they say."""
    points = np.array(corners, float)
    ends = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    metres = np.arange(0, ends[-1] + step / 2, step)
    lat, lon = places(list(zip(*(np.interp(metres, ends, points[:, axis]) for axis in (0, 1)), strict=True)))
    ts = T0 + np.rint(metres / speed * 1000).astype(np.int64)
    track = Track.of(ts, lat, lon, accuracy=np.full(len(ts), 4.0), altitude=1660 + metres / 100)
    return Shaped(track, metres, metres / speed, 0)


def metres_of(track: Track) -> Floats:
    """East and north of the middle of Nairobi, a row a point."""
    return np.column_stack([(track.lon - NAIROBI[1]) / EAST, (track.lat - NAIROBI[0]) / METRE])


def test_only_sports_on_streets_are_asked_about() -> None:
    assert {sport: MEANS.get(sport) for sport in Sport} == {
        **dict.fromkeys(Sport),
        Sport.RUN: "foot",
        Sport.WALK: "foot",
        Sport.RIDE: "bike",
    }


# Along a line.


def test_there_and_back_are_told_apart() -> None:
    line = places([(0, 0), (0, 100), (0, 0)])
    where, away = along(*places([(3, 0), (3, 40), (3, 100), (3, 60), (3, 10)]), *line)
    assert where == pytest.approx([0, 40, 100, 140, 200], abs=0.01)
    assert away == pytest.approx([3, 3, 3, 3, np.hypot(3, 10)], abs=0.01)


def test_twice_around_a_block_is_two_hundred_metres_more_than_once() -> None:
    block = [(0, 0), (50, 0), (50, 50), (0, 50)]
    where, _ = along(*places([(0, 0), (50, 25), (0, 25), (50, 25), (0, 0)]), *places([*block, *block, (0, 0)]))
    assert where == pytest.approx([0, 75, 175, 275, 400], abs=0.01)


def test_a_step_back_by_noise_stays_where_it_was() -> None:
    where, away = along(*places([(0, 0), (0, 50), (0, 45), (0, 100)]), *places([(0, 0), (0, 100)]))
    assert where == pytest.approx([0, 50, 50, 100], abs=0.01)
    assert away.max() < 5


# Questions.


def test_a_way_is_asked_about_every_twenty_five_metres_from_its_beginning_to_its_end() -> None:
    (one,) = questions(gone([(0, 0), (0, 205)]), (), 100)
    assert metres_of(gone([(0, 0), (0, 205)]).track[one.places])[:, 1] == pytest.approx(
        [0, 25, 50, 75, 100, 125, 150, 175, 200, 205], abs=0.01
    )
    assert one.seconds.tolist() == [0, 10, 20, 30, 40, 50, 60, 70, 80, 82], "when that was is nobody's business"
    assert set(one.radius.tolist()) == {5.0}, "no receiver is as good as it says"


def test_long_ways_are_several_questions_that_share_ten_points() -> None:
    shape = gone([(0, 0), (0, 5000)])
    asked = questions(shape, (), 100)
    assert [len(one.places) for one in asked] == [100, 100, 21], "201 points, each question 90 further"
    for before, after in pairwise(asked):
        assert before.places[-10:].tolist() == after.places[:10].tolist()
    ride = questions(gone([(0, 0), (0, 200_000)], step=20), (), 100)
    assert max(len(one.places) for one in ride) == 100
    assert len(np.unique(np.concatenate([one.places for one in ride]))) <= 3001


def test_nothing_in_a_privacy_zone_is_asked_about_and_no_question_bridges_it() -> None:
    shape = gone([(0, 0), (0, 2000)])
    zone = Circle(*(float(one[0]) for one in places([(0, 1000)])), 200.0, "a secret")
    first, second = questions(shape, [zone], 100)
    assert visible(shape.track[first.places], [zone]).all()
    assert visible(shape.track[second.places], [zone]).all()
    assert metres_of(shape.track[first.places])[-1, 1] < 800 < 1200 < metres_of(shape.track[second.places])[0, 1]
    assert questions(gone([(0, 900), (0, 1100)]), [zone], 100) == ()


def test_a_gap_ends_a_question() -> None:
    shape = gone([(0, 0), (0, 1000)])
    ts = shape.track.ts + np.where(shape.metres > 500, 61_000, 0)
    late = Shaped(Track.of(ts, shape.track.lat, shape.track.lon), shape.metres, shape.moving, 0)
    assert [len(one.places) for one in questions(late, (), 100)] == [21, 20]
    far = gone([(0, 0), (0, 600), (520, 600), (520, 1200)])
    kept = np.abs(metres_of(far.track)[:, 0] - 260) > 257
    assert len(questions(Shaped(far.track[kept], far.metres[kept], far.moving[kept], 0), (), 100)) == 2


def test_too_few_points_are_not_asked_about() -> None:
    assert questions(gone([(0, 0), (0, 50)]), (), 100) == ()
    assert questions(Shaped(Track.empty(), np.empty(0), np.empty(0), 0), (), 100) == ()


# Answers.


@pytest.fixture
def shape() -> Shaped:
    """Two hundred metres north, ten metres beside a street."""
    return gone([(10, 0), (10, 200)])


def test_a_line_is_gone_when_the_points_beside_it_were(shape: Shaped) -> None:
    (asked,) = questions(shape, (), 100)
    (line,) = laid(shape, asked, [told([(0, 0), (0, 200)], first=0, last=8)])
    found = metres_of(line)
    assert found[:, 0] == pytest.approx(np.zeros(len(line)), abs=0.1)
    assert (found[0, 1], found[-1, 1]) == pytest.approx((0, 200), abs=0.1)
    assert 9 < np.diff(found[:, 1]).min() <= np.diff(found[:, 1]).max() <= 10, "close enough for zones to cut"
    assert (line.ts - T0).tolist() == pytest.approx(found[:, 1] / 2.5 * 1000, abs=50)


REFUSED = {
    "unsure": told([(0, 0), (0, 200)], first=0, last=8, confidence=0.49),
    "unsure_of_all": told([(0, 0), (0, 200)], first=0, last=8, confidence=float("nan")),
    "far": told([(-45, 0), (-45, 200)], first=0, last=8),
    "an_excursion": told([(0, 0), (0, 100), (70, 100), (0, 100), (0, 200)], first=0, last=8),
    "the_other_way": told([(0, 200), (0, 0)], first=0, last=8),
    "too_short": told([(0, 0), (0, 140)], first=0, last=8),
    "to_and_fro": told([(0, 0), *[(0, 10 + 90 * (turn % 2)) for turn in range(9)], (0, 200)], first=0, last=8),
    "one_place": told([(0, 0), (0, 0)], first=0, last=8),
    "past_the_end": told([(0, 0), (0, 200)], first=0, last=9),
    "backwards": told([(0, 0), (0, 200)], first=8, last=0),
    "before_the_start": told([(0, 0), (0, 200)], first=-1, last=8),
    "no_line": Matching(0, 8, "", 0.9),
    "no_polyline": Matching(0, 8, "http://street", 0.9),
    "letters_of_elsewhere": Matching(0, 8, "mtaa \u00e9", 0.9),
    "off_the_globe": Matching(0, 8, polyline6([(-95.0, 36.8), (-1.29, 36.8)]), 0.9),
    "corners_without_end": Matching(0, 8, "?" * 20_000, 0.9),
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_believed_is_left_out(shape: Shaped, answer: Matching) -> None:
    (asked,) = questions(shape, (), 100)
    assert len(asked.places) == 9
    assert laid(shape, asked, [answer]) == ()


def test_fifty_metres_are_believed_and_parts_do_not_overlap(shape: Shaped) -> None:
    (asked,) = questions(shape, (), 100)
    good = [told([(-39, 0), (-39, 100)], first=0, last=4), told([(0, 100), (0, 200)], first=4, last=8)]
    assert len(laid(shape, asked, good)) == 2
    assert len(laid(shape, asked, [good[0], told([(0, 75), (0, 200)], first=3, last=8)])) == 1


def test_where_nothing_is_matched_the_points_stay(shape: Shaped) -> None:
    (asked,) = questions(shape, (), 100)
    parts = laid(shape, asked, [told([(0, 50), (0, 150)], first=2, last=6)])
    whole = joined(shape.track, parts)
    assert whole is not None
    found = metres_of(whole)
    inside = (found[:, 1] > 51) & (found[:, 1] < 149)
    assert found[inside, 0] == pytest.approx(0, abs=0.1)
    assert found[(found[:, 1] < 44) | (found[:, 1] > 156), 0] == pytest.approx(10, abs=0.1)
    assert (whole.ts[0], whole.ts[-1]) == (shape.track.ts[0], shape.track.ts[-1])
    assert joined(shape.track, ()) is None


def test_of_two_answers_that_overlap_each_gives_half() -> None:
    shape = gone([(10, 0), (10, 400)])
    (asked,) = questions(shape, (), 100)
    parts = [
        *laid(shape, asked, [told([(0, 0), (0, 250)], first=0, last=10)]),
        *laid(shape, asked, [told([(2, 150), (2, 400)], first=6, last=16)]),
    ]
    whole = joined(shape.track, parts)
    assert whole is not None
    found = metres_of(whole)
    assert found[found[:, 1] < 199, 0] == pytest.approx(0, abs=0.1)
    assert found[found[:, 1] > 210, 0] == pytest.approx(2, abs=0.1)
    assert np.diff(found[:, 1]).min() > 0, "nobody doubles back"


def test_figures_stay_those_of_the_points(shape: Shaped) -> None:
    """A line that zigzags is longer; the way gone is not."""
    (asked,) = questions(shape, (), 100)
    parts = laid(shape, asked, [told([(0, 0), (20, 50), (0, 100), (20, 150), (0, 200)], first=0, last=8)])
    whole = joined(shape.track, parts)
    assert whole is not None
    drawn = on_streets(shape, whole)
    assert metres_between(whole.lat, whole.lon).sum() == pytest.approx(4 * np.hypot(20, 50), abs=1)
    assert (drawn.metres[0], drawn.metres[-1]) == pytest.approx((0, 200), abs=0.1)
    assert drawn.moving == pytest.approx(drawn.metres / 2.5, abs=0.1)
    assert drawn.track.altitude == pytest.approx(1660 + drawn.metres / 100, abs=0.01)


@pytest.mark.parametrize("outing", [outdoors.nairobi_run(1), outdoors.track_session(1)], ids=["streets", "laps"])
def test_with_a_server_that_knows_the_way_they_are_where_they_were_when_they_were(outing: outdoors.Outing) -> None:
    """Through real noise, and around a track again and again: every answer is believed, and each lap is told from the next."""
    shape, clean = shaped(outing.track, Sport.RUN), outing.clean
    parts: list[Track] = []
    for asked in questions(shape, (), 100):
        since, until = shape.track.ts[asked.places[[0, -1]]]
        way = clean[(clean.ts >= since) & (clean.ts <= until)]
        line = polyline6(list(zip(way.lat.tolist(), way.lon.tolist(), strict=True)))
        found = laid(shape, asked, [Matching(0, len(asked.places) - 1, line, 0.9)])
        assert len(found) == 1
        parts += found
    whole = joined(shape.track, parts)
    assert whole is not None

    def off(track: Track) -> float:
        truth = (np.interp(track.ts, clean.ts, clean.lat), np.interp(track.ts, clean.ts, clean.lon))
        return float(np.quantile(np.hypot(track.lat - truth[0], (track.lon - truth[1]) * METRE / EAST) / METRE, 0.95))

    assert off(whole) < off(shape.track)


# Who sees what.


def test_others_see_of_it_what_lies_outside_of_zones_and_was_gone_outside_of_them() -> None:
    """The street lies outside of the zone where the runner was within it."""
    shape = gone([(0, 0), (0, 2000)])
    street = Track.of(shape.track.ts, *places([(40, north) for north in metres_of(shape.track)[:, 1]]))
    lat, lon = places([(-280, 1000)])
    zone = Circle(float(lat[0]), float(lon[0]), 290.0)
    seen = seen_on_streets(street, shape.track, [zone])
    hidden = metres_of(shape.track[~visible(shape.track, [zone])])[:, 1]
    assert hidden.min() < 1000 < hidden.max()
    assert not seen[(metres_of(street)[:, 1] >= hidden.min()) & (metres_of(street)[:, 1] <= hidden.max())].any()
    assert seen[:100].all()
    assert seen_on_streets(street, shape.track, ()).all()
    assert not seen_on_streets(street, Track.empty(), [zone]).any()
    # And the other way round: the points passed beside a zone, the street leads through it.
    lat, lon = places([(330, 1000)])
    beside = Circle(float(lat[0]), float(lon[0]), 300.0)
    assert visible(shape.track, [Circle(*beside[:2], 270.0)]).all()
    assert (seen_on_streets(street, shape.track, [beside]) <= visible(street, [beside])).all()
