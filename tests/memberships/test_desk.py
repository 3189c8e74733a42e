"""The desk's screen: whom somebody means, what counts for them today, who came."""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from pp_core.kernel.clock import ManualClock
from pp_core.kernel.db.transaction import Transaction
from pp_core.memberships.operations import (
    CancelMembership,
    CheckIn,
    DeskRow,
    FindAtDesk,
    GetVisits,
    SellMembership,
    ShowDesk,
    ShowMemberCard,
)
from pp_core.tenants.operations import AddBranch, Member, PersonUnknown, UpdateMember
from tests.conftest import Gym, TestHome, new_phone

NAMES = ("Brian Otieno", "Otieno Ouma", "Gabriela Wanjiru", "Faith Ng'ang'a", "Anne-Marie Kamau", "José Brito")


@pytest.fixture
async def people(clocked_gym: Gym) -> dict[str, Member]:
    """A few people by name."""
    return {name: await clocked_gym.add_member(name) for name in NAMES}


@pytest.fixture
def find(clocked_gym: Gym) -> Callable[..., Any]:
    """Names that the desk finds, in their order."""

    async def names(query: str, **more: Any) -> list[str]:
        return [row.name for row in (await clocked_gym.operator.run(FindAtDesk(query=query, **more))).items]

    return names


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("all", "maybe", "run"):  # the others send through these
            patch.setattr(Transaction, name, _counting(sent, getattr(Transaction, name)))
        yield sent


def _counting(sent: list[str], send: Any) -> Any:
    async def counted(tx: Transaction, statement: Any, **values: Any) -> Any:
        sent.append(statement.prepared({})[0])
        return await send(tx, statement, **values)

    return counted


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[list[str]]]:
    return lambda: statements(monkeypatch)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("otieno bri", ["Brian Otieno"]),
        ("BRIAN", ["Brian Otieno"]),
        ("bri", ["Brian Otieno", "José Brito", "Gabriela Wanjiru"]),
        ("otieno", ["Otieno Ouma", "Brian Otieno"]),
        ("jiru", ["Gabriela Wanjiru"]),
        ("ng'ang", ["Faith Ng'ang'a"]),
        ("nganga", ["Faith Ng'ang'a"]),
        ("Ng’ang’a faith", ["Faith Ng'ang'a"]),
        ("marie", ["Anne-Marie Kamau"]),
        ("anne-m", ["Anne-Marie Kamau"]),
        ("jose", ["José Brito"]),
        ("JOSÉ", ["José Brito"]),
        ("x", []),
        ("k", ["Anne-Marie Kamau", "Wambui Kamau"]),
        ("fa", ["Faith Ng'ang'a"]),
        ("zz", []),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("'", []),
        ("brian kamau", []),
    ],
)
async def test_any_part_of_a_name(
    people: dict[str, Member], find: Callable[..., Any], query: str, found: list[str]
) -> None:
    assert await find(query) == found


async def test_a_phone_in_any_spelling(clocked_gym: Gym, find: Callable[..., Any]) -> None:
    amina = await clocked_gym.add_member("Amina Wanjiru", phone="+254711040404")
    brian = await clocked_gym.add_member("Brian Otieno", phone="+254722711040")

    async def found(query: str) -> list[str]:
        return [
            name for name in await find(query) if name in (amina.name, brian.name)
        ]  # the administrator has any phone

    for query in ("0711040404", "0711 040 404", "+254711040404", "254 711 040404", "711040404", "(0711) 040-404"):
        assert await find(query) == [amina.name], query
    for query in ("0711", "0711 040", "711", "71104"):
        assert await found(query) == [amina.name, brian.name], query
    assert await found("25471") == [amina.name]
    assert await found("+25472") == [brian.name]
    assert await found("0404") == [amina.name]
    assert await found("11040") == [amina.name, brian.name]


async def test_a_phone_that_two_share_finds_both(clocked_gym: Gym, find: Callable[..., Any]) -> None:
    phone = new_phone()
    for name in ("Zawadi Mwangi", "Ali Mwangi"):
        await clocked_gym.add_member(name, phone=phone)
    assert await find(phone) == ["Ali Mwangi", "Zawadi Mwangi"]


async def test_a_code_before_everything_else(clocked_gym: Gym, find: Callable[..., Any]) -> None:
    amina = await clocked_gym.add_member("Zawadi Mwangi")
    other = await clocked_gym.add_member(f"{amina.code} Kamau")
    assert await find(amina.code.lower()) == [amina.name, other.name]
    assert await find(f" {amina.code[0]} {amina.code[1:]} ") == [amina.name, other.name]
    for part in (amina.code[:-1], amina.code[1:]):
        assert [name for name in await find(part) if name in (amina.name, other.name)] == [other.name, amina.name]


