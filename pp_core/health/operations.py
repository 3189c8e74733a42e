"""Asking how the system is."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from pp_core.kernel import locale
from pp_core.kernel.operation import Operation, Result
from pp_core.kernel.policy import Permission, Policy, Rate, Scope

PartName = Literal["database", "worker", "sms", "ussd", "telegram"]
State = Literal["ok", "warning", "down", "absent"]


class HealthPart(Result):
    """One part of the system.

    `figures` of the database: round_trip_ms, connections and connections_allowed of the server, pool_used, pool_size and
    pool_waiting of this process. Of the worker: workers, waiting, running, failed, failed_lately (a day) and stalled jobs,
    oldest_seconds. Of a channel, this gym's messages of a day: sent, delivered, waiting, failed, unknown; texts received; of
    USSD received and late; lately and failed_lately are attempts (USSD: turns) of the last quarter of an hour.
    """

    name: PartName
    state: State
    reason: str = Field(description="Why, as a stable code such as database.slow")
    at: datetime | None = Field(description="Last sign of life")
    about: str | None = Field(
        default=None, description="The server's version; the channel's own addresses, if not shared"
    )
    figures: dict[str, float] = Field(default_factory=dict)
    last_in: datetime | None = Field(default=None, description="When this gym was last written to on the channel")
    last_out: datetime | None = Field(default=None, description="When the gateway last took a message, within a day")
    failed_at: datetime | None = Field(default=None, description="When a message last failed, within a day")
    failure: str | None = Field(default=None, description="The gateway's own word on that")

    def why(self, language: str) -> str:
        """The reason as a sentence in `language`."""
        values = {name: int(value) if value == int(value) else value for name, value in self.figures.items()}
        return locale.text(
            f"health.{self.reason}", language, **values, about=self.about or "", failure=self.failure or "-"
        )


class HealthReport(Result):
    """How the system is at one moment; `state` is that of its worst part, what is not connected aside."""

    at: datetime
    state: State
    parts: list[HealthPart] = Field(description="database, worker, sms, ussd, telegram, in this order")


class ShowHealth(Operation[HealthReport]):
    """Show how the system works right now: its database, its worker, and this gym's SMS, USSD and Telegram."""

    policy: ClassVar = Policy(
        name="health.show",
        scope=Scope.TENANT,
        permission=Permission.HEALTH_READ,
        reads_only=True,
        rate=Rate.SCREEN,
    )
