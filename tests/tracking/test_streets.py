"""Ways on streets: drawn by an operator's server, asked for by the worker, and never counted."""

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_asyncio import fixture

from pp_core.client.local import door_reactions
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Role
from pp_core.kernel.settings import MapSettings
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from pp_core.tracking.operations import (
    DeleteActivity,
    DrawMap,
    DrawSegment,
    DrawThumbnail,
    EditActivity,
    Hidden,
    ListActivityRecords,
    ListMatchedRoutes,
    SearchActivities,
    ShareActivity,
    ShowActivity,
    ShowHeatMap,
    ShowLeaderboard,
    ShowRoute,
    ShowShared,
    Sport,
    Visibility,
)
from pp_core.tracking.rules.simplify import polyline_decoded
from tests.conftest import Gateway, TestHome
from tests.osrm import Asked, Osrm, Reply, matched, refused, running_osrm, street, told
from tests.outdoors import Outdoors, Runner

from .ways import METRE, NAIROBI

STREET = NAIROBI[1] + 20 * METRE
"""A street twenty metres east of everybody."""
Out = dict[str, Any]


@fixture
async def osrm() -> AsyncIterator[Osrm]:
    async with running_osrm() as server:
        server.answer = street(STREET)
        yield server


@fixture
async def worker(
    home: TestHome, gateway: Gateway, clock: ManualClock, osrm: Osrm, clocked_worker: Worker
) -> AsyncIterator[Worker]:
    """A worker of an installation that names the server; what other gyms left to do is done by one that does not."""
    await clocked_worker.drain()
    settings = replace(home.settings, maps=MapSettings(matching_url=osrm.address, matching_points=50))
    async with Runtime(settings, home, sms=gateway, clock=clock, as_worker=True) as opened:
        yield Worker(opened, door_reactions(opened.pulse))


def lines(page: str) -> list[tuple[float, float]]:
    """Every place of the route on a page."""
    drawn = [json.loads(each) for each in re.findall(r"L\.polyline\(\n(\[\[\[.*\]\]\]),\n", page)]
    return [(lat, lon) for line in drawn for part in line for lat, lon in part]


def east(places: list[tuple[float, float]]) -> list[float]:
    """How far east of the points, in metres."""
    return [(lon - NAIROBI[1]) / METRE for _, lon in places]


async def route(runner: Runner, activity_id: UUID) -> list[tuple[float, float]]:
    shown = (await runner.client.run(ShowActivity(activity_id=activity_id))).route
    lat, lon = polyline_decoded(shown or "")
    return list(zip(lat.tolist(), lon.tolist(), strict=True))


async def figures(runner: Runner, activity_id: UUID) -> Out:
    """All that an activity comes to, without its line."""
    shown = await runner.client.run(ShowActivity(activity_id=activity_id))
    records = await runner.client.run(ListActivityRecords())
    return {**shown.model_dump(exclude={"route"}), "all": records}


def line_of(outdoors: Outdoors, activity_id: UUID) -> bytes | None:
    """What is kept of its way on streets."""
    found: bytes | None = outdoors.rows("SELECT matched FROM activities WHERE id = %(id)s", id=activity_id)[0].matched
    return found


async def test_what_is_drawn_follows_the_street_and_what_is_counted_does_not(
    outdoors: Outdoors, worker: Worker, osrm: Osrm
) -> None:
    amina = await outdoors.runner()
    run = await amina.ran(2000, title="Ngong Road")
    link = await amina.client.run(ShareActivity(activity_id=run.id))
    before = await figures(amina, run.id)
    picture = await amina.client.run(DrawThumbnail(activity_id=run.id))
    assert east(await route(amina, run.id)) == pytest.approx([0, 0], abs=2)
    await worker.drain()
    assert [len(one.places) for one in osrm.asked] == [50, 41], "81 points, of which ten are asked about twice"
    assert {one.means for one in osrm.asked} == {"foot"}
    assert int(osrm.asked[0].options["timestamps"].split(";")[-1]) == pytest.approx(49 * 25 / 3, abs=3)
    drawn = await route(amina, run.id)
    assert east(drawn) == pytest.approx([20] * len(drawn), abs=2)
    assert [(drawn[end][0] - NAIROBI[0]) / METRE for end in (0, -1)] == pytest.approx([0, 2000], abs=8)
    for page in ((await amina.client.run(DrawMap(activity_id=run.id))).html,):
        assert east(lines(page)) == pytest.approx([20] * len(lines(page)), abs=2)
        assert "2 km" in page or "2.0 km" in page
    shared = await outdoors.gym.operator.run(ShowShared(token=link.token))
    assert [(one.lon - NAIROBI[1]) / METRE for one in shared.points] == pytest.approx([20] * len(shared.points), abs=2)
    assert len(shared.points) >= 2
    assert await figures(amina, run.id) == before
    again = await amina.client.run(DrawThumbnail(activity_id=run.id))
    assert again.content.count("<path") == picture.content.count("<path")