async def test_who_left_comes_after_who_is_here_and_is_marked(clocked_gym: Gym) -> None:
    left, here = [await clocked_gym.add_member(name) for name in ("Brian Ali", "Brian Zuma")]
    await clocked_gym.operator.run(UpdateMember(member=left.code, status="left"))
    page = await clocked_gym.operator.run(FindAtDesk(query="brian"))
    assert [(row.name, row.left) for row in page.items] == [(here.name, False), (left.name, True)]
    again = await clocked_gym.operator.run(FindAtDesk(query="rian"))
    assert [row.name for row in again.items] == [here.name, left.name]


async def test_no_more_than_asked_for_and_whether_there_are_more(clocked_gym: Gym) -> None:
    for name in ("Zuhura Brian", "Brian B", "Brian A", "Gabriana C"):
        await clocked_gym.add_member(name)
    page = await clocked_gym.operator.run(FindAtDesk(query="bri", limit=3))
    assert ([row.name for row in page.items], page.more) == (["Brian A", "Brian B", "Zuhura Brian"], True)
    whole = await clocked_gym.operator.run(FindAtDesk(query="bri", limit=4))
    assert (whole.items[-1].name, whole.more) == ("Gabriana C", False)


async def test_what_is_rare_is_found_behind_thousands_of_names(
    clocked_gym: Gym, home: TestHome, find: Callable[..., Any]
) -> None:
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO people (tenant_id, id, name, code, roles, joined_on)"
            " SELECT %s, gen_random_uuid(), 'Abdi ' || n, 'T' || n, ARRAY['CLIENT'], '2026-01-01'"
            "   FROM generate_series(1, 2500) AS n",
            (clocked_gym.id,),
        )
    for name in ("Xerxes Quimby", "Wafula Equ", "Musa Oquw"):
        await clocked_gym.add_member(name)
    assert await find("q") == ["Xerxes Quimby", "Musa Oquw", "Wafula Equ"]
    assert await find("qu") == ["Xerxes Quimby", "Musa Oquw", "Wafula Equ"]
    assert await find("qui x") == ["Xerxes Quimby"]
    assert len(await find("a", limit=50)) == 50


def plain(name: str) -> str:
    return " " + name.lower().replace("'", "").replace("-", " ")


def wanted(rows: list[tuple[Any, ...]], query: str, code: str, begins: str | None, words: str) -> list[Any]:
    """Who should be found, by looking at everybody."""
    parts = plain(words).split()
    starts = [begins] if begins else parts
    ranked = []
    for person_id, name, phone, person_code, status in rows:
        text = f"{plain(name)}  {person_code.lower()}  {phone}"
        ranks = (
            person_code == code,
            begins is None and text.startswith(f" {' '.join(parts)}"),
            all(f" {start}" in text for start in starts),
            all(part in text for part in parts),
        )
        if any(ranks):
            ranked.append((ranks.index(True), status, text, person_id))
    return [person_id for *_, person_id in sorted(ranked)]


async def test_thousands_are_found_as_if_everybody_were_looked_at(clocked_gym: Gym, home: TestHome) -> None:
    chance = random.Random(20261121)
    first = ("Abdi", "Brian", "Ann", "Bria-Ann", "Ng'eno", "Otieno", "Zed", "Quinta")
    last = ("Otieno", "Briand", "Ng'ang'a", "Wanjiru", "Anno", "Abdi", "Xu", "Ouko")
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        with connection.cursor().copy(
            "COPY people (tenant_id, id, name, phone, code, roles, joined_on, status) FROM STDIN"
        ) as copy:
            for number in range(6000):
                name = f"{chance.choice(first)} {chance.choice(last) if number % 7 else chance.choice(first)}"
                phone = f"+2547{chance.randrange(10**8):08d}"
                status = "left" if number % 9 == 0 else "active"
                copy.write_row(
                    (clocked_gym.id, uuid4(), name, phone, f"T{number:04d}", ["CLIENT"], date(2026, 1, 1), status)
                )
        rows = connection.execute(
            "SELECT id, name, phone, code, status FROM people WHERE tenant_id = %s", (clocked_gym.id,)
        ).fetchall()
    typed = [
        (one, None, one) for one in ("q", "x", "u", "a", "9", "42", "o b", "zed", "xu qui", "ng", "ann", "t00", "k z")
    ]
    typed += [(one, None, one) for one in ("bria ann", "otieno bri", "briand", "no", "zz", "t0042", "eno ang", "ui")]
    typed += [
        ("0712", "+254712", "712"),
        ("25479", "+25479", "25479"),
        ("7300", "+2547300", "7300"),
        ("4821", "4821", "4821"),
    ]
    for _, name, phone, code, _status in chance.sample(rows, 12):
        at = chance.randrange(len(name) - 2)
        part = name[at : at + chance.randrange(1, 5)].strip(" '-") or "e"
        tail = phone[-5:].replace("0", "3")  # a zero before it would be that of a national number
        typed += [(part, None, part), (code.lower(), None, code), (tail, tail, tail)]
    for query, begins, words in typed:
        if begins is not None and begins[0] in "17":
            begins = f"+254{begins}"  # digits that may be how a phone goes on
        found = await clocked_gym.operator.run(FindAtDesk(query=query, limit=50))
        expected = wanted(rows, query, query.upper(), begins, words)
        assert [row.person_id for row in found.items] == expected[:50], query
        assert found.more == (len(expected) > 50), query


