"""A valid row for any table, made from its columns, with the rows its foreign keys need."""

import re
import secrets
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table
from sqlalchemy import types as kinds
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from pp_core.kernel.db.tables import Kind
from pp_core.kernel.ids import new_id

from .schema import Connection, declared

Row = dict[str, Any]

_OWNER = {Kind.TENANT: "tenant_id", Kind.USER: "user_id"}


def table(name: str) -> Table:
    """The table of that name as the models declare it."""
    found = declared()[name].__table__
    assert isinstance(found, Table)
    return found


def key_of(name: str, row: Row) -> Row:
    """The values of the row's primary key."""
    return {column.name: row[column.name] for column in table(name).primary_key}


def build(connection: Connection, name: str, owner: Row) -> Row:
    """The values of a new row of `name`; parents are inserted. `owner` gives `tenant_id` or `user_id`."""
    built = {column.name: _value(name, column, owner) for column in table(name).columns if column.computed is None}
    for key in table(name).constraints:
        if isinstance(key, ForeignKeyConstraint):
            built.update(_parent(connection, key, owner))
    return built


def insert(connection: Connection, name: str, row: Row) -> None:
    """Insert the row with whatever rights the connection has."""
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in row)
    places = sql.SQL(", ").join(sql.Placeholder(column) for column in row)
    values = {column: Jsonb(value) if isinstance(value, dict) else value for column, value in row.items()}
    connection.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(name), columns, places), values)


def make(connection: Connection, name: str, owner: Row) -> Row:
    """Build and insert; for tables that hold one row an owner (tenants, users) the owner's is returned if it is there."""
    identity = next(
        (column for column in ("tenant_id", "user_id") if [c.name for c in table(name).primary_key] == [column]), None
    )
    if identity is not None:
        found = connection.execute(
            sql.SQL("SELECT {0} FROM {1} WHERE {0} = %s").format(sql.Identifier(identity), sql.Identifier(name)),
            [owner[identity]],
        ).fetchone()
        if found is not None:
            return {identity: owner[identity]}
    row = build(connection, name, owner)
    insert(connection, name, row)
    return row


def parents(name: str) -> list[tuple[str, str]]:
    """The columns of a tenant table that point to another tenant row: (column, parent table)."""
    return [
        (element.parent.name, element.column.table.name)
        for key in table(name).constraints
        if isinstance(key, ForeignKeyConstraint)
        for element in key.elements
        if element.parent.name != "tenant_id"
    ]


def _parent(connection: Connection, key: ForeignKeyConstraint, owner: Row) -> Row:
    parent = make(connection, key.referred_table.name, owner)
    return {element.parent.name: parent[element.column.name] for element in key.elements}


def _value(name: str, column: "Column[Any]", owner: Row) -> Any:
    if column.name == _OWNER.get(declared()[name].kind):
        return owner[column.name]
    allowed = _allowed(name, column.name)
    if allowed is not None:
        return allowed
    return _of_type(column.type)


def _allowed(name: str, column: str) -> str | int | None:
    """The first of the words, or the lowest of the numbers, that a CHECK allows."""
    for check in table(name).constraints:
        if not isinstance(check, CheckConstraint):
            continue
        if found := re.search(rf"\b{column} IN \('([^']+)'", str(check.sqltext)):
            return found[1]
        if found := re.search(rf"\b{column} BETWEEN (\d+)", str(check.sqltext)):
            return int(found[1])
    return None


def _of_type(kind: Any) -> Any:
    match kind:
        case ARRAY():
            return []
        case JSONB():
            return {}
        case kinds.Boolean():
            return False
        case kinds.Integer():
            return 1
        case kinds.Numeric() | kinds.Float():
            return Decimal(20)
        case kinds.DateTime():
            return datetime(2026, 11, 21, 7, tzinfo=UTC)
        case kinds.Date():
            return date(2026, 11, 21)
        case kinds.LargeBinary():
            return b"\x01"
        case kinds.Uuid():
            return new_id()
        case kinds.String():
            return secrets.token_hex(6)
    raise NotImplementedError(f"a value for {kind!r}")


def owner_row(tenant_id: UUID | None = None, user_id: UUID | None = None) -> Row:
    """A fresh gym and a fresh login to own rows."""
    return {"tenant_id": tenant_id or new_id(), "user_id": user_id or new_id()}
