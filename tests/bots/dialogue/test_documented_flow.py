"""The flow that the documentation shows is the one that runs, and it needs no more than it says."""

import re
from pathlib import Path

from pp_core.kernel.money import Money
from pp_core.memberships.operations import CreatePlan
from tests.bots.talking import Dialler, Texter, own_code
from tests.conftest import Gym

ROOT = Path(__file__).parents[3]
SHOWN = re.search(r"```python\n(.*?)```", (ROOT / "docs/flows.md").read_text(), re.DOTALL)


def test_the_documentation_shows_what_runs() -> None:
    assert SHOWN is not None
    assert SHOWN[1] == (ROOT / "pp_bots/flows/prices.py").read_text()
    assert len(SHOWN[1].splitlines()) <= 40


async def test_it_works_by_text_and_by_ussd(gym: Gym) -> None:
    await gym.operator.run(
        CreatePlan(code="A-YEAR", name="Whole year", duration_days=365, price=Money(minor=3_600_000))
    )
    amina = await gym.add_member(language="sw")
    assert amina.phone is not None
    answered = await Texter(gym, amina.phone).say("bei")
    assert answered.reply is not None
    assert "1 Whole year, KES 36,000" in answered.reply
    phone = Dialler(gym, amina.phone, await own_code(gym))
    [number] = re.findall(r"^(\d) Bei$", await phone.dial(), re.MULTILINE)
    assert (await phone.type(number)).startswith("CON Upi?\n1 Whole year, KES 36,000")
    assert await phone.type("1") == "END Whole year: KES 36,000 kwa siku 365. Ununue mapokezi."
