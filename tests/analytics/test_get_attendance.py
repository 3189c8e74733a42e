"""The attendance report equals what counting by hand gives."""

import random
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

from pp_core.analytics.operations import AttendanceReport, GetAttendance, SpanInvalid
from pp_core.analytics.queries import _TOTALS, _VISITS, _WORKOUTS
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.errors import NotFound, PermissionMissing
from pp_core.kernel.money import Money
from pp_core.kernel.policy import Door
from pp_core.memberships.operations import (
    LONGEST_GRACE,
    CancelMembership,
    CheckIn,
    CreatePlan,
    MembershipRow,
    SellMembership,
    VisitRow,
)
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import AddBranch, Member, OnboardGym, UpdateMember
from pp_core.workouts.operations import LogWorkout, Workout
from tests.conftest import Gym, TestHome, new_phone

NAIROBI = ZoneInfo("Africa/Nairobi")
PLANS = {"DAY": 0, "WEEKLY": 1, "MONTHLY": 3}


class Ledger:
    """Everything that happened in a gym, kept beside it, and the report counted from that row by row."""

    def __init__(self) -> None:
        self.members: dict[UUID, Member] = {}
        self.left: set[UUID] = set()
        self.visits: list[VisitRow] = []
        self.workouts: list[Workout] = []
        self.sold: list[tuple[MembershipRow, int]] = []
        self.cancelled: dict[UUID, date] = {}

    def check(self, report: AttendanceReport, branch_id: UUID | None = None) -> None:
        def here(person_id: UUID) -> bool:
            return branch_id is None or self.members[person_id].branch_id == branch_id

        day = report.first
        for found in report.days:
            assert found.day == day
            visits = [one for one in self.visits if one.at.astimezone(NAIROBI).date() == day]
            visits = [one for one in visits if branch_id in (None, one.branch_id)]
            trained = [one for one in self.workouts if one.performed_at.astimezone(NAIROBI).date() == day]
            trained = [one for one in trained if here(one.person_id)]
            sets = [one for workout in trained for one in workout.sets]
            volume = sum(
                (one.weight_kg * one.reps for one in sets if one.weight_kg is not None and one.reps is not None),
                Decimal(0),
            )
            assert (found.visits, found.visitors) == (len(visits), len({one.person_id for one in visits}))
            assert (found.workouts, found.sets, found.volume_kg) == (len(trained), len(sets), volume)
            day += timedelta(days=1)
        assert day == report.last + timedelta(days=1)
        spanned = [one for one in self.visits if report.first <= one.at.astimezone(NAIROBI).date() <= report.last]
        spanned = [one for one in spanned if branch_id in (None, one.branch_id)]
        assert report.visitors == len({one.person_id for one in spanned})
        assert report.visits == len(spanned)
        assert report.workouts == sum(one.workouts for one in report.days)
        active = {row.person_id for row, grace in self.sold if self._good(row, grace, report.last)}
        active = {person_id for person_id in active if here(person_id) and person_id not in self.left}
        assert report.active_members == len(active)
        if active:
            assert report.attendance_rate == round(report.visitors / len(active), 4)
        else:
            assert report.attendance_rate is None

    def _good(self, row: MembershipRow, grace: int, day: date) -> bool:
        if row.id in self.cancelled and day >= self.cancelled[row.id]:
            return False
        return row.starts_on <= day <= row.ends_on + timedelta(days=grace)


