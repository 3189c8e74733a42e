"""Admission: who calls, and whether the policy of what they ask for lets them. Everything but the handler and what follows it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

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
from pp_core.kernel.db.transaction import Transaction
from pp_core.kernel.errors import (
    DoorClosed,
    FeatureMissing,
    FreshSignInNeeded,
    GymSuspended,
    KeyReused,
    NotFound,
    NotOfThisGym,
    NotSignedIn,
    PermissionMissing,
    SessionEnded,
    WrongScope,
)
from pp_core.kernel.policy import Permission, Policy, Role, Scope, features_named, permissions_of
from pp_core.kernel.ports import Ports, TokenIssuer

FRESH = timedelta(minutes=10)
BEGIN = sql(
    "SELECT * FROM pp_begin(%(scope)s, %(user)s, %(session)s, %(tenant)s, %(slug)s, %(person)s, %(phone)s,"
    " %(key)s, %(operation)s, %(fingerprint)s)"
)
NOBODY: dict[str, Any] = {
    "scope": Scope.SYSTEM.value,
    **dict.fromkeys(("user", "session", "tenant", "slug", "person", "phone", "key", "fingerprint")),
}
"""What `BEGIN` is given for the system's own transactions."""


@dataclass(slots=True)
class Caller:
    """Who calls, before the database has had its say."""

    actor: Actor
    tenant_id: UUID | None = None
    slug: str | None = None
    phone: str | None = None
    platform: bool = False


def authenticate(policy: Policy, call: Call, tokens: TokenIssuer) -> Caller:
    """Who calls, if they are of the sort that the policy's scope asks for; nothing is asked of the database yet."""
    caller = _identify(call, tokens)
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


def _identify(call: Call, tokens: TokenIssuer) -> Caller:
    match call.credentials:
        case Anonymous():
            return Caller(Actor(ActorKind.ANONYMOUS, f"address:{call.ip or 'unknown'}"))
        case BearerToken(token):
            claims = tokens.read(token)
            tenant, slug = claims.get("tid"), claims.get("gym")
            if call.gym_host is not None and tenant is not None and slug != call.gym_host:
                raise NotOfThisGym(gym=call.gym_host)
            user_id = UUID(claims["sub"])
            actor = Actor(ActorKind.USER, f"user:{user_id}", user_id=user_id, session_id=UUID(claims["sid"]))
            return Caller(actor, tenant_id=UUID(tenant) if tenant else None)
        case VerifiedPhone(phone, tenant_id, person_id):
            actor = Actor(ActorKind.PHONE, f"person:{person_id}", person_id=person_id)
            return Caller(actor, tenant_id=tenant_id, phone=phone)
        case Operator(name, gym):
            return Caller(Actor(ActorKind.OPERATOR, f"operator:{name}"), slug=gym, platform=True)
        case System(name, tenant_id):
            return Caller(Actor(ActorKind.SYSTEM, f"system:{name}"), tenant_id=tenant_id, platform=True)


def beginning(
    policy: Policy, caller: Caller, key: UUID | None = None, fingerprint: str | None = None
) -> dict[str, Any]:
    """The values of `BEGIN` for this caller."""
    actor = caller.actor
    in_gym = policy.scope is Scope.TENANT or (policy.scope is Scope.SYSTEM and caller.tenant_id is not None)
    return {
        "scope": policy.scope.value,
        "user": actor.user_id,
        "session": actor.session_id,
        "tenant": caller.tenant_id if in_gym else None,
        "slug": caller.slug if in_gym else None,
        "person": actor.person_id,
        "phone": caller.phone,
        "key": key,
        "operation": policy.name,
        "fingerprint": fingerprint,
    }


def admit(
    policy: Policy, call: Call, caller: Caller, begun: Any, *, tx: Transaction, clock: Clock, ports: Ports
) -> Context:
    """The context that the policy's scope gives this caller, whom `BEGIN` knows as `begun`; a problem when it gives none."""
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
        if begun.authenticated_at is None or clock.now() - begun.authenticated_at > FRESH:
            raise FreshSignInNeeded
    shared: dict[str, Any] = {"call": call, "actor": caller.actor, "tx": tx, "clock": clock, "ports": ports}
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
            ctx = tenant_context(caller, begun, shared)
            _permit(policy, ctx, begun.gym_status)
            if begun.verdict == "key_reused":
                raise KeyReused
            return ctx


def open_door(policy: Policy, call: Call) -> None:
    """`DoorClosed` when the call came through a door that the policy does not offer."""
    if call.door not in policy.doors:
        raise DoorClosed(door=call.door.value)


def tenant_context(caller: Caller, begun: Any, shared: dict[str, Any]) -> TenantContext:
    """The context inside the gym that `BEGIN` entered, with what the caller may there."""
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
