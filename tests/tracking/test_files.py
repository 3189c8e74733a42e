"""Files of activities: imported once, told when they repeat, given back as they were, and exported."""

import csv
import gzip
import json
from datetime import timedelta
from io import StringIO
from uuid import UUID

import gpxpy
import numpy as np
import pytest

from pp_core.audit.operations import ListAudit
from pp_core.client.local import LocalClient
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import Problem
from pp_core.kernel.ids import new_id
from pp_core.tenants.operations import Member
from pp_core.tracking.formats import reading
from pp_core.tracking.operations import Hidden, Sport, Status, Visibility
from pp_core.tracking.operations.activities import (
    ActivityUnknown,
    DeleteActivity,
    EditActivity,
    ListActivities,
    ListActivityRecords,
    ShowActivity,
    StartActivity,
    StopActivity,
)
from pp_core.tracking.operations.files import (
    ExportActivity,
    FileDamaged,
    FileFormat,
    FileHostile,
    FileInFuture,
    FileTooLarge,
    ImportActivities,
    NoOriginal,
    NothingToExport,
    Outcome,
    ShowOriginalFile,
)
from pp_core.tracking.operations.points import UploadPoints
from pp_core.tracking.operations.privacy import AddPrivacyZone
from tests.conftest import Gym
from tests.tracking.formats import corpus_archives, corpus_fit, corpus_gpx, corpus_tcx, fitfile
from tests.tracking.formats.corpus import BEGIN, BEGIN_MS, LAT, LON, STEP
from tests.tracking.ways import north

RUN = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(0, 1200)))
"""Twenty minutes, 4 km due north."""
METRES = 1199 * STEP * np.pi / 180 * 6_371_008.8


@pytest.fixture
async def amina(clocked_gym: Gym) -> Member:
    """A member."""
    return await clocked_gym.add_member()


@pytest.fixture
def phone(clocked_gym: Gym, amina: Member) -> LocalClient:
    """What she does herself."""
    return clocked_gym.person(amina)


async def imported(client: LocalClient, content: bytes = RUN, name: str = "run.gpx", **more: object) -> UUID:
    """Import one recording; the activity it became."""
    report = await client.run(ImportActivities(content=content, name=name, **more))
    (row,) = report.tracks
    assert row.outcome is Outcome.IMPORTED
    assert row.activity_id is not None
    return row.activity_id


async def test_a_file_becomes_a_finished_activity(phone: LocalClient) -> None:
    report = await phone.run(ImportActivities(content=RUN, name="run.gpx"))
    assert (report.imported, report.duplicates, report.refused, report.others) == (1, 0, 0, 0)
    (row,) = report.tracks
    assert (row.file, row.sport, row.started_at, row.elapsed_s, row.points) == ("run.gpx", "run", BEGIN, 1199, 1200)
    assert row.distance_m == pytest.approx(METRES, rel=0.01)
    assert row.activity_id is not None
    activity = await phone.run(ShowActivity(activity_id=row.activity_id))
    assert (activity.status, activity.source, activity.has_file, activity.mine) == (Status.FINISHED, "file", True, True)
    assert (activity.started_at, activity.ended_at) == (BEGIN, BEGIN + timedelta(seconds=1199))
    assert activity.distance_m == row.distance_m
    assert activity.route is not None
    assert len(activity.summary.splits) == 4
    measures = {one.measure for one in (await phone.run(ListActivityRecords())).records}
    assert {"400m", "1km", "furthest"} <= measures


async def test_every_format_of_one_run_is_that_run(phone: LocalClient) -> None:
    fit = fitfile.file(corpus_fit.GOOD, corpus_fit.session(3, corpus_fit.BEGIN, 1))
    tcx = corpus_tcx.tcx(corpus_tcx.activity(corpus_tcx.lap(corpus_tcx.track())))
    first = await phone.run(ImportActivities(content=corpus_archives.PLAIN, name="run.gpx"))
    for content, name in ((fit, "run.fit"), (tcx, "run.tcx"), (gzip.compress(fit), "run.fit.gz")):
        again = await phone.run(ImportActivities(content=content, name=name))
        assert [(row.outcome, row.activity_id) for row in again.tracks] == [
            (Outcome.DUPLICATE, first.tracks[0].activity_id)
        ]
    assert len((await phone.run(ListActivities())).items) == 1


