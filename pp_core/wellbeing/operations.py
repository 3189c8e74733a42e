"""Requests about body weight."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Moment
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.operation import Done, Operation, Result
from pp_core.kernel.pagination import DEFAULT_SIZE, LARGEST_SIZE, Page
from pp_core.kernel.policy import Permission, Policy, Rate, Scope
from pp_core.tenants.operations import PersonUnknown

LIGHTEST, HEAVIEST = Decimal(20), Decimal(400)
"""Kilograms; what lies outside is a slip of the finger."""


class WeightUnknown(Problem):
    """There is no such weight, or it is not the caller's."""

    kind = Kind.NOT_FOUND
    code = "wellbeing.weight_unknown"


class WeightInFuture(Problem):
    """A weight cannot have been measured later than now."""

    kind = Kind.INVALID
    code = "wellbeing.in_future"


class WeightRow(Result):
    """What a person weighed at a moment."""

    id: UUID
    person_id: UUID
    kilograms: Decimal
    measured_at: datetime
    door: str


class WeightRecorded(Result):
    """A weight as it was stored, and what it was before."""

    weight: WeightRow
    previous: WeightRow | None = Field(description="The last one measured before it")
    change_kg: Decimal | None = Field(description="Kilograms gained since then, negative when lost")


class RecordWeight(Operation[WeightRecorded]):
    """Record what you weigh, in kilograms."""

    policy: ClassVar = Policy(name="wellbeing.record_weight", scope=Scope.TENANT, permission=Permission.BODY_RECORD_OWN)
    errors: ClassVar = (PersonUnknown, WeightInFuture)

    kilograms: Decimal = Field(
        ge=LIGHTEST, le=HEAVIEST, max_digits=5, decimal_places=2, description="Body weight in kilograms, such as 82.4"
    )
    measured_at: Moment | None = Field(default=None, description="When it was measured; now when left out")


class WeightPage(Page[WeightRow]):
    """One page of weights, newest first."""


class ListWeights(Operation[WeightPage]):
    """List a member's weights, newest first; without one, your own."""

    policy: ClassVar = Policy(
        name="wellbeing.list_weights",
        scope=Scope.TENANT,
        permission=Permission.BODY_READ,
        own_permission=Permission.BODY_READ_OWN,
        reads_only=True,
    )
    errors: ClassVar = (PersonUnknown,)

    member: str | None = Field(default=None, max_length=60, description="Id, member code or phone; left out: yourself")
    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE, description="Rows a page")
    cursor: str | None = Field(default=None, max_length=500, description="Where the previous page ended")


class DeleteWeight(Operation[Done]):
    """Delete a weight that was recorded wrongly."""

    policy: ClassVar = Policy(
        name="wellbeing.delete_weight",
        scope=Scope.TENANT,
        permission=Permission.BODY_MANAGE,
        own_permission=Permission.BODY_RECORD_OWN,
    )
    errors: ClassVar = (WeightUnknown,)

    weight_id: UUID = Field(description="The weight")


class WeightRead(Result):
    """What a text says of the writer's weight today."""

    kilograms: Decimal | None = Field(description="Null when the text says anything else, or what nobody weighs")
    confidence: float = Field(
        description="0 to 1: 1 where weight is spoken of, 0.8 for a number with its unit, 0.5 for a bare number"
    )


class ParseWeight(Operation[WeightRead]):
    """Read a text such as `82.4`, `uzito kilo 82` or `181 lb` as a body weight."""

    policy: ClassVar = Policy(
        name="wellbeing.parse_weight",
        scope=Scope.PUBLIC,
        reads_only=True,
        database=False,
        audited=False,
        rate=Rate.STANDARD,
    )

    text: str = Field(min_length=1, max_length=1000, description="The text as it was written, English or Swahili")
