"""Requests for what messages and USSD sessions cost."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from pp_core.kernel.clock import Day
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.money import Money
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Permission, Policy, Scope

By = Literal["day", "purpose", "channel", "month"]
LONGEST_DAYS = 400


class CostSpanInvalid(Problem):
    """The first day is after the last, or they are more than 400 days apart."""

    kind = Kind.INVALID
    code = "notifications.cost_span_invalid"


class Cost(Result):
    """Messages and sessions of one group. Waiting, sent, delivered, failed and unknown add up to the messages."""

    of: str = Field(description="The group: 2026-11-21, 2026-11, reply, telegram; `all` of the total")
    messages: int = 0
    parts: int = Field(default=0, description="Parts of SMS; messages of other channels have none")
    cost: list[Money] = Field(default=[], description="What the messages cost, an amount a currency")
    waiting: int = Field(default=0, description="Not handed over yet")
    sent: int = Field(default=0, description="Handed over, and no report since; of Telegram it is the last word")
    delivered: int = Field(default=0, description="Reported to be on the phone")
    failed: int = Field(default=0, description="Refused by the gateway, or reported undelivered")
    unknown: int = Field(default=0, description="The gateway never said")
    sessions: int = Field(default=0, description="USSD sessions on the gym's own codes")
    session_cost: list[Money] = Field(default=[], description="What the sessions cost, an amount a currency")


class CostReport(Result):
    """What the gym's messages and USSD sessions cost over a span of days in its time zone."""

    since: date
    until: date
    timezone: str
    by: By
    items: list[Cost]
    total: Cost


class MessageCosts(Operation[CostReport]):
    """Report what messages and USSD sessions cost, by day, month, purpose or channel; what has none is left out."""

    policy: ClassVar = Policy(
        name="notifications.message_costs", scope=Scope.TENANT, permission=Permission.MESSAGE_READ, reads_only=True
    )
    errors: ClassVar = (CostSpanInvalid,)

    since: Day | None = Field(default=None, description="First day; 29 days before the last when left out")
    until: Day | None = Field(default=None, description="Last day; today when left out")
    by: By = Field(default="day", description="What to add up by")
