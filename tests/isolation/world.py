"""Two gyms with somebody for each role in both, and eyes that see every row."""

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import sql
from pydantic import BaseModel

from pp_core.kernel import crypto
from pp_core.kernel.call import BearerToken, Call, Credentials, Operator, System, VerifiedPhone
from pp_core.kernel.db.tables import Kind
from pp_core.kernel.errors import Problem
from pp_core.kernel.ids import new_id
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door, Role, Scope
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import Member
from tests.conftest import Gym, new_phone, onboard

from .schema import Connection, declared

PASSWORD = "tembo-saba-mlimani-42"
GYM_ROLES = tuple(role for role in Role if role is not Role.SUPER_ADMIN)


@dataclass(frozen=True)
class Caller:
    """Somebody with a login and a place in a gym."""

    gym: Gym
    role: Role
    user_id: UUID
    session_id: UUID
    person_id: UUID
    phone: str
    token: BearerToken
    gymless: BearerToken

    @property
    def by_phone(self) -> VerifiedPhone:
        return VerifiedPhone(self.phone, self.gym.id, self.person_id)


@dataclass(frozen=True)
class Outcome:
    """How a call ended: with an answer or with a problem."""

    call: Call
    answer: BaseModel | None = None
    problem: Problem | None = None

    def __str__(self) -> str:
        return f"answered {self.answer!r}"[:300] if self.problem is None else f"refused with {self.problem}"


