"""`pp report` and `pp audit`."""

from pp_cli.binding import command, group
from pp_cli.output import cell, day, said, show_rows
from pp_cli.session import narrate
from pp_core.analytics.operations import AttendanceReport, GetAttendance
from pp_core.audit.operations import AuditPage, ListAudit

report = group("Report on the gym.")


def _attendance(result: AttendanceReport) -> None:
    show_rows(result.days, "day visits visitors workouts sets volume_kg")
    narrate(
        said(
            "cli.report.attendance",
            gym=result.gym,
            first=day(result.first),
            last=day(result.last),
            visits=result.visits,
            visitors=result.visitors,
            workouts=result.workouts,
            active=result.active_members,
            rate="-" if result.attendance_rate is None else f"{cell(result.attendance_rate * 100)}%",
        )
    )


report.command("attendance")(
    command(
        GetAttendance,
        names={"first": "--from", "last": "--until", "branch_id": "--branch"},
        columns="gym first last visits visitors workouts active_members attendance_rate",
        present=_attendance,
    )
)


def _audited(result: AuditPage) -> None:
    # A person is known by the name they have in the gym; everybody else by what they act as.
    show_rows(
        [{**row.model_dump(), "actor": row.person_name or row.actor} for row in result.items],
        "at actor operation door outcome resource",
    )
    if result.next is not None:
        narrate(said("cli.more", cursor=result.next))


audit = command(ListAudit, present=_audited, names={"person_id": "--person"})
