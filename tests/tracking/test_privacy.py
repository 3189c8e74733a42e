"""Nobody but its owner sees where an activity was inside a privacy zone: every read by everybody else, through REST too."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from pp_api.app import create
from pp_api.routes import bindings
from pp_core.audit.operations import ListAudit
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Anonymous
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import NotSignedIn, PermissionMissing, Problem, WrongScope
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door, Role, Scope, permissions_of
from pp_core.runtime import catalog
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import Member, PersonUnknown
from pp_core.tracking.operations import (
    ActivityUnknown,
    AddPrivacyZone,
    DrawExploredTiles,
    DrawLivePage,
    DrawMap,
    DrawSegment,
    DrawThumbnail,
    EditActivity,
    ExportActivity,
    FileFormat,
    Linking,
    ListActivities,
    ListActivityRecords,
    ListFlags,
    ListGeofences,
    ListMatchedRoutes,
    ListPrivacyZones,
    ListSegments,
    ListShares,
    ListTrackers,
    MapHidden,
    OpenTrack,
    ParseActivity,
    PictureFormat,
    RemovePrivacyZone,
    RouteUnknown,
    SearchActivities,
    ShareActivity,
    ShowActivity,
    ShowAthlete,
    ShowBoard,
    ShowExploredTiles,
    ShowFlag,
    ShowHeatMap,
    ShowLeaderboard,
    ShowOriginalFile,
    ShowProfile,
    ShowRoute,
    ShowShared,
    Sport,
    StartActivity,
    StopActivity,
    TooManyZones,
    UploadPoints,
    Visibility,
    ZoneUnknown,
)
from pp_core.tracking.operations.privacy import MOST_ZONES
from pp_core.tracking.rules.simplify import polyline_decoded, polyline_encoded
from tests.conftest import Gym
from tests.staff import hire

from .leaks import HOME, RADIUS, diagonal, leaks
from .ways import METRE, recorded


@dataclass
class Scene:
    """A member who ran from home and back, and is out again just before the door."""

    gym: Gym
    owner: Member
    run: UUID
    live: UUID
    zone: UUID
    tokens: tuple[str, ...]
    flags: tuple[UUID, ...]
    segments: tuple[UUID, ...]
    routes: tuple[UUID, ...]

    @property
    def me(self) -> LocalClient:
        return self.gym.person(self.owner, Door.REST)


Look = Callable[[Scene], list[Operation[Any]]]
LOOKS: dict[str, Look] = {
    "tracking.draw_live_page": lambda s: [DrawLivePage(token=token) for token in s.tokens],
    "tracking.draw_map": lambda s: [
        DrawMap(activity_id=one, linking=linking) for one in (s.run, s.live) for linking in Linking
    ],
    "tracking.draw_tiles": lambda s: [DrawExploredTiles(linking=linking) for linking in Linking],
    "tracking.draw_thumbnail": lambda s: [
        DrawThumbnail(activity_id=one, format=format) for one in (s.run, s.live) for format in PictureFormat
    ],
    "tracking.export": lambda s: [
        ExportActivity(activity_id=one, format=f) for one in (s.run, s.live) for f in FileFormat
    ],
    "tracking.list": lambda s: [ListActivities(everybody=True), ListActivities(member=s.owner.code)],
    "tracking.list_flags": lambda s: [ListFlags()],
    "tracking.list_geofences": lambda s: [ListGeofences()],
    "tracking.list_privacy_zones": lambda s: [ListPrivacyZones()],
    "tracking.list_records": lambda s: [ListActivityRecords(member=s.owner.code)],
    "tracking.list_routes": lambda s: [ListMatchedRoutes(member=s.owner.code)],
    "tracking.list_segments": lambda s: [ListSegments()],
    "tracking.list_shares": lambda s: [ListShares()],
    "tracking.list_trackers": lambda s: [ListTrackers(member=s.owner.code)],
    "tracking.open_track": lambda s: [OpenTrack(activity_id=s.live)],
    "tracking.parse": lambda s: [ParseActivity(text="RUN 5.2km 28:30")],
    "tracking.show": lambda s: [ShowActivity(activity_id=s.run), ShowActivity(activity_id=s.live)],
    "tracking.search": lambda s: [SearchActivities(south=-90, west=-180, north=90, east=180)],
    "tracking.show_heat_map": lambda s: [ShowHeatMap(), ShowHeatMap(cell_m=50)],
    "tracking.show_leaderboard": lambda s: [ShowLeaderboard(segment_id=segment) for segment in s.segments],
    "tracking.show_athlete": lambda s: [ShowAthlete()],
    "tracking.show_board": lambda s: [ShowBoard()],
    "tracking.show_flag": lambda s: [ShowFlag(flag_id=one) for one in s.flags],
    "tracking.show_profile": lambda s: [ShowProfile(activity_id=s.run), ShowProfile(activity_id=s.live)],
    "tracking.show_original": lambda s: [ShowOriginalFile(activity_id=s.run)],
    "tracking.show_route": lambda s: [ShowRoute(route_id=route) for route in s.routes],
    "tracking.show_tiles": lambda s: [ShowExploredTiles(listed=True), ShowExploredTiles(sport=Sport.RUN)],
    "tracking.show_shared": lambda s: [ShowShared(token=token) for token in s.tokens],
}
"""How each read operation of tracking is asked for what is in the scene."""
OPERATIONS = {
    name: one
    for name, one in catalog.load_operations().items()
    if name.startswith("tracking.") and one.policy.reads_only
}
ROLES = {
    "member": Role.CLIENT, "trainer": Role.TRAINER, "reception": Role.RECEPTION, "admin": Role.GYM_ADMIN,
}  # fmt: skip
EVERYBODY_ELSE = (*ROLES, "operator", "stranger")
FOR_THE_OWNER = frozenset(
    {
        "tracking.draw_tiles",
        "tracking.list_privacy_zones",
        "tracking.list_shares",
        "tracking.show_athlete",
        "tracking.show_original",
        "tracking.show_tiles",
    }
)
"""Who is no person of the gym has none: an operator is refused."""


@pytest.fixture
async def scene(clocked_gym: Gym, clock: ManualClock, clocked_worker: Worker) -> Scene:
    """One that everybody in the gym may see."""
    gym = clocked_gym
    owner = await gym.add_member("Amina Wanjiru")
    me = gym.person(owner)
    zone = await me.run(AddPrivacyZone(name="Home", lat=HOME[0], lon=HOME[1], radius_m=RADIUS))
    now = clock.now()
    begins = now - timedelta(hours=2)
    begun = await me.run(StartActivity(sport=Sport.RUN, visibility=Visibility.GYM, started_at=begins))
    await me.run(UploadPoints(activity_id=begun.id, points=diagonal(begins, 1500, back=True)))
    await me.run(StopActivity(activity_id=begun.id))
    begins = now - timedelta(minutes=20)
    live = await me.run(StartActivity(sport=Sport.RUN, visibility=Visibility.GYM, started_at=begins))
    await me.run(UploadPoints(activity_id=live.id, points=diagonal(begins, 800, back=True)))
    tokens = tuple([(await me.run(ShareActivity(activity_id=one.id))).token for one in (begun, live)])
    flags = tuple(one.id for one in (await gym.operator.run(ListFlags())).items)
    drawn = await gym.operator.run(DrawSegment(name="Ridge", activity_id=begun.id, from_m=700, to_m=1500))
    await clocked_worker.drain()
    return Scene(
        gym,
        owner,
        begun.id,
        live.id,
        zone.id,
        tokens,
        flags,
        (drawn.id,),
        await gone_again(gym, owner, clock, clocked_worker),
    )


async def gone_again(gym: Gym, owner: Member, clock: ManualClock, worker: Worker) -> tuple[UUID, ...]:
    """The route of a way from home that the owner went twice, and that two others go as well: it is on the club's map."""
    others = [await gym.add_member(name) for name in ("Cheptoo K", "Daudi M")]
    for days, member in enumerate((owner, owner, *others), 1):
        begins = clock.now() - timedelta(days=days)
        await recorded(gym, member, begins, way=diagonal(begins, 1500, back=False))
    for member in others:
        await gym.person(member).run(AddPrivacyZone(name="Home", lat=HOME[0], lon=HOME[1], radius_m=RADIUS))
    await worker.drain()
    routes = (await gym.person(owner).run(ListMatchedRoutes())).items
    return tuple(route.id for route in routes)