@dataclass
class World:
    """The stage of the generated tests. `admin` is a superuser's connection to its database."""

    runtime: Runtime
    admin: Connection
    a: Gym
    b: Gym
    password_hash: str
    staff: dict[tuple[str, Role], Caller] = field(default_factory=dict)

    @classmethod
    async def make(cls, runtime: Runtime, admin: Connection) -> "World":
        a, b = await onboard(runtime, "Kilimani Strength"), await onboard(runtime, "Westlands Fitness")
        world = cls(runtime, admin, a, b, await runtime.ports.hasher.hash(PASSWORD))
        for gym in (a, b):
            for role in GYM_ROLES:
                world.staff[gym.slug, role] = world.join(gym, role)
        return world

    def who(self, gym: Gym, role: Role = Role.GYM_ADMIN) -> Caller:
        """The gym's person of that role."""
        return self.staff[gym.slug, role]

    def join(self, gym: Gym, role: Role = Role.CLIENT) -> Caller:
        """A new person of the gym with a login of their own, signed in."""
        user_id, session_id, person_id, phone = new_id(), new_id(), new_id(), new_phone()
        self.put(
            "users", user_id=user_id, phone=phone, password_hash=self.password_hash, phone_verified_at=datetime.now(UTC)
        )
        self.sign_in(user_id, session_id)
        self.put(
            "people", tenant_id=gym.id, id=person_id, user_id=user_id, branch_id=gym.onboarded.branch_id,
            name=f"{role.value.title()} {secrets.token_hex(4)}", phone=phone, code=f"T{secrets.token_hex(5)}",
            roles=[role.value], joined_on=datetime.now(UTC).date(),
        )  # fmt: skip
        claims = {"sub": str(user_id), "sid": str(session_id), **_times()}
        token = self.runtime.ports.tokens.issue({**claims, "tid": str(gym.id), "gym": gym.slug})
        gymless = self.runtime.ports.tokens.issue(claims)
        return Caller(gym, role, user_id, session_id, person_id, phone, BearerToken(token), BearerToken(gymless))

    def sign_in(self, user_id: UUID, session_id: UUID) -> None:
        """A session of a login, as a row."""
        now = datetime.now(UTC)
        self.put("user_sessions", user_id=user_id, id=session_id, device="test", authenticated_at=now, last_seen_at=now)

    def super_admin(self) -> Caller:
        """Somebody who runs the platform."""
        caller = self.join(self.a)
        self.admin.execute("UPDATE users SET super_admin = true WHERE user_id = %s", [caller.user_id])
        return caller

    async def member(self, gym: Gym) -> Member:
        """A new member without a login."""
        return await gym.add_member(f"Mwana {secrets.token_hex(4)}")

    @contextmanager
    def gym_with(self, gym: Gym, **values: Any) -> Iterator[None]:
        """The gym with other values for a while."""
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        kept = self.admin.execute(
            sql.SQL("SELECT {} FROM tenants WHERE tenant_id = %s").format(names), [gym.id]
        ).fetchone()
        assert kept is not None
        self.set_gym(gym, values)
        try:
            yield
        finally:
            self.set_gym(gym, kept._asdict())

    def set_gym(self, gym: Gym, values: dict[str, Any]) -> None:
        """Change the gym's own row."""
        changes = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in values)
        self.admin.execute(
            sql.SQL("UPDATE tenants SET {} WHERE tenant_id = %(gym)s").format(changes), {**values, "gym": gym.id}
        )

    def put(self, name: str, /, **values: Any) -> None:
        """Insert a row, past row-level security."""
        columns = sql.SQL(", ").join(map(sql.Identifier, values))
        places = sql.SQL(", ").join(map(sql.Placeholder, values))
        self.admin.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(name), columns, places), values
        )

    def finish_activities(self, person_id: UUID) -> None:
        """Let a person be out no more."""
        self.admin.execute("UPDATE activities SET status = 'finished' WHERE person_id = %s", [person_id])

    def token(self, caller: Caller, gym: Gym) -> BearerToken:
        """A token of the caller's session that names a gym."""
        claims = {"sub": str(caller.user_id), "sid": str(caller.session_id), **_times()}
        return BearerToken(self.runtime.ports.tokens.issue({**claims, "tid": str(gym.id), "gym": gym.slug}))

    async def run(
        self,
        op: Operation[Any],
        credentials: Credentials,
        key: str | None = None,
        *,
        door: Door | None = None,
        host: str | None = None,
    ) -> Outcome:
        """Run it through the pipeline, behind the first door that is open for it."""
        doors = op.policy.doors
        door = door or (Door.REST if Door.REST in doors else min(doors))
        call = Call(door=door, credentials=credentials, idempotency_key=key, ip="203.0.113.7", gym_host=host)
        try:
            return Outcome(call, answer=await self.runtime.pulse.run(op, call))
        except Problem as problem:
            return Outcome(call, problem=problem)

    def fitting(self, scope: Scope, caller: Caller) -> Credentials:
        """Credentials of the sort that the scope asks for."""
        match scope:
            case Scope.PUBLIC | Scope.USER | Scope.TENANT:
                return caller.token
            case Scope.PLATFORM:
                return Operator("tester")
            case Scope.SYSTEM:
                return System("tester")

    def caller_for(self, scope: Scope, gym: Gym) -> Caller:
        """The gym's administrator; a fresh login where the operation may end its sessions."""
        return self.join(gym) if scope in (Scope.USER, Scope.PUBLIC) else self.who(gym)

    def everything(self, *, but: Iterable[str] = ()) -> dict[str, str]:
        """A digest of each table, the queue included, whoever's rows they are."""
        names = [name for name in declared() if name not in but]
        parts = [
            sql.SQL("SELECT {} AS name, {} AS digest FROM {} t").format(n, _DIGEST, sql.Identifier(n)) for n in names
        ]
        parts.append(sql.SQL("SELECT 'jobs' AS name, {} AS digest FROM jobs.procrastinate_jobs t").format(_DIGEST))
        return {row.name: row.digest for row in self.admin.execute(sql.SQL(" UNION ALL ").join(parts))}

    def of(self, gym: Gym) -> dict[str, str]:
        """A digest of the gym's rows, and of the logins of its people, by table."""
        parts = []
        for name, model in declared().items():
            if model.kind is Kind.TENANT:
                condition = sql.SQL("t.tenant_id = %(gym)s")
            elif model.kind is Kind.USER:
                condition = sql.SQL("t.user_id IN (SELECT p.user_id FROM people p WHERE p.tenant_id = %(gym)s)")
            else:
                continue
            parts.append(
                sql.SQL("SELECT {} AS name, {} AS digest FROM {} t WHERE {}").format(
                    name, _DIGEST, sql.Identifier(name), condition
                )
            )
        return {row.name: row.digest for row in self.admin.execute(sql.SQL(" UNION ALL ").join(parts), {"gym": gym.id})}

    def ids_of(self, gym: Gym) -> set[str]:
        """Every id, and the phones, that stand in the gym's rows and in no other gym's."""
        return self._ids("=", gym) - self._ids("<>", gym)

    def _ids(self, sign: str, gym: Gym) -> set[str]:
        parts = []
        for name, model in declared().items():
            if model.kind is Kind.TENANT:
                columns = [
                    c.name for c in model.__table__.columns if c.name.endswith(("id", "phone", "recipient", "sender"))
                ]
                for column in columns:
                    parts.append(
                        sql.SQL("SELECT {}::text AS value FROM {} WHERE tenant_id {} %(gym)s").format(
                            sql.Identifier(column), sql.Identifier(name), sql.SQL(sign)
                        )
                    )
        rows = self.admin.execute(sql.SQL(" UNION ").join(parts), {"gym": gym.id})
        return {row.value for row in rows if row.value and len(row.value) > 8}

    def said_in(self, gym: Gym) -> set[str]:
        """Every id that the gym's callers wrote themselves, as the gym's own audit trail keeps it."""
        rows = self.admin.execute("SELECT detail::text AS said FROM audit_entries WHERE tenant_id = %s", [gym.id])
        return {found for row in rows for found in re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", row.said)}

    def audit(self, call: Call) -> list[Any]:
        """The audit rows of a call."""
        return self.admin.execute(
            "SELECT * FROM audit_entries WHERE correlation_id = %s ORDER BY id", [call.correlation_id]
        ).fetchall()


_DIGEST = sql.SQL("count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')")


def _times() -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"iat": now, "exp": now + timedelta(minutes=30)}


def texted_code(world: World, caller: Caller, purpose: str) -> str:
    """A one-time code of the caller, stored as if it had been sent to their phone."""
    code = f"{secrets.randbelow(10**6):06d}"
    world.put(
        "one_time_codes", user_id=caller.user_id, id=new_id(), purpose=purpose, target=caller.phone,
        digest=crypto.digest(f"{caller.user_id}:{purpose}:{code}"), expires_at=datetime.now(UTC) + timedelta(minutes=10),
    )  # fmt: skip
    return code


def refresh_token(world: World, caller: Caller) -> str:
    """An unused refresh token of the caller's session."""
    token = crypto.new_token("ppr_")
    world.put(
        "refresh_tokens", digest=crypto.digest(token), user_id=caller.user_id, session_id=caller.session_id,
        tenant_id=caller.gym.id, expires_at=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    return token
