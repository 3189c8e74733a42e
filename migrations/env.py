"""Alembic's environment: one transaction a migration, short lock timeouts, one migrator at a time."""

from typing import Any

from alembic import context
from alembic.autogenerate import rewriter
from alembic.operations import ops
from sqlalchemy import text

from migrations import engine_for
from migrations.repeatable import apply_functions, drop_views, sync_catalogue
from pp_core.kernel.db.tables import Base, is_compared, security_statements, tables
from pp_core.runtime import catalog

writer = rewriter.Rewriter()


@writer.rewrites(ops.CreateTableOp)
def secure_new_table(_context: Any, _revision: Any, op: ops.CreateTableOp) -> list[ops.MigrateOperation]:
    """Autogenerate sees no policies: put row-level security and grants behind each new table."""
    table = tables()[op.table_name]
    return [op, *(ops.ExecuteSQLOp(statement) for statement in security_statements(table))]


def run() -> None:
    """Migrate, or compare the models with the database for a new revision."""
    catalog.load_models()
    url = context.config.attributes["url"]
    with engine_for(url).connect() as connection:
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.execute(text("SET statement_timeout = '120s'"))
        connection.execute(text("SELECT pg_advisory_lock(hashtext('pp_migrate'))"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
            process_revision_directives=writer,
            compare_server_default=False,
            include_name=is_compared,
        )
        with context.begin_transaction():
            drop_views(connection)
            context.run_migrations()
        if context.config.attributes.get("repeatable"):
            apply_functions(connection)
            sync_catalogue(connection)
            connection.commit()


run()
