"""How an open core is: what `/readyz`, `/metrics` and `pp doctor` ask."""

from dataclasses import dataclass
from functools import cache

from pp_core.kernel.db.statement import sql

from .wiring import Runtime

_STATE = sql(
    "SELECT (SELECT version_num FROM alembic_version) AS revision, q.waiting, q.running, q.failed, q.oldest_seconds"
    " FROM jobs.pp_queue_state() AS q"
)


@dataclass(frozen=True, slots=True)
class Health:
    """One look: `oldest_seconds` is how long the job that is due longest has waited for a worker."""

    revision: str | None
    revision_wanted: str
    waiting: int
    running: int
    failed: int
    oldest_seconds: float

    @property
    def schema_current(self) -> bool:
        """Whether the database is at this code's revision."""
        return self.revision == self.revision_wanted


async def look(runtime: Runtime) -> Health:
    """Ask the database; `DatabaseUnavailable` when it does not answer."""
    async with runtime.database.transaction(read_only=True) as tx:
        row = await tx.one(_STATE)
    return Health(row.revision, _wanted(), row.waiting, row.running, row.failed, row.oldest_seconds)


@cache
def _wanted() -> str:
    import migrations

    return migrations.newest()
