"""Transactions: one connection of the pool, with who is asking set for row-level security."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.adapt import Buffer
from psycopg.rows import namedtuple_row
from psycopg.types.json import JsonbDumper
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ..errors import DatabaseUnavailable, NotFound
from .statement import Rows, Statement


class _DictAsJsonb(JsonbDumper):
    def dump(self, obj: Any) -> Buffer:
        return json.dumps(obj, default=str, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class GymFacts:
    """What a context inside a gym needs to know of it."""

    name: str
    slug: str
    timezone: str
    features: tuple[str, ...]
    limits: dict[str, int]


_ENTER = "SELECT name, slug, timezone, features, limits FROM pp_enter_gym(%(tenant)s)"
_SET_TENANT = "SELECT set_config('app.tenant_id', %(tenant)s, true)"
_SET_USER = "SELECT set_config('app.user_id', %(user)s, true)"


class Transaction:
    """An open transaction. Queries are `Statement`s; values go by keyword."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self.connection = connection

    async def all(self, statement: Statement, /, **values: Any) -> Rows:
        """Every row."""
        text, parameters = statement.prepared(values)
        cursor = await self.connection.execute(text, parameters)
        return await cursor.fetchall()

    async def maybe(self, statement: Statement, /, **values: Any) -> Any | None:
        """The first row, or None."""
        text, parameters = statement.prepared(values)
        cursor = await self.connection.execute(text, parameters)
        return await cursor.fetchone()

    async def one(self, statement: Statement, /, **values: Any) -> Any:
        """The row that must be there; LookupError when it is not."""
        row = await self.maybe(statement, **values)
        if row is None:
            raise LookupError("a statement that must return a row returned none")
        return row

    async def value(self, statement: Statement, /, **values: Any) -> Any:
        """The first column of the first row; None without a row."""
        row = await self.maybe(statement, **values)
        return None if row is None else row[0]

    async def run(self, statement: Statement, /, **values: Any) -> int:
        """Run it and return how many rows it touched."""
        text, parameters = statement.prepared(values)
        cursor = await self.connection.execute(text, parameters)
        return cursor.rowcount

    async def many(self, statement: Statement, rows: Iterable[dict[str, Any]]) -> int:
        """Run it once for each row, in one pipelined batch; returns how many rows it touched."""
        batch = [statement.prepared(row) for row in rows]
        if not batch:
            return 0
        async with self.connection.cursor() as cursor:
            await cursor.executemany(batch[0][0], [parameters for _, parameters in batch])
            return cursor.rowcount

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what the block did, and no more, when it raises."""
        async with self.connection.transaction():
            yield

    async def set_user(self, user_id: UUID) -> None:
        """Let the rest of the transaction see this user's rows."""
        await self.connection.execute(_SET_USER, {"user": str(user_id)})

    async def set_tenant(self, tenant_id: UUID) -> None:
        """Let the rest of the transaction see this gym's (or the platform's) rows."""
        await self.connection.execute(_SET_TENANT, {"tenant": str(tenant_id)})

    async def enter_gym(self, tenant_id: UUID) -> GymFacts:
        """Let the rest of the transaction see this gym's rows; `NotFound` when there is no such gym."""
        cursor = await self.connection.execute(_ENTER, {"tenant": tenant_id})
        row = await cursor.fetchone()
        if row is None or row.name is None:
            raise NotFound(what="gym")
        return GymFacts(row.name, row.slug, row.timezone, tuple(row.features), row.limits)


class Database:
    """A pool of connections as one role."""

    def __init__(self, url: str, *, size: int = 10, pooled: bool = False, name: str = "pp") -> None:
        async def configure(connection: AsyncConnection[Any]) -> None:
            connection.adapters.register_dumper(dict, _DictAsJsonb)
            connection.prepare_threshold = None if pooled else 2

        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=10,
            max_idle=120,
            reconnect_timeout=5,
            configure=configure,
            kwargs={"autocommit": True, "row_factory": namedtuple_row, "application_name": name, "connect_timeout": 5},
        )

    async def open(self) -> None:
        """Connect; `DatabaseUnavailable` when the server does not answer within ten seconds."""
        try:
            await self._pool.open(wait=True, timeout=10)
        except PoolTimeout as error:
            raise DatabaseUnavailable from error

    async def close(self) -> None:
        """Give all connections back to the server."""
        await self._pool.close(timeout=5)

    @property
    def usage(self) -> dict[str, int]:
        """psycopg_pool's own figures, for `/metrics` and `/readyz`."""
        return dict(self._pool.get_stats())

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        """A connection in autocommit. Broken or unobtainable ones raise `DatabaseUnavailable`."""
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, psycopg.errors.AdminShutdown, psycopg.errors.CannotConnectNow) as error:
            raise DatabaseUnavailable from error
        except psycopg.OperationalError as error:
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                raise DatabaseUnavailable from error
            raise

    @asynccontextmanager
    async def transaction(self, *, read_only: bool = False) -> AsyncIterator[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        async with self._begun("BEGIN READ ONLY" if read_only else "BEGIN") as connection:
            try:
                yield Transaction(connection)
            except BaseException:
                # A connection that cannot roll back is gone, and its transaction with it: what was wrong stays what is told.
                with suppress(psycopg.Error):
                    await connection.execute("ROLLBACK")
                raise
            else:
                await connection.execute("COMMIT")

    @asynccontextmanager
    async def _begun(self, begin: str) -> AsyncIterator[AsyncConnection[Any]]:
        """A connection with a transaction begun. One that broke while it lay idle has done nothing: another is taken."""
        async with AsyncExitStack() as held:
            connection = await held.enter_async_context(self.connection())
            try:
                await connection.execute(begin)
            except psycopg.OperationalError:
                await held.aclose()
                await self._pool.check()  # the server was restarted: the others are as dead
                connection = await held.enter_async_context(self.connection())
                await connection.execute(begin)
            yield connection