async def test_each_is_shown_with_what_counts_today(clocked_gym: Gym, clock: ManualClock) -> None:
    desk = clocked_gym.operator
    held: dict[str, Member] = {}
    for name in ("None", "Active", "Grace", "Later", "Over", "Ended", "Both"):
        held[name] = await clocked_gym.add_member(f"Desk {name}")

    async def sell(name: str, plan: str, starts_on: date) -> UUID:
        return (await desk.run(SellMembership(member=held[name].code, plan=plan, starts_on=starts_on))).id

    today = date(2026, 11, 21)
    await sell("Active", "MONTHLY", today)
    await sell("Grace", "WEEKLY", today - timedelta(days=7))
    await sell("Later", "DAY", today + timedelta(days=3))
    await sell("Over", "WEEKLY", date(2022, 3, 1))
    await desk.run(CancelMembership(membership_id=await sell("Ended", "DAY", today)))
    await sell("Both", "WEEKLY", date(2022, 3, 1))
    await sell("Both", "MONTHLY", today)
    await desk.run(CheckIn(member=held["Active"].code))
    came = clock.now()
    clock.advance(timedelta(hours=4) - timedelta(seconds=1))
    rows = {row.name.removeprefix("Desk "): row for row in (await desk.run(FindAtDesk(query="desk"))).items}

    def told(row: DeskRow) -> Any:
        return None if row.membership is None else (row.membership.status, row.membership.plan_code)

    assert {name: told(row) for name, row in rows.items()} == {
        "None": None,
        "Active": ("active", "MONTHLY"),
        "Grace": ("grace", "WEEKLY"),
        "Later": ("upcoming", "DAY"),
        "Over": ("expired", "WEEKLY"),
        "Ended": ("cancelled", "DAY"),
        "Both": ("active", "MONTHLY"),
    }
    assert {name for name, row in rows.items() if row.in_since is not None} == {"Active"}
    assert rows["Active"].in_since == came
    clock.advance(timedelta(seconds=1))
    (active,) = (await desk.run(FindAtDesk(query="desk active"))).items
    assert active.in_since is None
    assert not active.staff


async def test_staff_are_found_and_known_as_such(clocked_gym: Gym) -> None:
    (admin,) = (await clocked_gym.operator.run(FindAtDesk(query="wambui"))).items
    assert (admin.person_id, admin.staff, admin.membership) == (clocked_gym.onboarded.admin_id, True, None)