async def client_of(scene: Scene, who: str) -> LocalClient:
    """Somebody else of the gym."""
    gym = scene.gym
    if who == "operator":
        return gym.operator.through(Door.REST)
    if who == "stranger":
        return gym.acting(Anonymous(), Door.REST)
    if who == "member":
        return gym.person(await gym.add_member("Brian Otieno"), Door.REST)
    hired = await hire(gym, ROLES[who])
    return hired.holding(await hired.sign_in())


def test_every_read_is_looked_at() -> None:
    assert set(LOOKS) == set(OPERATIONS)


def test_the_scan_finds_each_way_of_writing() -> None:
    lat, lon = HOME
    page = f"<script>L.polyline(decode({json.dumps(polyline_encoded([lat, lat], [lon, lon + 1]))}))</script>"
    for told in (
        {"lat": lat}, [{"points": [[0, lon]]}], f"<trkpt lat='{lat}' lon='1'>", polyline_encoded([lat], [5.0]), page,
        base64.b64encode(f"<gpx>{' ' * 80}{lon}</gpx>".encode()).decode(),
    ):  # fmt: skip
        assert leaks(told), told
    assert leaks({"lat": lat + 283 * METRE, "lon": lon + 283 * METRE, "distance_m": 3000}) == []


@pytest.mark.parametrize("op", [ListPrivacyZones(), OpenTrack()], ids=lambda op: type(op).__name__)
async def test_its_owner_sees_it(scene: Scene, op: Operation[Any]) -> None:
    assert leaks(await scene.me.run(op))


