"""What messages and USSD sessions cost."""

from datetime import timedelta

from pp_core.kernel.clock import day_start
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.notifications.operations.costs import CostReport, MessageCosts
from pp_core.notifications.queries import costs as queries
from pp_core.notifications.rules import added, costs, span
from pp_core.tenants.public import currency_of


@handles(MessageCosts)
async def message_costs(ctx: TenantContext, op: MessageCosts) -> CostReport:
    """Groups of the span, and what they come to."""
    since, until = span(op.since, op.until, ctx.today)
    asked = {
        "first": day_start(since, ctx.timezone),
        "end": day_start(until + timedelta(days=1), ctx.timezone),
        "timezone": ctx.timezone,
        "currency": await currency_of(ctx),
    }
    messages = await queries.messages(ctx.tx, op.by, tenant_id=ctx.tenant_id, **asked)
    items = costs(op.by, messages, await queries.sessions(ctx.tx, **asked))
    return CostReport(since=since, until=until, timezone=ctx.timezone, by=op.by, items=items, total=added("all", items))
