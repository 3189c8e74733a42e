"""What an owner cut off an activity stays off, whatever way its points come again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from pp_core.kernel.clock import ManualClock
from pp_core.tracking.operations import (
    Activity,
    EditActivity,
    LinkTracker,
    ListActivities,
    ListTrackers,
    PointIn,
    ReceiveTrackerPoints,
    ShowActivity,
    StartActivity,
    Status,
    StopActivity,
    TrackerApp,
    UploadPoints,
)
from pp_core.tracking.rules.validation import is_cut_off
from tests.conftest import Gym
from tests.outdoors import Outdoors, Runner
from tests.tracking.test_chats import Sharer
from tests.tracking.ways import north, recorded


@given(ts=st.integers(0, 100), begin=st.none() | st.integers(0, 100), end=st.none() | st.integers(0, 100))
def test_what_lies_outside_is_cut_off(ts: int, begin: int | None, end: int | None) -> None:
    assert is_cut_off(ts, begin, end) == (not (begin or 0) <= ts <= (100 if end is None else end))


async def cut(outdoors: Outdoors, amina: Runner) -> tuple[Activity, tuple[PointIn, ...], tuple[int, ...]]:
    """A run of 1000 seconds of which 100 to 600 are left; all its points, and the places of those that are gone."""
    way = north(outdoors.now, metres=3000, speed=3)
    ran = await amina.run(way)
    edited = await amina.client.run(
        EditActivity(
            activity_id=ran.id,
            begins_at=ran.started_at + timedelta(seconds=100),
            ends_at=ran.started_at + timedelta(seconds=600),
        )
    )
    gone = tuple(place for place in range(len(way)) if not 100 <= 5 * place <= 600)
    return edited, way, gone


async def left(amina: Runner, before: Activity) -> None:
    """The activity is what it was."""
    now = await amina.client.run(ShowActivity(activity_id=before.id))
    assert (now.summary, now.route, now.started_at, now.ended_at, now.elapsed_s) == (
        before.summary,
        before.route,
        before.started_at,
        before.ended_at,
        before.elapsed_s,
    )


async def test_an_upload_of_the_same_recording_brings_nothing_back(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    edited, way, gone = await cut(outdoors, amina)
    for _ in range(2):
        again = await amina.client.run(UploadPoints(activity_id=edited.id, points=way[::-1]))
        assert again.accepted == 0
        assert [(one.index, one.reason) for one in again.rejected] == [
            (place, "cut_off") for place in sorted(len(way) - 1 - place for place in gone)
        ]
        # Whoever was cut off has no say about the others.
        assert again.duplicates + len(again.rejected) == len(way)
    await left(amina, edited)
    found = outdoors.rows("SELECT count(*) FROM activity_points WHERE activity_id = %(id)s", id=edited.id)
    assert found[0].count == len(way) - len(gone)


async def test_what_lies_within_a_cut_still_joins(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    way = north(outdoors.now, metres=3000, speed=3)
    ran = await amina.run(way[::2])
    edited = await amina.client.run(EditActivity(activity_id=ran.id, ends_at=ran.started_at + timedelta(seconds=600)))
    whole = await amina.client.run(UploadPoints(activity_id=ran.id, points=way))
    assert (whole.accepted, whole.duplicates, len(whole.rejected)) == (60, 61, 80)
    after = await amina.client.run(ShowActivity(activity_id=ran.id))
    assert (after.summary.points, after.ended_at) == (121, edited.ended_at)


async def test_a_wider_cut_brings_nothing_back_and_a_narrower_one_takes_more(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    edited, way, gone = await cut(outdoors, amina)
    wider = EditActivity(activity_id=edited.id, begins_at=way[0].ts, ends_at=way[-1].ts)
    await amina.client.run(wider)
    await left(amina, edited)
    again = await amina.client.run(UploadPoints(activity_id=edited.id, points=way))
    assert (again.accepted, len(again.rejected)) == (0, len(gone))
    await left(amina, edited)
    less = await amina.client.run(EditActivity(activity_id=edited.id, ends_at=way[100].ts))
    again = await amina.client.run(UploadPoints(activity_id=edited.id, points=way))
    assert (again.accepted, len(again.rejected)) == (0, len(gone) + 20)
    await left(amina, less)


async def test_a_recording_that_was_imported_is_cut_as_well(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    begins = outdoors.now - timedelta(hours=1)
    ran = await recorded(outdoors.gym, amina.member, begins, metres=3000)
    await amina.client.run(EditActivity(activity_id=ran, begins_at=begins + timedelta(seconds=500)))
    again = await amina.client.run(UploadPoints(activity_id=ran, points=north(begins, metres=3000)[:50]))
    assert (again.accepted, {one.reason for one in again.rejected}) == (0, {"cut_off"})


@pytest.mark.parametrize("came_before", [0, 201])
async def test_what_is_later_than_the_end_that_was_said_stays_away(outdoors: Outdoors, came_before: int) -> None:
    """Also what the phone kept, of which nothing had come when its owner said since when it is over."""
    amina = await outdoors.runner()
    way = north(outdoors.now, metres=3000, speed=3)
    started = await amina.client.run(StartActivity())
    outdoors.later(seconds=1000)
    if came_before:
        await amina.client.run(UploadPoints(points=way[:came_before]))
    await amina.client.run(StopActivity(ended_at=way[120].ts))
    again = await amina.client.run(UploadPoints(activity_id=started.id, points=way))
    assert (again.accepted, len(again.rejected)) == (0 if came_before else 121, 80)
    after = await amina.client.run(ShowActivity(activity_id=started.id))
    assert (after.summary.points, after.ended_at) == (121, way[120].ts)
    assert after.distance_m == pytest.approx(1800, abs=15)


async def test_a_clock_that_is_ahead_is_cut_by_its_own_time(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    way = north(outdoors.now + timedelta(seconds=200), metres=3000, speed=3)
    started = await amina.client.run(StartActivity())
    outdoors.rows("UPDATE activities SET clock_shift_ms = 200000 WHERE id = %(id)s", id=started.id)
    outdoors.later(seconds=1000)
    await amina.client.run(UploadPoints(points=way))
    ran = await amina.client.run(StopActivity())
    await amina.client.run(EditActivity(activity_id=ran.id, begins_at=ran.started_at + timedelta(seconds=100)))
    again = await amina.client.run(UploadPoints(activity_id=ran.id, points=way))
    assert [one.index for one in again.rejected] == list(range(20))


async def test_a_tracker_that_sends_its_queue_again_is_told_and_starts_nothing(outdoors: Outdoors) -> None:
    """What was cut off belongs to the activity it was cut off, and is not the beginning of another."""
    amina = await outdoors.runner()
    linked = await amina.client.run(LinkTracker(app=TrackerApp.TRACCAR))
    send = ReceiveTrackerPoints(
        token=SecretStr(linked.address.rpartition("/")[2]), points=north(outdoors.now, metres=9000, speed=3)
    )
    outdoors.later(seconds=3000)
    first = await outdoors.gym.system.run(send)
    assert (first.accepted, first.rejected) == (601, 0)
    assert first.activity_id is not None
    await amina.client.run(StopActivity())
    edited = await amina.client.run(EditActivity(activity_id=first.activity_id, ends_at=send.points[120].ts))
    again = await outdoors.gym.system.run(send)
    assert (again.accepted, again.duplicates, again.outside, again.rejected) == (0, 121, 0, 480)
    await left(amina, edited)
    assert [row.id for row in (await amina.client.run(ListActivities())).items] == [edited.id]
    (row,) = (await amina.client.run(ListTrackers())).items
    assert (row.points, row.rejected, row.rejection) == (601, 480, "cut_off")
    # What is taken from now on is another activity.
    begins = outdoors.later(minutes=20)
    more = send.model_copy(update={"points": north(begins - timedelta(minutes=1), metres=180, speed=3)})
    later = await outdoors.gym.system.run(more)
    assert (later.accepted, later.activity_id != edited.id) == (13, True)


async def test_a_tracker_that_was_stopped_with_hindsight_starts_nothing_of_the_way_home(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    linked = await amina.client.run(LinkTracker(app=TrackerApp.TRACCAR))
    way = north(outdoors.now, metres=9000, speed=3)
    token = SecretStr(linked.address.rpartition("/")[2])
    outdoors.later(seconds=3000)
    await outdoors.gym.system.run(ReceiveTrackerPoints(token=token, points=way[:200]))
    stopped = await amina.client.run(StopActivity(ended_at=way[120].ts))
    late = await outdoors.gym.system.run(ReceiveTrackerPoints(token=token, points=way[200:]))
    assert (late.accepted, late.outside, late.rejected) == (0, 0, 401)
    await left(amina, stopped)


async def test_a_chat_that_repeats_a_move_brings_nothing_back(clocked_gym: Gym, clock: ManualClock) -> None:
    sharer = Sharer(clocked_gym, await clocked_gym.add_member(), clock.now())
    await sharer.link()
    clock.advance(timedelta(minutes=10))
    for seconds in range(0, 300, 30):
        began = await sharer.move(seconds)
    client = clocked_gym.person(sharer.member)
    assert began.activity_id is not None
    await client.run(StopActivity())
    await client.run(EditActivity(activity_id=began.activity_id, begins_at=sharer.begins + timedelta(seconds=120)))
    assert not (await sharer.move(60)).stored
    assert (await sharer.move(135)).stored
    shown = await client.run(ShowActivity(activity_id=began.activity_id))
    assert (shown.status, shown.started_at) == (Status.FINISHED, sharer.begins + timedelta(seconds=120))
    assert shown.summary.points == 7
