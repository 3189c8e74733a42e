"""People who run, for the tests that need somebody out, and eyes that see every row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row

from pp_core.client.local import LocalClient
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.ids import new_id
from pp_core.kernel.policy import Door, Role
from pp_core.tenants.operations import Member
from pp_core.tracking.operations import Activity, PointIn, StartActivity, StopActivity, UploadPoints
from tests.conftest import Gym, TestHome
from tests.tracking.ways import NAIROBI, north

Rows = Callable[..., list[Any]]


def reader(home: TestHome) -> Rows:
    """What reads, or changes, the database past row-level security."""

    def run(statement: str, **values: Any) -> list[Any]:
        assert home.urls.admin is not None
        with psycopg.connect(home.urls.admin, autocommit=True, row_factory=namedtuple_row) as connection:
            done = connection.execute(statement.encode(), values)
            return done.fetchall() if done.description else []

    return run


@dataclass(frozen=True)
class Runner:
    """A member with a phone; what they do, they do over a socket, as a tracker."""

    member: Member
    client: LocalClient
    clock: ManualClock

    @property
    def id(self) -> UUID:
        return self.member.id

    async def run(self, points: tuple[PointIn, ...], **more: Any) -> Activity:
        """Set out at the first point, send them all, and stop when the last one is taken; the clock goes along."""
        started = await self.client.run(StartActivity(started_at=points[0].ts, **more))
        if points[-1].ts > self.clock.now():
            self.clock.advance(points[-1].ts - self.clock.now())
        for first in range(0, len(points), 5000):
            await self.client.run(UploadPoints(activity_id=started.id, points=points[first : first + 5000]))
        return await self.client.run(StopActivity(activity_id=started.id))

    async def ran(self, metres: float, *, speed: float = 3.0, **more: Any) -> Activity:
        """Run due north from now on."""
        return await self.run(north(self.clock.now(), metres=metres, speed=speed), **more)


@dataclass(frozen=True)
class Outdoors:
    """A gym whose people run; its clock stands until it is moved."""

    gym: Gym
    clock: ManualClock
    rows: Rows

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def later(self, **more: float) -> datetime:
        """Move the clock; the time by then."""
        self.clock.advance(timedelta(**more))
        return self.clock.now()

    async def runner(self, name: str = "Amina Wanjiru", *roles: Role) -> Runner:
        """A member of the gym; with roles somebody who works there."""
        member = await self.gym.add_member(name)
        if roles:
            values = {"roles": [role.value for role in roles], "id": member.id}
            self.rows("UPDATE people SET roles = %(roles)s WHERE id = %(id)s", **values)
        return Runner(member, self.gym.person(member, Door.TRACKER), self.clock)

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the gym's events of this name carry, oldest first."""
        found = self.rows("SELECT payload FROM outbox WHERE tenant_id = %(gym)s AND name = %(name)s ORDER BY id",
                          gym=self.gym.id, name=name)  # fmt: skip
        return [row.payload for row in found]

    def hide_around(self, runner: Runner, *, radius_m: int, at: tuple[float, float] = NAIROBI) -> None:
        """A privacy zone of theirs."""
        self.rows(
            "INSERT INTO privacy_zones (tenant_id, id, person_id, name, lat, lon, radius_m)"
            " VALUES (%(gym)s, %(id)s, %(person)s, 'Home', %(lat)s, %(lon)s, %(radius)s)",
            gym=self.gym.id, id=new_id(), person=runner.id, lat=at[0], lon=at[1], radius=radius_m,
        )  # fmt: skip

    def flag(self, activity_id: UUID, **more: Any) -> UUID:
        """As if the rules had seen something in an activity."""
        values = {"id": new_id(), "sort": "impossible_speed", "from_s": 100, "to_s": 140, **more}
        values.setdefault("seen", '{"speed": 20.0, "limit": 12.5}')
        self.rows(
            "INSERT INTO activity_flags (tenant_id, id, activity_id, sort, from_s, to_s, seen)"
            " VALUES (%(gym)s, %(id)s, %(activity)s, %(sort)s, %(from_s)s, %(to_s)s, %(seen)s)",
            gym=self.gym.id, activity=activity_id, **values,
        )  # fmt: skip
        self.rows("UPDATE activities SET flagged = true WHERE id = %(id)s", id=activity_id)
        return UUID(str(values["id"]))
