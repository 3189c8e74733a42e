"""The pipeline: what every request passes, whichever door it came through.

correlation id → authenticate → rate limit → door, fresh sign-in → open transaction → roles and permission → entitlement →
claim the idempotency key or replay its answer → handler → audit, outbox and answer in the same transaction → commit.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel

from pp_core.kernel import handlers, idempotency
from pp_core.kernel.call import Anonymous, BearerToken, Call, Operator, System, VerifiedPhone
from pp_core.kernel.clock import Clock
from pp_core.kernel.context import (
    Actor,
    ActorKind,
    Context,
    PlatformContext,
    PublicContext,
    SystemContext,
    TenantContext,
    UserContext,
)
from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Database, Transaction
from pp_core.kernel.errors import (
    DoorClosed,
    FeatureMissing,
    FreshSignInNeeded,
    GymSuspended,
    Internal,
    KeyReused,
    Kind,
    NotFound,
    NotOfThisGym,
    NotSignedIn,
    PermissionMissing,
    Problem,
    SessionEnded,
    WrongScope,
)
from pp_core.kernel.ids import PLATFORM, new_id
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door, Permission, Policy, Role, Scope, features_named, permissions_of
from pp_core.kernel.ports import Ports

from .limits import Limiter

R = TypeVar("R", bound=BaseModel)
FRESH = timedelta(minutes=10)
_log = structlog.stdlib.get_logger(__name__)

_BEGIN = sql(
    "SELECT * FROM pp_begin(%(scope)s, %(user)s, %(session)s, %(tenant)s, %(slug)s, %(person)s, %(phone)s,"
    " %(key)s, %(operation)s, %(fingerprint)s)"
)
_FINISH = sql(
    "SELECT pp_finish(%(tenant)s, %(audit)s, %(at)s, %(actor_kind)s, %(actor)s, %(person)s, %(operation)s, %(door)s,"
    " %(ip)s, %(correlation)s, %(outcome)s, %(resource)s, %(resource_id)s, %(detail)s, %(key)s, %(answer)s::jsonb,"
    " %(event_tenants)s::uuid[], %(event_ids)s::uuid[], %(event_names)s::text[], %(event_payloads)s::text[])"
)
_AUDITED_REFUSALS = frozenset({Kind.FORBIDDEN, Kind.NOT_ENTITLED, Kind.CONFLICT, Kind.NOT_FOUND, Kind.INTERNAL})


@dataclass(slots=True)
class _Caller:
    """Who calls, before the database has had its say."""

    actor: Actor
    tenant_id: UUID | None = None
    slug: str | None = None
    phone: str | None = None
    platform: bool = False


class Pulse:
    """The one path from a door to a handler and back."""

    def __init__(self, *, database: Database | None, limiter: Limiter, ports: Ports, clock: Clock) -> None:
        self._database = database
        self._limiter = limiter
        self._ports = ports
        self._clock = clock

    async def run(self, op: Operation[R], call: Call) -> R:
        """Run `op` as `call` asks; raises a `Problem` for whatever was wrong, `Internal` for the unforeseen."""
        caller: _Caller | None = None
        try:
            caller = self._authenticate(op.policy, call)
            await self._limiter.charge(op, call, caller.actor)
            _open_door(op.policy, call)
            if not op.policy.database:
                return await self._handle_without_database(op, call, caller)
            return await self._transact(op, call, caller)
        except Problem as problem:
            if caller is not None:
                await self._audit_refusal(op, call, caller, problem)
            raise
        except Exception as error:
            _log.exception("unexpected error", operation=op.policy.name, correlation_id=call.correlation_id)
            internal = Internal(correlation_id=call.correlation_id)
            if caller is not None:
                await self._audit_refusal(op, call, caller, internal)
            raise internal from error

    def _authenticate(self, policy: Policy, call: Call) -> _Caller:
        caller = self._identify(call)
        scope = policy.scope
        kind = caller.actor.kind
        if scope is Scope.PUBLIC:
            return caller
        if kind is ActorKind.ANONYMOUS:
            raise NotSignedIn
        if scope is Scope.SYSTEM and kind is not ActorKind.SYSTEM:
            raise WrongScope(needs=scope)
        if scope is Scope.USER and kind is not ActorKind.USER:
            raise WrongScope(needs=scope)
        if scope is Scope.PLATFORM and not (caller.platform or kind is ActorKind.USER):
            raise WrongScope(needs=scope)
        if scope is Scope.TENANT and caller.tenant_id is None and caller.slug is None:
            raise WrongScope(needs=scope)
        return caller

    def _identify(self, call: Call) -> _Caller:
        match call.credentials:
            case Anonymous():
                return _Caller(Actor(ActorKind.ANONYMOUS, f"address:{call.ip or 'unknown'}"))
            case BearerToken(token):
                claims = self._ports.tokens.read(token)
                tenant, slug = claims.get("tid"), claims.get("gym")
                if call.gym_host is not None and tenant is not None and slug != call.gym_host:
                    raise NotOfThisGym(gym=call.gym_host)
                user_id = UUID(claims["sub"])
                actor = Actor(ActorKind.USER, f"user:{user_id}", user_id=user_id, session_id=UUID(claims["sid"]))
                return _Caller(actor, tenant_id=UUID(tenant) if tenant else None)
            case VerifiedPhone(phone, tenant_id, person_id):
                actor = Actor(ActorKind.PHONE, f"person:{person_id}", person_id=person_id)
                return _Caller(actor, tenant_id=tenant_id, phone=phone)
            case Operator(name, gym):
                return _Caller(Actor(ActorKind.OPERATOR, f"operator:{name}"), slug=gym, platform=True)
            case System(name, tenant_id):
                return _Caller(Actor(ActorKind.SYSTEM, f"system:{name}"), tenant_id=tenant_id, platform=True)

    async def _handle_without_database(self, op: Operation[R], call: Call, caller: _Caller) -> R:
        no_transaction: Any = None
        ctx = PublicContext(call=call, actor=caller.actor, tx=no_transaction, clock=self._clock, ports=self._ports)
        answer: R = await handlers.handler_of(type(op))(ctx, op)
        return answer

    async def _transact(self, op: Operation[R], call: Call, caller: _Caller) -> R:
        policy = op.policy
        assert self._database is not None, "an operation that needs the database was run without one"
        key = self._key(op, call, caller)
        refusal: Problem | None = None
        answer: R | None = None
        async with self._database.transaction(read_only=policy.reads_only) as tx:
            begun = await tx.one(_BEGIN, **self._beginning(op, caller, key))
            ctx = self._admit(policy, call, caller, tx, begun)
            if begun.verdict == "replay":
                call.replayed = True
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

    def _key(self, op: Operation[Any], call: Call, caller: _Caller) -> UUID | None:
        if call.idempotency_key is None or not op.policy.claims_keys:
            return None
        return idempotency.key_id(caller.actor.label, call.idempotency_key)

    def _beginning(self, op: Operation[Any], caller: _Caller, key: UUID | None) -> dict[str, Any]:
        actor = caller.actor
        in_gym = op.policy.scope is Scope.TENANT or (op.policy.scope is Scope.SYSTEM and caller.tenant_id is not None)
        return {
            "scope": op.policy.scope.value,
            "user": actor.user_id,
            "session": actor.session_id,
            "tenant": caller.tenant_id if in_gym else None,
            "slug": caller.slug if in_gym else None,
            "person": actor.person_id,
            "phone": caller.phone,
            "key": key,
            "operation": op.policy.name,
            "fingerprint": None
            if key is None
            else idempotency.fingerprint(op.model_dump_json(context={"reveal": True})),
        }

    def _admit(self, policy: Policy, call: Call, caller: _Caller, tx: Transaction, begun: Any) -> Context:
        match begun.verdict:
            case "session_ended":
                raise SessionEnded
            case "no_gym":
                raise NotFound(what="gym")
            case "not_of_this_gym":
                raise NotOfThisGym(gym=begun.gym_slug)
            case "key_reused" if policy.scope is not Scope.TENANT:
                raise KeyReused
        if policy.fresh and caller.actor.kind is not ActorKind.OPERATOR:
            if begun.authenticated_at is None or self._clock.now() - begun.authenticated_at > FRESH:
                raise FreshSignInNeeded
        shared: dict[str, Any] = {
            "call": call,
            "actor": caller.actor,
            "tx": tx,
            "clock": self._clock,
            "ports": self._ports,
        }
        match policy.scope:
            case Scope.PUBLIC:
                return PublicContext(**shared)
            case Scope.USER:
                assert caller.actor.user_id is not None
                return UserContext(**shared, user_id=caller.actor.user_id)
            case Scope.SYSTEM:
                return SystemContext(**shared)
            case Scope.PLATFORM:
                if not (caller.platform or begun.super_admin):
                    raise WrongScope(needs=Scope.PLATFORM)
                return PlatformContext(**shared)
            case Scope.TENANT:
                ctx = _tenant_context(caller, begun, shared)
                _permit(policy, ctx, begun.gym_status)
                if begun.verdict == "key_reused":
                    raise KeyReused
                return ctx

    async def _finish(
        self, ctx: Context, op: Operation[Any], key: UUID | None, answer: BaseModel | None, refusal: Problem | None
    ) -> None:
        await ctx.tx.run(
            _FINISH,
            **self._audit_values(ctx, op, "done" if refusal is None else refusal.code),
            key=key,
            answer=None if key is None or answer is None else answer.model_dump_json(),
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

    def _audit_values(self, ctx: Context, op: Operation[Any], outcome: str) -> dict[str, Any]:
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
            await tx.one(_BEGIN, **{**_NOBODY, "tenant": tenant_id if in_gym else None, "operation": name})
            system = SystemContext(call=call, actor=actor, tx=tx, clock=self._clock, ports=self._ports)
            if not in_gym:
                await tx.set_tenant(PLATFORM)
            ctx = await system.enter_gym(tenant_id) if in_gym else system
            yield ctx
            if ctx.pending:
                await self._store_events(ctx)

    async def _audit_refusal(self, op: Operation[Any], call: Call, caller: _Caller, problem: Problem) -> None:
        """Write a refusal or failure down in a transaction of its own; never at the cost of the answer."""
        if problem.keeps_changes or problem.kind not in _AUDITED_REFUSALS or not op.policy.audited:
            return
        if self._database is None or (op.policy.reads_only and problem.kind is Kind.NOT_FOUND):
            return
        try:
            async with self._database.transaction() as tx:
                begun = await tx.one(
                    _BEGIN,
                    **{**_NOBODY, "tenant": caller.tenant_id, "slug": caller.slug, "operation": op.policy.name},
                )
                ctx = SystemContext(call=call, actor=caller.actor, tx=tx, clock=self._clock, ports=self._ports)
                values = self._audit_values(ctx, op, problem.code)
                values["tenant"] = begun.tenant or PLATFORM
                values["detail"] = {**values["detail"], "problem": {key: str(v) for key, v in problem.data.items()}}
                await tx.run(_FINISH, **values, key=None, answer=None, **_events_of(ctx))
        except Exception:
            _log.exception("a refusal could not be audited", operation=op.policy.name, code=problem.code)


_NOBODY: dict[str, Any] = {
    "scope": Scope.SYSTEM.value,
    **dict.fromkeys(("user", "session", "tenant", "slug", "person", "phone", "key", "fingerprint")),
}


def _events_of(ctx: Context) -> dict[str, list[Any]]:
    return {
        "event_tenants": [tenant_id for tenant_id, _ in ctx.pending],
        "event_ids": [new_id() for _ in ctx.pending],
        "event_names": [event.name for _, event in ctx.pending],
        "event_payloads": [event.model_dump_json() for _, event in ctx.pending],
    }


def _open_door(policy: Policy, call: Call) -> None:
    if call.door not in policy.doors:
        raise DoorClosed(door=call.door.value)


def _tenant_context(caller: _Caller, begun: Any, shared: dict[str, Any]) -> TenantContext:
    actor = caller.actor
    if actor.kind in (ActorKind.OPERATOR, ActorKind.SYSTEM):
        permissions = frozenset(Permission)  # they hold the database anyway; what counts is that it is written down
    else:
        permissions = permissions_of(frozenset(Role(role) for role in begun.roles))
        shared = {
            **shared,
            "actor": Actor(actor.kind, actor.label, actor.user_id, actor.session_id, begun.person),
        }
    return TenantContext(
        **shared,
        tenant_id=begun.tenant,
        gym_name=begun.gym_name,
        gym_slug=begun.gym_slug,
        timezone=begun.timezone,
        permissions=permissions,
        features=features_named(begun.features),
        limits=begun.limits,
    )


def _permit(policy: Policy, ctx: TenantContext, gym_status: str) -> None:
    assert policy.permission is not None
    if policy.permission not in ctx.permissions and (
        policy.own_permission is None or policy.own_permission not in ctx.permissions
    ):
        raise PermissionMissing(permission=policy.permission.value)
    if gym_status == "suspended" and not (policy.reads_only or policy.works_suspended):
        raise GymSuspended(gym=ctx.gym_slug)
    if policy.feature is not None and policy.feature not in ctx.features:
        raise FeatureMissing(feature=policy.feature.value)
