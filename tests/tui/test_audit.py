"""The audit viewer: filters, pages, one entry in full, in both languages."""

import json
import re
from datetime import timedelta

import psycopg
import pytest

from pp_core.audit.operations import ListAudit
from pp_core.memberships.operations import CheckIn, NoMembership
from pp_tui.screens.audit import PAGE, AuditScreen
from pp_tui.screens.entry import EntryScreen
from pp_tui.widgets.trail import Trail
from tests.conftest import TestHome
from tests.tui.conftest import Desk, Driven
from tests.tui.snapshots import WIDE, is_kept
from tests.tui.test_pictures import SHAPES

ENTRIES = (
    "INSERT INTO audit_entries (tenant_id, id, at, actor_kind, actor, operation, door, correlation_id, outcome, detail)"
    " SELECT %(gym)s, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,"
    " %(now)s - (%(count)s - n) * interval '1 hour',"
    " 'operator', 'operator:import', 'workouts.log_' || n, 'cli', 'c', 'done', '{}' FROM generate_series(1, %(count)s) n"
)


def fill(home: TestHome, desk: Desk, count: int) -> None:
    """So many entries older than all others."""
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        connection.execute(ENTRIES, {"gym": desk.gym.id, "now": desk.gym.runtime.clock.now(), "count": count})


async def refused_check_in(desk: Desk, name: str = "Esther Wanza") -> None:
    member = await desk.member(name, plan=None)
    try:
        await desk.gym.operator.run(CheckIn(member=member.code))
    except NoMembership:
        return
    raise AssertionError("let in without a membership")


async def opened(screen: Driven) -> Trail:
    await screen.press("f8")
    await screen.until(lambda: isinstance(screen.app.screen, AuditScreen), "opened")
    trail = screen.app.screen.query_one(Trail)
    await screen.until(lambda: trail.rows, "showed entries")
    return trail


async def test_the_newest_come_first_with_sign_and_word(office: Desk) -> None:
    await refused_check_in(office)
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        assert [row.id for row in trail.rows] == sorted((row.id for row in trail.rows), reverse=True)
        await screen.sees("✗ 10:00:00", "memberships.check_in", "none_good_today", "✓ 10:00:00", "operator:tester")


async def test_only_what_was_refused(office: Desk) -> None:
    await refused_check_in(office)
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        await screen.press("f2")
        await screen.until(lambda: trail.rows and all(row.outcome != "done" for row in trail.rows))
        await screen.sees("‹ refused ›", "^L No filter")
        await screen.press("ctrl+l")
        await screen.until(lambda: any(row.outcome == "done" for row in trail.rows))
        assert "^L No filter" not in screen.text


async def test_typed_filters(office: Desk) -> None:
    await refused_check_in(office)
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        await screen.press("f3")
        await screen.type("memberships.")
        await screen.press("enter")
        await screen.until(lambda: trail.rows and all(row.operation.startswith("memberships.") for row in trail.rows))
        assert trail.has_focus
        await screen.press("f3", "tab")
        await screen.type("operator:tester")
        await screen.press("enter")
        await screen.until(lambda: trail.rows and {row.actor for row in trail.rows} == {"operator:tester"})


async def test_a_person_is_found_by_part_of_the_name(office: Desk) -> None:
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        await screen.press("f3", "tab")
        await screen.type("wairimu")
        await screen.press("enter")
        await screen.until(lambda: trail.rows and {row.person_id for row in trail.rows} == {office.staff.person_id})
        await screen.sees("Wairimu Njoroge")
        await screen.press("f3", "tab", "ctrl+u")
        await screen.type("nobodyofthisname")
        await screen.press("enter")
        await screen.sees("Nobody's name, phone or code holds")
        assert trail.rows


async def test_which_of_several_is_asked(office: Desk) -> None:
    await office.member("Amina Wanjiru", plan=None)
    brian = await office.member("Brian Wanjala", plan=None)
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        await screen.press("f3", "tab")
        await screen.type("wanj")
        await screen.press("enter")
        await screen.sees("Several people fit", "Amina Wanjiru", "Brian Wanjala")
        await screen.press("down", "enter")
        await screen.sees("Nothing that was written down fits")
        assert trail.rows == []
        screen_shown = screen.app.screen
        assert isinstance(screen_shown, AuditScreen)
        assert screen_shown._filters.person_id == brian.id


