"""Reading the audit trail."""

from uuid import UUID

from pp_core.audit import queries
from pp_core.audit.operations import AuditPage, AuditRow, ListAudit
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.kernel.pagination import decode_cursor, encode_cursor


@handles(ListAudit)
async def list_audit(ctx: TenantContext, op: ListAudit) -> AuditPage:
    """A page of this gym's trail."""
    (after,) = decode_cursor(op.cursor, UUID)
    rows = await queries.trail(
        ctx.tx,
        ctx.tenant_id,
        operation=op.operation,
        door=op.door,
        refused=op.refused,
        actor=op.actor,
        person_id=op.person_id,
        outcome=op.outcome,
        since=op.since,
        until=op.until,
        after=after,
        limit=op.limit + 1,
    )
    items = [AuditRow(**row._asdict()) for row in rows[: op.limit]]
    return AuditPage(items=items, next=encode_cursor(items[-1].id) if len(rows) > op.limit else None)
