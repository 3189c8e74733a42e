"""How the system is."""

from pp_core.health import queries, rules
from pp_core.health.operations import HealthReport, ShowHealth
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.notifications.public import traffic_of
from pp_core.tenants.public import channels_of


@handles(ShowHealth)
async def show_health(ctx: TenantContext, op: ShowHealth) -> HealthReport:
    """Five statements, whatever there is to tell."""
    now = ctx.now
    row, milliseconds = await queries.database(ctx.tx)
    parts = [
        rules.database(row, milliseconds, ctx.ports.pool(), now),
        rules.worker(await queries.worker(ctx.tx, silent=rules.SILENT_SECONDS), now),
    ]
    own = await channels_of(ctx)
    for carried in await traffic_of(ctx, since=now - rules.DAY, lately=now - rules.LATELY):
        parts.append(
            rules.channel(
                carried.channel,
                [each.address for each in own if each.kind == carried.channel],
                served=carried.channel in ctx.ports.channels,
                traffic=carried,
            )
        )
    return HealthReport(at=now, state=rules.worst(parts), parts=parts)
