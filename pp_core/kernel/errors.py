"""Problems: everything that can be wrong with a request, with a stable code and no finished prose.

The sentence a person reads is made at the door from the locale catalogue, in their language; see `locale`.
"""

from enum import StrEnum
from typing import Any, ClassVar


class Kind(StrEnum):
    """What went wrong in general; each door maps it to a status, an exit code or a colour."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_ENTITLED = "not_entitled"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class Problem(Exception):  # noqa: N818 - RFC 9457's word, and what people will read
    """Base of all anticipated errors. `data` are the values its sentence needs, JSON-ready."""

    kind: ClassVar[Kind]
    code: ClassVar[str]
    keeps_changes: ClassVar[bool] = False
    """Whether what the handler wrote is committed all the same: a failed sign-in is counted, a reused token burns."""
    registry: ClassVar[dict[str, type["Problem"]]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        code = cls.__dict__.get("code")
        if code is None:
            return
        if not cls.__doc__:
            raise TypeError(f"{cls.__name__} needs a docstring: it documents the code {code}.")
        if code in Problem.registry:
            raise TypeError(f"{cls.__name__}: the code {code} is already {Problem.registry[code].__name__}'s.")
        Problem.registry[code] = cls

    def __init__(self, **data: Any) -> None:
        super().__init__(type(self).code)
        self.data: dict[str, Any] = data

    def __str__(self) -> str:
        values = ", ".join(f"{key}={value!r}" for key, value in self.data.items())
        return f"{type(self).code}({values})"


class Invalid(Problem):
    """The request does not have the form asked for. `fields` lists {"field", "problem"}."""

    kind = Kind.INVALID
    code = "request.invalid"


class NotSignedIn(Problem):
    """No valid credentials came with the request."""

    kind = Kind.UNAUTHENTICATED
    code = "auth.not_signed_in"


class SessionEnded(Problem):
    """The session was signed out, revoked, or has expired."""

    kind = Kind.UNAUTHENTICATED
    code = "auth.session_ended"


class FreshSignInNeeded(Problem):
    """The action asks for a sign-in (or PIN) of the last ten minutes."""

    kind = Kind.UNAUTHENTICATED
    code = "auth.fresh_sign_in_needed"


class PermissionMissing(Problem):
    """The person's roles in this gym do not include `permission`."""

    kind = Kind.FORBIDDEN
    code = "auth.permission_missing"


class WrongScope(Problem):
    """The caller is of the wrong sort: a person where the platform is asked for, or no gym chosen."""

    kind = Kind.FORBIDDEN
    code = "auth.wrong_scope"


class NotOfThisGym(Problem):
    """The caller has no role in this gym, or the address names another gym than the token."""

    kind = Kind.FORBIDDEN
    code = "auth.not_of_this_gym"


class DoorClosed(Problem):
    """The operation is not offered through this door."""

    kind = Kind.FORBIDDEN
    code = "request.door_closed"


class GymSuspended(Problem):
    """The gym's account is suspended: reading works, writing does not."""

    kind = Kind.NOT_ENTITLED
    code = "entitlement.gym_suspended"


class FeatureMissing(Problem):
    """The gym's subscription does not include `feature`."""

    kind = Kind.NOT_ENTITLED
    code = "entitlement.feature_missing"


class LimitReached(Problem):
    """The gym's subscription allows `limit` of `what`, and it has them."""

    kind = Kind.NOT_ENTITLED
    code = "entitlement.limit_reached"


class TooManyRequests(Problem):
    """The named rate limit is used up for `retry_after` seconds."""

    kind = Kind.LIMITED
    code = "request.too_many"


class KeyReused(Problem):
    """The idempotency key was used before for a different request."""

    kind = Kind.CONFLICT
    code = "idempotency.key_reused"


class NotFound(Problem):
    """There is no such `what`, or it is not visible to the caller."""

    kind = Kind.NOT_FOUND
    code = "request.not_found"


class BuildMismatch(Problem):
    """Client and server were built from different contracts; one of them needs an update."""

    kind = Kind.CONFLICT
    code = "client.build_mismatch"


class ServerUnreachable(Problem):
    """The server did not answer; whether it acted is unknown unless the request carried a key."""

    kind = Kind.UNAVAILABLE
    code = "client.server_unreachable"


class DatabaseUnavailable(Problem):
    """The database does not answer; try again shortly."""

    kind = Kind.UNAVAILABLE
    code = "database.unavailable"


class Internal(Problem):
    """Something unexpected; the detail is in the server's log under the correlation id and nowhere else."""

    kind = Kind.INTERNAL
    code = "internal"
