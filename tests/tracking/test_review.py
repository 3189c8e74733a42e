"""What does not look honest: seen by those who judge it, told to nobody else, and what a verdict does."""

from datetime import timedelta
from uuid import UUID

import pytest

from pp_core.kernel.errors import PermissionMissing
from pp_core.kernel.ids import new_id
from pp_core.kernel.pagination import CursorUnreadable
from pp_core.kernel.policy import Role
from pp_core.tracking.operations import (
    EditActivity,
    FlagUnknown,
    Hidden,
    ListActivities,
    ListActivityRecords,
    ListFlags,
    ReviewFlag,
    ShowActivity,
    ShowFlag,
    UploadPoints,
    Verdict,
    Visibility,
)
from tests.outdoors import Outdoors, Runner
from tests.tracking.ways import north


async def reviewing(outdoors: Outdoors) -> tuple[Runner, Runner]:
    """A member, and a trainer who judges."""
    return await outdoors.runner(), await outdoors.runner("Njeri Mwangi", Role.TRAINER)


async def bests(runner: Runner, **more: object) -> dict[str, UUID]:
    found = await runner.client.run(ListActivityRecords(**more))
    return {one.measure: one.activity_id for one in found.records}


async def test_a_flag_is_listed_until_it_is_judged_and_stays_to_be_read(outdoors: Outdoors) -> None:
    amina, trainer = await reviewing(outdoors)
    ran = await amina.ran(1500, title="Karura")
    first, second = outdoors.flag(ran.id), outdoors.flag(ran.id, sort="too_even")
    listed = (await trainer.client.run(ListFlags())).items
    assert [one.id for one in listed] == [second, first]
    row = listed[1]
    assert (row.activity_id, row.person_name, row.person_code, row.title) == (
        ran.id, "Amina Wanjiru", amina.member.code, "Karura",
    )  # fmt: skip
    assert (row.kind, row.from_s, row.to_s, row.seen) == (
        "impossible_speed", 100, 140, {"speed": 20.0, "limit": 12.5},
    )  # fmt: skip
    assert (row.verdict, row.reviewed_at, row.reviewer_name) == (None, None, None)
    judged = await trainer.client.run(ReviewFlag(flag_id=second, verdict=Verdict.HONEST, note="A treadmill"))
    assert (judged.verdict, judged.reviewed_at, judged.reviewer_name) == (
        Verdict.HONEST, outdoors.now, "Njeri Mwangi",
    )  # fmt: skip
    assert [one.id for one in (await trainer.client.run(ListFlags())).items] == [first, second]
    assert [one.id for one in (await trainer.client.run(ListFlags(only_open=True))).items] == [first]
    written = outdoors.rows(
        "SELECT detail, person_id FROM audit_entries WHERE resource = 'activity_flag' AND resource_id = %(id)s",
        id=second,
    )
    assert [(one.detail["verdict"], one.detail["note"], one.person_id) for one in written] == [
        ("honest", "A treadmill", trainer.id)
    ]


async def test_a_cheat_holds_no_record_until_it_is_judged_otherwise(outdoors: Outdoors) -> None:
    amina, trainer = await reviewing(outdoors)
    honest = await amina.ran(1200, speed=3)
    outdoors.later(days=1)
    by_bus = await amina.ran(1200, speed=6)
    flag_id = outdoors.flag(by_bus.id)
    assert (await bests(amina))["1km"] == by_bus.id  # nobody has judged it yet
    await trainer.client.run(ReviewFlag(flag_id=flag_id, verdict=Verdict.CHEAT))
    assert set((await bests(amina)).values()) == {honest.id}
    assert set((await bests(trainer, member=amina.member.code)).values()) == {honest.id}
    assert (await amina.client.run(ShowActivity(activity_id=by_bus.id))).records == ()
    await trainer.client.run(ReviewFlag(flag_id=flag_id, verdict=Verdict.CHEAT))  # the same again tells nobody
    await trainer.client.run(ReviewFlag(flag_id=flag_id, verdict=Verdict.HONEST))
    assert (await bests(amina))["1km"] == by_bus.id
    told = outdoors.events("tracking.activity.summarised")
    assert [event["activity_id"] for event in told] == [str(by_bus.id)] * 2


async def test_an_activity_is_flagged_while_anything_is_open_or_a_cheat(outdoors: Outdoors) -> None:
    amina, trainer = await reviewing(outdoors)
    ran = await amina.ran(1500)
    first, second = outdoors.flag(ran.id), outdoors.flag(ran.id, sort="too_even")

    async def flagged(runner: Runner) -> bool:
        shown = await runner.client.run(ShowActivity(activity_id=ran.id))
        (listed,) = (await runner.client.run(ListActivities(member=amina.member.code))).items
        assert listed.flagged == shown.flagged
        return shown.flagged

    assert await flagged(trainer)
    assert not await flagged(amina)  # the owner is not told
    assert not await flagged(Runner(amina.member, outdoors.gym.person(amina.member), outdoors.clock))
    await trainer.client.run(ReviewFlag(flag_id=first, verdict=Verdict.HONEST))
    assert await flagged(trainer)
    await trainer.client.run(ReviewFlag(flag_id=second, verdict=Verdict.CHEAT))
    assert await flagged(trainer)
    await trainer.client.run(ReviewFlag(flag_id=second, verdict=Verdict.HONEST))
    assert not await flagged(trainer)