async def test_segments_routes_searches_and_the_clubs_map_hold_to_the_points(
    outdoors: Outdoors, worker: Worker, clocked_worker: Worker
) -> None:
    amina = await outdoors.runner()
    runs = []
    for _ in range(2):
        runs.append((await amina.ran(2000, visibility=Visibility.GYM)).id)
        outdoors.later(hours=2)
    segment = await outdoors.gym.operator.run(DrawSegment(name="Hill", activity_id=runs[0], from_m=500, to_m=1500))

    async def seen() -> list[Any]:
        middle = {"lat": NAIROBI[0] + 1000 * METRE, "radius_m": 10}
        (one,) = (await amina.client.run(ListMatchedRoutes())).items
        return [
            (await amina.client.run(SearchActivities(lon=NAIROBI[1], **middle))).items,
            (await amina.client.run(SearchActivities(lon=STREET, **middle))).items,
            (await amina.client.run(ShowHeatMap(cell_m=50))).items,
            (await amina.client.run(ShowLeaderboard(segment_id=segment.id))).items,
            one,
        ]

    await clocked_worker.drain()
    before = await seen()
    assert [len(one) for one in before[:2]] == [2, 0]
    for run in runs:
        await amina.client.run(EditActivity(activity_id=run, note="again"))
    await worker.drain()
    assert east(await route(amina, runs[1]))[0] == pytest.approx(20, abs=2)
    assert await seen() == before
    shown = await amina.client.run(ShowRoute(route_id=before[-1].id))
    assert (polyline_decoded(shown.route or "")[1][0] - NAIROBI[1]) / METRE == pytest.approx(20, abs=2), "that is drawn"


async def test_without_an_address_nothing_is_asked(outdoors: Outdoors, clocked_worker: Worker, osrm: Osrm) -> None:
    amina = await outdoors.runner()
    run = await amina.ran(1000)
    await clocked_worker.drain()
    assert (osrm.asked, outdoors.events("tracking.streets.wanted")) == ([], [])
    assert east(await route(amina, run.id)) == pytest.approx([0, 0], abs=2)


@pytest.mark.parametrize(
    ("sport", "means"), [(Sport.RIDE, "bike"), (Sport.WALK, "foot"), (Sport.SWIM, None), (Sport.ROW, None)]
)
async def test_only_who_goes_on_streets_is_laid_on_them(
    outdoors: Outdoors, worker: Worker, osrm: Osrm, sport: Sport, means: str | None
) -> None:
    amina = await outdoors.runner()
    await amina.ran(600, speed=1.2, sport=sport)
    await worker.drain()
    assert {one.means for one in osrm.asked} == ({means} if means else set())


def nonsense(asked: Asked) -> Reply:
    return 200, b"<html>It works!</html>"


def far(asked: Asked) -> Reply:
    return told(matched(asked.places, NAIROBI[1] + 60 * METRE))


REFUSALS: dict[str, Callable[[Asked], Reply]] = {
    "no_match": refused("NoMatch"),
    "too_big": refused("TooBig"),
    "unsure": street(STREET, confidence=0.4),
    "far": far,
    "nonsense": nonsense,
}


@pytest.mark.parametrize("answer", REFUSALS.values(), ids=REFUSALS.keys())
async def test_what_is_not_matched_or_not_believed_stays_as_it_was(
    outdoors: Outdoors, worker: Worker, osrm: Osrm, answer: Callable[[Asked], Reply]
) -> None:
    osrm.answer = answer
    amina = await outdoors.runner()
    run = await amina.ran(1000)
    await worker.drain()
    assert len(osrm.asked) == 1
    assert east(await route(amina, run.id)) == pytest.approx([0, 0], abs=2)
    osrm.answer = street(STREET)
    await amina.client.run(EditActivity(activity_id=run.id, title="Once more"))
    await worker.drain()
    assert east(await route(amina, run.id))[0] == pytest.approx(20, abs=2), "an edit asks again"


async def test_a_question_that_is_not_answered_leaves_its_own_piece(
    outdoors: Outdoors, worker: Worker, osrm: Osrm
) -> None:
    def answer(asked: Asked) -> Reply:
        return (street(STREET) if len(osrm.asked) == 1 else refused("NoMatch"))(asked)

    osrm.answer = answer
    amina = await outdoors.runner()
    run = await amina.ran(2000)
    await worker.drain()
    drawn = await route(amina, run.id)
    assert [round(one, -1) for one in east(drawn)] == [20, 20, 0, 0]
    assert [(lat - NAIROBI[0]) / METRE for lat, _ in drawn[1:3]] == pytest.approx([1225, 1225], abs=30)


async def test_a_dead_server_costs_nobody_anything_and_is_asked_again(
    outdoors: Outdoors, worker: Worker, osrm: Osrm
) -> None:
    osrm.answer = lambda _: (503, b"")
    amina = await outdoors.runner()
    run = await amina.ran(1000)
    await worker.drain()
    assert len(osrm.asked) == 1
    assert east(await route(amina, run.id)) == pytest.approx([0, 0], abs=2)
    waiting = outdoors.rows(
        "SELECT status FROM jobs.procrastinate_jobs WHERE args::text LIKE %(gym)s AND status = 'todo'",
        gym=f"%{outdoors.gym.id}%",
    )
    assert len(waiting) == 1, "it is tried again later, without anybody"
    handled = outdoors.rows("SELECT subscriber FROM deliveries WHERE tenant_id = %(gym)s", gym=outdoors.gym.id)
    assert not [one for one in handled if "ask_for_streets" in one.subscriber]
    await amina.client.run(DeleteActivity(activity_id=run.id))  # or another test's worker would ask


