"""Tables of exercises, workout sessions, sets and personal records."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pp_core.kernel.db.tables import PublicTable, TenantTable, created_at, tenant_key


class CatalogueExercise(PublicTable):
    """An exercise of the shipped catalogue; written by `pp db upgrade` from `data/exercises.yaml`."""

    __tablename__ = "exercise_catalogue"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name_en: Mapped[str]
    name_sw: Mapped[str]
    aliases: Mapped[list[str]]
    category: Mapped[str]
    primary_muscles: Mapped[list[str]]
    secondary_muscles: Mapped[list[str]]
    equipment: Mapped[str]
    measure: Mapped[str]
    instructions_en: Mapped[str]
    instructions_sw: Mapped[str]


class Exercise(TenantTable):
    """An exercise as this gym has it: a row of the catalogue, or the gym's own."""

    __tablename__ = "exercises"

    catalogue_id: Mapped[UUID | None]
    slug: Mapped[str]
    name_en: Mapped[str]
    name_sw: Mapped[str]
    aliases: Mapped[list[str]]
    category: Mapped[str]
    primary_muscles: Mapped[list[str]]
    secondary_muscles: Mapped[list[str]]
    equipment: Mapped[str]
    measure: Mapped[str]
    instructions_en: Mapped[str]
    instructions_sw: Mapped[str]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        UniqueConstraint("tenant_id", "slug"),
        Index("ix_exercises_own", "tenant_id", postgresql_where="catalogue_id IS NULL"),
        CheckConstraint("measure IN ('reps', 'seconds', 'metres')", name="measure"),
    )


class WorkoutSession(TenantTable):
    """A workout as it was logged; `text` is what the person wrote, kept beside what was understood."""

    __tablename__ = "workout_sessions"

    person_id: Mapped[UUID]
    day: Mapped[date]
    performed_at: Mapped[datetime]
    text: Mapped[str]
    note: Mapped[str | None]
    door: Mapped[str]
    logged_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = created_at()

    __table_args__ = (
        tenant_key("person_id", "people"),
        Index(None, "tenant_id", "person_id", "performed_at", "id"),
        Index(None, "tenant_id", "day"),
    )


class WorkoutSet(TenantTable):
    """One set. Load is as said: per dumbbell, added to body weight; null is body weight."""

    __tablename__ = "workout_sets"

    session_id: Mapped[UUID]
    exercise_id: Mapped[UUID]
    person_id: Mapped[UUID]
    position: Mapped[int]
    reps: Mapped[int | None]
    weight_kg: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    rpe: Mapped[Decimal | None] = mapped_column(Numeric(3, 1))
    seconds: Mapped[int | None]

    __table_args__ = (
        tenant_key("session_id", "workout_sessions", on_delete="CASCADE"),
        tenant_key("exercise_id", "exercises"),
        tenant_key("person_id", "people"),
        UniqueConstraint("tenant_id", "session_id", "position"),
        Index(None, "tenant_id", "person_id", "exercise_id"),
    )


class PersonalRecord(TenantTable):
    """A person's best in one metric of one exercise, and the set that made it."""

    __tablename__ = "personal_records"

    person_id: Mapped[UUID]
    exercise_id: Mapped[UUID]
    metric: Mapped[str]
    value: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    set_id: Mapped[UUID]
    session_id: Mapped[UUID]
    achieved_at: Mapped[datetime]

    __table_args__ = (
        tenant_key("person_id", "people"),
        tenant_key("exercise_id", "exercises"),
        tenant_key("session_id", "workout_sessions", on_delete="CASCADE"),
        UniqueConstraint("tenant_id", "person_id", "exercise_id", "metric"),
        CheckConstraint("metric IN ('weight', 'reps', 'seconds', 'one_rep_max')", name="metric"),
    )
