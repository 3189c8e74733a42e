"""The bare routes that operations are compared with: the same SQL as the handlers', and nothing that a pipeline adds.

Each does BEGIN, set_config, the handler's statements, and COMMIT on a psycopg pool as pp_app; a write adds one audit and one
outbox insert. There is no sign-in, no permission, no limit, no idempotency and no job.
"""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Database, Transaction
from pp_core.kernel.ids import digest_id, new_id
from pp_core.tenants.queries import people
from pp_core.tracking.queries import activities
from pp_core.workouts.queries import sessions
from pp_core.workouts.rules import DoneSet, bests

_TENANT = sql("SELECT set_config('app.tenant_id', %(tenant)s, true)")
_AUDIT = sql(
    "INSERT INTO audit_entries (tenant_id, id, at, actor_kind, actor, operation, door, correlation_id, outcome, detail)"
    " VALUES (%(tenant)s, %(id)s, now(), 'user', 'bare', 'bare', 'rest', 'bare', 'done', '{}')"
)
_OUTBOX = sql(
    "INSERT INTO outbox (tenant_id, id, name, payload, correlation_id, occurred_at)"
    " VALUES (%(tenant)s, %(id)s, 'bare', '{}', 'bare', now())"
)


class Squats(BaseModel):
    """What a bare write is sent: repetitions and load of each set, parsed already."""

    reps: list[int]
    weight_kg: int


def add_bare_routes(app: FastAPI, database: Database) -> None:
    """Add them under `/bare`."""

    async def enter(tx: Transaction, gym: UUID) -> None:
        await tx.run(_TENANT, tenant=str(gym))

    @app.websocket("/bare/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        with suppress(WebSocketDisconnect):
            while True:
                await socket.send_text(await socket.receive_text())

    @app.get("/bare/{gym}/workouts/{member}", include_in_schema=False)
    async def list_workouts(gym: UUID, member: UUID) -> list[dict[str, Any]]:
        async with database.transaction(read_only=True) as tx:
            await enter(tx, gym)
            person = await people.brief_by_id(tx, gym, member)
            assert person is not None
            rows = await sessions.sessions(tx, gym, person.id, after_at=None, after_id=None, limit=21)
            sets = await sessions.sets_of(tx, gym, [row.id for row in rows])
        by_session: dict[UUID, list[dict[str, Any]]] = {}
        for one in sets:
            by_session.setdefault(one.session_id, []).append(one._asdict())
        return [{**row._asdict(), "sets": by_session[row.id]} for row in rows]

    @app.get("/bare/{gym}/activities/{member}", include_in_schema=False)
    async def list_activities(gym: UUID, member: UUID) -> list[dict[str, Any]]:
        async with database.transaction(read_only=True) as tx:
            await enter(tx, gym)
            person = await people.brief_by_id(tx, gym, member)
            assert person is not None
            rows = await activities.page(
                tx, gym, person_id=person.id, viewer=None, visible=["gym", "staff"], sport=None, before_at=None,
                before_id=None, limit=21,
            )  # fmt: skip
        return [row._asdict() for row in rows[:20]]

    @app.get("/bare/{gym}/members/{member}", include_in_schema=False)
    async def get_member(gym: UUID, member: UUID) -> dict[str, Any]:
        async with database.transaction(read_only=True) as tx:
            await enter(tx, gym)
            person = await people.by_id(tx, gym, member)
        assert person is not None
        answer: dict[str, Any] = person._asdict()
        return answer

    @app.post("/bare/{gym}/workouts/{member}", include_in_schema=False)
    async def log_workout(gym: UUID, member: UUID, body: Squats) -> dict[str, Any]:
        squat = digest_id("exercise", "squat")
        done = [
            DoneSet(new_id(), squat, "Squat", place, reps, Decimal(body.weight_kg), None, None)
            for place, reps in enumerate(body.reps, 1)
        ]
        session_id = new_id()
        async with database.transaction() as tx:
            await enter(tx, gym)
            person = await people.brief_by_id(tx, gym, member)
            assert person is not None
            now = datetime.now(UTC)
            await sessions.log(
                tx, gym, session_id=session_id, person_id=person.id, day=now.date(), performed_at=now, text="bare",
                note=None, door="rest", logged_by=None, now=now, sets=done, bests=bests(done),
            )  # fmt: skip
            await tx.run(_AUDIT, tenant=gym, id=new_id())
            await tx.run(_OUTBOX, tenant=gym, id=new_id())
        return {"id": session_id, "sets": [shown(one) for one in done]}


def shown(one: DoneSet) -> dict[str, Any]:
    """A set as JSON-ready values."""
    return {"id": one.id, "exercise": one.exercise, "reps": one.reps, "weight_kg": one.weight_kg}
