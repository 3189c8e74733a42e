"""Requests about who wants no messages unasked.

An opt-out is of a phone: whoever has the number next, or shares it, is left alone as well, and a person with another number
is not. Staff may record one for somebody who told them; only the phone's owner, by writing, may opt in again.
"""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Moment
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.notifications.operations.messages import NoPhone
from pp_core.tenants.operations import PersonUnknown

E164 = r"^\+[1-9][0-9]{4,14}$"
_GYMS = "Of these gyms; none: of everybody here, as for a shared address or somebody unknown"
_ADDRESS = "The short code or sender name it was about: its gym is meant, when it has one and no gyms are given"

_ASKED = "When they said it: said again for the same moment, it is answered as it was the first time"


class OptedOut(Result):
    """A phone that gets nothing unasked."""

    changed: bool = Field(description="It was not so before")


class OptOut(Operation[OptedOut]):
    """Send a phone nothing unasked any more; said twice, the first time stands."""

    policy: ClassVar = Policy(name="notifications.opt_out", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)

    # Not `Phone`: a number that we could not call may still say no.
    phone: str = Field(pattern=E164, description="Phone in E.164")
    tenant_ids: list[UUID] = Field(default=[], max_length=100, description=_GYMS)
    source: Literal["text", "gateway"] = Field(description="How it was said: by text, or to the gateway")
    address: str | None = Field(default=None, max_length=40, description=_ADDRESS)
    asked_at: Moment | None = Field(default=None, description=_ASKED)


class OptedIn(Result):
    """A phone that may be written to again."""

    changed: bool = Field(description="It was opted out before")
    still_out: bool = Field(description="It still wants nothing from anybody here: opt in without gyms too")


class OptIn(Operation[OptedIn]):
    """Let a phone be written to again, because its owner said so; what stands of other gyms, or of everybody, stays."""

    policy: ClassVar = Policy(name="notifications.opt_in", scope=Scope.SYSTEM, rate=Rate.INTERNAL, audited=False)

    phone: str = Field(pattern=E164, description="Phone in E.164")
    tenant_ids: list[UUID] = Field(default=[], max_length=100, description=_GYMS)
    address: str | None = Field(default=None, max_length=40, description=_ADDRESS)
    asked_at: Moment | None = Field(default=None, description=_ASKED)


class OptOutRow(Result):
    """A phone that wants nothing unasked."""

    id: UUID
    phone: str
    names: list[str] = Field(description="Whose phone it is in this gym")
    source: str = Field(description="text, gateway or staff")
    since: datetime
    everywhere: bool = Field(description="From nobody here; otherwise from this gym")


class OptOutPage(Page[OptOutRow]):
    """One page of opt-outs, newest first."""


class ListOptOuts(Operation[OptOutPage]):
    """List the phones that want nothing unasked from this gym, and its people's that want nothing from anybody here."""

    policy: ClassVar = Policy(
        name="notifications.list_opt_outs", scope=Scope.TENANT, permission=Permission.MESSAGE_READ, reads_only=True
    )

    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class RecordOptOut(Operation[OptedOut]):
    """Record that a member told the desk to be sent nothing unasked; only they themselves can opt in again, by text."""

    policy: ClassVar = Policy(
        name="notifications.record_opt_out", scope=Scope.TENANT, permission=Permission.MESSAGE_SEND
    )
    errors: ClassVar = (PersonUnknown, NoPhone)

    member: str = Field(max_length=60, description="Id, member code or phone")