async def test_the_same_file_twice_is_stored_once(phone: LocalClient) -> None:
    activity_id = await imported(phone)
    report = await phone.run(ImportActivities(content=RUN, name="again.gpx"))
    assert (report.imported, report.duplicates) == (0, 1)
    assert report.tracks[0].activity_id == activity_id
    # Cut shorter by its owner, it is still the file that it was.
    await phone.run(EditActivity(activity_id=activity_id, begins_at=BEGIN + timedelta(minutes=10)))
    assert (await phone.run(ImportActivities(content=RUN, name="run.gpx"))).duplicates == 1
    await phone.run(DeleteActivity(activity_id=activity_id))
    assert (await phone.run(ImportActivities(content=RUN, name="run.gpx"))).imported == 1


async def test_somebody_else_on_the_same_run_has_their_own(clocked_gym: Gym, phone: LocalClient) -> None:
    await imported(phone)
    other = clocked_gym.person(await clocked_gym.add_member("Otieno Ouma"))
    await imported(other)


@pytest.mark.parametrize(("later", "duplicates"), [(30, 1), (90, 0)])
async def test_a_recorded_run_is_not_imported_again(phone: LocalClient, later: int, duplicates: int) -> None:
    started = await phone.run(StartActivity(started_at=BEGIN + timedelta(seconds=later)))
    way = north(BEGIN + timedelta(seconds=later), metres=3600, speed=3.0)
    await phone.run(UploadPoints(activity_id=started.id, points=way))
    await phone.run(StopActivity(activity_id=started.id))
    report = await phone.run(ImportActivities(content=RUN, name="run.gpx"))
    assert report.duplicates == duplicates
    assert (report.tracks[0].activity_id == started.id) == bool(duplicates)


async def test_another_run_at_the_same_time_of_another_length_is_stored(phone: LocalClient) -> None:
    await imported(phone)
    report = await phone.run(ImportActivities(content=corpus_archives.PLAIN, name="short.gpx"))
    assert report.imported == 1


async def test_a_dry_run_stores_nothing(phone: LocalClient) -> None:
    archive = corpus_archives.packed(
        ("a.gpx", RUN), ("copy.gpx", RUN), ("b.gpx", corpus_archives.BIKE), ("c.gpx", b"<gpx")
    )
    dry = await phone.run(ImportActivities(content=archive, name="bulk.zip", dry_run=True))
    assert [row.outcome for row in dry.tracks] == ["imported", "duplicate", "imported", "refused"]
    assert (await phone.run(ListActivities())).items == []
    wet = await phone.run(ImportActivities(content=archive, name="bulk.zip"))
    assert [row.outcome for row in wet.tracks] == [row.outcome for row in dry.tracks]
    assert wet.tracks[1].activity_id == wet.tracks[0].activity_id
    for told, done in zip(dry.tracks, wet.tracks, strict=True):
        assert (told.started_at, told.distance_m if told.outcome == "imported" else None) == (
            done.started_at,
            done.distance_m if done.outcome == "imported" else None,
        )


