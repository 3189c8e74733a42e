"""Who may do what, through which door: the declarations that the pipeline enforces."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Scope(StrEnum):
    """Whose authority an operation needs; the handler's context type follows from it."""

    PUBLIC = "public"  # nobody signed in: sign in, reset a password, parse a text
    USER = "user"  # a login, in no particular gym: my devices, my gyms
    TENANT = "tenant"  # a person with a permission in one gym: nearly everything
    PLATFORM = "platform"  # SUPER_ADMIN or an operator on the server's own machine
    SYSTEM = "system"  # the worker, the clock and verified webhooks


class Door(StrEnum):
    """Where a request came in; stored with what it wrote."""

    REST = "rest"
    RPC = "rpc"
    CLI = "cli"
    TUI = "tui"
    SMS = "sms"
    USSD = "ussd"
    TELEGRAM = "telegram"
    TRACKER = "tracker"  # somebody's app, by its personal address or our WebSocket
    WORKER = "worker"


class Role(StrEnum):
    """What a person is in a gym; SUPER_ADMIN is of the platform and held by a login."""

    SUPER_ADMIN = "SUPER_ADMIN"
    GYM_ADMIN = "GYM_ADMIN"
    RECEPTION = "RECEPTION"
    TRAINER = "TRAINER"
    NUTRITIONIST = "NUTRITIONIST"
    CLIENT = "CLIENT"
    ORGANIZATION_ADMIN = "ORGANIZATION_ADMIN"


class Permission(StrEnum):
    """`resource:action`, alphabetical. A permission that ends in `_own` reaches only the person's own rows."""

    ACTIVITY_MANAGE = "activity:manage"
    ACTIVITY_READ = "activity:read"
    ACTIVITY_READ_OWN = "activity:read_own"
    ACTIVITY_RECORD_OWN = "activity:record_own"
    ACTIVITY_REVIEW = "activity:review"
    ACTIVITY_TRACK_LIVE = "activity:track_live"
    AUDIT_READ = "audit:read"
    BODY_MANAGE = "body:manage"
    BODY_READ = "body:read"
    BODY_READ_OWN = "body:read_own"
    BODY_RECORD_OWN = "body:record_own"
    BRANCH_MANAGE = "branch:manage"
    CHANNEL_MANAGE = "channel:manage"
    EXERCISE_MANAGE = "exercise:manage"
    EXERCISE_READ = "exercise:read"
    GYM_READ = "gym:read"
    HEALTH_READ = "health:read"
    MEMBER_MANAGE = "member:manage"
    MEMBER_READ = "member:read"
    MEMBER_READ_OWN = "member:read_own"
    MEMBERSHIP_READ = "membership:read"
    MEMBERSHIP_READ_OWN = "membership:read_own"
    MEMBERSHIP_SELL = "membership:sell"
    MESSAGE_READ = "message:read"
    MESSAGE_SEND = "message:send"
    PLACE_MANAGE = "place:manage"
    PLACE_READ = "place:read"
    PLAN_MANAGE = "plan:manage"
    PLAN_READ = "plan:read"
    REPORT_ATTENDANCE = "report:attendance"
    STAFF_MANAGE = "staff:manage"
    VISIT_READ = "visit:read"
    VISIT_RECORD = "visit:record"
    VISIT_RECORD_OWN = "visit:record_own"
    WORKOUT_LOG = "workout:log"
    WORKOUT_LOG_OWN = "workout:log_own"
    WORKOUT_READ = "workout:read"
    WORKOUT_READ_OWN = "workout:read_own"


