"""Tables of what was measured of the body."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from pp_core.kernel.db.tables import TenantTable, created_at, tenant_key


class BodyWeight(TenantTable):
    """What a person weighed at a moment."""

    __tablename__ = "body_weights"

    person_id: Mapped[UUID]
    kilograms: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    measured_at: Mapped[datetime]
    door: Mapped[str]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("person_id", "people"),
        Index(None, "tenant_id", "person_id", "measured_at", "id"),
        CheckConstraint("kilograms BETWEEN 20 AND 400", name="kilograms"),
    )