async def test_a_line_that_came_too_late_is_thrown_away(outdoors: Outdoors, worker: Worker, osrm: Osrm) -> None:
    """It was cut while the server thought: the old line would show what was cut off."""
    amina = await outdoors.runner()
    run = await amina.ran(1000)
    outdoors.later(minutes=1)

    def answer(asked: Asked) -> Reply:
        if len(osrm.asked) == 1:
            outdoors.rows("UPDATE activities SET sealed_at = now() WHERE id = %(id)s", id=run.id)
        return street(STREET)(asked)

    osrm.answer = answer
    await worker.drain()
    assert line_of(outdoors, run.id) is None
    assert east(await route(amina, run.id)) == pytest.approx([0, 0], abs=2)


async def test_a_cut_takes_the_old_line_away_at_once(outdoors: Outdoors, worker: Worker, osrm: Osrm) -> None:
    amina = await outdoors.runner()
    run = await amina.ran(1200)
    await worker.drain()
    outdoors.later(minutes=1)
    ends_at = run.started_at + timedelta(seconds=200)
    await amina.client.run(EditActivity(activity_id=run.id, ends_at=ends_at))
    drawn = await route(amina, run.id)
    assert east(drawn) == pytest.approx([0, 0], abs=2)
    await worker.drain()
    drawn = await route(amina, run.id)
    assert east(drawn) == pytest.approx([20] * len(drawn), abs=2)
    assert (drawn[-1][0] - NAIROBI[0]) / METRE == pytest.approx(600, abs=8)
    await amina.client.run(EditActivity(activity_id=run.id, sport=Sport.ROW))
    await worker.drain()
    assert east(await route(amina, run.id)) == pytest.approx([0, 0], abs=2), "nobody rows on a street"


async def test_what_is_told_twice_is_asked_once(outdoors: Outdoors, worker: Worker, osrm: Osrm) -> None:
    amina = await outdoors.runner()
    run = await amina.ran(1000)
    await worker.drain()
    stored, asked = line_of(outdoors, run.id), len(osrm.asked)
    assert stored is not None
    for wanted in ("tracking.activity.finished", "tracking.streets.wanted"):
        # As after a worker that died before it could say that it was done.
        rows = outdoors.rows(
            "DELETE FROM deliveries d USING outbox o WHERE o.tenant_id = %(gym)s AND o.name = %(name)s"
            " AND d.tenant_id = o.tenant_id AND d.event_id = o.id AND d.subscriber LIKE '%%streets%%' RETURNING o.id",
            gym=outdoors.gym.id,
            name=wanted,
        )
        assert len(rows) == 1
        await worker._deliverer.deliver(outdoors.gym.id, rows[0].id)
    await amina.client.run(EditActivity(activity_id=run.id, title="Another name"))
    await worker.drain()
    assert (line_of(outdoors, run.id), len(osrm.asked)) == (stored, asked)


async def test_what_lies_in_a_privacy_zone_is_not_sent_and_not_bridged(
    outdoors: Outdoors, worker: Worker, osrm: Osrm
) -> None:
    amina = await outdoors.runner()
    outdoors.hide_around(amina, radius_m=300, at=(NAIROBI[0] + 1000 * METRE, NAIROBI[1]))
    run = await amina.ran(2000, visibility=Visibility.GYM)
    await worker.drain()
    sent = [(lat - NAIROBI[0]) / METRE for one in osrm.asked for lat, _ in one.places]
    assert len(osrm.asked) == 2
    assert not [metres for metres in sent if 700 <= metres <= 1300]
    drawn = await route(amina, run.id)
    inside = [one for (lat, _), one in zip(drawn, east(drawn), strict=True) if 750 < (lat - NAIROBI[0]) / METRE < 1250]
    assert [one for one in inside if abs(one) > 2] == [], "of there its owner sees the points"
    trainer = await outdoors.runner("Otieno K", Role.TRAINER)
    others = await route(trainer, run.id)
    assert not [lat for lat, _ in others if 700 < (lat - NAIROBI[0]) / METRE < 1300]
    # From the last point that was sent to the edge of the zone it is the points again.
    away = [one for one in others if not 640 < (one[0] - NAIROBI[0]) / METRE < 1390]
    assert len(away) >= 2
    assert east(away) == pytest.approx([20] * len(away), abs=2)
    page = lines((await trainer.client.run(DrawMap(activity_id=run.id))).html)
    assert not [lat for lat, _ in page if 700 < (lat - NAIROBI[0]) / METRE < 1300]
    await amina.client.run(EditActivity(activity_id=run.id, hidden=[Hidden.MAP]))
    assert (await trainer.client.run(ShowActivity(activity_id=run.id))).route is None
