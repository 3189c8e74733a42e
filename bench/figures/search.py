"""Finding one of 100,000 people of a gym under row-level security."""

import random
import time

import psycopg

from bench.harness import Figure, at_most, directory, percentile, world
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator
from pp_core.kernel.policy import Door
from pp_core.tenants.operations import ListMembers

PEOPLE = 100_000
SEARCHES = 400
_FIRST = [
    "Amina",
    "Brian",
    "Cynthia",
    "David",
    "Esther",
    "Faith",
    "George",
    "Halima",
    "Ian",
    "Joyce",
    "Kevin",
    "Lilian",
]
_LAST = [
    "Wanjiru",
    "Otieno",
    "Kamau",
    "Achieng",
    "Mwangi",
    "Njeri",
    "Kiptoo",
    "Mutua",
    "Hassan",
    "Chebet",
    "Omondi",
    "Nyambura",
]


async def measure() -> list[Figure]:
    """Parts of names, codes and phones, drawn at random, through the whole pipeline in process."""
    chance = random.Random(20261121)
    with directory("search") as path:
        async with world(path) as made:
            _fill(made.runtime.home.urls.admin or "", made.gym_id)
            desk = LocalClient(made.runtime.pulse, Door.TUI, Operator("bench", made.slug))
            spent: list[float] = []
            for number in range(SEARCHES):
                words = _words(chance)
                started = time.perf_counter()
                page = await desk.run(ListMembers(search=words))
                if number >= 40:
                    spent.append(time.perf_counter() - started)
                assert page.items or words.startswith("zz"), words
    milliseconds = percentile(spent, 0.95) * 1e3
    return [at_most("people search p95 among 100,000", milliseconds, "ms", limit=1, of=20, to="20 ms")]


def _fill(admin_url: str, gym_id: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO people (tenant_id, id, name, phone, code, roles, joined_on)"
            " SELECT %s, gen_random_uuid(), (%s::text[])[1 + n %% 12] || ' ' || (%s::text[])[1 + (n / 12) %% 12] || ' ' || n,"
            " '+2547' || lpad(n::text, 8, '0'), 'P' || n, ARRAY['CLIENT'], current_date FROM generate_series(1, %s) AS n",
            (gym_id, _FIRST, _LAST, PEOPLE),
        )
        connection.execute("VACUUM ANALYZE people")


def _words(chance: random.Random) -> str:
    number = chance.randrange(1, PEOPLE)
    return chance.choice(
        [
            f"{_FIRST[number % 12]} {_LAST[(number // 12) % 12]}",
            f"{_LAST[chance.randrange(12)].lower()[:4]}",
            f"p{number}",
            f"07{number:08d}"[:9],
            f"{number:08d}"[3:],
        ]
    )
