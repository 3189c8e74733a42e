"""Statements: written in SQLAlchemy Core, compiled once, run by psycopg.

SQLAlchemy's execution layer costs more than the database does on our short statements (docs/decisions.md has the figures), so
it writes the SQL and psycopg runs it. A statement is a module constant whose varying parts are `bindparam`s.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.expression import ClauseElement, Executable

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]


class Statement:
    """One compiled statement. `sql` has `%(name)s` places with PostgreSQL casts; `defaults` fills the fixed ones."""

    __slots__ = ("_defaults", "_source", "_sql")

    def __init__(self, source: Executable | str) -> None:
        self._source = source
        self._sql: str | None = source if isinstance(source, str) else None
        self._defaults: dict[str, Any] = {}

    def prepared(self, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The SQL and its complete parameters."""
        if self._sql is None:
            assert isinstance(self._source, ClauseElement)
            compiled = self._source.compile(dialect=_DIALECT)
            binds = getattr(compiled, "binds", {})
            self._defaults = {
                name: value
                for name, value in compiled.params.items()
                if name not in binds or not (binds[name].required or binds[name].value is None)
            }
            self._sql = str(compiled)
        return self._sql, {**self._defaults, **values} if self._defaults else values


def sql(source: Executable | str) -> Statement:
    """Wrap a Core statement, or SQL text with `%(name)s` places where Core would only obscure it."""
    return Statement(source)


Rows = Sequence[Any]
"""Named tuples with the columns of the statement."""
