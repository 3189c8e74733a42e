"""`pp plan`, `pp membership`, `pp checkin` and `pp visits`."""

from pp_cli.binding import command, group
from pp_cli.output import day, said, show_record
from pp_cli.session import narrate
from pp_core.memberships.operations import (
    CancelMembership,
    CheckedIn,
    CheckIn,
    CreatePlan,
    ListMemberships,
    ListPlans,
    ListVisits,
    RetirePlan,
    SellMembership,
)

PLAN = "code name tier duration_days price grace_days on_sale"
SOLD = "plan_code status starts_on ends_on days_left price id"

plan = group("See and set what the gym sells.")
plan.command("list")(command(ListPlans, columns=PLAN))
plan.command("create")(command(CreatePlan, arguments=["code", "name"], names={"duration_days": "--days"}, columns=PLAN))
plan.command("retire")(command(RetirePlan, arguments=["code"], columns=PLAN))

membership = group("Sell, list and cancel memberships.")
membership.command("sell")(command(SellMembership, arguments=["member", "plan"], columns=SOLD))
membership.command("list")(command(ListMemberships, arguments=["member"], columns=SOLD))
membership.command("cancel")(command(CancelMembership, arguments=["membership_id"], columns=SOLD))


def _checked_in(result: CheckedIn) -> None:
    show_record(result.visit, "person_code person_name at override_reason")
    if result.repeated:
        narrate(said("cli.checkin.repeated"))
    if result.membership is not None:
        held = result.membership
        narrate(said("cli.checkin.membership", plan=held.plan_name, ends_on=day(held.ends_on), status=held.status))
    narrate(said("cli.checkin.visits", count=result.visits_this_month))


checkin = command(CheckIn, arguments=["member"], names={"override_reason": "--override"}, present=_checked_in)
visits = command(ListVisits, arguments=["member"], columns="at person_code person_name door override_reason")
