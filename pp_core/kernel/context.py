"""Contexts: what a handler may reach. The type is the authority; see the table of scopes in `policy`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from .call import Call
from .clock import Clock, local_day
from .db.transaction import Transaction
from .errors import FeatureMissing, LimitReached, PermissionMissing
from .events import Event
from .ids import PLATFORM
from .policy import Feature, Permission, features_named
from .ports import Ports


class ActorKind(StrEnum):
    """Who acts, as the audit trail names them."""

    ANONYMOUS = "anonymous"
    USER = "user"
    PHONE = "phone"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `label` is what the rate limiter and the audit trail call them."""

    kind: ActorKind
    label: str
    user_id: UUID | None = None
    session_id: UUID | None = None
    person_id: UUID | None = None


@dataclass(slots=True)
class AuditNote:
    """What the audit row will say beyond who, what and when; a handler may name the resource it touched."""

    resource: str | None = None
    resource_id: UUID | None = None
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Context:
    """What every handler has."""

    call: Call
    actor: Actor
    tx: Transaction
    clock: Clock
    ports: Ports
    pending: list[tuple[UUID, Event]] = field(default_factory=list)
    note: AuditNote = field(default_factory=AuditNote)

    @property
    def now(self) -> datetime:
        """The moment the clock shows."""
        return self.clock.now()

    @property
    def language(self) -> str:
        """The caller's language: `en` or `sw`."""
        return self.call.language

    def emit(self, event: Event) -> None:
        """Have `event` stored with this transaction and delivered after it commits."""
        self.pending.append((PLATFORM, event))

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """A part of the work that may fail alone: when the block raises, what it stored and emitted is undone."""
        emitted = len(self.pending)
        try:
            async with self.tx.savepoint():
                yield
        except BaseException:
            del self.pending[emitted:]
            raise

    def touched(self, resource: str, resource_id: UUID | None = None, **detail: object) -> None:
        """Name what this call changed, for the audit trail."""
        self.note.resource, self.note.resource_id = resource, resource_id
        self.note.detail.update(detail)

    async def act_as_user(self, user_id: UUID) -> None:
        """Let the rest of the transaction see this user's own rows, once the handler has established who it is."""
        await self.tx.set_user(user_id)


@dataclass(slots=True, kw_only=True)
class PublicContext(Context):
    """A request of somebody not signed in."""

    async def enter_gym(self, tenant_id: UUID) -> "TenantContext":
        """A context inside a gym, for the few public operations that an invitation or a code leads into one."""
        return await _enter(self, tenant_id)


@dataclass(slots=True, kw_only=True)
class UserContext(Context):
    """A signed-in login, in no particular gym."""

    user_id: UUID


@dataclass(slots=True, kw_only=True)
class TenantContext(Context):
    """A request inside one gym; nothing else can reach tenant tables."""

    tenant_id: UUID
    gym_name: str
    gym_slug: str
    timezone: str
    permissions: frozenset[Permission]
    features: frozenset[Feature]
    limits: dict[str, int]

    @property
    def person_id(self) -> UUID | None:
        """The caller's own person in this gym; None for operators and the system."""
        return self.actor.person_id

    @property
    def today(self) -> date:
        """The day in the gym's time zone."""
        return local_day(self.now, self.timezone)

    def emit(self, event: Event) -> None:
        """Have `event` stored for this gym with this transaction and delivered after it commits."""
        self.pending.append((self.tenant_id, event))

    def may(self, permission: Permission) -> bool:
        """Whether the caller holds `permission` here."""
        return permission in self.permissions

    def demand(self, permission: Permission) -> None:
        """Raise `PermissionMissing` unless the caller holds `permission`."""
        if permission not in self.permissions:
            raise PermissionMissing(permission=permission)

    def demand_feature(self, feature: Feature) -> None:
        """Raise `FeatureMissing` unless the gym's subscription includes `feature`."""
        if feature not in self.features:
            raise FeatureMissing(feature=feature)

    def demand_room(self, what: str, used: int, adding: int = 1) -> None:
        """Raise `LimitReached` when `adding` more of `what` would pass the gym's limit (no limit: always room)."""
        limit = self.limits.get(what)
        if limit is not None and used + adding > limit:
            raise LimitReached(what=what, limit=limit, used=used)


@dataclass(slots=True, kw_only=True)
class PlatformContext(Context):
    """A request about the platform itself, by a SUPER_ADMIN or an operator."""

    async def enter_gym(self, tenant_id: UUID) -> TenantContext:
        """A context inside one gym, in the same transaction."""
        return await _enter(self, tenant_id)


@dataclass(slots=True, kw_only=True)
class SystemContext(Context):
    """The worker, the clock or a verified webhook at work."""

    async def enter_gym(self, tenant_id: UUID) -> TenantContext:
        """A context inside one gym, in the same transaction."""
        return await _enter(self, tenant_id)


async def _enter(ctx: Context, tenant_id: UUID) -> TenantContext:
    gym = await ctx.tx.enter_gym(tenant_id)
    return TenantContext(
        call=ctx.call,
        actor=ctx.actor,
        tx=ctx.tx,
        clock=ctx.clock,
        ports=ctx.ports,
        pending=ctx.pending,
        note=ctx.note,
        tenant_id=tenant_id,
        gym_name=gym.name,
        gym_slug=gym.slug,
        timezone=gym.timezone,
        permissions=frozenset(Permission),
        features=features_named(gym.features),
        limits=gym.limits,
    )
