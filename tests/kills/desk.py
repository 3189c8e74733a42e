"""Reception at a real terminal beside an installation that is killed: people to let in, and a login that is kept."""

import asyncio
import random
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from pp_core.client.remote import RemoteClient, Tokens
from pp_core.kernel.money import Money
from pp_core.kernel.policy import Door
from pp_core.memberships.operations import CreatePlan, SellMembership
from pp_core.tenants.operations import AddMember, Member
from tests.conftest import new_phone
from tests.kills.installation import PASSWORD, Installation
from tests.tui.reception import Reception, visits
from tests.tui.terminal import Terminal

NAMES = ("Njeri", "Kiptoo", "Achieng", "Mutua", "Hassan", "Chebet", "Omondi", "Nyambura", "Wafula", "Mwende")
MOMENTS = ("typing", "found", "sent")
"""When the server dies: in the middle of a member code, before the key that lets in, and right behind it."""


async def people_of(made: Installation, count: int) -> list[Member]:
    """So many members with a membership that is good today.

    Nothing less than a whole code finds only one of them: where one person alone is the hit, all of it was looked up.
    """
    await made.sign_in()
    async with RemoteClient.connect(made.url, Tokens(made.token), door=Door.RPC) as client:
        price = Money(minor=250_000, currency="KES")
        plan = await client.run(CreatePlan(code="KILLS", name="Monthly", duration_days=30, price=price))
        found = []
        number = 0
        while number < count or found[-1].code.endswith("0"):
            name = f"{NAMES[number % len(NAMES)]} {secrets.token_hex(4)}"
            member = await client.run(AddMember(name=name, phone=new_phone()))
            await client.run(SellMembership(member=member.code, plan=plan.code))
            found.append(member)
            number += 1
        return found[:count]


def keep_login(made: Installation) -> dict[str, str]:
    """Sign the administrator in with `pp login`; returns the environment that has the login."""
    environment = {**made.environment, "PP_CONFIG_DIR": f"{made.directory}-config"}
    subprocess.run(
        [sys.executable, "-m", "pp_cli", "login", made.url, "-i", made.admin],
        env={**environment, "PP_PASSWORD": PASSWORD},
        check=True,
        capture_output=True,
        timeout=60,
    )
    return environment


@asynccontextmanager
async def at_the_desk(made: Installation, *options: str) -> AsyncIterator[Reception]:
    """A screen on a terminal, signed in to the installation's server, with today's visits on it."""
    command = [sys.executable, "-m", "pp_cli", "tui", *options]
    async with Terminal(command, environment=keep_login(made), columns=120, lines=40) as terminal:
        desk = Reception(terminal)
        await desk.online()
        yield desk


@dataclass
class Morning:
    """People who come in while the server is killed now and then."""

    made: Installation
    desk: Reception
    dice: random.Random
    came: list[Member] = field(default_factory=list)

    async def lets_in(self, member: Member) -> None:
        """Find this one by their code and let them in."""
        self.desk.terminal.type(member.code)
        await self.desk.sees_hit(member.name)
        self.desk.terminal.press("enter")
        self.came.append(member)
        await self.desk.sees_visit(member.name)

    async def suffers(self, moment: str, member: Member, behind: Member, other: Member) -> None:
        """The same with the server killed at `moment`.

        `behind` stands behind them and is typed at once, `other` comes in elsewhere as soon as the server is back.
        """
        typed = member.code
        cut = self.dice.randrange(1, len(typed)) if moment == "typing" else len(typed)
        self.desk.terminal.type(typed[:cut])
        if moment == "typing":
            await self._dies()
            self.desk.terminal.type(typed[cut:])
            await self.desk.terminal.wait_for(typed)
            await self._comes_back(other, typed)
        await self.desk.sees_hit(member.name)
        if moment == "found":
            await self._dies()
        self.desk.terminal.press("enter")
        self.came.append(member)
        if moment != "typing":
            self.desk.terminal.type(behind.code)
        if moment == "sent":
            await self._dies()
        if moment != "typing":
            await self._comes_back(other, behind.code)
        else:
            await self.desk.sees_visit(member.name)
            self.desk.terminal.type(behind.code)
        await self.desk.sees_hit(behind.name)
        self.desk.terminal.press("enter")
        self.came.append(behind)
        for one in (member, behind, other):
            await self.desk.sees_visit(one.name)

    async def _comes_in_elsewhere(self, member: Member) -> None:
        """Check in over REST, as an app does."""
        async with httpx.AsyncClient(
            base_url=self.made.url, headers={"Authorization": f"Bearer {self.made.token}"}
        ) as http:
            answer = await http.post("/api/v1/visits", json={"member": member.code})
            assert answer.status_code == 201, answer.text
        self.came.append(member)

    async def _dies(self) -> None:
        await asyncio.sleep(self.dice.choice((0.0, 0.002, 0.005, 0.01, 0.02, 0.3)))
        self.made.kill_server()

    async def _comes_back(self, other: Member, typed: str) -> None:
        """Stay away long enough for the screen to say so, or come back at once; what was typed stands there all the time."""
        if self.dice.random() < 0.7:
            await self.desk.offline()
            await self.desk.terminal.wait_for(typed)
        await self.made.up()
        await self._comes_in_elsewhere(other)
        await self.desk.online()
        await self.desk.terminal.wait_for(typed)

    def losses(self) -> list[str]:
        """Everything that should not be: somebody who came in and is not written down, or is twice."""
        written = Counter(
            name for (name,) in self.made.rows("SELECT p.name FROM visits v JOIN people p ON p.id = v.person_id")
        )
        expected = [member.name for member in self.came]
        found = [f"{name} came in and is not written down" for name in expected if name not in written]
        found += [f"{name} is written down {count} times" for name, count in written.items() if count != 1]
        found += [f"{name} never came in" for name in written if name not in expected]
        [(acted,)] = self.made.rows(
            "SELECT count(*) FROM audit_entries WHERE operation = 'memberships.check_in' AND outcome = 'done'"
        )
        if acted != len(expected):
            found.append(f"{acted} check-ins were done for {len(expected)} people")
        shown = visits(self.desk.terminal.screen())
        found += [f"{name} is not on the screen" for name in expected[-20:] if name not in shown]
        return found + [f"{name} is on the screen twice" for name in shown if shown.count(name) > 1]