async def test_an_archive_is_told_file_by_file(phone: LocalClient) -> None:
    archive = corpus_archives.packed(
        ("activities/1.fit.gz", gzip.compress(fitfile.file(corpus_fit.GOOD))),
        ("activities/2.gpx", corpus_archives.BIKE),
        ("activities/3.gpx", b"<!DOCTYPE gpx><gpx/>"),
        ("activities/4.gpx", corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(time="")))),
        ("media/me.jpg", b"\xff\xd8"),
    )
    report = await phone.run(ImportActivities(content=archive, name="export.zip", sport=Sport.WALK))
    assert (report.imported, report.refused, report.others) == (2, 2, 1)
    assert [row.file for row in report.tracks] == [f"activities/{n}" for n in ("1.fit.gz", "2.gpx", "3.gpx", "4.gpx")]
    assert [row.code for row in report.tracks[2:]] == ["tracking.file_hostile", "tracking.file_without_times"]
    assert all(row.reason for row in report.tracks[2:])
    assert {row.sport for row in (await phone.run(ListActivities())).items} == {"walk"}
    # What is kept of a member of an archive is that member.
    activity_id = report.tracks[0].activity_id
    assert activity_id is not None
    kept = await phone.run(ShowOriginalFile(activity_id=activity_id))
    assert (kept.name, kept.media_type) == ("1.fit.gz", "application/gzip")
    assert gzip.decompress(kept.content) == fitfile.file(corpus_fit.GOOD)


async def test_a_file_that_gives_nothing_is_refused_in_the_callers_language(phone: LocalClient) -> None:
    with pytest.raises(FileHostile) as hostile:
        await phone.run(ImportActivities(content=b"<!DOCTYPE gpx><gpx/>", name="run.gpx"))
    assert hostile.value.data["reason"] == "doctype"
    with pytest.raises(FileDamaged):
        await phone.run(ImportActivities(content=RUN[:-40], name="run.gpx"))
    with pytest.raises(FileTooLarge) as large:
        await phone.run(ImportActivities(content=bytes(26 * 1024 * 1024), name="run.gpx"))
    assert large.value.data["limit"] == 25


async def test_a_run_of_tomorrow_is_refused(phone: LocalClient, clock: ManualClock) -> None:
    clock.advance(BEGIN + timedelta(minutes=5) - clock.now())
    with pytest.raises(FileInFuture):
        await phone.run(ImportActivities(content=RUN, name="run.gpx"))


async def test_the_clock_of_the_device_stays_as_it_was(clocked_gym: Gym, phone: LocalClient) -> None:
    activity_id = await imported(phone)
    file = await phone.run(ExportActivity(activity_id=activity_id))
    (found,) = reading.read(file.content)
    assert list(found.ts) == [BEGIN_MS + 1000 * step for step in range(1200)]


async def test_pauses_do_not_count_as_motion(phone: LocalClient) -> None:
    paused = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(0, 600), corpus_gpx.points(1200, 600)))
    activity = await phone.run(ShowActivity(activity_id=await imported(phone, paused)))
    assert activity.elapsed_s == 1799
    assert activity.moving_s == pytest.approx(1198, abs=10)


async def test_trainers_do_not_import_for_members_and_admins_do(clocked_gym: Gym, amina: Member) -> None:
    activity_id = await imported(clocked_gym.operator, member=amina.code)
    (row,) = (await clocked_gym.person(amina).run(ListActivities())).items
    assert (row.id, row.person_id) == (activity_id, amina.id)


async def test_the_original_is_its_owners(clocked_gym: Gym, phone: LocalClient) -> None:
    activity_id = await imported(phone, visibility=Visibility.GYM)
    file = await phone.run(ShowOriginalFile(activity_id=activity_id))
    assert (file.name, file.media_type, file.content) == ("run.gpx", "application/gpx+xml", RUN)
    other = clocked_gym.person(await clocked_gym.add_member("Otieno Ouma"))
    for client in (other, clocked_gym.operator):
        with pytest.raises(ActivityUnknown):
            await client.run(ShowOriginalFile(activity_id=activity_id))
    recorded = await phone.run(StartActivity())
    with pytest.raises(NoOriginal):
        await phone.run(ShowOriginalFile(activity_id=recorded.id))


async def test_the_audit_trail_has_the_digest_and_not_the_file(clocked_gym: Gym, phone: LocalClient) -> None:
    await imported(phone)
    (entry,) = [
        one for one in (await clocked_gym.operator.run(ListAudit())).items if one.operation == "tracking.import"
    ]
    request = entry.detail["request"]
    assert request["content"]["size"] == len(RUN)
    assert len(request["content"]["sha256"]) == 64
    assert len(json.dumps(entry.detail)) < 1000