async def live(gym: Gym, clock: ManualClock, dice: random.Random, ledger: Ledger, branches: list[UUID]) -> None:
    """Three weeks in a gym, at all hours, around its midnights too."""
    for number in range(6):
        member = await gym.add_member(f"Member Number{number}", branch_id=dice.choice(branches))
        ledger.members[member.id] = member
    for _ in range(60):
        clock.advance(timedelta(minutes=dice.randint(5, 900)))
        member = dice.choice(list(ledger.members.values()))
        if member.id in ledger.left:
            continue
        match dice.randint(0, 9):
            case 0 | 1:
                plan = dice.choice(list(PLANS))
                row = await gym.operator.run(SellMembership(member=member.code, plan=plan))
                ledger.sold.append((row, PLANS[plan]))
            case 2 if ledger.sold:
                row, _ = dice.choice(ledger.sold)
                done = await gym.operator.run(CancelMembership(membership_id=row.id))
                if done.status == "cancelled":
                    ledger.cancelled.setdefault(row.id, clock.now().astimezone(NAIROBI).date())
            case 3 | 4:
                logged = await gym.operator.run(
                    LogWorkout(
                        text=dice.choice(["squat 5x5 100", "pullups 12,10,8", "bench 2x6 @ 62.5"]), member=member.code
                    )
                )
                ledger.workouts.append(logged.workout)
            case 5 if dice.random() < 0.3:
                await gym.operator.run(UpdateMember(member=member.code, status="left"))
                ledger.left.add(member.id)
            case _:
                came = await gym.operator.run(
                    CheckIn(member=member.code, branch_id=dice.choice(branches), override_reason="A test")
                )
                if not came.repeated:
                    ledger.visits.append(came.visit)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_it_equals_counting_by_hand(clocked_gym: Gym, other_gym: Gym, clock: ManualClock, seed: int) -> None:
    ledger = Ledger()
    branches = [clocked_gym.onboarded.branch_id, (await clocked_gym.operator.run(AddBranch(name="Karen"))).id]
    await live(clocked_gym, clock, random.Random(seed), ledger, branches)
    assert ledger.visits
    assert ledger.workouts
    last = clock.now().astimezone(NAIROBI).date()
    for first, until in ((None, None), (last - timedelta(days=9), last - timedelta(days=4)), (last, last)):
        for branch_id in (None, *branches):
            report = await clocked_gym.operator.run(GetAttendance(first=first, last=until, branch_id=branch_id))
            ledger.check(report, branch_id)
    elsewhere = await other_gym.operator.run(GetAttendance(first=last - timedelta(days=40), last=last))
    assert (elsewhere.visits, elsewhere.workouts, elsewhere.active_members) == (0, 0, 0)


async def test_branches_add_up_to_the_gym(clocked_gym: Gym, clock: ManualClock) -> None:
    branches = [clocked_gym.onboarded.branch_id, (await clocked_gym.operator.run(AddBranch(name="Karen"))).id]
    await live(clocked_gym, clock, random.Random(4), Ledger(), branches)
    whole = await clocked_gym.operator.run(GetAttendance())
    parts = [await clocked_gym.operator.run(GetAttendance(branch_id=branch_id)) for branch_id in branches]
    for place, day in enumerate(whole.days):
        for figure in ("visits", "workouts", "sets", "volume_kg"):
            assert getattr(day, figure) == sum(getattr(part.days[place], figure) for part in parts)
    assert whole.active_members == sum(part.active_members for part in parts)


async def test_a_member_is_active_from_the_first_day_until_grace_is_over(clocked_gym: Gym, clock: ManualClock) -> None:
    amina, brian = await clocked_gym.add_member(), await clocked_gym.add_member("Brian Otieno")
    await clocked_gym.operator.run(SellMembership(member=amina.code, plan="WEEKLY"))
    cut_short = await clocked_gym.operator.run(SellMembership(member=brian.code, plan="WEEKLY"))
    clock.advance(timedelta(days=2))
    await clocked_gym.operator.run(CancelMembership(membership_id=cut_short.id))
    active = {
        day: (await clocked_gym.operator.run(GetAttendance(first=day, last=day))).active_members
        for day in (date(2026, 11, day) for day in (20, 21, 22, 23, 27, 28, 29))
    }
    assert list(active.values()) == [0, 2, 2, 1, 1, 1, 0]


