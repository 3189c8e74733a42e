"""Throwaway gyms: for trying phones on a machine where there is none yet, and for the demo."""

import math
import random
import secrets
from collections.abc import Mapping, Sequence
from typing import Literal, cast

from pp_cli.session import language
from pp_core.client.protocol import Client
from pp_core.kernel.call import Operator
from pp_core.memberships.operations import SellMembership, ShowDoorCode
from pp_core.tenants.operations import AddMember, ConnectChannel, OnboardGym

GYM = "Sandbox Gym"
SLUG = "sandbox"
PLAN = "MONTHLY"
OPERATOR = "sandbox"
_ADMIN = "+254722000001"
_FIRST = (
    "Amina", "Brian", "Cynthia", "David", "Esther", "Faith", "George", "Halima", "Ian", "Joyce",
    "Kevin", "Lilian", "Moses", "Naomi", "Omar", "Purity", "Rashid", "Sharon", "Tom", "Zawadi",
)  # fmt: skip
_LAST = ("Wanjiru", "Otieno", "Kamau", "Achieng", "Mwangi", "Hassan")


def name_of(number: int) -> str:
    """What the member of this number is called; sixty have names of their own."""
    return f"{_FIRST[number % 20]} {_LAST[number % 6]}"


async def furnish(client: Client, addresses: Mapping[str, str], phones: Sequence[str]) -> str:
    """Onboard the gym, give it these channels (address by kind), and make each phone a member whose membership runs.

    Returns the code that its desk shows today.
    """
    platform = client.acting(Operator(OPERATOR))
    await platform.run(OnboardGym(name=GYM, slug=SLUG, admin_name="Wambui Kamau", admin_phone=_ADMIN))
    gym = client.acting(Operator(OPERATOR, SLUG))
    for kind, address in addresses.items():
        await gym.run(ConnectChannel(kind=cast(Literal["sms", "ussd", "telegram"], kind), address=address))
    for number, phone in enumerate(phones):
        spoken = "sw" if language() == "sw" else "en"
        member = await gym.run(AddMember(name=name_of(number), phone=phone, language=cast(Literal["en", "sw"], spoken)))
        await gym.run(SellMembership(member=member.code, plan=PLAN), key=secrets.token_hex(8))
    return (await gym.run(ShowDoorCode())).code


def loop(count: int) -> list[tuple[float, float]]:
    """Twice round Uhuru Park in `count` places (lat, lon), as far off as a phone in a pocket is."""
    dice, places = random.Random(1), []  # noqa: S311 - the same run on every day
    for number in range(count):
        turn = 4 * math.pi * number / (count - 1)
        north, east = 420 * math.sin(turn), 380 * math.cos(turn)
        places.append((-1.2897 + (north + dice.gauss(0, 3)) / 111_195, 36.8172 + (east + dice.gauss(0, 3)) / 111_167))
    return places


def spreadsheet() -> str:
    """Sixty members, and three rows that cannot be right."""
    rows = ["Jina,Simu,Barua pepe,Lugha,Tarehe ya kujiunga"]
    for number in range(60):
        first, last = name_of(number).split()
        language = "sw" if number % 3 == 1 else "en"
        rows.append(
            f"{first} {last},07{11000000 + number * 137},{first.lower()}{number}@example.com,{language},{1 + number % 28}/10/2026"
        )
    rows.append("Grace Njeri,0712,grace@example.com,en,1/10/2026")
    rows.append(",0711999888,nobody@example.com,en,1/10/2026")
    rows.append("Peter Kiptoo,0733123456,peter@example.com,fr,31/02/2026")
    return "\n".join(rows) + "\n"
