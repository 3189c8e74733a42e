"""The four kinds of table, and what each brings: keys, row-level security and grants.

Every table inherits one of the kinds; `tests/isolation` reads the database and refuses any that does not.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Integer, MetaData, Table, Text, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Kind(StrEnum):
    """Whose rows a table holds."""

    TENANT = "tenant"  # a gym's: seen only with app.tenant_id set to it
    USER = "user"  # a login's: seen only with app.user_id set to it
    PLATFORM = "platform"  # the platform's: seen only in the platform and system scopes
    PUBLIC = "public"  # shipped catalogues: read by all, written by migrations


class Base(DeclarativeBase):
    """All tables. `kind`, `grants` and `ingested` are read by the migrations and by the isolation tests.

    `ingested`: besides, `pp_ingest` inserts rows of all gyms at once, and may do nothing else with them.
    """

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: postgresql.UUID(as_uuid=True),
        datetime: DateTime(timezone=True),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        list[int]: ARRAY(Integer()),
        list[str]: ARRAY(Text()),
    }

    kind: ClassVar[Kind]
    grants: ClassVar[str] = "SELECT, INSERT, UPDATE, DELETE"
    ingested: ClassVar[bool] = False


class TenantTable(Base):
    """A gym's rows: primary key `(tenant_id, id)`, foreign keys made with `tenant_key`."""

    __abstract__ = True
    kind = Kind.TENANT

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)


class UserTable(Base):
    """A login's rows: they carry `user_id`."""

    __abstract__ = True
    kind = Kind.USER


class PlatformTable(Base):
    """The platform's own rows."""

    __abstract__ = True
    kind = Kind.PLATFORM


class PublicTable(Base):
    """A shipped catalogue: readable by all, written by migrations only."""

    __abstract__ = True
    kind = Kind.PUBLIC
    grants = "SELECT"


def tenant_key(column: str, table: str, *, on_delete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key that carries the gym, so that no row can point into another one."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=on_delete)


def created_at() -> Mapped[datetime]:
    """The column for when a row came to be, by the database's clock."""
    return mapped_column(server_default=func.now())


def tables() -> dict[str, type[Base]]:
    """Every mapped table by name; the contexts' models must have been imported (see `runtime.catalog`)."""
    found: dict[str, type[Base]] = {}
    for mapper in Base.registry.mappers:
        assert isinstance(mapper.local_table, Table)
        found[mapper.local_table.name] = mapper.class_
    return dict(sorted(found.items()))


_UNMODELLED = frozenset(
    {
        "ix_activities_extent",  # made by migrations/functions, of PostgreSQL's own type or PostGIS's
        "spatial_ref_sys",  # PostGIS's
    }
)


def is_compared(name: str | None, sort: str, parents: Mapping[Any, str | None]) -> bool:
    """Whether Alembic compares a thing of the database with the models: partitions come and go with the months."""
    if name in _UNMODELLED:
        return False
    table = name if sort == "table" else parents.get("table_name")
    partitioned = (one for one in Base.metadata.tables.values() if one.dialect_options["postgresql"]["partition_by"])
    return not any(re.fullmatch(rf"{one.name}_\d{{4}}_\d{{2}}", table or "") for one in partitioned)


POLICY: dict[Kind, str] = {
    Kind.TENANT: "tenant_id = current_setting('app.tenant_id')::uuid",
    Kind.USER: "user_id = current_setting('app.user_id')::uuid",
    Kind.PLATFORM: "current_setting('app.scope') IN ('platform', 'system')",
    Kind.PUBLIC: "true",
}
"""The row-level security policy of each kind. An unset setting raises: a transaction without a gym fails loudly."""


def security_statements(table: type[Base]) -> list[str]:
    """The SQL that puts forced row-level security and the grants on a new table."""
    name = table.__tablename__
    ingestion = [
        f'CREATE POLICY "{name}_ingest" ON "{name}" FOR INSERT TO pp_ingest WITH CHECK (true)',
        f'GRANT INSERT ON "{name}" TO pp_ingest',
    ]
    return [
        f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{name}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY "{name}_{table.kind}" ON "{name}" USING ({POLICY[table.kind]})'
        + ("" if table.kind is Kind.PUBLIC else f" WITH CHECK ({POLICY[table.kind]})"),
        f'GRANT {table.grants} ON "{name}" TO pp_app',
        *(ingestion if table.ingested else ()),
    ]
