"""Requests for reports."""

from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from pp_core.kernel.clock import Day
from pp_core.kernel.errors import Kind, NotFound, Problem
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Feature, Permission, Policy, Scope

LONGEST_DAYS = 400


class SpanInvalid(Problem):
    """The first day is after the last, or they are more than 400 days apart."""

    kind = Kind.INVALID
    code = "analytics.span_invalid"


class AttendanceDay(Result):
    """One day of a gym, in its time zone."""

    day: date
    visits: int
    visitors: int = Field(description="Different people among the visits")
    workouts: int
    sets: int
    volume_kg: Decimal = Field(description="Sum of load times repetitions over all sets with both")


class AttendanceReport(Result):
    """Visits and workouts by day, with their totals."""

    gym: str
    timezone: str
    first: date
    last: date
    branch_id: UUID | None
    days: list[AttendanceDay]
    visits: int
    visitors: int = Field(description="Different people over the whole span")
    workouts: int
    active_members: int = Field(
        description="People with a membership good on the last day, grace included; who has left the gym is not counted"
    )
    attendance_rate: float | None = Field(
        description="Visitors of the span to members active on its last day; null without any"
    )


class GetAttendance(Operation[AttendanceReport]):
    """Report visits and workouts by day, over one branch or all of them."""

    policy: ClassVar = Policy(
        name="analytics.attendance",
        scope=Scope.TENANT,
        permission=Permission.REPORT_ATTENDANCE,
        feature=Feature.REPORTS,
        reads_only=True,
    )
    errors: ClassVar = (SpanInvalid, NotFound)

    first: Day | None = Field(default=None, description="First day; 29 days before the last when left out")
    last: Day | None = Field(default=None, description="Last day; today when left out")
    branch_id: UUID | None = Field(
        default=None,
        description="Only this branch: visits to it, and workouts and memberships of the people who belong to it",
    )
