"""Every statement about the machine: its database and its queue. What a gym's channels carried is asked of notifications."""

from time import perf_counter
from typing import Any

from pp_core.kernel.db.statement import sql
from pp_core.kernel.db.transaction import Transaction

_DATABASE = sql(
    "SELECT current_setting('server_version') AS version,"
    " (SELECT sum(numbackends)::integer FROM pg_stat_database) AS connections,"
    " current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer AS allowed"
)
_WORKER = sql(
    "SELECT q.waiting, q.running, q.failed, q.oldest_seconds, w.workers, w.silent_seconds, w.stalled, w.failed_lately"
    " FROM jobs.pp_queue_state() AS q, jobs.pp_worker_state(%(silent)s) AS w"
)


async def database(tx: Transaction) -> tuple[Any, float]:
    """The server's version and connections, and the milliseconds from our asking to having its answer."""
    asked = perf_counter()
    row = await tx.one(_DATABASE)
    return row, (perf_counter() - asked) * 1000


async def worker(tx: Transaction, *, silent: float) -> Any:
    """The queue and who works at it: numbers only.

    They are of all gyms together, which the queue cannot tell apart (its jobs hold ids alone), and tell no gym of another: how
    busy the machine is that both share, as an answer's delay would.
    """
    return await tx.one(_WORKER, silent=silent)
