"""Tables of plans, memberships, visits and the codes that prove presence at a desk."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pp_core.kernel.db.tables import TenantTable, created_at, tenant_key


class Plan(TenantTable):
    """What a gym sells: so many days for a price. Retired plans stay for what was sold."""

    __tablename__ = "membership_plans"

    code: Mapped[str]
    name: Mapped[str]
    tier: Mapped[str]
    duration_days: Mapped[int]
    price_minor: Mapped[int] = mapped_column(BigInteger())
    currency: Mapped[str]
    grace_days: Mapped[int] = mapped_column(server_default="0")
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("duration_days > 0", name="duration"),
        CheckConstraint("price_minor >= 0", name="price"),
    )


class Membership(TenantTable):
    """A plan sold to a person: the first and the last day it is good for, in the gym's time zone.

    Price, tier and grace are those of the day it was sold, whatever happens to the plan later. From `cancelled_on` on it is good
    for nothing; what it was good for before stays true.
    """

    __tablename__ = "memberships"

    person_id: Mapped[UUID]
    plan_id: Mapped[UUID]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    tier: Mapped[str]
    price_minor: Mapped[int] = mapped_column(BigInteger())
    currency: Mapped[str]
    grace_days: Mapped[int]
    cancelled_on: Mapped[date | None]
    cancelled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("person_id", "people"),
        tenant_key("plan_id", "membership_plans"),
        CheckConstraint("ends_on >= starts_on", name="days"),
        Index(None, "tenant_id", "person_id", "ends_on"),
        Index(None, "tenant_id", "ends_on"),
    )


class Visit(TenantTable):
    """A person came in."""

    __tablename__ = "visits"

    person_id: Mapped[UUID]
    branch_id: Mapped[UUID | None]
    day: Mapped[date]
    at: Mapped[datetime]
    door: Mapped[str]
    checked_in_by: Mapped[UUID | None]
    override_reason: Mapped[str | None]

    __table_args__ = (
        tenant_key("person_id", "people"),
        tenant_key("branch_id", "branches"),
        Index(None, "tenant_id", "day", "at"),
        Index(None, "tenant_id", "person_id", "at"),
    )


class DoorCode(TenantTable):
    """What a desk shows on one day of its branch: whoever knows it was there."""

    __tablename__ = "door_codes"

    branch_id: Mapped[UUID]
    day: Mapped[date]
    code: Mapped[str]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("branch_id", "branches"),
        UniqueConstraint("tenant_id", "branch_id", "day"),
        UniqueConstraint("tenant_id", "day", "code"),
    )


class DoorCodeTries(TenantTable):
    """How many wrong codes in a row a person gave on the day they last gave one."""

    __tablename__ = "door_code_tries"

    person_id: Mapped[UUID]
    day: Mapped[date]
    wrong: Mapped[int]

    __table_args__ = (tenant_key("person_id", "people"), UniqueConstraint("tenant_id", "person_id"))
