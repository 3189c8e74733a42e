"""Reports."""

from pp_core.analytics import queries
from pp_core.analytics.operations import AttendanceReport, GetAttendance
from pp_core.analytics.rules import attendance_rate, by_day, span
from pp_core.kernel.context import TenantContext
from pp_core.kernel.handlers import handles
from pp_core.memberships.public import LONGEST_GRACE
from pp_core.tenants.public import access_branch


@handles(GetAttendance)
async def get_attendance(ctx: TenantContext, op: GetAttendance) -> AttendanceReport:
    """Visits and workouts of every day of the span, and what they come to."""
    first, last = span(op.first, op.last, ctx.today)
    if op.branch_id is not None:
        await access_branch(ctx, op.branch_id)
    asked = (ctx.tx, ctx.tenant_id, first, last, op.branch_id)
    days = by_day(first, last, await queries.visits_by_day(*asked), await queries.workouts_by_day(*asked))
    totals = await queries.totals(*asked, longest_grace=LONGEST_GRACE)
    return AttendanceReport(
        gym=ctx.gym_name,
        timezone=ctx.timezone,
        first=first,
        last=last,
        branch_id=op.branch_id,
        days=days,
        visits=sum(day.visits for day in days),
        visitors=totals.visitors,
        workouts=sum(day.workouts for day in days),
        active_members=totals.active_members,
        attendance_rate=attendance_rate(totals.visitors, totals.active_members),
    )
