"""Other people's clients: each tracker app speaks over a socket, byte for byte as its documentation shows it."""

import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from pp_core.tracking.operations import (
    LinkTracker,
    Sport,
    StartActivity,
    Status,
    TrackerApp,
)
from tests.api.conftest import Api
from tests.conftest import onboard
from tests.tracking.ways import METRE

from .phones import LAT, LON, Runner, now, speak, stored


@pytest.fixture
async def runner(api: Api) -> Runner:
    gym = await onboard(api.runtime)
    return Runner(api, gym, await gym.add_member())


async def test_owntracks_sends_a_location(runner: Runner) -> None:
    """https://owntracks.org/booklet/tech/http/ and /tech/json/: as the Android app sends it, with a user that means nothing."""
    token = await runner.link(TrackerApp.OWNTRACKS)
    await runner.gym.person(runner.member).run(StartActivity())
    at = now()
    body = (
        f'{{"_type":"location","BSSID":"02:00:00:00:00:00","SSID":"AndroidWifi","acc":13,"alt":1661,"batt":85,"bs":1,"conn":"m",'
        f'"created_at":{int(at.timestamp()) + 1},"lat":{LAT},"lon":{LON},"m":2,"t":"u","tid":"am",'
        f'"topic":"owntracks/amina/phone","tst":{int(at.timestamp())},"vac":3,"vel":9}}'
    ).encode()
    answer = await speak(
        runner.api,
        f"""POST /t/{token} HTTP/1.1
        X-Limit-U: amina
        X-Limit-D: phone
        Authorization: Basic {b64encode(b"amina:").decode()}
        Content-Type: application/json; charset=utf-8
        Content-Length: {len(body)}
        Host: gym.example
        User-Agent: Owntracks-Android/gms/420506000""",
        body,
    )
    assert (answer.status, answer.body) == (200, b"[]")
    assert "content-type: application/json" in answer.headers
    assert runner.points() == [stored(at, altitude=1661, speed=2.5, accuracy=13)]


async def test_owntracks_may_give_its_token_as_the_password(runner: Runner) -> None:
    token = await runner.link(TrackerApp.OWNTRACKS)
    await runner.gym.person(runner.member).run(StartActivity())
    at = now()
    body = json.dumps({"_type": "location", "tid": "am", "lat": LAT, "lon": LON, "tst": int(at.timestamp())}).encode()
    answer = await speak(
        runner.api,
        f"""POST /t HTTP/1.1
        Host: gym.example
        Authorization: Basic {b64encode(f"amina:{token}".encode()).decode()}
        Content-Type: application/json
        Content-Length: {len(body)}""",
        body,
    )
    assert (answer.status, answer.body) == (200, b"[]")
    assert runner.points() == [stored(at)]


OTHERS = [
    b"",
    b'{"_type":"transition","acc":77.6,"desc":"Gym","event":"enter","lat":-1.29,"lon":36.82,"t":"c","tid":"am","tst":1,"wtst":1}',
    b'{"_type":"waypoint","desc":"Gym","lat":-1.29,"lon":36.82,"rad":100,"tst":1610748273}',
    b'{"_type":"lwt","tst":1610748273}',
    b'{"_type":"card","name":"Amina","tid":"am"}',
    b'{"_type":"cmd","action":"dump"}',
    b'{"_type":"status","android":{"hib":1}}',
    b'{"_type":"something of next year"}',
]


