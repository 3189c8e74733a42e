"""What an operator does to the installation: prepare, upgrade, check and examine it."""

import asyncio
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg

from pp_core.kernel.db import roles
from pp_core.kernel.db.problems import DatabaseProblem
from pp_core.kernel.ports import BotDelivery, BotError
from pp_core.kernel.settings import Settings

from . import jobs
from .database import Home
from .serve import running
from .wiring import bot_for

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRES = 150000
LITTLE_DISK = 1024**3
CLOCK_SECONDS = 5.0
TELEGRAM_SECONDS = 8.0
SHORTEST_SECRET = 32
_SETTING_OF = {
    "pp_app": "PP_DATABASE_URL",
    "pp_worker": "PP_DATABASE_WORKER_URL",
    "pp_ingest": "PP_DATABASE_INGEST_URL",
    "pp_owner": "PP_DATABASE_OWNER_URL",
    "pp_admin": "PP_DATABASE_ADMIN_URL",
}


class OwnerMissing(DatabaseProblem):
    """The command needs the role that owns the tables, and its address was not given."""

    code = "database.owner_missing"


class Verdict(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing examined: how it is, and what to do about it unless it is well."""

    check: str
    result: Verdict
    detail: str
    todo: str = ""


def upgrade(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the schema to this code's revision; the revision before and after."""
    import migrations

    home = Home(settings)
    urls = home.start()
    try:
        before = migrations.state(urls.app)[0]
        migrations.upgrade(_owner(urls.owner))
        return before, migrations.state(urls.app)[0]
    finally:
        home.close()


def downgrade(settings: Settings, to: str) -> tuple[str | None, str | None]:
    """Take the schema back to an earlier revision (`base`: none of it, and no data); the revision before and after."""
    import migrations

    home = Home(settings)
    urls = home.start()
    try:
        before = migrations.state(urls.app)[0]
        migrations.downgrade(_owner(urls.owner), to)
        return before, migrations.state(_owner(urls.owner))[0]
    finally:
        home.close()


def findings(settings: Settings) -> list[Any]:
    """What about the database is not as this code expects; see `migrations.check`."""
    from migrations.check import check

    home = Home(settings)
    urls = home.start()
    try:
        return check(urls.app)
    finally:
        home.close()


def initialise(superuser_url: str, database: str = roles.DATABASE, *, new_passwords: bool = False) -> dict[str, str]:
    """Make the roles and the database on a real server, and the schema in it; the settings to run with.

    A role that is there already keeps its password and is left out of the answer, unless all get `new_passwords`; without
    the owner's the schema is left to `upgrade`.
    """
    import migrations

    with psycopg.connect(superuser_url, autocommit=True) as connection:
        asked = "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)"
        known = {row[0] for row in connection.execute(asked, (list(roles.LOGIN_ROLES),))}
    fresh = {role: secrets.token_urlsafe(24) for role in roles.LOGIN_ROLES if new_passwords or role not in known}
    roles.create_roles(superuser_url, fresh)
    roles.create_database(superuser_url, database)
    at = roles.with_database(superuser_url, database)
    addresses = {role: roles.with_role(at, role, password) for role, password in fresh.items()}
    if "pp_owner" in addresses:
        migrations.upgrade(addresses["pp_owner"])
    return {name: addresses[role] for role, name in _SETTING_OF.items() if role in addresses}


def examine(settings: Settings) -> Iterator[Check]:
    """Look at everything the installation needs; yields as it goes, and goes on whatever fails."""
    yield _python()
    directory = Path(Home(settings).directory)
    yield _disk(directory)
    yield _secret(settings, directory)
    yield _sms(settings)
    yield _telegram(settings)
    yield _port(settings, directory)
    home = Home(settings)
    try:
        urls = home.start()
    except (DatabaseProblem, psycopg.Error) as problem:
        yield Check("database", Verdict.FAIL, _first_line(problem), "Make it answer; the rest cannot be examined.")
        return
    try:
        reached = _guarded("database", _server, urls.app)
        yield reached
        if reached.result is Verdict.FAIL:
            return
        yield _guarded("role", _role, urls.app)
        yield _guarded("clock", _clock, urls.app)
        yield from _schema(urls.app)
        yield from _queue(urls.worker)
    finally:
        home.close()


def _owner(url: str | None) -> str:
    if url is None:
        raise OwnerMissing("The schema is changed by its owner: set PP_DATABASE_OWNER_URL to pp_owner's address.")
    return url


def _guarded(name: str, check: Callable[[str], Check], url: str) -> Check:
    try:
        return check(url)
    except (DatabaseProblem, psycopg.Error) as problem:
        return Check(name, Verdict.FAIL, _first_line(problem), "Check PP_DATABASE_URL.")


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        return Check("python", Verdict.FAIL, version, "Install Python 3.11 or newer.")
    return Check("python", Verdict.OK, version)


def _disk(directory: Path) -> Check:
    place = next((each for each in (directory, *directory.parents) if each.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    shown = f"{free / 1024**3:.1f} GB free at {place}"
    if free < LITTLE_DISK:
        return Check(
            "disk", Verdict.FAIL if free < LITTLE_DISK // 8 else Verdict.WARN, shown, "Make room, or move PP_DATA_DIR."
        )
    return Check("disk", Verdict.OK, shown)


def _secret(settings: Settings, directory: Path) -> Check:
    if settings.secret_key:
        if len(settings.secret_key) < SHORTEST_SECRET:
            return Check(
                "secret key", Verdict.FAIL, "PP_SECRET_KEY is short", "Use 32 characters or more that nobody can guess."
            )
        return Check("secret key", Verdict.OK, "PP_SECRET_KEY")
    path = directory / "secret_key"
    if not path.exists():
        return Check("secret key", Verdict.OK, "will be made on first use")
    if path.stat().st_mode & 0o077:
        return Check("secret key", Verdict.FAIL, f"{path} can be read by others", f"chmod 600 {path}")
    return Check("secret key", Verdict.OK, str(path))


def _sms(settings: Settings) -> Check:
    if not settings.sms.api_key:
        todo = "Set PP_AT_USERNAME, PP_AT_API_KEY and PP_AT_CALLBACK_TOKEN, or try `pp sim sms`."
        return Check("sms", Verdict.WARN, "no Africa's Talking account", todo)
    if not settings.sms.callback_token:
        return Check("sms", Verdict.WARN, "texts go out but cannot come in", "Set PP_AT_CALLBACK_TOKEN.")
    return Check("sms", Verdict.OK, f"{settings.sms.username} at {settings.sms.base_url}")


def _telegram(settings: Settings) -> Check:
    bot = bot_for(settings.telegram)
    if bot is None:
        return Check("telegram", Verdict.WARN, "no bot", "Set PP_TELEGRAM_TOKEN to what BotFather gave you.")

    async def ask() -> tuple[str, BotDelivery]:
        try:
            async with asyncio.timeout(TELEGRAM_SECONDS):
                return await bot.username(), await bot.delivery()
        finally:
            await bot.close()

    try:
        name, delivery = asyncio.run(ask())
    except (BotError, TimeoutError) as error:
        if isinstance(error, BotError) and error.final:
            return Check("telegram", Verdict.FAIL, str(error), "Check PP_TELEGRAM_TOKEN and PP_TELEGRAM_BASE_URL.")
        detail = f"{settings.telegram.base_url} does not answer: {str(error) or 'too slow'}"
        return Check("telegram", Verdict.WARN, detail, "Messages wait until it does.")
    shown = f"@{name}, updates {'pushed' if delivery.url else 'asked for'}, {delivery.waiting} waiting"
    if bool(delivery.url) != bool(settings.telegram.webhook_url):
        return Check("telegram", Verdict.WARN, shown, "PP_TELEGRAM_WEBHOOK_URL says otherwise: restart `pp up`.")
    if delivery.last_error is not None:
        todo = f"Telegram must reach {settings.telegram.webhook_url}."
        return Check("telegram", Verdict.WARN, f"{shown}; last trouble: {delivery.last_error}", todo)
    return Check("telegram", Verdict.OK, shown)


def _port(settings: Settings, directory: Path) -> Check:
    told = running(directory)
    if told is not None:
        return Check("server", Verdict.OK, f"`pp up` runs at {told.get('url', '?')} (process {told.get('pid', '?')})")
    try:
        with socket.create_server((settings.host, settings.port)):
            pass
    except OSError as error:
        detail = f"{settings.host} port {settings.port}: {os.strerror(error.errno or 0).lower()}"
        return Check("server", Verdict.WARN, detail, "Stop what uses the port, or set PP_PORT.")
    return Check("server", Verdict.WARN, "`pp up` does not run", "Start it with `pp up`.")


def _server(url: str) -> Check:
    with psycopg.connect(url, autocommit=True) as connection:
        version = connection.info.server_version
    shown = f"PostgreSQL {version // 10000}.{version % 10000}"
    if version < OLDEST_POSTGRES:
        return Check("database", Verdict.FAIL, shown, "Upgrade the server to PostgreSQL 15 or newer.")
    return Check("database", Verdict.OK, shown)


def _role(url: str) -> Check:
    roles.refuse_bypassing_role(url)
    return Check("role", Verdict.OK, f"{roles.role_of(url)} is held by row-level security")


def _clock(url: str) -> Check:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    assert row is not None
    apart = abs(time.time() - float(row[0]))
    if apart > CLOCK_SECONDS:
        return Check("clock", Verdict.FAIL, f"{apart:.0f} s from the database's", "Set both machines' clocks by NTP.")
    return Check("clock", Verdict.OK, f"{apart * 1000:.0f} ms from the database's")


def _schema(url: str) -> Iterator[Check]:
    from migrations.check import check

    try:
        found = check(url)
    except (DatabaseProblem, psycopg.Error) as problem:
        yield Check("schema", Verdict.FAIL, _first_line(problem), "Run `pp db upgrade`.")
        return
    if not found:
        yield Check("schema", Verdict.OK, "tables, policies, grants and functions are as expected")
    for finding in found:
        detail = f"{finding.subject}: {finding.problem}"
        yield Check(finding.area, Verdict.FAIL, detail, "Run `pp db upgrade`, then `pp db check`.")


def _queue(url: str) -> Iterator[Check]:
    try:
        figures = jobs.figures(url)
    except (DatabaseProblem, psycopg.Error) as problem:
        yield Check("worker", Verdict.FAIL, _first_line(problem), "Set PP_DATABASE_WORKER_URL to pp_worker's address.")
        return
    if figures.workers:
        yield Check("worker", Verdict.OK, f"{figures.workers} at work, {figures.waiting} jobs waiting")
    elif figures.waiting:
        yield Check("worker", Verdict.FAIL, f"none, and {figures.waiting} jobs wait", "Start `pp up` or `pp worker`.")
    else:
        yield Check("worker", Verdict.WARN, "none, and nothing waits", "Start `pp up` or `pp worker`.")
    if figures.failed or figures.stalled:
        detail = f"{figures.failed} failed, {figures.stalled} stalled"
        yield Check("jobs", Verdict.WARN, detail, "See `pp jobs list`, then `pp jobs retry`.")
    else:
        yield Check("jobs", Verdict.OK, "none failed or stuck")


def _first_line(problem: Exception) -> str:
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__
