"""The durable queue: procrastinate's own schema, owned by the worker and out of the gyms' sight."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "2026_11_21_jobs"
down_revision = None
branch_labels = None
depends_on = None

_DROP_ALL = """
DO $$
DECLARE
  thing record;
BEGIN
  FOR thing IN SELECT p.oid::regprocedure AS signature FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = 'public' AND p.proname LIKE 'pp\\_%' LOOP
    EXECUTE 'DROP FUNCTION ' || thing.signature;
  END LOOP;
  FOR thing IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'jobs' AND c.relkind = 'r' LOOP
    EXECUTE 'DROP TABLE ' || thing.name || ' CASCADE';
  END LOOP;
  FOR thing IN SELECT p.oid::regprocedure AS signature FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = 'jobs' LOOP
    EXECUTE 'DROP FUNCTION ' || thing.signature;
  END LOOP;
  FOR thing IN SELECT t.oid::regtype AS name FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
                WHERE n.nspname = 'jobs' AND t.typtype IN ('e', 'c') LOOP
    EXECUTE 'DROP TYPE ' || thing.name || ' CASCADE';
  END LOOP;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL ROLE pp_worker")
    op.execute("SET LOCAL search_path = jobs")
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    op.execute("SET LOCAL search_path = public")
    op.execute("RESET ROLE")


def downgrade() -> None:
    """Take back."""
    op.execute(_DROP_ALL)