@pytest.mark.parametrize("body", OTHERS, ids=lambda body: body[10:20].decode())
async def test_what_else_owntracks_says_is_answered_with_an_empty_array(runner: Runner, body: bytes) -> None:
    answer = await runner.post(await runner.link(TrackerApp.OWNTRACKS, auto_start=True), body)
    assert (answer.status, answer.body) == (200, b"[]")
    tracker = await runner.tracker()
    assert (tracker.points, tracker.outside, tracker.rejected, runner.points()) == (0, 0, 0, [])
    assert tracker.last_seen_at is not None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"_type": "encrypted", "data": "sT1VN6qPJZ0K"}, "encrypted"),
        ({"_type": "location", "tst": 1610748273}, "no_position"),
        ({"_type": "location", "lat": "north", "lon": 36.8, "tst": 1610748273}, "no_position"),
        ({"_type": "location", "lat": -1.29, "lon": 36.82}, "no_time"),
        ({"_type": "location", "lat": -1.29, "lon": 36.82, "tst": 1e300}, "no_time"),
        ({"_type": "location", "lat": 95, "lon": 36.82, "tst": 1610748273}, "out_of_bounds"),
        ({"_type": "location", "lat": -1.29, "lon": 36.82, "tst": 1610748273}, "too_old"),
        ({"_type": "location", "lat": -1.29, "lon": 36.82, "tst": 4102444800}, "in_future"),
        ({"_type": "location", "lat": -1.29, "lon": 36.82, "acc": 1e400, "tst": 1610748273}, "not_a_number"),
        ({"location": {"timestamp": "2026-01-01T00:00:00Z"}, "device_id": "1"}, "no_position"),
        ({"location": {"coords": {"latitude": -1.29, "longitude": 36.82}}, "device_id": "1"}, "no_time"),
    ],
)
async def test_what_will_never_be_a_point_holds_nothing_up(runner: Runner, message: Any, reason: str) -> None:
    """It is answered as taken, or the app would send it for ever; its owner is told."""
    assert (await runner.post(await runner.link(), message)).status == 200
    tracker = await runner.tracker()
    assert (tracker.rejected, tracker.rejection, tracker.points) == (1, reason, 0)
    assert tracker.rejected_at is not None


async def test_traccar_client_posts_its_query(runner: Runner) -> None:
    """As ProtocolFormatter of traccar-client-android writes it (https://www.traccar.org/osmand/): speed in knots."""
    token, at = await runner.link(), now()
    answer = await speak(
        runner.api,
        f"""POST /t/{token}?id=482411&timestamp={int(at.timestamp())}&lat={LAT}&lon={LON}&speed=5.831533477321814&bearing=12.5&altitude=1661.2&accuracy=4.8&batt=85.0 HTTP/1.1
        Content-Type: application/x-www-form-urlencoded
        User-Agent: Dalvik/2.1.0 (Linux; U; Android 14)
        Host: gym.example
        Accept-Encoding: gzip
        Content-Length: 0""",  # noqa: E501
    )
    assert answer.status == 200
    assert runner.points() == [stored(at, altitude=1661.2, speed=3.0, accuracy=4.8)]
    (activity,) = await runner.activities()
    assert (activity.sport, activity.status, activity.source, activity.started_at) == (
        Sport.RUN,
        Status.LIVE,
        "traccar",
        at,
    )


async def test_traccar_client_may_be_told_the_token_as_its_device(runner: Runner) -> None:
    token, at = await runner.link(), now()
    query = f"id={token}&timestamp={int(at.timestamp())}&lat={LAT}&lon={LON}&speed=5.0&valid=true"
    assert (await speak(runner.api, f"GET /t?{query} HTTP/1.1\nHost: gym.example")).status == 200
    assert len(runner.points()) == 1


async def test_traccar_client_of_today_posts_json(runner: Runner) -> None:
    """As https://www.traccar.org/osmand/ shows it for Traccar Client 9: metres a second, milliseconds in the time."""
    token, at = await runner.link(), now()
    moment = at.strftime("%Y-%m-%dT%H:%M:%S.250Z")
    body = f"""{{
  "location": {{
    "timestamp": "{moment}",
    "coords": {{
      "latitude": {LAT},
      "longitude": {LON},
      "accuracy": 4.8,
      "speed": 3.1,
      "heading": 12.5,
      "altitude": 1661.2
    }},
    "is_moving": true,
    "odometer": 1200.5,
    "event": "motionchange",
    "battery": {{
      "level": 0.85,
      "is_charging": false
    }},
    "activity": {{
      "type": "running"
    }},
    "extras": {{}}
  }},
  "device_id": "48241179"
}}""".encode()
    assert (await runner.post(token, body)).status == 200
    assert runner.points() == [stored(at + timedelta(milliseconds=250), altitude=1661.2, speed=3.1, accuracy=4.8)]


