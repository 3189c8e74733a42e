"""Phones for the figures: members with memberships, and what their gateway posts for them."""

import secrets
from dataclasses import dataclass, field

import psycopg

from bench.harness import HOOK, Connection, World, form
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator
from pp_core.kernel.locale import text
from pp_core.kernel.money import Money
from pp_core.kernel.policy import Door
from pp_core.memberships.operations import CreatePlan, ShowDoorCode

SERVICE_CODE = "*384*77#"
SHORT_CODE = "20880"


def phone(number: int) -> str:
    """A member's phone."""
    return f"+25471{number:07d}"


async def members(made: World, count: int) -> str:
    """Give the gym so many members with a membership each; returns today's code at its desk."""
    desk = LocalClient(made.runtime.pulse, Door.TUI, Operator("bench", made.slug))
    plan = await desk.run(
        CreatePlan(code="BENCH", name="Bench monthly", duration_days=30, price=Money(minor=250_000, currency="KES"))
    )
    with psycopg.connect(made.runtime.home.urls.admin or "", autocommit=True) as connection:
        connection.execute(
            "INSERT INTO people (tenant_id, id, name, phone, code, roles, joined_on)"
            " SELECT %s, gen_random_uuid(), 'Otieno Bench ' || n, '+25471' || lpad(n::text, 7, '0'), 'B' || n,"
            " ARRAY['CLIENT'], current_date FROM generate_series(1, %s) AS n",
            (made.gym_id, count),
        )
        connection.execute(
            "INSERT INTO memberships (tenant_id, id, person_id, plan_id, starts_on, ends_on, tier, price_minor, currency,"
            " grace_days) SELECT tenant_id, gen_random_uuid(), id, %s, current_date - 3, current_date + 26, 'standard',"
            " 250000, 'KES', 3 FROM people WHERE tenant_id = %s AND code LIKE 'B%%'",
            (plan.id, made.gym_id),
        )
        connection.execute("VACUUM ANALYZE people, memberships")
    return (await desk.run(ShowDoorCode())).code


@dataclass
class Dialler:
    """A phone in a session: what it typed so far, and the page it sees."""

    connection: Connection
    phone: str
    session: str = field(default_factory=lambda: f"ATUid_{secrets.token_hex(12)}")
    inputs: list[str] = field(default_factory=list)
    page: str = ""

    async def send(self, typed: str | None = None) -> str:
        """Dial, or answer the page; returns the next one. AssertionError when the answer is no page."""
        if typed is not None:
            self.inputs.append(typed)
        fields = {
            "sessionId": self.session,
            "phoneNumber": self.phone,
            "serviceCode": SERVICE_CODE,
            "networkCode": "63902",
            "text": "*".join(self.inputs),
        }
        status, body = await self.connection.ask(form(f"/hooks/ussd/{HOOK}", fields))
        self.page = body.decode()
        assert status == 200, (status, self.page)
        assert self.page.startswith(("CON ", "END ")), self.page
        return self.page

    def number_of(self, title: str) -> str | None:
        """The number before a choice on the page; None when it is on a later one."""
        label = text(title, "en")
        return next((line.partition(" ")[0] for line in self.page.split("\n") if line.endswith(f" {label}")), None)


def sms(sender: str, written: str) -> bytes:
    """The bytes of an incoming text."""
    fields = {
        "id": f"ATXid_{secrets.token_hex(12)}",
        "from": sender,
        "to": SHORT_CODE,
        "text": written,
        "date": "2026-11-21T06:00:00Z",
        "networkCode": "63902",
    }
    return form(f"/hooks/sms/{HOOK}/incoming", fields)
