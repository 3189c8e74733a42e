"""`pp plan`, `pp membership`, `pp checkin`, `pp desk`, `pp door-code` and `pp visits`; and `pp member card`."""

from collections.abc import AsyncGenerator, Sequence, Set
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING
from uuid import UUID

from pp_cli.binding import command, group
from pp_cli.output import day, said, show_record, show_rows, stream
from pp_cli.session import client, complete, narrate
from pp_core.memberships.operations import (
    CancelMembership,
    CheckedIn,
    CheckIn,
    CreatePlan,
    DeskPage,
    DeskToday,
    FindAtDesk,
    GetVisits,
    ListMemberships,
    ListPlans,
    ListVisits,
    MemberCard,
    RetirePlan,
    SellMembership,
    ShowDesk,
    ShowDoorCode,
    ShowMemberCard,
    VisitRow,
    WatchVisits,
)

if TYPE_CHECKING:
    from pp_core.client.protocol import Client

PLAN = "code name tier duration_days price grace_days on_sale"
VISITS = "at person_code person_name door override_reason"
HELD = "membership.plan_name membership.status membership.ends_on"
MOST_IDS = 100
"""As many as `GetVisits` takes."""
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


def _follow(asked: ListVisits) -> None:
    """Print visits as people come in, until Ctrl-C."""

    async def work() -> None:
        show_next = stream(VISITS)
        async with client() as connected, aclosing(_arrivals(connected, asked)) as arrivals:
            async for visit in arrivals:
                show_next(visit)

    with suppress(KeyboardInterrupt):
        complete(work())


async def _arrivals(connected: "Client", asked: ListVisits) -> AsyncGenerator[VisitRow, None]:
    """The visits from now on that `asked` would list, in their order."""
    person_id = None
    if asked.member is not None:
        person_id = (await connected.run(ShowMemberCard(member=asked.member))).person_id
    known: set[UUID] | None = None
    shown: set[UUID] = set()
    async with aclosing(connected.watch(WatchVisits())) as changes:
        async for change in changes:
            if known is None:
                known = {one.id for one in (await connected.run(asked)).items}
                narrate(said("cli.visits.following"))
                continue
            visits = await (_since(connected, asked, known) if change.began else _named(connected, change.ids))
            for visit in sorted(visits, key=lambda one: one.at):
                if visit.id in shown or person_id not in (None, visit.person_id) or asked.day not in (None, visit.day):
                    continue
                known.add(visit.id)
                shown.add(visit.id)
                yield visit


async def _named(connected: "Client", ids: Sequence[UUID]) -> list[VisitRow]:
    return [
        visit
        for start in range(0, len(ids), MOST_IDS)
        for visit in (await connected.run(GetVisits(ids=list(ids[start : start + MOST_IDS])))).items
    ]


async def _since(connected: "Client", asked: ListVisits, known: Set[UUID]) -> list[VisitRow]:
    """Those that came after the known ones: page by page until there is one of these."""
    page = await connected.run(asked)
    found = list(page.items)
    while page.next is not None and not any(one.id in known for one in page.items):
        page = await connected.run(asked.model_copy(update={"cursor": page.next}))
        found += page.items
    return [one for one in found if one.id not in known]


visits = command(ListVisits, arguments=["member"], columns=VISITS, follow=_follow)
door_code = command(ShowDoorCode, columns="code day branch_name")


def _found(result: DeskPage) -> None:
    show_rows(result.items, f"code name phone {HELD} in_since left")
    if result.more:
        narrate(said("cli.desk.more"))


def _today(result: DeskToday) -> None:
    show_rows(result.visits, VISITS)
    narrate(said("cli.desk.today", gym=result.gym_name, visits=result.visits_today, members=result.members_in))


def _card(result: MemberCard) -> None:
    show_record(result, f"code name phone language joined_on left {HELD} in_since visits_this_month")
    show_rows(result.memberships, SOLD)
    show_rows(result.weeks, "starts_on visits")


desk = group("Find whoever stands at the desk, and see who came today.")
desk.command("find")(command(FindAtDesk, arguments=["query"], words="query", present=_found))
desk.command("today")(command(ShowDesk, present=_today))
desk.command("visits")(command(GetVisits, arguments=["ids"], columns=VISITS))
card = command(ShowMemberCard, arguments=["member"], present=_card)
