"""Reading the audit trail."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Moment
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Door, Permission, Policy, Scope


class AuditRow(Result):
    """One act, refusal or failure."""

    id: UUID
    at: datetime
    actor_kind: str = Field(description="anonymous, user, phone, operator or system")
    actor: str
    person_id: UUID | None
    person_name: str | None
    operation: str
    door: str
    ip: str | None
    correlation_id: str
    outcome: str = Field(description="`done`, or the code of the problem")
    resource: str | None
    resource_id: UUID | None
    detail: dict[str, Any]


class AuditPage(Page[AuditRow]):
    """One page of the audit trail, newest first."""


class ListAudit(Operation[AuditPage]):
    """List who did what in this gym, newest first."""

    # Reading the trail is itself written down, so it is no pure read.
    policy: ClassVar = Policy(
        name="audit.list", scope=Scope.TENANT, permission=Permission.AUDIT_READ, idempotent=False, works_suspended=True
    )

    operation: str | None = Field(
        default=None,
        max_length=80,
        description="Only this operation, such as workouts.log; those that begin so, when it ends in . or *",
    )
    actor: str | None = Field(default=None, max_length=120, description="Only this actor, such as operator:alice")
    person_id: UUID | None = Field(default=None, description="Only acts of this person")
    outcome: str | None = Field(default=None, max_length=80, description="Only this outcome: done, or a problem's code")
    door: Door | None = Field(default=None, description="Only what came in through this door")
    refused: bool | None = Field(default=None, description="Only what was refused or failed; false: only what was done")
    since: Moment | None = Field(default=None, description="Not before this moment")
    until: Moment | None = Field(default=None, description="Before this moment")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")
