"""The newest texts of a gym by channel, and failed jobs, each found without reading the rest."""

from alembic import op

revision = "2026_11_22_health"
down_revision = "2026_11_21_text_doors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_incoming_texts_gym",
        "incoming_texts",
        ["tenant_id", "channel", "received_at"],
        unique=False,
        postgresql_where="tenant_id IS NOT NULL",
    )
    op.execute("SET LOCAL ROLE pp_worker")
    op.execute("CREATE INDEX ix_procrastinate_jobs_failed ON jobs.procrastinate_jobs (id) WHERE status = 'failed'")
    op.execute("RESET ROLE")


def downgrade() -> None:
    """Take back."""
    op.execute("SET LOCAL ROLE pp_worker")
    op.execute("DROP INDEX jobs.ix_procrastinate_jobs_failed")
    op.execute("RESET ROLE")
    op.drop_index("ix_incoming_texts_gym", table_name="incoming_texts", postgresql_where="tenant_id IS NOT NULL")
