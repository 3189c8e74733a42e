"""The health screen, over a real core whose parts are well, troubled, or not to be reached."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from pp_core.health import queries
from pp_core.kernel.db.transaction import Database
from pp_core.kernel.errors import DatabaseUnavailable
from pp_core.kernel.policy import Role
from pp_tui.screens import health
from pp_tui.screens.health import HealthScreen
from tests.conftest import Gym, TestHome
from tests.staff import hire
from tests.tui.conftest import Desk, Driven
from tests.tui.snapshots import is_kept
from tests.tui.test_pictures import SHAPES

SENDS = (
    "INSERT INTO outgoing_messages (tenant_id, id, channel, recipient, purpose, text, parts, status, attempts, reason,"
    " created_at, attempted_at) SELECT %(gym)s, gen_random_uuid(), 'sms', '+254711000001', 'staff', 'Habari', 1, 'refused', 1,"
    " 'InsufficientBalance', moment, moment FROM (SELECT %(now)s - n * interval '1 minute' AS moment"
    " FROM generate_series(1, %(count)s) n) AS moments"
)


def refuse_texts(home: TestHome, gym: Gym, count: int) -> None:
    """As many texts that the gateway refused, one a minute up to now."""
    assert home.urls.admin is not None
    with psycopg.connect(home.urls.admin, autocommit=True) as connection:
        connection.execute(SENDS, {"gym": gym.id, "now": gym.runtime.clock.now(), "count": count})


async def opened(screen: Driven) -> None:
    await screen.press("f7")
    await screen.until(lambda: isinstance(screen.app.screen, HealthScreen), "opened")
    await screen.sees("PostgreSQL")


async def test_each_part_says_how_it_is_and_why(desk: Desk) -> None:
    async with desk.at_the_desk() as screen:
        await opened(screen)
        await screen.sees("This screen", "Database", "Worker", "SMS", "USSD", "Telegram")
        await screen.sees("✓ This screen      Online", "✓ Database         OK", "– Telegram         Not connected")
        assert re.search(r"PostgreSQL \d+\.\d+ answers in [\d.]+ ms\.", screen.text)
        assert re.search(r"connections \d+ of \d+ · in use here \d+ of 6", screen.text)
        await screen.press("escape")
        await screen.until(lambda: screen.app.screen.query("#search"), "went back to the desk")


async def test_it_speaks_swahili(desk: Desk) -> None:
    async with desk.at_the_desk(language="sw") as screen:
        await opened(screen)
        await screen.sees("Hifadhidata", "inajibu kwa ms", "Mtendaji wa kazi", "– Telegram         Haijaunganishwa")
        await screen.press("f6")
        await screen.sees("Database", "answers in", "– Telegram         Not connected")


async def test_what_is_down_is_told_with_its_reason(desk: Desk, home: TestHome) -> None:
    refuse_texts(home, desk.gym, 5)
    async with desk.at_the_desk() as screen:
        await opened(screen)
        await screen.sees("✗ Something does not work.", "✗ SMS              Down")
        await screen.sees("failed 5", "InsufficientBalance")


async def test_it_looks_again_by_itself(desk: Desk, home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REFRESH_SECONDS", 0.05)
    async with desk.at_the_desk() as screen:
        await opened(screen)
        assert "✗ SMS" not in screen.text
        refuse_texts(home, desk.gym, 5)
        await screen.sees("✗ SMS              Down")


async def test_it_does_not_look_while_it_is_locked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "REFRESH_SECONDS", 0.02)
    looks: list[int] = []
    plain = queries.database

    async def counting(tx: Any) -> Any:
        looks.append(1)
        return await plain(tx)

    monkeypatch.setattr(queries, "database", counting)
    async with desk.at_the_desk() as screen:
        await opened(screen)
        await screen.until(lambda: len(looks) > 2, "looked again")
        shown = screen.app.screen
        assert isinstance(shown, HealthScreen)
        screen.app.action_lock()
        await screen.sees("Njeri Mwangi is signed in.")
        await screen.until(lambda: shown._asking.settled)
        before = len(looks)
        shown._look_again()
        await screen.pilot.pause()
        assert len(looks) == before


async def test_it_looks_again_at_a_key(desk: Desk, home: TestHome) -> None:
    async with desk.at_the_desk() as screen:
        await opened(screen)
        refuse_texts(home, desk.gym, 5)
        await screen.press("ctrl+r")
        await screen.sees("✗ SMS              Down")


async def test_what_was_known_is_told_as_old_while_nothing_answers(desk: Desk) -> None:
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        await opened(screen)
        wire.cut()
        await screen.press("ctrl+r")
        await screen.sees("What is known is from 10:00", "✗ This screen      Offline")
        await screen.sees("? Database         Unknown", "? SMS              Unknown", "At 10:00 it was: OK.")
        wire.mend()
        await screen.press("ctrl+r")
        await screen.sees("✓ This screen      Online", "✓ Database         OK")
        await screen.until(lambda: "Unknown" not in screen.text)


async def test_a_database_that_does_not_answer_is_told_apart_from_the_way_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk.at_the_desk() as screen:
        await opened(screen)
        with monkeypatch.context() as broken:
            broken.setattr(Database, "transaction", no_answer)
            await screen.press("ctrl+r")
            await screen.sees("✗ Database         Down", "The database does not answer", "? Worker           Unknown")
        await screen.press("ctrl+r")
        await screen.sees("✓ Database         OK")


@asynccontextmanager
async def no_answer(*_: Any, **__: Any) -> AsyncIterator[None]:
    """A database that is away."""
    raise DatabaseUnavailable
    yield


async def test_without_any_answer_yet(desk: Desk) -> None:
    wire = desk.wire()
    async with desk.at_the_desk(nobody=wire) as screen:
        wire.cut()
        await screen.press("f7")
        await screen.sees("The server does not answer yet", "? Worker           Unknown", "? Database         Unknown")


async def test_whoever_may_not_see_it_has_no_key_for_it(desk: Desk) -> None:
    trainer = Desk(desk.gym, await hire(desk.gym, Role.TRAINER))
    async with trainer.at_the_desk() as screen:
        await screen.sees("F9 Lock")
        assert "F7 " not in screen.text
        await screen.press("f7")
        await screen.pilot.pause()
        assert not isinstance(screen.app.screen, HealthScreen)


async def test_a_permission_that_is_gone_is_said_and_not_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "REFRESH_SECONDS", 0.02)
    trainer = Desk(desk.gym, await hire(desk.gym, Role.TRAINER))
    async with trainer.at_the_desk() as screen:
        # As if the role had been changed after signing in.
        standing = screen.app.standing
        screen.app.standing = replace(standing, permissions=standing.permissions | {"health:read"})
        await screen.press("f7")
        await screen.sees("it needs the permission health:read")
        shown = screen.app.screen
        assert isinstance(shown, HealthScreen)
        await screen.until(lambda: shown._asking.settled)
        problem = shown._problem
        shown._look_again()
        await screen.pilot.pause()
        assert shown._problem is problem


@pytest.mark.parametrize(("size", "look", "language"), SHAPES)
async def test_it_looks_as_it_was_seen(
    office: Desk, home: TestHome, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], look: str, language: str
) -> None:
    """The machine's own figures are made up, so that they are the same each time."""
    server = SimpleNamespace(version="18.6", connections=9, allowed=97)
    queue = SimpleNamespace(
        waiting=41, running=4, failed=0, oldest_seconds=38.0, workers=1, silent_seconds=1.2, stalled=0, failed_lately=0
    )

    async def database(_: Any) -> tuple[Any, float]:
        return server, 1.8

    async def worker(_: Any, *, silent: float) -> Any:
        return queue

    monkeypatch.setattr(queries, "database", database)
    monkeypatch.setattr(queries, "worker", worker)
    pool = {"pool_max": 10, "pool_size": 3, "pool_available": 2}
    monkeypatch.setattr(Database, "usage", property(lambda _: pool))
    refuse_texts(home, office.gym, 6)
    async with office.at_the_desk(size=size, look=look, language=language) as screen:
        await screen.until(lambda: "10:00" in screen.text)
        await opened(screen)
        await screen.pilot.pause()
        is_kept(screen.app, f"health-{size[0]}x{size[1]}-{look}-{language}")
