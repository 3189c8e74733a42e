"""Prices: what the gym sells, and what one of its plans gives."""

from pp_bots.dialogue.flow import Ask, Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import Choice, Screen, ask, say
from pp_bots.dialogue.wording import worded_as
from pp_core.memberships.operations import ListPlans, Plan, PlanList

FLOW = Flow("prices", title="prices.title", place=6, words=("prices", "price", "plans", "bei", "mipango"), acts=False)
FLOW.reads(worded_as("prices"))


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Ask the gym what is on sale."""
    return Run(ListPlans(), "listed")


@FLOW.gets("listed")
def listed(talk: Talk, result: PlanList) -> Next:
    """The question which plan; what was read is put by for the answer."""
    if not result.items:
        return end(say("prices.none", gym=talk.gym_name))
    return Ask("choose", {"plans": [plan.model_dump(mode="json") for plan in result.items]})


@FLOW.asks("choose")
def choose(talk: Talk) -> Screen:
    """Each plan with its price."""
    plans = [Plan.model_validate(plan) for plan in talk.data["plans"]]
    labels = [say("prices.plan", plan=plan.name, price=plan.price) for plan in plans]
    return ask(
        say("prices.head"), choices=[Choice(plan.code, label) for plan, label in zip(plans, labels, strict=True)]
    )


@FLOW.hears("choose")
def chosen(talk: Talk, said: str) -> Next:
    """How long it lasts, and where it is bought."""
    plan = next(Plan.model_validate(plan) for plan in talk.data["plans"] if plan["code"] == said)
    return end(say("prices.one", plan=plan.name, price=plan.price, count=plan.duration_days))