async def test_traccar_client_sends_several_at_a_time(runner: Runner) -> None:
    """A phone that does not know its speed says -1; a standing phone starts nothing."""
    token, at = await runner.link(), now() - timedelta(minutes=1)
    locations = [
        {
            "timestamp": (at + timedelta(seconds=5 * place)).isoformat(),
            "coords": {"latitude": LAT + 15 * METRE * place, "longitude": LON, "speed": speed, "accuracy": 5},
        }
        for place, speed in enumerate((0.0, 0.2, 3.0, -1, 3.1))
    ]
    assert (await runner.post(token, {"location": locations, "device_id": "1"})).status == 200
    assert [None if row["speed"] is None else round(row["speed"], 3) for row in runner.points()] == [3.0, None, 3.1]
    tracker = await runner.tracker()
    assert (tracker.points, tracker.outside, tracker.rejected) == (3, 2, 0)


async def test_osmand_fills_in_its_placeholders(runner: Runner) -> None:
    """https://osmand.net/docs/user/plugins/trip-recording#online-tracking: milliseconds, metres a second."""
    linked = await runner.gym.person(runner.member).run(LinkTracker(app=TrackerApp.OSMAND, sport=Sport.RIDE))
    at = now() + timedelta(milliseconds=120)
    address = urlsplit(linked.setting)
    assert linked.setting.startswith(runner.api.runtime.settings.reached_at)
    target = f"{address.path}?{address.query}".format(LAT, LON, round(at.timestamp() * 1000), 4.5, 1661.0, 6.25)
    answer = await speak(runner.api, f"GET {target} HTTP/1.1\nUser-Agent: OsmAnd~ 4.8\nHost: gym.example")
    assert (answer.status, answer.body) == (200, b"OK")
    assert runner.points() == [stored(at, altitude=1661, speed=6.25, accuracy=4.5)]
    (activity,) = await runner.activities()
    assert (activity.sport, activity.source) == (Sport.RIDE, "osmand")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_gpslogger_fills_in_its_placeholders(runner: Runner, method: str) -> None:
    """https://gpslogger.app/ "Custom URL": the query of a GET, or with POST the same as the body."""
    linked = await runner.gym.person(runner.member).run(LinkTracker(app=TrackerApp.GPSLOGGER))
    at, address = now(), urlsplit(linked.setting)
    values = {"%LAT": LAT, "%LON": LON, "%TIMESTAMP": int(at.timestamp()), "%ACC": 4.5, "%ALT": 1661.0, "%SPD": 3.25}
    filled = address.query
    for name, value in values.items():
        filled = filled.replace(name, str(value))
    body = filled.encode() if method == "POST" else b""
    target = address.path if body else f"{address.path}?{filled}"
    answer = await speak(
        runner.api,
        f"""{method} {target} HTTP/1.1
        Host: gym.example
        Content-Type: application/x-www-form-urlencoded
        Content-Length: {len(body)}
        User-Agent: okhttp/4.12.0""",
        body,
    )
    assert (answer.status, answer.body) == (200, b"OK")
    assert runner.points() == [stored(at, altitude=1661, speed=3.25, accuracy=4.5)]


async def test_gpslogger_may_tell_the_time_as_a_date(runner: Runner) -> None:
    token, at = await runner.link(TrackerApp.GPSLOGGER), now()
    query = f"lat={LAT}&lon={LON}&time={at:%Y-%m-%dT%H:%M:%SZ}&spd=3.0&alt=1661.0&acc=5.0"
    assert (await runner.get(token, query)).status == 200
    assert runner.points() == [stored(at, altitude=1661, speed=3.0, accuracy=5)]


async def test_gpslogger_may_speak_as_owntracks(runner: Runner) -> None:
    """https://gpslogger.app/ "OwnTracks": the same JSON, written by hand into the body."""
    token, at = await runner.link(TrackerApp.GPSLOGGER), now()
    body = f'{{"_type":"location","t":"u","acc":"5.0","alt":"1661.0","batt":"85","bs":"0","lat":"{LAT}","lon":"{LON}","tst":"{int(at.timestamp())}","vel":"10.8"}}'  # noqa: E501
    answer = await runner.post(token, body.encode())
    assert (answer.status, answer.body) == (200, b"[]")
    assert runner.points() == [stored(at, altitude=1661, speed=3.0, accuracy=5)]
