"""Maps and thumbnails: what their owner sees of an activity, and what anybody else does."""

import json
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pp_core.client.local import LocalClient
from pp_core.kernel.call import Anonymous
from pp_core.kernel.policy import Door, Role
from pp_core.tenants.operations import Member
from pp_core.tracking.operations import (
    ActivityUnknown,
    AddPrivacyZone,
    DrawLivePage,
    DrawMap,
    DrawThumbnail,
    EditActivity,
    Hidden,
    Linking,
    MapHidden,
    PictureFormat,
    RevokeShare,
    ShareActivity,
    ShareOver,
    ShareUnknown,
    StartActivity,
    StopActivity,
    Tiles,
    UploadPoints,
    Visibility,
)
from tests.conftest import Gym
from tests.staff import hire
from tests.tracking.ways import METRE, NAIROBI, north

METRES, SPEED = 2400.0, 3.0


async def put_run(client: LocalClient, *, visibility: Visibility = Visibility.STAFF, stop: bool = True) -> UUID:
    """A run of 2.4 km due north from the middle of Nairobi, a kilometre in 5:33."""
    begins = datetime.now(UTC) - timedelta(minutes=20)
    started = await client.run(StartActivity(title="Karura <loop>", visibility=visibility, started_at=begins))
    await client.run(UploadPoints(points=north(begins, metres=METRES, speed=SPEED)))
    if stop:
        await client.run(StopActivity())
    return started.id


def drawn(html: str) -> list[list[float]]:
    """How far north of the start each line of the route goes, in metres: from, to."""
    lines = [json.loads(each) for each in re.findall(r"L\.polyline\(\n(\[\[\[.*\]\]\]),\n", html)]
    parts = [[(lat - NAIROBI[0]) / METRE for lat, _ in part] for line in lines for part in line]
    return sorted([min(part), max(part)] for part in parts)


@pytest.fixture
async def runner(gym: Gym) -> Member:
    """Somebody who runs."""
    return await gym.add_member("Amina Wanjiru")


@pytest.fixture
async def trainer(gym: Gym) -> LocalClient:
    """Somebody who may read activities."""
    staff = await hire(gym, Role.TRAINER)
    return staff.holding(await staff.sign_in())


async def test_the_owner_sees_all_of_their_run(gym: Gym, runner: Member) -> None:
    client = gym.person(runner)
    page = await client.run(DrawMap(activity_id=await put_run(client)))
    (line,) = drawn(page.html)
    assert line == pytest.approx([0, METRES], abs=8)
    for said in ("Karura &lt;loop&gt;", "Kilimani Strength", "Amina Wanjiru", "2.4 km", "5:33 /km"):
        assert said in page.html
    assert "tile.openstreetmap.org" in page.html
    assert "tile.openstreetmap.org" in page.policy
    assert page.files == ()


async def test_without_tiles_and_with_all_in_it(gym: Gym, runner: Member) -> None:
    client = gym.person(runner)
    run = await put_run(client)
    page = await client.run(DrawMap(activity_id=run, tiles=Tiles.NONE, linking=Linking.INLINE))
    assert "openstreetmap" not in page.html + page.policy
    assert len(page.html) > 150_000
    beside = await client.run(DrawMap(activity_id=run, linking=Linking.BESIDE))
    assert [each.name.partition("-")[0] for each in beside.files] == ["leaflet", "leaflet"]
    assert all(f'"{each.name}"' in beside.html and len(each.text) > 10_000 for each in beside.files)


async def test_nobody_else_sees_what_lies_in_a_privacy_zone(gym: Gym, runner: Member, trainer: LocalClient) -> None:
    run = await put_run(gym.person(runner))
    for name, metres, radius in (("Home", 0, 400), ("Work", 1500, 200)):
        at = {"lat": NAIROBI[0] + METRE * metres, "lon": NAIROBI[1]}
        await gym.person(runner).run(AddPrivacyZone(name=name, radius_m=radius, **at))
    page = (await trainer.run(DrawMap(activity_id=run))).html
    parts = drawn(page)
    assert len(parts) == 2
    # A zone is cut somewhat wider than it is, so that nobody works out its middle; each leg is 15 m.
    assert 400 <= parts[0][0] <= 400 * 1.4 + 20
    assert 1300 - 200 * 0.4 - 20 <= parts[0][1] <= 1300
    assert 1700 <= parts[1][0] <= 1700 + 200 * 0.4 + 20
    assert parts[1][1] == pytest.approx(METRES, abs=8)
    # Nor in a picture that has no map: as high as it is, it shows two kilometres and not two point four.
    mine = await gym.person(runner).run(DrawThumbnail(activity_id=run))
    theirs = await trainer.run(DrawThumbnail(activity_id=run))
    assert mine.content.count("<path id=") == theirs.content.count("<path id=") == 1
    assert (mine.content.count("M120"), theirs.content.count("M120")) == (1, 2)
    (whole,) = drawn((await gym.person(runner).run(DrawMap(activity_id=run))).html)
    assert whole == pytest.approx([0, METRES], abs=8)


