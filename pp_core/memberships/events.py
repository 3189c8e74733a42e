"""Facts about memberships and visits."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pp_core.kernel.events import Event


class VisitRecorded(Event):
    """A person came in; a repeat within the same visit is no new fact."""

    name: ClassVar = "memberships.visit.recorded"
    subject: ClassVar = "visit_id"

    visit_id: UUID
    person_id: UUID
    branch_id: UUID | None
    day: date


class MembershipSold(Event):
    """A plan was sold to a person."""

    name: ClassVar = "memberships.sold"

    membership_id: UUID
    person_id: UUID
    plan_id: UUID
    starts_on: date
    ends_on: date
    price_minor: int
    currency: str


class MembershipCancelled(Event):
    """A membership was ended before its time."""

    name: ClassVar = "memberships.cancelled"

    membership_id: UUID
    person_id: UUID
