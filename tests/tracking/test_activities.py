"""Activities that are over: corrected, cut, deleted; listed; and the bests among them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pp_core.kernel.db.transaction import Transaction
from pp_core.kernel.pagination import CursorUnreadable
from pp_core.kernel.policy import Role
from pp_core.tenants.operations import PersonUnknown
from pp_core.tracking.operations import (
    ActivityUnknown,
    DeleteActivity,
    EditActivity,
    Hidden,
    ListActivities,
    ListActivityRecords,
    NothingLeft,
    ShowActivity,
    Sport,
    StartActivity,
    StillOut,
    UploadPoints,
    Visibility,
)
from tests.outdoors import Outdoors, Runner
from tests.tracking.ways import loop, north


async def bests(runner: Runner, **more: object) -> dict[tuple[str, str], float]:
    """Their records: what of which sport, and how good."""
    found = await runner.client.run(ListActivityRecords(**more))
    assert found.person_id == runner.id
    return {(one.sport.value, one.measure): one.value for one in found.records}


# Corrected


async def test_what_it_was_called_is_corrected_and_the_rest_stays(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    ran = await amina.ran(1200, title="Run")
    edited = await amina.client.run(
        EditActivity(activity_id=ran.id, title="Karura loop", note="Muddy.\nAgain.", visibility=Visibility.GYM)
    )
    assert (edited.title, edited.note, edited.visibility) == ("Karura loop", "Muddy.\nAgain.", Visibility.GYM)
    edited = await amina.client.run(EditActivity(activity_id=ran.id, note=None))
    assert (edited.title, edited.note) == ("Karura loop", None)
    assert (edited.distance_m, edited.moving_s, edited.records) == (ran.distance_m, ran.moving_s, ran.records)
    assert len(outdoors.events("tracking.activity.summarised")) == 2


async def test_another_sport_has_its_own_records(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    ran = await amina.ran(1200)
    edited = await amina.client.run(EditActivity(activity_id=ran.id, sport=Sport.WALK))
    assert (edited.sport, edited.distance_m) == (Sport.WALK, pytest.approx(1200, abs=10))
    assert {sport for sport, _ in await bests(amina)} == {"walk"}
    assert await bests(amina, sport=Sport.RUN) == {}


async def test_a_live_one_may_be_corrected_too_but_not_cut(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    started = await amina.client.run(StartActivity())
    edited = await amina.client.run(EditActivity(activity_id=started.id, sport=Sport.RIDE, title="To work"))
    assert (edited.sport, edited.title, edited.status.value) == (Sport.RIDE, "To work", "live")
    with pytest.raises(StillOut):
        await amina.client.run(EditActivity(activity_id=started.id, title="Cut", ends_at=outdoors.now))
    assert (await amina.client.run(ShowActivity(activity_id=started.id))).title == "To work"


async def test_both_ends_can_be_cut_off(outdoors: Outdoors) -> None:
    """The way home by car, which the runner forgot to stop before."""
    amina = await outdoors.runner()
    ran = await amina.ran(3000, speed=3)
    begins_at, ends_at = ran.started_at + timedelta(seconds=100), ran.started_at + timedelta(seconds=600)
    cut = await amina.client.run(EditActivity(activity_id=ran.id, begins_at=begins_at, ends_at=ends_at))
    assert (cut.started_at, cut.ended_at) == (begins_at, ends_at)
    assert (cut.moving_s, cut.elapsed_s) == (500, 500)
    assert cut.distance_m == pytest.approx(1500, abs=15)
    assert [one.number for one in cut.summary.splits] == [1, 2]
    assert (await bests(amina))["run", "furthest"] == pytest.approx(1500, abs=15)
    assert ("run", "1mi") not in await bests(amina)
    # What was cut off stays off, when the rest is worked out anew.
    again = await amina.client.run(EditActivity(activity_id=ran.id, sport=Sport.WALK))
    assert (again.distance_m, again.elapsed_s) == (pytest.approx(cut.distance_m, abs=10), 500)


async def test_a_cut_leaves_something(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    ran = await amina.ran(600)
    with pytest.raises(NothingLeft):
        await amina.client.run(EditActivity(activity_id=ran.id, begins_at=ran.ended_at))
    assert (await amina.client.run(ShowActivity(activity_id=ran.id))).distance_m == ran.distance_m


async def test_what_is_hidden_is_hidden_from_others(outdoors: Outdoors) -> None:
    amina, trainer = await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    ran = await amina.run(loop(outdoors.now, metres=3000))
    show = ShowActivity(activity_id=ran.id)
    plain = await trainer.client.run(show)
    assert plain.route == ran.route
    assert plain.route is not None
    assert plain.heart_rate_avg == pytest.approx(140, abs=1)
    await amina.client.run(EditActivity(activity_id=ran.id, hidden=list(Hidden)))
    seen = await trainer.client.run(show)
    assert (seen.mine, seen.hidden) == (False, frozenset(Hidden))
    assert (seen.route, seen.heart_rate_avg, seen.average_speed, seen.kcal, seen.ended_at) == (None,) * 5
    assert seen.started_at == datetime(2026, 11, 21, tzinfo=UTC)  # the day alone
    assert (seen.summary.splits, seen.summary.efforts, seen.summary.heart_rate_max) == ((), (), None)
    own = await amina.client.run(show)
    assert (own.route, own.heart_rate_avg, own.started_at) == (ran.route, ran.heart_rate_avg, ran.started_at)
    # Listed it tells no more.
    (listed,) = (await trainer.client.run(ListActivities(member=amina.member.code))).items
    assert (listed.started_at, listed.heart_rate_avg, listed.average_speed) == (seen.started_at, None, None)
    assert (listed.moving_s, seen.moving_s) == (listed.elapsed_s, seen.elapsed_s)


async def test_nobody_sees_the_way_within_a_privacy_zone(outdoors: Outdoors) -> None:
    from pp_core.tracking.rules.simplify import polyline_decoded

    amina, trainer = await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    outdoors.hide_around(amina, radius_m=500)
    ran = await amina.run(loop(outdoors.now, metres=6000))
    assert ran.route is not None
    seen = await trainer.client.run(ShowActivity(activity_id=ran.id))
    assert seen.route is not None
    begins = polyline_decoded(ran.route)[0][0]
    assert begins == pytest.approx(-1.2921, abs=1e-4)
    lat, lon = polyline_decoded(seen.route)
    metres = 111_195 * ((lat + 1.2921) ** 2 + (lon - 36.8219) ** 2) ** 0.5
    assert len(lat) > 10
    assert metres.min() > 495


# Deleted, and the bests


async def test_bests_fall_back_when_the_best_is_deleted(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    slow = await amina.ran(3000, speed=2.5)
    outdoors.later(days=1)
    fast = await amina.ran(1200, speed=4)
    assert (await bests(amina))["run", "1km"] == pytest.approx(250, abs=2)
    assert (await bests(amina))["run", "furthest"] == pytest.approx(3000, abs=15)
    assert set(fast.records) == {"400m", "1km"}
    await amina.client.run(DeleteActivity(activity_id=fast.id))
    assert (await bests(amina))["run", "1km"] == pytest.approx(400, abs=2)
    assert "1km" in (await amina.client.run(ShowActivity(activity_id=slow.id))).records
    with pytest.raises(ActivityUnknown):
        await amina.client.run(ShowActivity(activity_id=fast.id))
    assert [event["activity_id"] for event in outdoors.events("tracking.activity.deleted")] == [str(fast.id)]
    left = "SELECT (SELECT count(*) FROM activity_points WHERE activity_id = %(id)s) + (SELECT count(*) FROM activity_streams"
    left += " WHERE id = %(id)s) + (SELECT count(*) FROM activity_efforts WHERE activity_id = %(id)s) AS rows"
    assert outdoors.rows(left, id=fast.id) == [(0,)]


async def test_a_live_activity_can_be_deleted(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    started = await amina.client.run(StartActivity())
    await amina.client.run(UploadPoints(points=north(outdoors.now - timedelta(minutes=5), metres=300)))
    await amina.client.run(DeleteActivity(activity_id=started.id))
    assert outdoors.rows("SELECT FROM activity_points WHERE activity_id = %(id)s", id=started.id) == []
    await amina.client.run(StartActivity())


async def test_a_record_is_told_once(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()

    def told() -> list[tuple[str, str]]:
        return sorted((event["activity_id"], event["measure"]) for event in outdoors.events("tracking.record.set"))

    first = await amina.ran(1200, speed=3)
    expected = sorted((str(first.id), measure) for measure in first.records)
    assert set(first.records) == {"400m", "1km", "furthest", "longest"}
    assert told() == expected
    await amina.client.run(EditActivity(activity_id=first.id, title="Again"))
    late = north(first.started_at - timedelta(seconds=10), metres=30, speed=3)
    await amina.client.run(UploadPoints(activity_id=first.id, points=late))
    assert told() == expected  # it holds them still, nothing new
    outdoors.later(days=1)
    await amina.ran(1000, speed=2.5)
    assert told() == expected  # slower, less far, and as long
    outdoors.later(days=1)
    third = await amina.ran(1500, speed=4)
    assert set(third.records) == {"400m", "1km", "furthest"}
    assert told() == sorted([*expected, *((str(third.id), measure) for measure in third.records)])


async def test_others_hear_of_no_record_they_may_not_see(outdoors: Outdoors) -> None:
    amina, trainer = await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    await amina.ran(1200, speed=3)
    outdoors.later(days=1)
    await amina.ran(1500, speed=4, visibility=Visibility.PRIVATE)
    found = await trainer.client.run(ListActivityRecords(member=amina.member.code))
    assert {one.measure: one.value for one in found.records} == {
        "400m": pytest.approx(400 / 3, abs=1), "1km": pytest.approx(1000 / 3, abs=2),
        "furthest": pytest.approx(1200, abs=10), "longest": pytest.approx(400, abs=1),
    }  # fmt: skip
    brian = await outdoors.runner("Brian Otieno")
    with pytest.raises(PersonUnknown):
        await brian.client.run(ListActivityRecords(member=amina.member.code))


async def test_records_tell_nothing_of_what_is_hidden(outdoors: Outdoors) -> None:
    """Neither at which hour somebody runs, nor, by the time in motion, how fast."""
    amina, trainer = await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    ran = await amina.ran(1200, speed=3)
    of_hers = ListActivityRecords(member=amina.member.code)
    assert {one.at for one in (await trainer.client.run(of_hers)).records} == {ran.started_at}
    await amina.client.run(EditActivity(activity_id=ran.id, hidden=[Hidden.START_TIME, Hidden.SPEED]))
    (furthest,) = (await trainer.client.run(of_hers)).records
    assert (furthest.measure, furthest.at) == ("furthest", datetime(2026, 11, 21, tzinfo=UTC))
    own = (await amina.client.run(ListActivityRecords())).records
    assert ({one.measure for one in own}, {one.at for one in own}) == (
        {"400m", "1km", "furthest", "longest"},
        {ran.started_at},
    )


# Listed


async def test_a_list_comes_in_pages_newest_first(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    ids = []
    for number in range(5):
        ids.append((await amina.ran(300, sport=Sport.WALK if number % 2 else Sport.RUN)).id)
        outdoors.later(hours=1)
    seen, cursor = [], None
    while True:
        page = await amina.client.run(ListActivities(limit=2, cursor=cursor))
        seen += [one.id for one in page.items]
        cursor = page.next
        if cursor is None:
            break
        assert len(page.items) == 2
    assert seen == ids[::-1]
    walks = await amina.client.run(ListActivities(sport=Sport.WALK))
    assert [one.id for one in walks.items] == [ids[3], ids[1]]
    with pytest.raises(CursorUnreadable):
        await amina.client.run(ListActivities(cursor="bm9uc2Vuc2U"))


async def test_who_sees_which_activities(outdoors: Outdoors) -> None:
    amina, brian = await outdoors.runner(), await outdoors.runner("Brian Otieno")
    trainer = await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    ids = {}
    for visibility in Visibility:
        ids[visibility] = (await amina.ran(300, visibility=visibility)).id
        outdoors.later(hours=1)

    async def listed(runner: Runner, **more: object) -> set[Visibility]:
        page = await runner.client.run(ListActivities(**more))
        return {visibility for visibility, id in ids.items() if id in {one.id for one in page.items}}

    async def shown(runner: Runner) -> set[Visibility]:
        seen = set()
        for visibility, id in ids.items():
            try:
                seen.add((await runner.client.run(ShowActivity(activity_id=id))).visibility)
            except ActivityUnknown:
                assert id == ids[visibility]
        return seen

    assert await listed(amina) == await shown(amina) == set(Visibility)
    assert await listed(trainer, member=amina.member.code) == {Visibility.STAFF, Visibility.GYM}
    assert await listed(trainer, everybody=True) == await shown(trainer) == {Visibility.STAFF, Visibility.GYM}
    assert await listed(trainer) == set()
    assert await listed(brian, everybody=True) == await shown(brian) == {Visibility.GYM}
    with pytest.raises(PersonUnknown):
        await listed(brian, member=amina.member.code)
    private = Runner(amina.member, outdoors.gym.operator, outdoors.clock)
    assert await listed(private, everybody=True) == {Visibility.STAFF, Visibility.GYM}


async def test_a_long_list_costs_as_many_statements_as_a_short_one(
    outdoors: Outdoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina, trainer = await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)
    sent: list[str] = []

    def noting(plain: Any) -> Any:
        async def note(tx: Transaction, statement: Any, /, **values: Any) -> Any:
            sent.append(statement.prepared({})[0])
            return await plain(tx, statement, **values)

        return note

    for name in ("all", "maybe", "run"):  # the others send through these
        monkeypatch.setattr(Transaction, name, noting(getattr(Transaction, name)))

    async def statements_for(expected: int) -> int:
        sent.clear()
        page = await trainer.client.run(ListActivities(member=amina.member.code, limit=20))
        assert len(page.items) == expected
        return len(sent)

    await amina.ran(300)
    short = await statements_for(1)
    for _ in range(19):
        outdoors.later(hours=1)
        await amina.ran(300)
    assert await statements_for(20) == short <= 4