async def test_its_owner_sees_it_on_their_map(scene: Scene) -> None:
    assert leaks(await scene.me.run(DrawMap(activity_id=scene.run)))


async def test_there_is_something_to_see_on_every_map(scene: Scene) -> None:
    assert scene.routes
    client = await client_of(scene, "admin")
    assert (await client.run(ShowRoute(route_id=scene.routes[0]))).route
    assert (await client.run(ShowHeatMap())).items
    assert (await client.run(ShowLeaderboard(segment_id=scene.segments[0]))).items


async def test_its_owner_sees_the_way_from_door_to_door(scene: Scene) -> None:
    shown = await scene.me.run(ShowActivity(activity_id=scene.run))
    lat, lon = polyline_decoded(shown.route)
    for end in (0, -1):
        assert (lat[end], lon[end]) == pytest.approx(HOME, abs=10 * METRE)


def expected(name: str, who: str) -> bool:
    """Whether that reader is answered: else they are refused, which tells nothing."""
    policy = OPERATIONS[name].policy
    if policy.scope is Scope.PUBLIC or who not in ROLES:
        return policy.scope is Scope.PUBLIC or who == "operator"
    return policy.permission in permissions_of(frozenset({ROLES[who]}))


async def answered(client: LocalClient, op: Operation[Any]) -> tuple[Any, Problem | None]:
    """What somebody is told: an answer, or the values of a refusal."""
    try:
        return await client.run(op), None
    except (
        PermissionMissing,
        WrongScope,
        NotSignedIn,
        PersonUnknown,
        ActivityUnknown,
        RouteUnknown,
        MapHidden,
    ) as problem:
        return problem.data, problem


@pytest.mark.parametrize("who", EVERYBODY_ELSE)
@pytest.mark.parametrize("name", sorted(OPERATIONS))
async def test_nobody_else_sees_it(scene: Scene, name: str, who: str) -> None:
    client = await client_of(scene, who)
    for op in LOOKS[name](scene):
        told, refusal = await answered(client, op)
        assert leaks(told) == [], f"{who}: {op!r}"
        if expected(name, who) and name not in FOR_THE_OWNER:
            # Where somebody is now, only those may follow who may see who is out.
            assert refusal is None or (isinstance(refusal, MapHidden) and op.activity_id == scene.live), (
                f"{who}: {op!r}"
            )


async def test_what_others_see_is_more_than_nothing(scene: Scene) -> None:
    """The way outside the zone is theirs to see, on both sides of it."""
    client = await client_of(scene, "member")
    shown = await client.run(ShowActivity(activity_id=scene.run))
    lat, _ = polyline_decoded(shown.route)
    assert lat.max() - HOME[0] == pytest.approx(1500 * METRE, abs=15 * METRE)
    assert lat[0] - HOME[0] == pytest.approx(283 * METRE, abs=60 * METRE)