async def test_a_verdict_outlives_what_is_worked_out_anew(outdoors: Outdoors) -> None:
    amina, trainer = await reviewing(outdoors)
    way = north(outdoors.now, metres=1500)
    ran = await amina.run(way[:81])
    judged, open_ = outdoors.flag(ran.id), outdoors.flag(ran.id, sort="too_even")
    await trainer.client.run(ReviewFlag(flag_id=judged, verdict=Verdict.CHEAT))
    outdoors.later(minutes=5)
    await amina.client.run(UploadPoints(activity_id=ran.id, points=way[81:]))
    assert [one.id for one in (await trainer.client.run(ListFlags())).items] == [judged]
    assert open_ != judged
    assert (await trainer.client.run(ShowActivity(activity_id=ran.id))).flagged
    assert await bests(amina) == {}


async def test_a_flag_shows_how_fast_the_points_were(outdoors: Outdoors) -> None:
    """40 s of a ride within a run, by the points as they came."""
    amina, trainer = await reviewing(outdoors)
    begins = outdoors.now
    run = north(begins, metres=3000, speed=3)[:101]
    last = run[-1]
    ride = north(last.ts, metres=460, speed=11.5, start=(last.lat, last.lon))[1:]
    last = ride[-1]
    walk = north(last.ts, metres=600, speed=3, start=(last.lat, last.lon))[1:]
    rode = run + ride + walk
    ran = await amina.run(rode)
    flag_id = outdoors.flag(ran.id, from_s=500, to_s=540)
    await amina.client.run(EditActivity(activity_id=ran.id, hidden=[Hidden.SPEED, Hidden.START_TIME]))
    shown = await trainer.client.run(ShowFlag(flag_id=flag_id, moments=56))
    assert shown.fastest == 12.5
    assert shown.started_at < ran.started_at  # the time of day stays hidden
    seconds = [one.seconds for one in shown.moments]
    assert seconds == sorted(seconds)
    assert 380 <= seconds[0] <= 390
    assert 650 <= seconds[-1] <= 660
    for one in shown.moments:
        riding = 505 < one.seconds < 545
        assert one.speed == pytest.approx(11.5 if riding else 3, abs=0.1), one


async def test_who_judges_what(outdoors: Outdoors) -> None:
    amina, trainer = await reviewing(outdoors)
    other = await outdoors.runner("Wairimu Njoroge", Role.TRAINER)
    hers = outdoors.flag((await amina.ran(600, visibility=Visibility.PRIVATE)).id)
    own = outdoors.flag((await trainer.ran(600, speed=2.5)).id)
    assert (await trainer.client.run(ListFlags())).items == []
    for flag_id in (hers, own, new_id()):
        with pytest.raises(FlagUnknown):
            await trainer.client.run(ShowFlag(flag_id=flag_id))
        with pytest.raises(FlagUnknown):
            await trainer.client.run(ReviewFlag(flag_id=flag_id, verdict=Verdict.HONEST))
    assert [one.id for one in (await other.client.run(ListFlags())).items] == [own]
    for question in (ListFlags(), ShowFlag(flag_id=own), ReviewFlag(flag_id=own, verdict=Verdict.HONEST)):
        with pytest.raises(PermissionMissing):
            await amina.client.run(question)


async def test_flags_come_in_pages_the_open_ones_first(outdoors: Outdoors) -> None:
    amina, trainer = await reviewing(outdoors)
    ran = await amina.ran(600)
    flags = [outdoors.flag(ran.id, sort=sort) for sort in ("jump", "too_even", "repeated", "replayed", "teleport")]
    for judged in (flags[4], flags[1]):
        outdoors.later(minutes=1)
        await trainer.client.run(ReviewFlag(flag_id=judged, verdict=Verdict.HONEST))
    seen, cursor = [], None
    while True:
        page = await trainer.client.run(ListFlags(limit=2, cursor=cursor))
        seen += [one.id for one in page.items]
        cursor = page.next
        if cursor is None:
            break
        assert len(page.items) == 2
    assert seen == [flags[3], flags[2], flags[0], flags[4], flags[1]]
    for nonsense in ("bm9uc2Vuc2U", "WzEsICJ4Il0"):
        with pytest.raises(CursorUnreadable):
            await trainer.client.run(ListFlags(cursor=nonsense))


async def test_a_recording_of_nothing_has_a_flag_without_moments(outdoors: Outdoors) -> None:
    amina, trainer = await reviewing(outdoors)
    ran = await amina.run(north(outdoors.now - timedelta(minutes=1), metres=0.0))
    shown = await trainer.client.run(ShowFlag(flag_id=outdoors.flag(ran.id)))
    assert shown.moments == ()
