"""My membership: what it is, how long it lasts, what it costs to go on."""

from pp_bots.dialogue.flow import Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import Say, say
from pp_bots.dialogue.wording import worded_as
from pp_core.memberships.operations import ListMemberships, MembershipList, MembershipRow

FLOW = Flow(
    "membership",
    title="membership.title",
    place=3,
    command="membership",
    words=("membership", "my membership", "status", "balance", "uanachama", "uanachama wangu", "hali", "salio"),
    acts=False,
)
FLOW.reads(worded_as("membership"))
_WORTH = ("active", "grace", "upcoming", "expired", "cancelled")


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Ask the gym."""
    return Run(ListMemberships(), "listed")


@FLOW.gets("listed")
def listed(talk: Talk, result: MembershipList) -> Next:
    """How it stands, or that there is none."""
    return end(*(lines(result) or (say("membership.none", gym=talk.gym_name),)))


def lines(result: MembershipList) -> tuple[Say, ...]:
    """The one that counts today, and the one that follows it or what going on costs; nothing where there is none."""
    if not result.items:
        return ()
    best = min(result.items, key=lambda one: (_WORTH.index(one.status), -one.ends_on.toordinal()))
    said = [_line(best)]
    following = [one for one in result.items if one.status == "upcoming" and one is not best]
    if following:
        said.append(_line(min(following, key=lambda one: one.starts_on)))
    elif best.status in ("expired", "cancelled", "grace") or best.days_left <= 7:
        said.append(say("membership.renew", price=best.price))
    return tuple(said)


def _line(one: MembershipRow) -> Say:
    if one.status == "active" and one.days_left == 0:
        return say("membership.last_day", plan=one.plan_name)
    if one.status == "active":
        return say("membership.active", plan=one.plan_name, ends_on=one.ends_on, count=one.days_left)
    return say(f"membership.{one.status}", plan=one.plan_name, starts_on=one.starts_on, ends_on=one.ends_on)