async def test_a_hidden_map_is_refused_to_all_others(gym: Gym, runner: Member, trainer: LocalClient) -> None:
    client = gym.person(runner)
    run = await put_run(client, visibility=Visibility.GYM)
    await client.run(EditActivity(activity_id=run, hidden=[Hidden.MAP]))
    for operation in (DrawMap(activity_id=run), DrawThumbnail(activity_id=run)):
        for stranger in (trainer, gym.person(await gym.add_member("Brian Otieno")), gym.operator):
            with pytest.raises(MapHidden):
                await stranger.run(operation)
        await client.run(operation)


async def test_hidden_fields_are_on_no_page_but_the_owners(gym: Gym, runner: Member, trainer: LocalClient) -> None:
    client = gym.person(runner)
    run = await put_run(client)
    started = datetime.now(UTC) - timedelta(minutes=20)
    hours = {(started + timedelta(hours=3, seconds=each)).strftime("%H:%M") for each in (-10, 10)}
    shown = (await trainer.run(DrawMap(activity_id=run))).html
    assert [each for each in hours if f"· {each}</p>" in shown]
    await client.run(EditActivity(activity_id=run, hidden=[Hidden.SPEED, Hidden.START_TIME]))
    theirs, mine = [(await each.run(DrawMap(activity_id=run))).html for each in (trainer, client)]
    assert "/km" not in theirs
    assert not [each for each in hours if each in theirs]
    assert "5:33 /km" in mine
    assert [each for each in hours if f"· {each}</p>" in mine]


async def test_a_private_run_is_not_there_for_others(gym: Gym, runner: Member, trainer: LocalClient) -> None:
    run = await put_run(gym.person(runner), visibility=Visibility.PRIVATE)
    for operation in (DrawMap(activity_id=run), DrawThumbnail(activity_id=run)):
        with pytest.raises(ActivityUnknown):
            await trainer.run(operation)


async def test_a_run_that_goes_on_is_drawn_for_who_may_see_who_is_out(
    gym: Gym, runner: Member, trainer: LocalClient
) -> None:
    client = gym.person(runner)
    run = await put_run(client, visibility=Visibility.GYM, stop=False)
    for seer in (client, trainer):
        page = await seer.run(DrawMap(activity_id=run))
        assert drawn(page.html)[0] == pytest.approx([0, METRES], abs=8)
        assert "2.4 km" in page.html
    with pytest.raises(MapHidden):
        await gym.person(await gym.add_member("Brian Otieno")).run(DrawMap(activity_id=run))


async def test_a_run_without_points_has_a_map_and_a_picture(gym: Gym, runner: Member) -> None:
    client = gym.person(runner)
    started = await client.run(StartActivity())
    await client.run(StopActivity())
    assert drawn((await client.run(DrawMap(activity_id=started.id))).html) == []
    assert "<circle" not in (await client.run(DrawThumbnail(activity_id=started.id))).content


async def test_a_page_is_in_the_language_it_was_asked_for_in(gym: Gym, runner: Member) -> None:
    run = await put_run(gym.person(runner))
    page = await gym.person(runner).through(Door.CLI, "sw").run(DrawMap(activity_id=run))
    assert '<html lang="sw">' in page.html
    assert "Umbali" in page.html


async def test_a_thumbnail_is_svg_or_png(gym: Gym, runner: Member) -> None:
    client = gym.person(runner)
    run = await put_run(client)
    svg = await client.run(DrawThumbnail(activity_id=run))
    assert (svg.media, svg.content[:4]) == ("image/svg+xml", "<svg")
    png = await client.run(DrawThumbnail(activity_id=run, format=PictureFormat.PNG, width=320))
    assert png.media == "image/png"
    content = b64decode(png.content)
    assert (content[:4], int.from_bytes(content[16:20], "big")) == (b"\x89PNG", 320)


async def test_the_page_behind_a_link_follows_the_run_and_says_little_of_the_runner(gym: Gym, runner: Member) -> None:
    client, anybody = gym.person(runner), gym.acting(Anonymous())
    await put_run(client, stop=False)
    link = await client.run(ShareActivity(hours=2))
    page = await anybody.run(DrawLivePage(token=link.token))
    assert f'data-source="/api/v1/shared/{link.token}"' in page.html
    assert "connect-src 'self'" in page.policy
    assert "Karura &lt;loop&gt;" in page.html
    assert "Amina" in page.html
    assert "Wanjiru" not in page.html
    left = re.search(r'data-expires="(\d+)"', page.html)
    assert left is not None
    assert 7100 < int(left[1]) <= 7200
    assert drawn(page.html) == []  # the way is asked for by its script, never kept in a page
    await client.run(RevokeShare(share_id=link.id))
    with pytest.raises(ShareOver):
        await anybody.run(DrawLivePage(token=link.token))
    with pytest.raises(ShareUnknown):
        await anybody.run(DrawLivePage(token="pps_nothing"))
