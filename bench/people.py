"""A gym as large as the figures ask for: a hundred thousand people whose names, phones and codes are told apart by a number."""

import random

import psycopg

PEOPLE = 100_000
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


def name(number: int) -> str:
    """What the person of this number, from 1 to `PEOPLE`, is called."""
    return f"{_FIRST[number % 12]} {_LAST[number // 12 % 12]} {number}"


def code(number: int) -> str:
    """Their member code."""
    return f"P{number}"


def phone(number: int) -> str:
    """Their phone, as it is dialled in the country."""
    return f"07{number:08d}"


def fill(admin_url: str, gym_id: str) -> None:
    """Put them all into the gym, with no membership."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO people (tenant_id, id, name, phone, code, roles, joined_on)"
            " SELECT %s, gen_random_uuid(), (%s::text[])[1 + n %% 12] || ' ' || (%s::text[])[1 + (n / 12) %% 12] || ' ' || n,"
            " '+2547' || lpad(n::text, 8, '0'), 'P' || n, ARRAY['CLIENT'], current_date FROM generate_series(1, %s) AS n",
            (gym_id, _FIRST, _LAST, PEOPLE),
        )
        connection.execute("VACUUM ANALYZE people")


def enrol(admin_url: str, gym_id: str, plan_id: str) -> None:
    """Give each of them a membership that is good today."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO memberships (tenant_id, id, person_id, plan_id, starts_on, ends_on, tier, price_minor, currency,"
            " grace_days) SELECT tenant_id, gen_random_uuid(), id, %s, current_date - 3, current_date + 26, 'standard',"
            " 250000, 'KES', 3 FROM people WHERE tenant_id = %s AND code LIKE 'P%%'",
            (plan_id, gym_id),
        )
        connection.execute("VACUUM ANALYZE memberships")


def words(chance: random.Random) -> str:
    """What somebody might type to find one of them: parts of names, codes and phones."""
    number = chance.randrange(1, PEOPLE)
    return chance.choice(
        [
            f"{_FIRST[number % 12]} {_LAST[number // 12 % 12]}",
            f"{_LAST[chance.randrange(12)].lower()[:4]}",
            f"p{number}",
            phone(number)[:9],
            f"{number:08d}"[3:],
        ]
    )