async def test_the_longest_grace_is_counted(clocked_gym: Gym) -> None:
    price = Money(minor=0)
    op = CreatePlan(code="PATIENT", name="Patient", duration_days=1, price=price, grace_days=LONGEST_GRACE)
    await clocked_gym.operator.run(op)
    member = await clocked_gym.add_member()
    sold = await clocked_gym.operator.run(SellMembership(member=member.code, plan="PATIENT"))
    for days, expected in ((LONGEST_GRACE, 1), (LONGEST_GRACE + 1, 0)):
        last = sold.ends_on + timedelta(days=days)
        assert (await clocked_gym.operator.run(GetAttendance(first=last, last=last))).active_members == expected


async def test_a_day_ends_at_midnight_in_the_gyms_zone(clocked: Runtime, clock: ManualClock) -> None:
    client = LocalClient(clocked.pulse, Door.CLI, Operator("tester"))
    for zone, moment, day in (
        ("Africa/Nairobi", datetime(2026, 11, 21, 20, 59, 59, tzinfo=UTC), date(2026, 11, 21)),
        ("Africa/Nairobi", datetime(2026, 11, 21, 21, 0, 0, tzinfo=UTC), date(2026, 11, 22)),
        ("Africa/Lagos", datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC), date(2026, 11, 21)),
        ("Africa/Lagos", datetime(2026, 11, 21, 23, 0, 0, tzinfo=UTC), date(2026, 11, 22)),
    ):
        slug = f"zone{uuid4().hex[:10]}"
        onboarded = await client.run(
            OnboardGym(name="Zone Gym", slug=slug, timezone=zone, admin_name="Wambui", admin_phone=new_phone())
        )
        gym = Gym(clocked, onboarded)
        member = await gym.add_member()
        clock.advance(moment - clock.now())
        await gym.operator.run(CheckIn(member=member.code, override_reason="A test"))
        report = await gym.operator.run(GetAttendance())
        assert report.last == day
        assert {one.day for one in report.days if one.visits} == {day}
        assert len(report.days) == 30


async def test_a_span_that_is_none_is_refused(gym: Gym) -> None:
    for first, last in (
        (date(2026, 11, 2), date(2026, 11, 1)),
        (date(2025, 1, 1), date(2026, 12, 31)),
        (date(1900, 1, 1), date(2199, 12, 31)),
    ):
        with pytest.raises(SpanInvalid):
            await gym.operator.run(GetAttendance(first=first, last=last))
    assert len((await gym.operator.run(GetAttendance(first=date(2025, 1, 1), last=date(2026, 2, 5)))).days) == 401


async def test_an_unknown_branch_is_not_an_empty_one(gym: Gym, other_gym: Gym) -> None:
    with pytest.raises(NotFound):
        await gym.operator.run(GetAttendance(branch_id=other_gym.onboarded.branch_id))


async def test_members_do_not_read_it(gym: Gym) -> None:
    with pytest.raises(PermissionMissing):
        await gym.person(await gym.add_member()).run(GetAttendance())


def test_every_view_runs_as_whoever_asks(home: TestHome) -> None:
    with psycopg.connect(home.urls.app) as connection:
        views = dict(
            connection.execute(
                "SELECT c.relname, coalesce(c.reloptions, '{}') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public' AND c.relkind = 'v' AND c.relname NOT LIKE 'pg_%'"
            ).fetchall()
        )
    assert "visit_facts" in views
    assert {name for name, options in views.items() if "security_invoker=true" not in options} == set()


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
async def test_other_gyms_rows_are_not_read(gym: Gym, other_gym: Gym, home: TestHome, plans: str) -> None:
    """With very many rows of other gyms, every table is reached by an index that begins with the gym."""
    crowd(home, other_gym, rows=20_000)
    crowd(home, gym, rows=2_000)
    values = {
        "tenant_id": gym.id,
        "first": date(2026, 6, 1),
        "last": date(2026, 6, 30),
        "branch_id": gym.onboarded.branch_id,
        "longest_grace": 60,
    }
    seen: set[str] = set()
    with psycopg.connect(home.urls.app) as connection:
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(gym.id),))
        connection.execute(f"SET LOCAL plan_cache_mode = {plans}")
        for statement in (_VISITS, _WORKOUTS, _TOTALS):
            for table, how in scans(connection, *statement.prepared(values)):
                seen.add(table)
                if table == "people":
                    continue  # few, and joined whole
                assert how is not None, f"{table} is read from end to end"
                assert "tenant_id" in how
                if table in ("visits", "workout_sessions"):
                    assert "day" in how
    assert seen >= {"visits", "workout_sessions", "workout_sets", "memberships"}


