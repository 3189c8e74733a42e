"""Setting out, pausing, going on, stopping; who is out; what nobody sends points for any more."""

import asyncio
from datetime import timedelta
from unittest.mock import Mock

import pytest

from pp_core.kernel.errors import PermissionMissing, Problem
from pp_core.kernel.policy import Role
from pp_core.tracking.operations import (
    ActivityOver,
    ActivityUnknown,
    AlreadyOut,
    CloseForgotten,
    DeleteActivity,
    EditActivity,
    Hidden,
    NothingLeft,
    NotOut,
    NotPaused,
    OpenTrack,
    PauseActivity,
    ResumeActivity,
    ShowActivity,
    ShowBoard,
    Sport,
    StartActivity,
    StartInFuture,
    Status,
    StopActivity,
    UploadPoints,
    Visibility,
)
from pp_core.tracking.use_cases import sealing
from tests.outdoors import Outdoors
from tests.tracking.ways import METRE, NAIROBI, north


async def test_a_run_from_setting_out_to_its_summary(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    started = await amina.client.run(StartActivity(sport=Sport.RUN, title="Karura"))
    assert (started.sport, started.started_at) == (Sport.RUN, outdoors.now)
    assert started.interval_s > 0
    way = north(outdoors.now, metres=3000, speed=3)
    outdoors.later(seconds=1000)
    sent = await amina.client.run(UploadPoints(points=way))
    assert (sent.activity_id, sent.accepted, sent.duplicates, sent.rejected) == (started.id, 201, 0, ())
    stopped = await amina.client.run(StopActivity())
    assert (stopped.id, stopped.status, stopped.title, stopped.mine) == (started.id, Status.FINISHED, "Karura", True)
    assert stopped.distance_m == pytest.approx(3000, abs=15)
    assert (stopped.moving_s, stopped.elapsed_s) == (1000, 1000)
    assert stopped.average_speed == pytest.approx(3, abs=0.02)
    assert (stopped.started_at, stopped.ended_at) == (way[0].ts, way[-1].ts)
    assert [one.number for one in stopped.summary.splits] == [1, 2, 3]
    assert {one.measure for one in stopped.summary.efforts} == {"400m", "1km", "1mi"}
    assert set(stopped.records) == {"400m", "1km", "1mi", "furthest", "longest"}
    assert [event["activity_id"] for event in outdoors.events("tracking.activity.finished")] == [str(started.id)]
    assert outdoors.events("tracking.activity.started") == [
        {"activity_id": str(started.id), "person_id": str(amina.id)}
    ]


async def test_nobody_is_out_twice(outdoors: Outdoors) -> None:
    amina, brian = await outdoors.runner(), await outdoors.runner("Brian Otieno")
    answers = await asyncio.gather(
        *(amina.client.run(StartActivity()) for _ in range(3)),
        brian.client.run(StartActivity()),
        return_exceptions=True,
    )
    hers = [one for one in answers[:3] if not isinstance(one, BaseException)]
    refused = [one for one in answers[:3] if isinstance(one, AlreadyOut)]
    assert (len(hers), len(refused)) == (1, 2)
    assert {one.data["activity_id"] for one in refused} == {str(hers[0].id)}
    assert not isinstance(answers[3], BaseException)
    await amina.client.run(StopActivity())
    assert (await amina.client.run(StartActivity())).id != hers[0].id


async def test_what_is_paused_does_not_count(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    began = outdoors.now
    started = await amina.client.run(StartActivity())
    outdoors.later(seconds=300)
    await amina.client.run(PauseActivity())
    await amina.client.run(PauseActivity())  # a second time does nothing
    assert (await amina.client.run(ShowActivity(activity_id=started.id))).status is Status.PAUSED
    with pytest.raises(AlreadyOut):
        await amina.client.run(StartActivity())
    outdoors.later(seconds=200)
    await amina.client.run(ResumeActivity())
    with pytest.raises(NotPaused):
        await amina.client.run(ResumeActivity(activity_id=started.id))
    outdoors.later(seconds=500)
    await amina.client.run(UploadPoints(points=north(began, metres=3000, speed=3)))
    stopped = await amina.client.run(StopActivity())
    assert (stopped.elapsed_s, stopped.moving_s) == (1000, 800)
    assert stopped.distance_m == pytest.approx(2400, abs=15)
    assert len(outdoors.events("tracking.activity.paused")) == 2


async def test_a_pause_that_lasts_ends_with_the_activity(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    began = outdoors.now
    await amina.client.run(StartActivity())
    outdoors.later(seconds=300)
    await amina.client.run(PauseActivity())
    outdoors.later(seconds=700)
    await amina.client.run(UploadPoints(points=north(began, metres=3000, speed=3)))
    stopped = await amina.client.run(StopActivity())
    assert (stopped.moving_s, stopped.elapsed_s) == (300, 1000)


async def test_what_is_over_stays_over(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    ran = await amina.ran(600)
    for again in (PauseActivity, ResumeActivity, StopActivity):
        with pytest.raises(ActivityOver):
            await amina.client.run(again(activity_id=ran.id))
        with pytest.raises(NotOut):
            await amina.client.run(again())
    with pytest.raises(NotOut):
        await amina.client.run(UploadPoints(points=north(outdoors.now, metres=100)))


async def test_a_start_is_now_or_before(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    with pytest.raises(StartInFuture):
        await amina.client.run(StartActivity(started_at=outdoors.now + timedelta(minutes=6)))
    earlier = outdoors.now - timedelta(minutes=20)
    assert (await amina.client.run(StartActivity(started_at=earlier))).started_at == earlier


async def test_without_any_point_there_is_an_activity_of_nothing(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    await amina.client.run(StartActivity())
    ended = outdoors.later(minutes=10)
    stopped = await amina.client.run(StopActivity(ended_at=ended + timedelta(hours=1)))
    assert (stopped.distance_m, stopped.moving_s, stopped.ended_at, stopped.route) == (0, 0, ended, None)
    assert stopped.records == ()


async def test_the_stream_goes_on_where_it_ended(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    with pytest.raises(NotOut):
        await amina.client.run(OpenTrack())
    started = await amina.client.run(StartActivity(sport=Sport.WALK))
    opened = await amina.client.run(OpenTrack())
    assert (opened.activity_id, opened.points, opened.last_ts) == (started.id, 0, None)
    assert (opened.sport, opened.person_id, opened.tenant_id) == (Sport.WALK, amina.id, outdoors.gym.id)
    way = north(outdoors.now, metres=300, speed=1)
    outdoors.later(minutes=5)
    await amina.client.run(UploadPoints(points=way))
    opened = await amina.client.run(OpenTrack(activity_id=started.id))
    assert (opened.points, opened.last_ts, opened.last_lat) == (len(way), way[-1].ts, pytest.approx(way[-1].lat))
    assert opened.distance_m == pytest.approx(300, abs=5)
    with pytest.raises(ActivityUnknown):
        await (await outdoors.runner("Brian Otieno")).client.run(OpenTrack(activity_id=started.id))


async def test_what_came_after_its_end_is_no_part_of_it(outdoors: Outdoors) -> None:
    """They ran 600 m, forgot to stop, and drove home."""
    amina = await outdoors.runner()
    began = outdoors.now
    started = await amina.client.run(StartActivity())
    way = north(began, metres=1200, speed=3)
    outdoors.later(seconds=500)
    await amina.client.run(UploadPoints(points=way))
    with pytest.raises(NothingLeft) as refused:
        await amina.client.run(StopActivity(ended_at=began - timedelta(minutes=1)))
    assert refused.value.data["ends_at"] == began.isoformat()
    stopped = await amina.client.run(StopActivity(ended_at=began + timedelta(seconds=200)))
    assert stopped.distance_m == pytest.approx(600, abs=5)
    assert stopped.ended_at == began + timedelta(seconds=200)
    # Nor does it come back when the activity is worked out anew.
    walked = await amina.client.run(EditActivity(activity_id=started.id, sport=Sport.WALK))
    assert walked.distance_m == pytest.approx(600, abs=5)


@pytest.mark.parametrize("act", [PauseActivity, ResumeActivity, StopActivity, EditActivity, DeleteActivity])
async def test_another_member_changes_nothing(outdoors: Outdoors, act: type[PauseActivity]) -> None:
    amina, brian = await outdoors.runner(), await outdoors.runner("Brian Otieno")
    started = await amina.client.run(StartActivity(visibility=Visibility.GYM))
    with pytest.raises(ActivityUnknown):
        await brian.client.run(act(activity_id=started.id))
    assert (await amina.client.run(ShowActivity(activity_id=started.id))).status is Status.LIVE


async def test_a_manager_stops_what_a_member_forgot(outdoors: Outdoors) -> None:
    amina, manager = await outdoors.runner(), await outdoors.runner("Wairimu Njoroge", Role.GYM_ADMIN)
    started = await amina.client.run(StartActivity())
    stopped = await manager.client.run(StopActivity(activity_id=started.id))
    assert (stopped.status, stopped.mine, stopped.person_name) == (Status.FINISHED, False, "Amina Wanjiru")
    hidden = await amina.client.run(StartActivity(visibility=Visibility.PRIVATE))
    with pytest.raises(ActivityUnknown):
        await manager.client.run(StopActivity(activity_id=hidden.id))


# Who is out


async def test_the_board_shows_who_is_out_and_how_far(outdoors: Outdoors) -> None:
    amina, brian = await outdoors.runner(), await outdoors.runner("Brian Otieno")
    trainer = await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    first = await amina.client.run(StartActivity())
    way = north(outdoors.now, metres=1500, speed=3)
    outdoors.later(seconds=500)
    await amina.client.run(UploadPoints(points=way))
    second = await brian.client.run(StartActivity(sport=Sport.RIDE))
    outdoors.later(seconds=40)
    board = await trainer.client.run(ShowBoard())
    assert board.now == outdoors.now
    assert [one.activity_id for one in board.runners] == [second.id, first.id]
    rider, runner = board.runners
    assert (rider.person_name, rider.sport, rider.last_at, rider.lat, rider.distance_m) == (
        "Brian Otieno", Sport.RIDE, None, None, 0,
    )  # fmt: skip
    assert (runner.person_code, runner.status, runner.last_at) == (amina.member.code, Status.LIVE, way[-1].ts)
    assert (runner.lat, runner.lon) == (pytest.approx(way[-1].lat), pytest.approx(way[-1].lon))
    assert runner.distance_m == pytest.approx(1500, abs=10)
    assert runner.moving_s == pytest.approx(500, abs=10)
    assert (runner.speed, runner.average_speed) == (None, pytest.approx(3, abs=0.05))
    await amina.client.run(PauseActivity())
    assert (await trainer.client.run(ShowBoard())).runners[1].status is Status.PAUSED
    await amina.client.run(StopActivity())
    await brian.client.run(DeleteActivity(activity_id=second.id))
    assert (await trainer.client.run(ShowBoard())).runners == ()


async def test_the_board_keeps_to_what_its_people_show(outdoors: Outdoors) -> None:
    trainer = await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    private, unmapped, near, away = [await outdoors.runner(f"Runner {number}") for number in range(4)]
    hidden = {"map": [Hidden.MAP, Hidden.HEART_RATE, Hidden.SPEED]}
    for one in (private, unmapped, near, away):
        started = await one.client.run(
            StartActivity(visibility=Visibility.PRIVATE if one is private else Visibility.STAFF)
        )
        if one is unmapped:
            await one.client.run(EditActivity(activity_id=started.id, hidden=hidden["map"]))
    outdoors.hide_around(near, radius_m=500)
    outdoors.hide_around(away, radius_m=200)
    way = tuple(point.model_copy(update={"hr": 150, "speed": 3.0}) for point in north(outdoors.now, metres=300))
    outdoors.later(seconds=100)
    for one in (private, unmapped, near, away):
        await one.client.run(UploadPoints(points=way))
    board = {one.person_id: one for one in (await trainer.client.run(ShowBoard())).runners}
    assert private.id not in board
    shown = board[unmapped.id]
    assert (shown.lat, shown.lon, shown.speed, shown.average_speed, shown.heart_rate) == (None,) * 5
    assert shown.moving_s == 100  # the time they have been out
    assert shown.distance_m == pytest.approx(300, abs=10)
    assert (board[near.id].lat, board[near.id].heart_rate, board[near.id].speed) == (None, 150, 3.0)
    assert board[away.id].lat == pytest.approx(NAIROBI[0] + 300 * METRE)


async def test_a_member_may_not_see_the_board(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    with pytest.raises(PermissionMissing):
        await amina.client.run(ShowBoard())
    reception = await outdoors.runner("Njeri Mwangi", Role.RECEPTION)
    assert (await reception.client.run(ShowBoard())).runners == ()


# Forgotten


async def test_what_nobody_sends_points_for_is_closed(outdoors: Outdoors) -> None:
    sent, silent, paused = [await outdoors.runner(f"Runner {number}") for number in range(3)]
    ids = [(await one.client.run(StartActivity())).id for one in (sent, silent, paused)]
    way = north(outdoors.now, metres=900, speed=3)
    outdoors.later(seconds=300)
    await sent.client.run(UploadPoints(points=way))
    await paused.client.run(PauseActivity())

    async def close() -> None:
        while (await outdoors.gym.system.run(CloseForgotten())).count:  # other gyms' too, so many at a time
            pass

    async def states() -> list[Status]:
        return [
            (await one.client.run(ShowActivity(activity_id=id))).status
            for one, id in zip((sent, silent, paused), ids, strict=True)
        ]

    outdoors.later(minutes=59)
    await close()
    assert await states() == [Status.LIVE, Status.LIVE, Status.PAUSED]
    outdoors.later(minutes=2)
    await close()
    assert await states() == [Status.FINISHED, Status.LIVE, Status.PAUSED]
    closed = await sent.client.run(ShowActivity(activity_id=ids[0]))
    assert (closed.ended_at, closed.elapsed_s) == (way[-1].ts, 300)
    assert closed.distance_m == pytest.approx(900, abs=10)
    outdoors.later(hours=5)
    await close()
    assert await states() == [Status.FINISHED, Status.FINISHED, Status.FINISHED]
    assert outdoors.rows(
        "SELECT DISTINCT closed_by FROM activities WHERE tenant_id = %(gym)s", gym=outdoors.gym.id
    ) == [("forgotten",)]
    await silent.client.run(StartActivity())  # and they may set out again


async def test_what_fails_half_way_is_undone_and_told_once(outdoors: Outdoors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealing stores, tells, and fails behind it: neither what it stored nor what it told may stay."""

    async def fail(*_: object) -> None:
        raise RuntimeError("behind everything that was stored")

    monkeypatch.setattr(sealing, "_tell_records", fail)
    monkeypatch.setattr(sealing, "_log", Mock())
    amina = await outdoors.runner()
    started = await amina.client.run(StartActivity())
    way = north(outdoors.now, metres=600, speed=3)
    outdoors.later(seconds=200)
    await amina.client.run(UploadPoints(points=way))
    outdoors.later(hours=7)
    while (await outdoors.gym.system.run(CloseForgotten())).count:
        pass
    assert (await amina.client.run(ShowActivity(activity_id=started.id))).status is Status.FINISHED
    told = [one["activity_id"] for one in outdoors.events("tracking.activity.finished")]
    assert told == [str(started.id)]
    assert outdoors.rows("SELECT id FROM activity_streams WHERE id = %(id)s", id=started.id) == []


async def test_what_cannot_be_summed_up_ends_all_the_same(outdoors: Outdoors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody behind it waits, its person may set out again, and its points stay."""
    told = Mock()
    monkeypatch.setattr(sealing, "_log", told)
    amina, brian = await outdoors.runner(), await outdoors.runner("Brian Otieno")
    started = await amina.client.run(StartActivity())
    way = north(outdoors.now, metres=600, speed=3)
    outdoors.later(seconds=200)
    await amina.client.run(UploadPoints(points=way))
    outdoors.rows(
        "INSERT INTO activity_streams (tenant_id, id, points, data) VALUES (%(gym)s, %(id)s, 1, 'broken')",
        gym=outdoors.gym.id,
        id=started.id,
    )
    other = await brian.client.run(StartActivity())
    outdoors.later(hours=7)
    while (await outdoors.gym.system.run(CloseForgotten())).count:
        pass
    ended = await amina.client.run(ShowActivity(activity_id=started.id))
    assert (ended.status, ended.ended_at, ended.elapsed_s) == (Status.FINISHED, way[-1].ts, 200)
    assert ended.distance_m == pytest.approx(600, abs=5)
    assert (await brian.client.run(ShowActivity(activity_id=other.id))).status is Status.FINISHED
    assert str(started.id) in {call.kwargs["activity_id"] for call in told.exception.call_args_list}
    assert {str(started.id), str(other.id)} <= {
        event["activity_id"] for event in outdoors.events("tracking.activity.finished")
    }
    kept = "SELECT count(*) FROM activity_points WHERE activity_id = %(id)s"
    assert outdoors.rows(kept, id=started.id)[0].count == len(way)
    await amina.client.run(StartActivity())


async def test_a_door_that_is_not_theirs_is_told(outdoors: Outdoors) -> None:
    """The stream of points is opened by programs, never by text."""
    amina = await outdoors.runner()
    await amina.client.run(StartActivity())
    with pytest.raises(Problem) as refused:
        await outdoors.gym.person(amina.member).run(OpenTrack())
    assert refused.value.code == "request.door_closed"