@pytest.mark.parametrize("form", [FileFormat.GPX, FileFormat.TCX])
async def test_what_is_exported_imports_as_the_same_track(
    clocked_gym: Gym, phone: LocalClient, form: FileFormat
) -> None:
    heart = "<ele>1660</ele><extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>151</gpxtpx:hr><gpxtpx:speed>3.3</gpxtpx:speed>"
    heart += "</gpxtpx:TrackPointExtension></extensions>"
    segments = (corpus_gpx.points(0, 300, inner=heart), corpus_gpx.points(400, 300, inner=heart))
    about = "<name>Karura &amp; back &lt;3</name><type>running</type>"
    activity_id = await imported(phone, corpus_gpx.gpx(corpus_gpx.track(*segments, about=about)))
    file = await phone.run(ExportActivity(activity_id=activity_id, format=form))
    assert file.name.startswith("2026-11-20-run-")
    assert file.name.endswith(f".{form}")
    (found,) = reading.read(file.content)
    seconds = np.array([*range(300), *range(400, 700)])
    assert list(found.ts) == [BEGIN_MS + 1000 * int(step) for step in seconds]
    assert np.allclose(found.lat, LAT + STEP * seconds, atol=1e-6)
    assert np.allclose(found.lon, LON, atol=1e-6)
    assert set(found.altitude) == {1660.0}
    assert set(found.heart_rate) == {151.0}
    assert np.allclose(found.speed, 3.3, atol=0.05)
    assert (found.sport, found.title, found.segments) == ("run", "Karura & back <3", [0, 300])
    again = clocked_gym.person(await clocked_gym.add_member("Otieno Ouma"))
    assert (await again.run(ShowActivity(activity_id=await imported(again, file.content)))).moving_s == pytest.approx(
        (await phone.run(ShowActivity(activity_id=activity_id))).moving_s, abs=2
    )


async def test_others_read_what_is_exported(phone: LocalClient) -> None:
    activity_id = await imported(phone)
    parsed = gpxpy.parse((await phone.run(ExportActivity(activity_id=activity_id))).content.decode())
    assert parsed.length_2d() == pytest.approx(METRES, rel=0.01)
    assert parsed.tracks[0].type == "running"
    shape = json.loads((await phone.run(ExportActivity(activity_id=activity_id, format=FileFormat.GEOJSON))).content)
    (feature,) = shape["features"]
    assert feature["geometry"]["type"] == "LineString"
    assert feature["geometry"]["coordinates"][0] == pytest.approx([LON, LAT, 1660.0], abs=1e-6)
    assert len(feature["properties"]["coordTimes"]) == len(feature["geometry"]["coordinates"]) == 1200
    table = (await phone.run(ExportActivity(activity_id=activity_id, format=FileFormat.CSV))).content.decode()
    rows = list(csv.DictReader(StringIO(table)))
    assert len(rows) == 1200
    assert rows[0]["time"] == "2026-11-20T03:00:00.000Z"
    assert float(rows[-1]["latitude"]) == pytest.approx(LAT + 1199 * STEP, abs=1e-6)
    assert rows[0]["heart_rate"] == rows[0]["speed_m_s"] == ""


async def test_no_cell_of_a_table_is_a_formula(phone: LocalClient) -> None:
    titled = corpus_gpx.track(corpus_gpx.points(), about="<name>=HYPERLINK(1)</name>")
    activity_id = await imported(phone, corpus_gpx.gpx(titled))
    table = (await phone.run(ExportActivity(activity_id=activity_id, format=FileFormat.CSV))).content.decode()
    assert "HYPERLINK" not in table
    assert not [cell for row in csv.reader(StringIO(table)) for cell in row if cell[:1] in "=+@\t\r" and cell]