async def test_finding_takes_as_many_statements_for_many_as_for_one(
    clocked_gym: Gym, counted: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for number in range(12):
        member = await clocked_gym.add_member(f"Brian {'ABCDEFGHIJKL'[number]}")
        await clocked_gym.operator.run(SellMembership(member=member.code, plan="DAY"))
        await clocked_gym.operator.run(CheckIn(member=member.code))
    sizes = []
    for query in ("brian", "brian c"):
        with counted() as sent:
            await clocked_gym.operator.run(FindAtDesk(query=query))
        sizes.append(len(sent))
    assert sizes == [3, 3]  # the pipeline's, who is meant, and what counts for them
    for operation in (ShowDesk(), ShowDesk(limit=2)):
        with counted() as sent:
            await clocked_gym.operator.run(operation)
        assert len(sent) == 4
    for name in ("brian", "wambui"):
        found = (await clocked_gym.operator.run(FindAtDesk(query=name))).items[0]
        with counted() as sent:
            await clocked_gym.operator.run(ShowMemberCard(member=found.code))
        assert len(sent) == 6


async def test_a_card_tells_what_they_hold_and_how_often_they_came(clocked_gym: Gym, clock: ManualClock) -> None:
    desk = clocked_gym.operator
    amina = await clocked_gym.add_member(language="sw", joined_on=date(2025, 1, 2))
    await desk.run(SellMembership(member=amina.code, plan="ANNUAL", starts_on=date(2026, 1, 1)))
    for month in range(1, 8):
        await desk.run(SellMembership(member=amina.code, plan="DAY", starts_on=date(2025, month, 1)))
    start = clock.now()
    clock.advance(datetime(2026, 8, 31, 20, 30, tzinfo=UTC) - start)  # a Monday in Nairobi, half an hour before Tuesday
    await desk.run(CheckIn(member=amina.code))
    for moment in (datetime(2026, 9, 6, 20, 59, tzinfo=UTC), datetime(2026, 9, 6, 21, 0, tzinfo=UTC)):
        clock.advance(moment - clock.now())
        await desk.run(CheckIn(member=amina.code))
        clock.advance(timedelta(hours=4))
    for day in (1, 2, 15, 20, 21):
        clock.advance(datetime(2026, 11, day, 7, 0, tzinfo=UTC) - clock.now())
        last = await desk.run(CheckIn(member=amina.code))
    card = await desk.run(ShowMemberCard(member=amina.code.lower()))
    assert (card.person_id, card.code, card.name, card.phone) == (amina.id, amina.code, amina.name, amina.phone)
    assert (card.language, card.roles, card.joined_on, card.left) == ("sw", ["CLIENT"], date(2025, 1, 2), False)
    assert card.membership is not None
    assert (card.membership.plan_code, card.in_since) == ("ANNUAL", last.visit.at)
    assert [one.starts_on for one in card.memberships] == [
        date(2026, 1, 1),
        *(date(2025, month, 1) for month in (7, 6, 5, 4, 3)),
    ]
    assert card.visits[0] == last.visit
    assert len(card.visits) == 7
    assert card.visits_this_month == 5
    assert [week.starts_on for week in card.weeks] == [
        date(2026, 8, 31) + timedelta(weeks=number) for number in range(12)
    ]
    # In Nairobi the visit at 20:59 UTC is Sunday's, and the one a minute later is the same visit.
    assert [week.visits for week in card.weeks] == [2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2]


async def test_a_card_shows_the_ten_newest_visits(clocked_gym: Gym, clock: ManualClock) -> None:
    amina = await clocked_gym.add_member()
    await clocked_gym.operator.run(SellMembership(member=amina.code, plan="MONTHLY"))
    for _ in range(11):
        await clocked_gym.operator.run(CheckIn(member=amina.code))
        clock.advance(timedelta(hours=4))
    card = await clocked_gym.operator.run(ShowMemberCard(member=str(amina.id)))
    assert len(card.visits) == 10
    assert card.visits == sorted(card.visits, key=lambda visit: visit.at, reverse=True)
    assert card.in_since is None


async def test_a_card_of_nobody(clocked_gym: Gym, other_gym: Gym) -> None:
    stranger = await other_gym.add_member()
    for member in ("M99999", str(stranger.id), str(uuid4())):
        with pytest.raises(PersonUnknown):
            await clocked_gym.operator.run(ShowMemberCard(member=member))


async def test_the_desk_shows_its_day(clocked_gym: Gym, clock: ManualClock) -> None:
    desk = clocked_gym.operator
    members = [await clocked_gym.add_member(name) for name in ("Amina Wanjiru", "Brian Otieno", "Carol Achieng")]
    for member in members:
        await desk.run(SellMembership(member=member.code, plan="MONTHLY"))
    empty = await desk.run(ShowDesk())
    assert (empty.visits, empty.visits_today, empty.members_in) == ([], 0, 0)
    assert (empty.gym_name, empty.timezone, empty.day) == ("Kilimani Strength", "Africa/Nairobi", date(2026, 11, 21))
    visits = []
    for hours, member in zip((1, 10, 2), members, strict=True):
        clock.advance(timedelta(hours=hours))
        visits.append((await desk.run(CheckIn(member=member.code))).visit)
    shown = await desk.run(ShowDesk(limit=2))
    assert (shown.visits, shown.visits_today, shown.members_in) == (visits[:0:-1], 3, 2)
    clock.advance(datetime(2026, 11, 21, 21, 30, tzinfo=UTC) - clock.now())  # past midnight in Nairobi
    night = await desk.run(ShowDesk())
    assert (night.day, night.visits, night.visits_today, night.members_in) == (date(2026, 11, 22), [], 0, 2)


async def test_the_desk_names_the_branch_it_is_in(clocked_gym: Gym) -> None:
    only = (await clocked_gym.operator.run(ShowDesk())).branch_name
    assert only is not None
    await clocked_gym.operator.run(AddBranch(name="Westlands"))
    assert (await clocked_gym.operator.run(ShowDesk())).branch_name is None


async def test_visits_are_got_by_id(clocked_gym: Gym, other_gym: Gym, clock: ManualClock) -> None:
    visits = []
    for gym in (clocked_gym, clocked_gym, other_gym):
        member = await gym.add_member()
        await gym.operator.run(SellMembership(member=member.code, plan="MONTHLY"))
        visits.append((await gym.operator.run(CheckIn(member=member.code))).visit)
        clock.advance(timedelta(minutes=1))
    asked = GetVisits(ids=[*(visit.id for visit in visits), uuid4()])
    assert (await clocked_gym.operator.run(asked)).items == [visits[1], visits[0]]