async def test_days_are_typed_and_misread_ones_are_refused(office: Desk, home: TestHome) -> None:
    fill(home, office, 60)
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        await screen.press("f3", "tab", "tab")
        await screen.type("20/11")
        await screen.press("enter")
        await screen.until(lambda: trail.rows and all(f"{row.at:%Y-%m-%d}" <= "2026-11-20" for row in trail.rows))
        await screen.sees("20 Nov")
        await screen.press("f3", "tab", "tab", "ctrl+u")
        await screen.type("whenever")
        await screen.press("enter")
        await screen.sees("Write days like 2026-11-21")
        assert screen.app.screen.query_one("#days").has_focus


async def test_the_door_is_chosen_with_the_arrows(office: Desk) -> None:
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        screen.app.screen.query_one("#door").focus()
        for _ in range(3):
            await screen.press("right")
        await screen.sees("‹ office ›")
        await screen.until(lambda: trail.rows and {row.door for row in trail.rows} == {"cli"})
        await screen.press("left", "left", "left")
        await screen.until(lambda: "‹ office ›" not in screen.text)


async def test_older_pages_are_fetched_as_one_scrolls(office: Desk, home: TestHome) -> None:
    fill(home, office, 130)
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        assert len(trail.rows) == PAGE
        await screen.sees("older ones as you scroll")
        seen = 0
        while len(trail.rows) > seen:
            seen = len(trail.rows)
            await screen.press("end")
            await screen.until(lambda: len(trail.rows) > seen or "older ones" not in screen.text)  # noqa: B023
        assert len(trail.rows) > 130
        assert len({row.id for row in trail.rows}) == len(trail.rows)
        assert [row.id for row in trail.rows] == sorted((row.id for row in trail.rows), reverse=True)
        await screen.sees("workouts.log_1 ")


async def test_one_entry_in_full(office: Desk) -> None:
    await refused_check_in(office)
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        await screen.press("f2")
        await screen.until(lambda: trail.rows and trail.rows[0].operation == "memberships.check_in")
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, EntryScreen))
        await screen.sees("memberships.check_in", "21 Nov 2026 10:00:00", "operator:tester (operator)", "Request")
        assert re.search(r"member: M\d{5}", screen.text)
        await screen.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, AuditScreen))


async def test_the_entry_stands_beside_the_list_where_there_is_room(office: Desk) -> None:
    await refused_check_in(office)
    async with office.at_the_desk(size=WIDE) as screen:
        trail = await opened(screen)
        await screen.press("f2")
        await screen.until(lambda: trail.rows and trail.rows[0].operation == "memberships.check_in")
        await screen.sees("21 Nov 2026 10:00:00", "Code: memberships.none_good_today")


async def test_it_speaks_swahili(office: Desk) -> None:
    await refused_check_in(office)
    async with office.at_the_desk(language="sw") as screen:
        await opened(screen)
        await screen.sees("Tendo", "Nani", "Maingizo", "ofisi")
        await screen.press("f3", "tab", "tab")
        await screen.type("kesho")
        await screen.press("enter")
        await screen.sees("Andika siku kama")
        await screen.press("f6")
        await screen.sees("Operation", "entries", "Write days like")


async def test_nothing_that_fits_is_said(office: Desk) -> None:
    async with office.at_the_desk() as screen:
        await opened(screen)
        await screen.press("f3")
        await screen.type("workouts.never")
        await screen.press("enter")
        await screen.sees("Nothing that was written down fits", "0 entries")