async def test_privacy_of_what_others_export(clocked_gym: Gym, phone: LocalClient, amina: Member) -> None:
    heart = "<extensions><gpxtpx:hr>151</gpxtpx:hr></extensions>"
    content = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(0, 1200, inner=heart)))
    activity_id = await imported(phone, content, visibility=Visibility.GYM)
    other = clocked_gym.person(await clocked_gym.add_member("Otieno Ouma"))

    async def seen() -> reading.Found:
        (found,) = reading.read((await other.run(ExportActivity(activity_id=activity_id))).content)
        return found

    whole = await seen()
    assert (len(whole), whole.heart_rate[0], whole.ts[0]) == (1200, 151, BEGIN_MS)
    hidden = [Hidden.HEART_RATE, Hidden.START_TIME]
    await phone.run(EditActivity(activity_id=activity_id, hidden=hidden))
    veiled = await seen()
    assert np.isnan(veiled.heart_rate).all()
    assert veiled.ts[0] % 86_400_000 == 0
    assert veiled.ts[-1] - veiled.ts[0] == 1_199_000
    for one in (Hidden.MAP, Hidden.SPEED):
        await phone.run(EditActivity(activity_id=activity_id, hidden=[one]))
        with pytest.raises(NothingToExport):
            await seen()
    (own,) = reading.read((await phone.run(ExportActivity(activity_id=activity_id))).content)
    assert len(own) == 1200
    await phone.run(EditActivity(activity_id=activity_id, visibility=Visibility.PRIVATE, hidden=[]))
    with pytest.raises(ActivityUnknown):
        await seen()


async def test_no_export_shows_a_private_place(clocked_gym: Gym, phone: LocalClient) -> None:
    # North for twenty minutes, past a place half way that is nobody's business, and further.
    activity_id = await imported(phone, visibility=Visibility.GYM)
    home = (LAT + 600 * STEP, LON)
    await phone.run(AddPrivacyZone(name="Home", lat=home[0], lon=home[1], radius_m=300))
    other = clocked_gym.person(await clocked_gym.add_member("Otieno Ouma"))
    for form in (FileFormat.GPX, FileFormat.TCX):
        file = await other.run(ExportActivity(activity_id=activity_id, format=form))
        (found,) = reading.read(file.content)
        metres = np.abs(np.array(found.lat) - home[0]) * np.pi / 180 * 6_371_008.8
        assert metres.min() > 300
        assert 800 < len(found) < 1200 - 2 * 300 / 3.4
        # Two stretches: nothing is drawn between them.
        assert [begin > 0 for begin in found.segments] == [False, True]
        gap = found.segments[1]
        assert found.lat[gap] - found.lat[gap - 1] > 600 * 0.9 / 111_195
    for form in (FileFormat.GEOJSON, FileFormat.CSV):
        text = (await other.run(ExportActivity(activity_id=activity_id, format=form))).content.decode()
        assert f"{home[0]:.5f}" not in text
    (own,) = reading.read((await phone.run(ExportActivity(activity_id=activity_id))).content)
    assert len(own) == 1200


async def test_nothing_to_export(phone: LocalClient) -> None:
    started = await phone.run(StartActivity())
    with pytest.raises(NothingToExport):
        await phone.run(ExportActivity(activity_id=started.id))
    with pytest.raises(ActivityUnknown):
        await phone.run(ExportActivity(activity_id=new_id()))


async def test_skipped_points_are_told(phone: LocalClient) -> None:
    some = corpus_gpx.points(0, 100) + corpus_gpx.points(100, 7, time="")
    report = await phone.run(ImportActivities(content=corpus_gpx.gpx(corpus_gpx.track(some)), name="x.gpx"))
    assert report.tracks[0].skipped == {"no_time": 7}
    assert report.tracks[0].points == 100


async def test_two_imports_at_once_store_one(phone: LocalClient) -> None:
    import asyncio

    reports = await asyncio.gather(
        *(phone.run(ImportActivities(content=RUN, name="run.gpx")) for _ in range(3)), return_exceptions=True
    )
    assert not [one for one in reports if isinstance(one, Problem | BaseException)]
    assert sum(one.imported for one in reports if not isinstance(one, BaseException)) == 1
    assert len((await phone.run(ListActivities())).items) == 1