_OWN = frozenset(
    {
        Permission.ACTIVITY_READ_OWN,
        Permission.ACTIVITY_RECORD_OWN,
        Permission.BODY_READ_OWN,
        Permission.BODY_RECORD_OWN,
        Permission.EXERCISE_READ,
        Permission.GYM_READ,
        Permission.MEMBER_READ_OWN,
        Permission.MEMBERSHIP_READ_OWN,
        Permission.PLACE_READ,
        Permission.PLAN_READ,
        Permission.VISIT_RECORD_OWN,
        Permission.WORKOUT_LOG_OWN,
        Permission.WORKOUT_READ_OWN,
    }
)
_FLOOR = _OWN | {Permission.MEMBER_READ, Permission.MEMBERSHIP_READ, Permission.VISIT_READ}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        # A SUPER_ADMIN runs the platform and sees no gym's people unless a gym gives them a role there.
        Role.SUPER_ADMIN: frozenset(),
        Role.GYM_ADMIN: frozenset(Permission),
        Role.RECEPTION: _FLOOR
        | {
            Permission.ACTIVITY_TRACK_LIVE,
            Permission.HEALTH_READ,
            Permission.MEMBER_MANAGE,
            Permission.MEMBERSHIP_SELL,
            Permission.MESSAGE_READ,
            Permission.MESSAGE_SEND,
            Permission.REPORT_ATTENDANCE,
            Permission.VISIT_RECORD,
        },
        Role.TRAINER: _FLOOR
        | {
            Permission.ACTIVITY_READ,
            Permission.ACTIVITY_REVIEW,
            Permission.ACTIVITY_TRACK_LIVE,
            Permission.BODY_READ,
            Permission.EXERCISE_MANAGE,
            Permission.MESSAGE_SEND,
            Permission.PLACE_MANAGE,
            Permission.REPORT_ATTENDANCE,
            Permission.WORKOUT_LOG,
            Permission.WORKOUT_READ,
        },
        Role.NUTRITIONIST: _FLOOR | {Permission.BODY_READ, Permission.WORKOUT_READ},
        Role.CLIENT: _OWN,
        # An employer that sponsors memberships sees sums, never people (capability 23).
        Role.ORGANIZATION_ADMIN: frozenset({Permission.GYM_READ, Permission.PLAN_READ, Permission.REPORT_ATTENDANCE}),
    }
)


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Everything that any of `roles` grants."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles)) if roles else frozenset()


class Feature(StrEnum):
    """What a gym's own subscription may include; the entitlement stage asks for it."""

    MEMBER_IMPORT = "member_import"
    TEXT_DOORS = "text_doors"
    REPORTS = "reports"


_FEATURES = {feature.value: feature for feature in Feature}


def features_named(names: Iterable[str]) -> frozenset[Feature]:
    """The features of these names; a name that this version does not know is of no use to it."""
    return frozenset(_FEATURES[name] for name in names if name in _FEATURES)


class Rate(StrEnum):
    """Named rate limits; the figures are settings (see `settings.RateLimits`)."""

    STANDARD = "standard"
    AUTH = "auth"  # per account, with a high ceiling per address
    SCREEN = "screen"  # what a screen asks by itself while somebody types or watches
    SEARCH = "search"
    UPLOAD = "upload"
    POINTS = "points"  # of one live stream; its writer charges them, the pipeline does not see them
    TRACKER = "tracker"  # of one tracker's address; what is over it stays in the app, which sends it later
    INTERNAL = "internal"  # never limited: the worker, the clock, verified webhooks


ANY_DOOR = frozenset(Door)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the pipeline asks of a request before the handler sees it.

    `permission` is what a person needs; `own_permission`, when given, suffices for a person's own rows and the handler's
    `access_*` function holds them to it. `fresh` demands a sign-in (or a PIN) of the last ten minutes. `database=False` is for
    pure functions: no transaction is opened. A suspended gym may still run what reads only, and what `works_suspended`.
    """

    name: str
    scope: Scope
    permission: Permission | None = None
    own_permission: Permission | None = None
    reads_only: bool = False
    idempotent: bool = True
    audited: bool = True
    rate: Rate = Rate.STANDARD
    feature: Feature | None = None
    doors: frozenset[Door] = ANY_DOOR
    fresh: bool = False
    works_suspended: bool = False
    database: bool = True

    @property
    def claims_keys(self) -> bool:
        """Whether an idempotency key is honoured: a read repeats harmlessly, a secret answer is never stored."""
        return self.idempotent and not self.reads_only and self.scope in (Scope.TENANT, Scope.PLATFORM)
