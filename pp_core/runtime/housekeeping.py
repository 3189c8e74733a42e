"""The hourly sweep: what has done its work and may go."""

from datetime import timedelta

from pp_core.kernel import idempotency
from pp_core.kernel.db.statement import sql
from pp_core.kernel.ids import PLATFORM

from .wiring import Runtime

NAME = "platform.housekeeping"
OUTBOX_DAYS = 30
CODES_DAYS = 8
JOBS_DAYS = 7
POINTS_DAYS = 62
"""Days after which live points go, once the streams of their activities hold them."""

_GYMS = sql("SELECT tenant_id, slug FROM pp_gyms(%(after)s, 200)")
_SWEEPS = (
    (
        sql("DELETE FROM idempotency_keys WHERE tenant_id = %(tenant)s AND created_at < %(before)s"),
        idempotency.KEPT_DAYS,
    ),
    (sql("DELETE FROM outbox WHERE tenant_id = %(tenant)s AND occurred_at < %(before)s"), OUTBOX_DAYS),
    (sql("DELETE FROM deliveries WHERE tenant_id = %(tenant)s AND delivered_at < %(before)s"), OUTBOX_DAYS),
    (sql("DELETE FROM door_codes WHERE tenant_id = %(tenant)s AND day < %(before)s"), CODES_DAYS),
    (sql("DELETE FROM door_code_tries WHERE tenant_id = %(tenant)s AND day < %(before)s"), CODES_DAYS),
)
_FIRINGS = sql("DELETE FROM clock_firings WHERE fired_at < %(before)s")
_JOBS = sql(
    "DELETE FROM jobs.procrastinate_jobs j WHERE j.status = 'succeeded' AND NOT EXISTS ("
    " SELECT 1 FROM jobs.procrastinate_events e WHERE e.job_id = j.id AND e.at > %(before)s)"
)


_MAKE_PARTITIONS = sql("SELECT pp_make_point_partitions(%(first)s, %(last)s)")
_DROP_PARTITIONS = sql("SELECT pp_drop_point_partitions(%(before)s)")


async def sweep(runtime: Runtime) -> None:
    """Delete old keys, delivered events and finished jobs, one gym at a time."""
    now = runtime.clock.now()
    after: str | None = None
    gyms = [PLATFORM]
    while True:
        async with runtime.pulse.system("housekeeping", PLATFORM, "") as ctx:
            page = await ctx.tx.all(_GYMS, after=after)
        gyms += [row.tenant_id for row in page]
        if not page:
            break
        after = page[-1].slug
    for tenant_id in gyms:
        async with runtime.pulse.system("housekeeping", tenant_id, "") as ctx:
            for statement, days in _SWEEPS:
                await ctx.tx.run(statement, tenant=tenant_id, before=now - timedelta(days=days))
    async with runtime.pulse.system("housekeeping", PLATFORM, "") as ctx:
        await ctx.tx.run(_FIRINGS, before=now - timedelta(days=OUTBOX_DAYS))
        await ctx.tx.run(_JOBS, before=now - timedelta(days=JOBS_DAYS))
        await ctx.tx.run(_MAKE_PARTITIONS, first=now.date(), last=(now + timedelta(days=POINTS_DAYS)).date())
        await ctx.tx.run(_DROP_PARTITIONS, before=(now - timedelta(days=POINTS_DAYS)).date())
