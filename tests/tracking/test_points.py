"""Points recorded without a network: merged, counted, refused with a reason; where they are kept, and for how long."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from pydantic import ValidationError

from pp_core.kernel.clock import ManualClock
from pp_core.runtime.wiring import Runtime
from pp_core.tracking.operations import ShowActivity, StartActivity, StopActivity, TrackFull, UploadPoints
from tests.conftest import TestHome, onboard
from tests.outdoors import Outdoors
from tests.tracking.ways import north


async def test_what_was_recorded_offline_joins_what_came_live(outdoors: Outdoors) -> None:
    """A thousand points of an hour, of which some had come in live before the network went."""
    amina = await outdoors.runner()
    started = await amina.client.run(StartActivity())
    way = north(outdoors.now, metres=9990, speed=2, every=5)
    assert len(way) == 1000
    outdoors.later(seconds=5000)
    live = await amina.client.run(UploadPoints(points=way[:300]))
    assert (live.accepted, live.duplicates) == (300, 0)
    late = await amina.client.run(UploadPoints(points=way[700:]))
    assert late.accepted == 300
    whole = await amina.client.run(UploadPoints(points=way[::-1]))  # in any order
    assert (whole.accepted, whole.duplicates, whole.rejected) == (400, 600, ())
    again = await amina.client.run(UploadPoints(points=way))
    assert (again.accepted, again.duplicates) == (0, 1000)
    stopped = await amina.client.run(StopActivity())
    assert stopped.summary.points == 1000
    assert stopped.distance_m == pytest.approx(9990, rel=0.003)
    assert (await amina.client.run(ShowActivity(activity_id=started.id))).moving_s == pytest.approx(4995, abs=10)


async def test_late_points_summarise_a_finished_activity_anew(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    way = north(outdoors.now, metres=3000, speed=3)
    ran = await amina.run(way[:101])
    assert ran.distance_m == pytest.approx(1500, abs=10)
    outdoors.later(seconds=600)
    sent = await amina.client.run(UploadPoints(activity_id=ran.id, points=way[90:]))
    assert (sent.accepted, sent.duplicates) == (100, 11)
    after = await amina.client.run(ShowActivity(activity_id=ran.id))
    assert (after.distance_m, after.ended_at) == (pytest.approx(3000, abs=15), way[-1].ts)
    assert "1mi" in after.records
    assert len(outdoors.events("tracking.activity.summarised")) == 1
    assert len(outdoors.events("tracking.activity.finished")) == 1
    # The same once more changes nothing and tells nobody.
    await amina.client.run(UploadPoints(activity_id=ran.id, points=way[90:]))
    assert len(outdoors.events("tracking.activity.summarised")) == 1


async def test_the_points_of_a_dropped_partition_are_still_there(outdoors: Outdoors) -> None:
    """Late points join the stream that is kept, not only what is left of the live ones."""
    amina = await outdoors.runner()
    way = north(outdoors.now, metres=3000, speed=3)
    ran = await amina.run(way[:101])
    outdoors.rows("DELETE FROM activity_points WHERE activity_id = %(id)s", id=ran.id)
    outdoors.later(seconds=600)
    await amina.client.run(UploadPoints(activity_id=ran.id, points=way[101:]))
    after = await amina.client.run(ShowActivity(activity_id=ran.id))
    assert (after.summary.points, after.distance_m) == (201, pytest.approx(3000, abs=15))


async def test_an_activity_holds_so_many_points(outdoors: Outdoors) -> None:
    amina = await outdoors.runner()
    outdoors.rows(
        "UPDATE tenants SET limits = '{\"points_per_activity\": 50}' WHERE tenant_id = %(gym)s", gym=outdoors.gym.id
    )
    await amina.client.run(StartActivity())
    way = north(outdoors.now, metres=900)
    outdoors.later(seconds=300)
    await amina.client.run(UploadPoints(points=way[:50]))
    with pytest.raises(TrackFull) as full:
        await amina.client.run(UploadPoints(points=way[50:]))
    assert full.value.data["cap"] == 50


def test_an_upload_has_points() -> None:
    with pytest.raises(ValidationError):
        UploadPoints(points=())


# Partitions


async def test_a_point_lands_in_the_partition_of_its_month(
    make_home: Callable[[], TestHome], clock: ManualClock
) -> None:
    """And a month is dropped once it is past and everything of it stands in a finished activity's stream."""
    home = make_home()
    async with Runtime(home.settings, home, clock=clock) as runtime:
        gym = await onboard(runtime)
        member = gym.person(await gym.add_member())
        clock.advance(datetime(2026, 11, 30, 20, 55, tzinfo=UTC) - clock.now())
        way = north(datetime(2026, 11, 30, 23, 55, tzinfo=UTC), metres=1800, speed=3)
        started = await member.run(StartActivity())
        clock.advance(timedelta(hours=4))
        await member.run(UploadPoints(points=way))

        assert home.urls.admin is not None
        with psycopg.connect(home.urls.admin, autocommit=True) as admin:

            def count(month: str) -> int:
                found = admin.execute(f"SELECT count(*) FROM activity_points_{month}".encode()).fetchone()
                assert found is not None
                return int(found[0])

            assert (count("2026_11"), count("2026_12")) == (60, 61)

            def drop(before: str) -> list[str]:
                with psycopg.connect(home.urls.worker) as worker:
                    worker.execute("SELECT set_config('app.scope', 'system', true)")
                    found = worker.execute("SELECT pp_drop_point_partitions(%s)", [before]).fetchone()
                    assert found is not None
                    return [name for name in found[0] if name >= "activity_points_2026_10"]

            assert drop("2026-12-01") == ["activity_points_2026_10"]
            assert count("2026_11") == 60  # the run is still going on
            stopped = await member.run(StopActivity(activity_id=started.id))
            assert drop("2026-12-01") == ["activity_points_2026_11"]
            assert count("2026_12") == 61  # the month is not over
            kept = await member.run(ShowActivity(activity_id=started.id))
            assert (kept.summary.points, kept.distance_m) == (121, stopped.distance_m)
            # Late points reach a finished activity whose first half is gone from the partitions.
            clock.advance(timedelta(minutes=5))
            more = north(way[-1].ts, metres=300, speed=3, start=(way[-1].lat, way[-1].lon))[1:]
            await member.run(UploadPoints(activity_id=started.id, points=more))
            assert (await member.run(ShowActivity(activity_id=started.id))).distance_m == pytest.approx(2100, abs=15)