@pytest.mark.parametrize("who", ["trainer", "admin"])
async def test_nor_over_rest(scene: Scene, who: str) -> None:
    hired = await hire(scene.gym, ROLES[who])
    token = (await hired.sign_in()).access_token
    transport = httpx.ASGITransport(create(scene.gym.runtime))
    asked = 0
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gym", headers=bearer) as http:
        for binding in bindings():
            name = binding.operation.policy.name
            if name not in OPERATIONS or binding.method != "GET":
                continue
            for op in LOOKS[name](scene):
                values = op.model_dump(mode="json", exclude_unset=True, context={"reveal": True})
                in_path = op.model_dump(mode="json", include=set(binding.path_fields), context={"reveal": True})
                values = {name: value for name, value in values.items() if name not in in_path}
                path = binding.path.format(**in_path)
                answer = await http.get(path, params=values)
                # A misspelt address is 404 as well, under another code.
                assert answer.status_code in (200, 403) or answer.json()["code"].startswith(
                    ("tracking.", "tenants.")
                ), answer.text
                told = answer.json() if "json" in answer.headers["content-type"] else answer.content
                assert leaks(told) == [], f"{who}: {path}"
                asked += answer.status_code == 200
    assert asked >= 3


async def test_a_picture_does_not_depend_on_what_is_hidden(scene: Scene, clock: ManualClock) -> None:
    """A picture has coordinates of its own: whoever sets out from another corner of the zone is drawn from the same place."""
    me = scene.gym.person(scene.owner, Door.REST)
    await me.run(StopActivity(activity_id=scene.live))
    begins = clock.now() - timedelta(hours=2)
    begun = await me.run(StartActivity(sport=Sport.RUN, visibility=Visibility.GYM, started_at=begins))
    points = [
        point.model_copy(update={"lon": HOME[1] - 100 * METRE}) if place < 10 else point
        for place, point in enumerate(diagonal(begins, 1500, back=True))
    ]
    await me.run(UploadPoints(activity_id=begun.id, points=tuple(points)))
    await me.run(StopActivity(activity_id=begun.id))
    other = await client_of(scene, "member")
    drawn = [await other.run(DrawThumbnail(activity_id=one)) for one in (scene.run, begun.id)]
    first, second = [_ends_drawn(one.content) for one in drawn]
    assert first == pytest.approx(second, abs=1)  # a hundred metres of the zone are more than ten
    own = await me.run(DrawThumbnail(activity_id=begun.id))
    assert _ends_drawn(own.content) != pytest.approx(second, abs=5)


def _ends_drawn(svg: str) -> list[int]:
    """Where a picture begins and ends, in its own units."""
    found = re.search(r'<circle cx="(\d+)" cy="(\d+)".*?<path d="M(\d+),(\d+)h12', svg)
    assert found is not None, svg
    return [int(one) for one in found.groups()]


async def test_changes_tell_nothing_either(scene: Scene) -> None:
    """Who may change somebody's activity is answered with it."""
    client = await client_of(scene, "admin")
    for op in (EditActivity(activity_id=scene.run, title="Loop"), StopActivity(activity_id=scene.live)):
        assert leaks(await client.run(op)) == []


async def test_the_audit_trail_keeps_no_place(scene: Scene) -> None:
    client = await client_of(scene, "admin")
    entries = (await client.run(ListAudit(limit=100))).items
    assert {"tracking.add_privacy_zone", "tracking.upload_points"} <= {entry.operation for entry in entries}
    assert leaks(entries) == []
    zone = next(entry for entry in entries if entry.operation == "tracking.add_privacy_zone")
    assert zone.detail["request"] == {"name": "********", "lat": "********", "lon": "********", "radius_m": RADIUS}


async def test_a_removed_zone_hides_nothing_any_more(scene: Scene) -> None:
    other = await client_of(scene, "member")
    with pytest.raises(ZoneUnknown):
        await scene.gym.operator.run(RemovePrivacyZone(zone_id=scene.zone))
    with pytest.raises(ZoneUnknown):
        await other.run(RemovePrivacyZone(zone_id=scene.zone))
    assert leaks(await other.run(ShowActivity(activity_id=scene.run))) == []
    await scene.me.run(RemovePrivacyZone(zone_id=scene.zone))
    assert (await scene.me.run(ListPrivacyZones())).items == ()
    assert leaks(await other.run(ShowActivity(activity_id=scene.run)))


async def test_there_are_so_many_zones_and_no_more(clocked_gym: Gym) -> None:
    me = clocked_gym.person(await clocked_gym.add_member())
    names = [f"Place {place:02}" for place in range(MOST_ZONES)]
    for name in reversed(names):
        await me.run(AddPrivacyZone(name=name, lat=-1.2, lon=36.8, radius_m=100))
    with pytest.raises(TooManyZones):
        await me.run(AddPrivacyZone(name="One more", lat=-1.2, lon=36.8, radius_m=100))
    assert [zone.name for zone in (await me.run(ListPrivacyZones())).items] == names
