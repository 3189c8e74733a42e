"""Phones with tracker apps, which speak to the server over a socket of their own."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from psycopg import connect
from psycopg.rows import dict_row

from pp_core.tenants.operations import Member
from pp_core.tracking.operations import (
    Activity,
    LinkTracker,
    ListActivities,
    ListTrackers,
    ShowActivity,
    TrackerApp,
    TrackerRow,
)
from tests.api.conftest import Api
from tests.conftest import Gym
from tests.tracking.ways import NAIROBI

LAT, LON = NAIROBI


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: str
    body: bytes

    @property
    def code(self) -> Any:
        return json.loads(self.body)["code"]


async def speak(api: Api, request: str, body: bytes = b"") -> Answer:
    """Send a request as it is written, lines ended as HTTP has them, and read the answer to its end."""
    address = urlsplit(api.url)
    assert address.hostname is not None
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    lines = [line.strip() for line in request.strip().splitlines()]
    writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, content = answer.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), head.decode().lower(), content)


@dataclass
class Runner:
    """A member with a tracker, in the gym of an application that answers on a socket."""

    api: Api
    gym: Gym
    member: Member

    async def link(self, app: TrackerApp = TrackerApp.TRACCAR, **more: Any) -> str:
        """The token of a new address."""
        linked = await self.gym.person(self.member).run(LinkTracker(app=app, **more))
        return linked.address.rpartition("/")[2]

    async def tracker(self) -> TrackerRow:
        """The only tracker there is, as its owner sees it."""
        (row,) = (await self.gym.person(self.member).run(ListTrackers())).items
        return row

    async def activities(self) -> list[Activity]:
        """All their activities, the last first."""
        client = self.gym.person(self.member)
        return [
            await client.run(ShowActivity(activity_id=row.id)) for row in (await client.run(ListActivities())).items
        ]

    def points(self) -> list[dict[str, Any]]:
        """What is stored of their live activities, in the order of time."""
        home: Any = self.api.runtime.home
        with connect(home.urls.admin, row_factory=dict_row) as connection:
            return connection.execute(
                "SELECT p.device_ts AS ts, p.lat, p.lon, p.altitude, p.speed, p.accuracy FROM activity_points p"
                " JOIN activities a ON a.tenant_id = p.tenant_id AND a.id = p.activity_id"
                " WHERE a.tenant_id = %s AND a.person_id = %s ORDER BY p.device_ts",
                [self.gym.id, self.member.id],
            ).fetchall()

    async def post(self, token: str, message: Any) -> Answer:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        return await speak(
            self.api,
            f"""POST /t/{token} HTTP/1.1
            Host: gym.example
            Content-Type: application/json
            Content-Length: {len(body)}""",
            body,
        )

    async def get(self, token: str, query: str) -> Answer:
        return await speak(self.api, f"GET /t/{token}?{query} HTTP/1.1\nHost: gym.example")


def now() -> datetime:
    """The moment, in whole seconds as most apps tell it."""
    return datetime.now(UTC).replace(microsecond=0)


def stored(ts: datetime, **more: float | None) -> dict[str, Any]:
    point = {"ts": ts, "lat": LAT, "lon": LON, "altitude": None, "speed": None, "accuracy": None, **more}
    return {
        name: value if name == "ts" or value is None else pytest.approx(value, rel=1e-6)
        for name, value in point.items()
    }
