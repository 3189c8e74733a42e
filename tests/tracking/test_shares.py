"""A link to an activity: who holds it sees the run and a first name, until it expires or is taken back."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from psycopg import sql

from pp_api.app import create
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Anonymous
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Role
from pp_core.tenants.operations import Member
from pp_core.tracking.operations import (
    ActivityUnknown,
    AddPrivacyZone,
    DeleteActivity,
    EditActivity,
    Hidden,
    ListShares,
    NotOut,
    RevokeShare,
    ShareActivity,
    Shared,
    SharedLink,
    ShareOver,
    ShareUnknown,
    ShowShared,
    StartActivity,
    Status,
    StopActivity,
    TooManyShares,
    UploadPoints,
)
from pp_core.tracking.operations.shares import MOST_SHARES
from tests.conftest import Gym, TestHome
from tests.isolation import schema
from tests.staff import hire

from .ways import METRE, NAIROBI, north

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def amina(clocked_gym: Gym) -> Member:
    return await clocked_gym.add_member("Amina Wanjiru")


async def out(gym: Gym, member: Member, clock: ManualClock, **more: Any) -> LocalClient:
    """A member who set out ten minutes ago and has run 900 m since."""
    me = gym.person(member)
    begins = clock.now() - 10 * MINUTE
    begun = await me.run(StartActivity(started_at=begins, **more))
    await me.run(UploadPoints(activity_id=begun.id, points=north(begins, metres=900)))
    return me


async def seen(gym: Gym, link: SharedLink, **more: Any) -> Shared:
    return await gym.acting(Anonymous()).run(ShowShared(token=link.token, **more))


async def test_who_holds_the_link_follows_the_run(clocked_gym: Gym, amina: Member, clock: ManualClock) -> None:
    me = await out(clocked_gym, amina, clock, title="Karura loop")
    link = await me.run(ShareActivity())
    assert link.path == f"/live/{link.token}"
    shown = await seen(clocked_gym, link)
    assert (shown.first_name, shown.gym_name, shown.title) == ("Amina", "Kilimani Strength", "Karura loop")
    assert (shown.status, shown.elapsed_s, shown.expires_s) == (Status.LIVE, 600, 12 * 3600)
    assert shown.distance_m == pytest.approx(900, rel=0.02)
    assert (shown.points[0].lat, shown.points[0].lon) == pytest.approx(NAIROBI, abs=20 * METRE)
    last = shown.points[-1]
    assert last.lat == pytest.approx(NAIROBI[0] + 900 * METRE, abs=20 * METRE)
    assert shown.last_at == last.at == shown.now - 5 * 60 * 1000
    more = north(clock.now() - 5 * MINUTE + timedelta(seconds=5), metres=300, start=(last.lat, last.lon))
    await me.run(UploadPoints(points=more))
    news = (await seen(clocked_gym, link, after=last.at)).points
    assert [point.at for point in news] == [int(point.ts.timestamp() * 1000) for point in more]
    await me.run(StopActivity())
    over = await seen(clocked_gym, link)
    assert (over.status, over.elapsed_s) == (Status.FINISHED, 405)
    assert over.speed == pytest.approx(3, rel=0.03)


async def test_what_its_owner_hides_stays_hidden(clocked_gym: Gym, amina: Member, clock: ManualClock) -> None:
    me = await out(clocked_gym, amina, clock)
    link = await me.run(ShareActivity())
    await me.run(AddPrivacyZone(name="Home", lat=NAIROBI[0], lon=NAIROBI[1], radius_m=500))
    shown = await seen(clocked_gym, link)
    assert min(point.lat for point in shown.points) > NAIROBI[0] + 480 * METRE
    assert shown.distance_m == pytest.approx(900, rel=0.02)
    await me.run(EditActivity(activity_id=link.activity_id, hidden=[Hidden.MAP, Hidden.SPEED, Hidden.START_TIME]))
    await me.run(StopActivity())
    shown = await seen(clocked_gym, link)
    assert (shown.points, shown.speed) == ((), None)
    assert shown.now == shown.last_at == 300_000, "since the start, whenever that was"


async def test_a_link_expires(clocked_gym: Gym, amina: Member, clock: ManualClock) -> None:
    me = await out(clocked_gym, amina, clock)
    link = await me.run(ShareActivity(hours=2))
    clock.advance(timedelta(hours=2) - timedelta(seconds=1))
    assert (await seen(clocked_gym, link)).expires_s == 1
    clock.advance(timedelta(seconds=1))
    with pytest.raises(ShareOver) as over:
        await seen(clocked_gym, link)
    assert over.value.data == {"until": "2026-11-21T09:00+00:00"}
    assert [row.good for row in (await me.run(ListShares())).items] == [False]


async def test_a_link_is_taken_back(clocked_gym: Gym, amina: Member, clock: ManualClock) -> None:
    me = await out(clocked_gym, amina, clock)
    first, second = await me.run(ShareActivity()), await me.run(ShareActivity())
    assert first.token != second.token
    await me.run(RevokeShare(share_id=first.id))
    with pytest.raises(ShareOver):
        await seen(clocked_gym, first)
    assert (await seen(clocked_gym, second)).first_name == "Amina"
    clock.advance(MINUTE)
    await me.run(RevokeShare(share_id=first.id))
    rows = {row.id: row for row in (await me.run(ListShares())).items}
    assert rows[first.id].revoked_at == clock.now() - MINUTE
    assert [rows[one.id].good for one in (first, second)] == [False, True]
    await me.run(DeleteActivity(activity_id=second.activity_id))
    with pytest.raises(ShareUnknown):
        await seen(clocked_gym, second)


async def test_only_its_owner_shares_an_activity(clocked_gym: Gym, amina: Member, clock: ManualClock) -> None:
    me = await out(clocked_gym, amina, clock)
    link = await me.run(ShareActivity())
    admin = await hire(clocked_gym, Role.GYM_ADMIN)
    client = admin.holding(await admin.sign_in())
    with pytest.raises(ActivityUnknown):
        await client.run(ShareActivity(activity_id=link.activity_id))
    with pytest.raises(ShareUnknown):
        await client.run(RevokeShare(share_id=link.id))
    with pytest.raises(NotOut):
        await client.run(ShareActivity())
    assert (await client.run(ListShares())).items == ()


async def test_there_are_so_many_links_and_no_more(clocked_gym: Gym, amina: Member, clock: ManualClock) -> None:
    me = await out(clocked_gym, amina, clock)
    for _ in range(MOST_SHARES):
        last = await me.run(ShareActivity(hours=1))
    with pytest.raises(TooManyShares):
        await me.run(ShareActivity())
    await me.run(RevokeShare(share_id=last.id))
    await me.run(ShareActivity())


async def test_the_token_is_kept_nowhere(clocked_gym: Gym, amina: Member, clock: ManualClock, home: TestHome) -> None:
    assert home.urls.admin is not None
    me = await out(clocked_gym, amina, clock)
    link = await me.run(ShareActivity(), key="once")
    await seen(clocked_gym, link)
    with schema.connect(home.urls.admin) as everything:
        for table in schema.declared():
            held = sql.SQL("SELECT 1 FROM {} t WHERE t::text LIKE %s").format(sql.Identifier(table))
            assert everything.execute(held, [f"%{link.token[4:]}%"]).fetchone() is None, table


async def test_over_rest_without_a_login(clocked_gym: Gym, amina: Member, clock: ManualClock) -> None:
    me = await out(clocked_gym, amina, clock)
    link = await me.run(ShareActivity(hours=1))
    transport = httpx.ASGITransport(create(clocked_gym.runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://gym/api/v1") as http:
        answer = await http.get(f"/shared/{link.token}")
        assert (answer.status_code, answer.json()["first_name"]) == (200, "Amina")
        unknown = await http.get("/shared/pps_nothing")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "tracking.share_unknown")
        clock.advance(timedelta(hours=1))
        over = await http.get(f"/shared/{link.token}", headers={"Accept-Language": "sw"})
        assert (over.status_code, over.json()["code"]) == (404, "tracking.share_over")
        assert "halali hadi" in over.json()["detail"]
