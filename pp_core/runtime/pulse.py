"""The pipeline: what every request passes, whichever door it came through.

correlation id → authenticate → rate limit → door, fresh sign-in → open transaction → roles and permission → entitlement →
claim the idempotency key or replay its answer → handler → audit, outbox and answer in the same transaction → commit.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel

from pp_core.kernel import handlers, idempotency
from pp_core.kernel.call import Call, System
from pp_core.kernel.clock import Clock
from pp_core.kernel.context import Actor, ActorKind, Context, PublicContext, SystemContext, TenantContext
from pp_core.kernel.db.listening import Listener
from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Database, Transaction
from pp_core.kernel.errors import Internal, Kind, NotFound, Problem
from pp_core.kernel.ids import PLATFORM, new_id
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door
from pp_core.kernel.ports import Ports
from pp_core.kernel.watching import Change, Request, Topic, Unwatchable, subject_told

from . import admission, live
from .admission import BEGIN, NOBODY, Caller
from .limits import Limiter

Q = TypeVar("Q", bound=Request)
T = TypeVar("T")
R = TypeVar("R", bound=BaseModel)
_log = structlog.stdlib.get_logger(__name__)

_FINISH = sql(
    "SELECT pp_finish(%(tenant)s, %(audit)s, %(at)s, %(actor_kind)s, %(actor)s, %(person)s, %(operation)s, %(door)s,"
    " %(ip)s, %(correlation)s, %(outcome)s, %(resource)s, %(resource_id)s, %(detail)s, %(key)s, %(answer)s::jsonb,"
    " %(event_tenants)s::uuid[], %(event_ids)s::uuid[], %(event_names)s::text[], %(event_payloads)s::text[],"
    " %(event_subjects)s::uuid[])"
)
_REFUSED = "~refused"
_AUDITED_REFUSALS = frozenset({Kind.FORBIDDEN, Kind.NOT_ENTITLED, Kind.CONFLICT, Kind.NOT_FOUND, Kind.INTERNAL})


class Pulse:
    """The one path from a door to a handler and back."""

    def __init__(
        self,
        *,
        database: Database | None,
        limiter: Limiter,
        ports: Ports,
        clock: Clock,
        listener: Listener | None = None,
        recheck_watchers: float = live.RECHECK_SECONDS,
    ) -> None:
        self._database = database
        self._limiter = limiter
        self._ports = ports
        self._clock = clock
        self._listener = listener
        self._recheck_watchers = recheck_watchers

    async def run(self, op: Operation[R], call: Call) -> R:
        """Run `op` as `call` asks; raises a `Problem` for whatever was wrong, `Internal` for the unforeseen."""
        return await self._pass(op, call, self._transact if op.policy.database else self._handle_without_database)

    def watch(self, topic: Topic, call: Call) -> AsyncGenerator[Change, None]:
        """Follow `topic` as `call` asks, for as long as its caller may; see `protocol.Client`."""
        if self._listener is None:
            raise Unwatchable
        return live.follow(topic, self._listener, partial(self._let_watch, topic, call), recheck=self._recheck_watchers)

    async def _let_watch(self, topic: Topic, call: Call, *, again: bool) -> UUID:
        return await self._pass(topic, call, self._gym_of, charged=not again)

    async def _pass(
        self, request: Q, call: Call, then: Callable[[Q, Call, Caller], Awaitable[T]], *, charged: bool = True
    ) -> T:
        """The stages that every request passes, whatever is done `then`; refusals are written down."""
        caller: Caller | None = None
        try:
            caller = admission.authenticate(request.policy, call, self._ports.tokens)
            if charged:
                await self._limiter.charge(request, call, caller.actor)
            admission.open_door(request.policy, call)
            return await then(request, call, caller)
        except Problem as problem:
            if caller is not None:
                await self._audit_refusal(request, call, caller, problem)
            raise
        except Exception as error:
            _log.exception("unexpected error", operation=request.policy.name, correlation_id=call.correlation_id)
            internal = Internal(correlation_id=call.correlation_id)
            if caller is not None:
                await self._audit_refusal(request, call, caller, internal)
            raise internal from error

    async def _gym_of(self, topic: Topic, call: Call, caller: Caller) -> UUID:
        assert self._database is not None
        async with self._database.transaction(read_only=True) as tx:
            begun = await tx.one(BEGIN, **admission.beginning(topic.policy, caller))
            self._admit(topic, call, caller, tx, begun)
        tenant_id: UUID = begun.tenant
        return tenant_id

    def _admit(self, request: Request, call: Call, caller: Caller, tx: Transaction, begun: Any) -> Context:
        return admission.admit(request.policy, call, caller, begun, tx=tx, clock=self._clock, ports=self._ports)

    async def _handle_without_database(self, op: Operation[R], call: Call, caller: Caller) -> R:
        no_transaction: Any = None
        ctx = PublicContext(call=call, actor=caller.actor, tx=no_transaction, clock=self._clock, ports=self._ports)
        answer: R = await handlers.handler_of(type(op))(ctx, op)
        return answer

    async def _transact(self, op: Operation[R], call: Call, caller: Caller) -> R:
        policy = op.policy
        assert self._database is not None, "an operation that needs the database was run without one"
        key = self._key(op, call, caller)
        refusal: Problem | None = None
        answer: R | None = None
        async with self._database.transaction(read_only=policy.reads_only) as tx:
            begun = await tx.one(BEGIN, **admission.beginning(policy, caller, key, _fingerprint(op, key)))
            ctx = self._admit(op, call, caller, tx, begun)
            if begun.verdict == "replay":
                call.replayed = True
                if (refused := begun.answer.get(_REFUSED)) is not None:
                    raise Problem.registry[refused["code"]](**refused["data"])
                return type(op).result.model_validate(begun.answer)  # type: ignore[return-value]
            try:
                answer = await handlers.handler_of(type(op))(ctx, op)
            except Problem as problem:
                if not problem.keeps_changes:
                    raise
                refusal = problem
            if not policy.reads_only:
                await self._finish(ctx, op, key, answer, refusal)
        if refusal is not None:
            raise refusal
        assert answer is not None
        return answer

    def _key(self, op: Operation[Any], call: Call, caller: Caller) -> UUID | None:
        if call.idempotency_key is None or not op.policy.claims_keys:
            return None
        return idempotency.key_id(caller.actor.label, call.idempotency_key)

    async def _finish(
        self, ctx: Context, op: Operation[Any], key: UUID | None, answer: BaseModel | None, refusal: Problem | None
    ) -> None:
        if not op.policy.audited and key is None and not ctx.pending:
            return
        await ctx.tx.run(
            _FINISH,
            **self._audit_values(ctx, op, "done" if refusal is None else refusal.code),
            key=key,
            answer=None if key is None else _stored(answer, refusal),
            **_events_of(ctx),
        )

    async def _store_events(self, ctx: Context) -> None:
        nothing = dict.fromkeys(
            ("audit", "actor_kind", "actor", "person", "operation", "door", "ip", "outcome", "resource", "resource_id",
             "detail", "key", "answer")
        )  # fmt: skip
        await ctx.tx.run(
            _FINISH,
            **nothing,
            tenant=ctx.tenant_id if isinstance(ctx, TenantContext) else PLATFORM,
            at=ctx.now,
            correlation=ctx.call.correlation_id,
            **_events_of(ctx),
        )

    def _audit_values(self, ctx: Context, op: Request, outcome: str) -> dict[str, Any]:
        actor, note = ctx.actor, ctx.note
        return {
            "tenant": ctx.tenant_id if isinstance(ctx, TenantContext) else PLATFORM,
            "audit": new_id() if op.policy.audited else None,
            "at": ctx.clock.now(),
            "actor_kind": actor.kind.value,
            "actor": actor.label,
            "person": actor.person_id,
            "operation": op.policy.name,
            "door": ctx.call.door.value,
            "ip": ctx.call.ip,
            "correlation": ctx.call.correlation_id,
            "outcome": outcome,
            "resource": note.resource,
            "resource_id": note.resource_id,
            "detail": {**note.detail, "request": json.loads(op.model_dump_json(exclude_defaults=True))},
        }

    @asynccontextmanager
    async def system(
        self, name: str, tenant_id: UUID, correlation_id: str
    ) -> AsyncIterator[TenantContext | SystemContext]:
        """A transaction of the worker's own, in a gym or (for the nil id) on the platform; its events leave with it."""
        assert self._database is not None
        in_gym = tenant_id != PLATFORM
        call = Call(door=Door.WORKER, credentials=System(name), correlation_id=correlation_id or new_id().hex)
        actor = Actor(ActorKind.SYSTEM, f"system:{name}")
        async with self._database.transaction() as tx:
            begun = await tx.one(BEGIN, **{**NOBODY, "tenant": tenant_id, "operation": name})
            if begun.verdict == "no_gym":
                raise NotFound(what="gym")
            shared: dict[str, Any] = {
                "call": call, "actor": actor, "tx": tx, "clock": self._clock, "ports": self._ports
            }  # fmt: skip
            ctx = admission.tenant_context(Caller(actor), begun, shared) if in_gym else SystemContext(**shared)
            yield ctx
            if ctx.pending:
                await self._store_events(ctx)

    async def _audit_refusal(self, op: Request, call: Call, caller: Caller, problem: Problem) -> None:
        """Write a refusal or failure down in a transaction of its own; never at the cost of the answer."""
        if problem.keeps_changes or problem.kind not in _AUDITED_REFUSALS or not op.policy.audited:
            return
        if self._database is None or (op.policy.reads_only and problem.kind is Kind.NOT_FOUND):
            return
        try:
            async with self._database.transaction() as tx:
                begun = await tx.one(
                    BEGIN,
                    **{**NOBODY, "tenant": caller.tenant_id, "slug": caller.slug, "operation": op.policy.name},
                )
                ctx = SystemContext(call=call, actor=caller.actor, tx=tx, clock=self._clock, ports=self._ports)
                values = self._audit_values(ctx, op, problem.code)
                values["tenant"] = begun.tenant or PLATFORM
                values["detail"] = {**values["detail"], "problem": {key: str(v) for key, v in problem.data.items()}}
                await tx.run(_FINISH, **values, key=None, answer=None, **_events_of(ctx))
        except Exception:
            _log.exception("a refusal could not be audited", operation=op.policy.name, code=problem.code)


def _stored(answer: BaseModel | None, refusal: Problem | None) -> str | None:
    """What is replayed under a key: a refusal too, when what led to it was kept."""
    if refusal is not None:
        return json.dumps({_REFUSED: {"code": refusal.code, "data": refusal.data}})
    return None if answer is None else answer.model_dump_json()


def _fingerprint(op: Operation[Any], key: UUID | None) -> str | None:
    return None if key is None else idempotency.fingerprint(op.model_dump_json(context={"reveal": True}))


def _events_of(ctx: Context) -> dict[str, list[Any]]:
    return {
        "event_tenants": [tenant_id for tenant_id, _ in ctx.pending],
        "event_ids": [new_id() for _ in ctx.pending],
        "event_names": [event.name for _, event in ctx.pending],
        "event_payloads": [event.model_dump_json() for _, event in ctx.pending],
        "event_subjects": [subject_told(event) for _, event in ctx.pending],
    }