def scans(connection: psycopg.Connection[Any], text: str, values: dict[str, Any]) -> Iterable[tuple[str, str | None]]:
    """Each table that the plan of the prepared statement reads, with the condition on its index."""
    numbers: dict[str, int] = {}
    text = re.sub(r"%\((\w+)\)s", lambda place: f"${numbers.setdefault(place[1], len(numbers) + 1)}", text)
    connection.execute(f"PREPARE report AS {text}")
    asked = sql.SQL("EXPLAIN (FORMAT JSON) EXECUTE report({})").format(
        sql.SQL(", ").join(sql.Literal(str(values[name])) for name in numbers)
    )
    row = connection.execute(asked).fetchone()
    connection.execute("DEALLOCATE report")
    assert row is not None
    nodes = [row[0][0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node["Node Type"] in ("Index Scan", "Index Only Scan"):
            yield node["Relation Name"], node["Index Cond"]
        elif node["Node Type"] == "Bitmap Heap Scan":
            (below,) = [one for one in node["Plans"] if one["Node Type"] == "Bitmap Index Scan"]
            yield node["Relation Name"], below["Index Cond"]
        elif node["Node Type"] == "Seq Scan":
            yield node["Relation Name"], None


def crowd(home: TestHome, gym: Gym, rows: int) -> None:
    """Fill a gym with a year of visits, workouts and memberships, written straight into the tables."""
    assert home.urls.admin is not None
    given = {"tenant": gym.id, "person": gym.onboarded.admin_id, "rows": rows}
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        for statement in (
            "INSERT INTO visits (tenant_id, id, person_id, day, at, door) SELECT %(tenant)s, gen_random_uuid(), %(person)s,"
            " date '2026-01-01' + n %% 365, now(), 'cli' FROM generate_series(1, %(rows)s) n",
            "INSERT INTO workout_sessions (tenant_id, id, person_id, day, performed_at, text, door) SELECT %(tenant)s,"
            " gen_random_uuid(), %(person)s, date '2026-01-01' + n %% 365, now(), '', 'cli' FROM generate_series(1, %(rows)s) n",
            "INSERT INTO workout_sets (tenant_id, id, session_id, exercise_id, person_id, position) SELECT s.tenant_id,"
            " gen_random_uuid(), s.id, (SELECT id FROM exercises WHERE tenant_id = %(tenant)s LIMIT 1), s.person_id, 1"
            " FROM workout_sessions s WHERE s.tenant_id = %(tenant)s",
            "INSERT INTO memberships (tenant_id, id, person_id, plan_id, starts_on, ends_on, tier, price_minor, currency,"
            " grace_days) SELECT %(tenant)s, gen_random_uuid(), %(person)s, (SELECT id FROM membership_plans WHERE"
            " tenant_id = %(tenant)s LIMIT 1), date '2026-01-01' + n %% 365, date '2026-01-30' + n %% 365, '', 0, 'KES', 3"
            " FROM generate_series(1, %(rows)s) n",
        ):
            connection.execute(statement, given)
        connection.execute("ANALYZE visits, workout_sessions, workout_sets, memberships")
