"""Activities that somebody writes: `RUN 5.2km 28:30`."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.kernel.clock import ManualClock
from pp_core.tracking.formats.typed import canonical, is_too_fast, read_activity
from pp_core.tracking.operations import (
    ActivityUnknown,
    EditActivity,
    ListActivities,
    ListActivityRecords,
    LogActivity,
    NothingToRetype,
    NothingTyped,
    ParseActivity,
    RetypeActivity,
    ShowActivity,
    Sport,
    StartInFuture,
    TypedNotSure,
    TypedTooFast,
    UploadPoints,
)
from pp_core.wellbeing.operations import RecordWeight
from tests.conftest import Gym
from tests.tracking.ways import north


@pytest.mark.parametrize(
    ("text", "said", "confidence"),
    [
        ("RUN 5.2km 28:30", "run 5.2km 28:30", 1.0),
        ("run 5,2 km 28:30", "run 5.2km 28:30", 1.0),
        ("ran 5k in 28 min", "run 5km 28:00", 1.0),
        ("nimekimbia km 5.2 dk 28", "run 5.2km 28:00", 1.0),
        ("nimekimbia kilomita tano kwa dakika ishirini na nane leo asubuhi", "run 5km 28:00", 1.0),
        ("RIDE 20km 1:02:10", "ride 20km 1:02:10", 1.0),
        ("nimeendesha baiskeli km 20 dakika 50", "ride 20km 50:00", 1.0),
        ("I went for a run today: 5k, 28 minutes 30 seconds!", "run 5km 28:30", 1.0),
        ("ran a half marathon 1:58:02", "run 21.098km 1:58:02", 1.0),
        ("walk 3 km", "walk 3km", 0.8),
        ("nimetembea dakika 45", "walk 45min", 0.8),
        ("swam 800m", "swim 800m", 0.8),
        ("jogged for half an hour", "run 30min", 0.8),
        ("ran 1 hr 5 min", "run 65min", 0.8),
        ("run 3 miles", "run 4.828km", 0.8),
        ("ran 10k 1h 2m", "run 10km 1:02:00", 1.0),
        ("swam 25 min 50m", "swim 50m 25:00", 1.0),
        ("ran 5km 28'30", "run 5km 28:30", 1.0),
        ("ran 5km in 28'30\"", "run 5km 28:30", 1.0),
        ("nimekimbia 5km kwa dk 28 sek 30", "run 5km 28:30", 1.0),
        ("nimekimbia kilomita 5 na nusu kwa dakika 30", "run 5.5km 30:00", 1.0),
        ("nimekimbia kilomita tano na nusu", "run 5.5km", 0.8),
        ("run5km28:30", "run 5km 28:30", 1.0),
        ("run 5k 28m", "run 5km 28:00", 0.5),
        ("run 5 28", "run 5km 28:00", 0.5),
        ("run 5km 28.30", "run 5km 28:30", 0.5),
        ("nimekimbia saa moja", "run 60min", 0.5),
        ("run 52km 28:30", "run 52km 28:30", 0.5),
    ],
)
def test_what_people_write(text: str, said: str, confidence: float) -> None:
    read = read_activity(text)
    assert (read.canonical, read.confidence) == (said, confidence)


@pytest.mark.parametrize(
    "text",
    [
        "run",
        "5km 28:30",
        "run 5km tomorrow",
        "treadmill run 20 min",
        "run 3x400m",
        "run -5km",
        "walk 10000 steps",
        "ran 5km and walked 2km",
        "run 5km 6km",
        "run 5km 28:30 29:30",
        "run 5km 28:75",
        "run 5km 28'75",
        "run 5km 400m",
        "run 0km",
        "run 2000km",
        "ran out of breath after 5 min",
        "squat 5x5 100",
        "row 3x8 60",
        "can i run 5km here?",
        "run 5km " + "today " * 30,
        "",
    ],
)
def test_what_says_something_else(text: str) -> None:
    assert read_activity(text).sport is None


@given(
    sport=st.sampled_from([Sport.RUN, Sport.WALK, Sport.RIDE, Sport.HIKE, Sport.SWIM, Sport.SKATE]),
    metres=st.none() | st.integers(1, 300_000).map(float),
    seconds=st.none() | st.integers(1, 86_000),
)
def test_canonical_shorthand_reads_as_the_same(sport: Sport, metres: float | None, seconds: int | None) -> None:
    read = read_activity(canonical(sport, metres, seconds))
    if metres is None and seconds is None:
        assert read.sport is None
        return
    assert (read.sport, read.distance_m, read.duration_s) == (sport, metres, seconds)
    assert read.canonical == canonical(sport, metres, seconds)
    assert (read.confidence >= 0.6) is not is_too_fast(sport, metres, seconds)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    read = read_activity(text)
    assert (read.sport is None) == (read.confidence == 0) == (read.canonical == "")


async def test_a_run_is_logged_as_it_was_written(clocked_gym: Gym, clock: ManualClock) -> None:
    member = await clocked_gym.add_member()
    client = clocked_gym.person(member)
    typed = await client.run(LogActivity(text="ran 5.2km in 28:30"))
    assert (typed.canonical, typed.confidence, typed.records) == ("run 5.2km 28:30", 1.0, ())
    activity = await client.run(ShowActivity(activity_id=typed.activity_id))
    assert (activity.distance_m, activity.elapsed_s, activity.moving_s, activity.source) == (5200, 1710, 1710, "typed")
    assert activity.average_speed == pytest.approx(5200 / 1710)
    assert (activity.started_at, activity.ended_at) == (clock.now() - timedelta(seconds=1710), clock.now())
    assert (activity.summary.points, activity.summary.efforts, activity.summary.splits, activity.route) == (
        0,
        (),
        (),
        None,
    )
    yesterday = await client.run(LogActivity(text="nimekimbia km 6 jana"))
    assert (yesterday.started_at, yesterday.duration_s) == (clock.now() - timedelta(days=1), None)
    assert yesterday.records == ("furthest",)
    records = {row.measure: row.value for row in (await client.run(ListActivityRecords())).records}
    assert records == {"furthest": 6000, "longest": 1710}


async def test_without_a_text_it_is_told_by_its_figures(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    typed = await client.run(LogActivity(sport=Sport.RIDE, distance_m=20_000, duration_s=3600))
    assert typed.canonical == "ride 20km 1:00:00"
    with pytest.raises(NothingTyped):
        await client.run(LogActivity(sport=Sport.RIDE))


async def test_energy_needs_a_weight(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    light = await client.run(LogActivity(text="run 10km 50:00"))
    assert (await client.run(ShowActivity(activity_id=light.activity_id))).kcal is None
    await client.run(RecordWeight(kilograms=70))
    heavy = await client.run(LogActivity(text="run 10km 50:00"))
    shown = await client.run(ShowActivity(activity_id=heavy.activity_id))
    # ACSM: 0.2 ml a metre and 3.5 ml a minute, for each kilogram; 5 kcal a litre.
    assert shown.kcal == round((0.2 * 10_000 + 3.5 * 50) * 70 / 1000 * 5)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("squat 5x5 100", NothingTyped),
        ("run 5 28", TypedNotSure),
        ("run 52km 28:30", TypedTooFast),
        ("swim 5km 10:00", TypedTooFast),
    ],
)
async def test_what_is_not_logged(gym: Gym, text: str, problem: type[Exception]) -> None:
    client = gym.person(await gym.add_member())
    with pytest.raises(problem):
        await client.run(LogActivity(text=text))
    assert (await client.run(ListActivities())).items == []


async def test_what_was_asked_about_is_logged_as_it_was_confirmed(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    assert (await client.run(LogActivity(text="run 5 28", sure_from=0))).canonical == "run 5km 28:00"


async def test_nothing_begins_in_the_future(clocked_gym: Gym, clock: ManualClock) -> None:
    client = clocked_gym.person(await clocked_gym.add_member())
    with pytest.raises(StartInFuture):
        await client.run(LogActivity(text="run 5km", started_at=clock.now() + timedelta(hours=1)))


async def test_reading_needs_nobody(gym: Gym) -> None:
    read = await gym.system.run(ParseActivity(text="RUN 5.2km 28:30"))
    assert (read.distance_m, read.duration_s) == (5200, 1710)


async def test_a_correction_changes_what_it_says(clocked_gym: Gym, clock: ManualClock) -> None:
    client = clocked_gym.person(await clocked_gym.add_member())
    first = await client.run(LogActivity(text="run 5.2km 28:30"))
    for said, expected in (
        ("5.4km", "run 5.4km 28:30"),
        ("29:10", "run 5.4km 29:10"),
        ("walk 40 min", "walk 5.4km 40:00"),
    ):
        right = await client.run(RetypeActivity(text=said))
        assert (right.canonical, right.activity_id, right.started_at) == (expected, first.activity_id, first.started_at)
    for said, problem in (("whatever", NothingTyped), ("4 min", TypedTooFast)):
        with pytest.raises(problem):
            await client.run(RetypeActivity(text=said))
    assert (
        await client.run(RetypeActivity(text="hike", activity_id=first.activity_id))
    ).canonical == "hike 5.4km 40:00"
    clock.advance(timedelta(hours=24, seconds=1))
    with pytest.raises(NothingToRetype):
        await client.run(RetypeActivity(text="5km"))


async def test_only_its_writer_corrects_it_and_only_what_was_written(gym: Gym) -> None:
    amina, brian = gym.person(await gym.add_member()), gym.person(await gym.add_member("Brian Otieno"))
    typed = await amina.run(LogActivity(text="run 5.2km 28:30"))
    with pytest.raises(ActivityUnknown):
        await brian.run(RetypeActivity(text="9km", activity_id=typed.activity_id))
    assert (await amina.run(ShowActivity(activity_id=typed.activity_id))).distance_m == 5200


async def test_what_was_written_stays_when_the_sport_is_edited(gym: Gym) -> None:
    client = gym.person(await gym.add_member())
    typed = await client.run(LogActivity(text="run 5.2km 50:30"))
    edited = await client.run(EditActivity(activity_id=typed.activity_id, sport=Sport.WALK))
    assert (edited.sport, edited.distance_m, edited.moving_s) == (Sport.WALK, 5200, 3030)


async def test_a_track_that_comes_later_takes_its_place(clocked_gym: Gym, clock: ManualClock) -> None:
    client = clocked_gym.person(await clocked_gym.add_member())
    typed = await client.run(LogActivity(text="run 5.2km 28:30"))
    points = north(clock.now() - timedelta(minutes=20), metres=900)
    await client.run(UploadPoints(activity_id=typed.activity_id, points=points))
    assert (await client.run(ShowActivity(activity_id=typed.activity_id))).distance_m == pytest.approx(900, rel=0.01)