async def test_a_missing_permission_is_said(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await screen.sees("F7 Health")
        assert "F8 " not in screen.text
        screen.app.action_audit()
        await screen.sees("it needs the permission audit:read")


async def test_what_was_asked_while_nothing_answered_is_asked_again(office: Desk) -> None:
    wire = office.wire()
    async with office.at_the_desk(nobody=wire) as screen:
        trail = await opened(screen)
        shown = len(trail.rows)
        wire.cut()
        await screen.press("f3")
        await screen.type("audit.list")
        await screen.press("enter")
        await screen.sees("The server does not answer. What you see stays", "audit.list", "Offline")
        assert len(trail.rows) == shown
        wire.mend()
        await screen.until(lambda: trail.rows and {row.operation for row in trail.rows} == {"audit.list"})
        await screen.sees("Online")


async def test_reading_letter_by_letter_is_not_written_down(office: Desk) -> None:
    async with office.at_the_desk() as screen:
        trail = await opened(screen)
        await screen.press("f3")
        await screen.type("audit.list")
        await screen.press("enter")
        await screen.until(lambda: trail.rows and {row.operation for row in trail.rows} == {"audit.list"})
        read = await office.gym.operator.run(ListAudit(operation="audit.list"))
        assert len(read.items) == 2


async def test_from_one_beside_the_desk_to_the_other_and_back(office: Desk) -> None:
    async with office.at_the_desk() as screen:
        await opened(screen)
        await screen.press("f7")
        await screen.sees("Database")
        await screen.press("f8")
        await screen.until(lambda: isinstance(screen.app.screen, AuditScreen))
        assert len(screen.app.screen_stack) == 3
        await screen.press("f3", "escape")
        assert screen.app.screen.query_one(Trail).has_focus
        await screen.press("escape")
        await screen.until(lambda: screen.app.screen.query("#search"))


DAY = (
    # minutes ago, actor, operation, door, outcome, what was asked and came of it
    (2, "user:njeri", "memberships.check_in", "tui", "done", {"request": {"member": "M00042"}}),
    (9, "user:njeri", "memberships.check_in", "tui", "memberships.none_good_today",
     {"request": {"member": "M00017"}, "problem": {"name": "Esther Wanza", "status": "None", "ended_on": "None"}}),
    (14, "user:njeri", "memberships.sell", "tui", "done",
     {"request": {"member": "M00042", "plan": "MONTHLY", "price": {"minor": 250000, "currency": "KES"}}}),
    (75, "phone:254711000001", "memberships.check_in", "ussd", "done", {"request": {"code": "********"}}),
    (60 * 20, "operator:amani", "tenants.import_members", "cli", "done", {"request": {"rows": [{"line": 2}, {"line": 3}]}}),
    (60 * 24 * 9, "system:clock", "health.show", "worker", "auth.permission_missing",
     {"request": {}, "problem": {"permission": "health:read"}}),
)  # fmt: skip
DAYS_ENTRY = (
    "INSERT INTO audit_entries (tenant_id, id, at, actor_kind, actor, operation, door, ip, correlation_id, outcome, detail)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, '197.136.1.20', '019a9f3c7a107c3e9f523b1d6c0a4e21', %s, %s)"
)


@pytest.mark.parametrize(("size", "look", "language"), SHAPES)
async def test_it_looks_as_it_was_seen(
    office: Desk, home: TestHome, size: tuple[int, int], look: str, language: str
) -> None:
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        for place, (minutes, actor, operation, door, outcome, detail) in enumerate(DAY):
            at = office.gym.runtime.clock.now() - timedelta(minutes=minutes)
            newest = f"ffffffff-0000-7000-8000-{100 - place:012d}"
            kind = actor.partition(":")[0]
            connection.execute(
                DAYS_ENTRY,
                (office.gym.id, newest, at, kind, actor, operation, door, outcome, json.dumps(detail)),
            )
    async with office.at_the_desk(size=size, look=look, language=language) as screen:
        await screen.until(lambda: "10:00" in screen.text)
        await opened(screen)
        await screen.press("down")
        await screen.sees("M00017" if size == WIDE else "none_good_today")
        await screen.pilot.pause()
        is_kept(screen.app, f"audit-{size[0]}x{size[1]}-{look}-{language}")
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, EntryScreen))
        await screen.sees("M00017")
        await screen.pilot.pause()
        is_kept(screen.app, f"entry-{size[0]}x{size[1]}-{look}-{language}")
