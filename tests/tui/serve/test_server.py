"""The real screen behind the real server: handed tokens, the lock, and `pp tui --serve` as a process of its own."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from pp_core.client.remote import RemoteClient
from pp_core.kernel.policy import Door, Role
from pp_core.tenants.operations import SetPin
from pp_tui.serve.server import COMMAND
from tests.api.conftest import Api, running_api
from tests.conftest import TestHome, onboard
from tests.staff import Staff, hire
from tests.tui.serve.conftest import Browser, Served, serving
from tests.tui.serve.test_screens import gone

PIN = "481926"
F9 = "\x1b[20~"


@pytest.fixture
async def api(home: TestHome) -> AsyncIterator[Api]:
    """A server with a core."""
    async with running_api(home) as running:
        yield running


@pytest.fixture
async def achieng(api: Api) -> Staff:
    """Somebody at the desk of a gym there."""
    return await hire(await onboard(api.runtime), Role.RECEPTION, name="Achieng Otieno")


@asynccontextmanager
async def real(api: Api, **plan: Any) -> AsyncIterator[Served]:
    """A server of real screens for that core."""
    async with (
        RemoteClient.connect(api.url, door=Door.TUI) as remote,
        serving(remote, url=api.url, command=COMMAND, **plan) as served,
    ):
        yield served


def kept(served: Served) -> Any:
    (login,) = served.app.state.logins._logins.values()
    return login


async def test_a_screen_whose_token_ended_asks_for_another(api: Api, achieng: Staff) -> None:
    async with real(api) as served, served.signed_in(achieng) as browser:
        kept(served).signed_in = kept(served).signed_in.model_copy(update={"access_token": "a.b.c"})
        async with browser.opened() as screen:
            await screen.until("Kilimani Strength · Achieng Otieno")
            await screen.until("Code at the desk: ")  # which takes an operation of the gym
            assert kept(served).signed_in.access_token != "a.b.c"


async def test_loading_the_page_anew_is_no_way_past_the_lock(api: Api, achieng: Staff) -> None:
    await achieng.holding(await achieng.sign_in()).run(SetPin(pin=SecretStr(PIN)))
    async with real(api) as served, served.signed_in(achieng, "sw") as browser:
        async with browser.opened() as screen:
            await screen.until("Msimbo wa mapokezi")
            await screen.type(F9)
            await screen.until("Aliyeingia ni Achieng Otieno")
            async with asyncio.timeout(10):
                while not kept(served).locked:
                    await asyncio.sleep(0.01)
        async with browser.opened() as screen:
            await screen.until("Aliyeingia ni Achieng Otieno")
            assert kept(served).locked
            await screen.type(PIN + "\r")
            async with asyncio.timeout(10):
                while kept(served).locked:
                    await asyncio.sleep(0.01)


async def test_whoever_was_away_for_long_finds_the_lock(api: Api, achieng: Staff) -> None:
    seconds = [0.0]
    async with real(api, now=lambda: seconds[0]) as served, served.signed_in(achieng) as browser:
        seconds[0] = 290
        async with browser.opened() as screen:
            await screen.until("Code at the desk")
        seconds[0] = 600
        async with browser.opened() as screen:
            await screen.until("Achieng Otieno is signed in")
    async with real(api, now=lambda: seconds[0], lock_minutes=0) as served, served.signed_in(achieng) as browser:
        seconds[0] += 40_000
        async with browser.opened() as screen:
            await screen.until("Code at the desk")


@dataclass
class Started:
    """`pp tui --serve` in a process of its own. `said` is what it told on stderr until it was ready."""

    process: asyncio.subprocess.Process
    origin: str
    said: str


@asynccontextmanager
async def started(*options: str, **environment: str) -> AsyncIterator[Started]:
    """Start it on a free port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pp_cli", "tui", "--serve", "--port", "0", *options),
        env={**os.environ, "PP_LANG": "en", **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        said = ""
        async with asyncio.timeout(30):
            while (found := re.search(r"is open at (http://\S+?)\. ", said)) is None:
                line = await process.stderr.readline()
                assert line, said
                said += line.decode()
        yield Started(process, found[1], said)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def at_the_desk(server: Started, staff: Staff) -> AsyncIterator[tuple[Browser, int]]:
    """A browser with an open screen; the screen's process."""
    async with httpx.AsyncClient(base_url=server.origin, timeout=30, trust_env=False) as http:
        browser = Browser(server.origin, http)
        answer = await browser.sign_in(staff.phone)
        assert answer.headers["location"] == "/", answer.text
        async with browser.opened() as screen:
            await screen.until("Code at the desk")
            children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
            (pid,) = (int(child) for child in children if "pp_tui" in Path(f"/proc/{child}/cmdline").read_text())
            yield browser, pid


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_that_is_stopped_ends_its_screens(api: Api, achieng: Staff, number: signal.Signals) -> None:
    async with started("--server", api.url) as server, at_the_desk(server, achieng) as (_, pid):
        assert "Warning" not in server.said
        server.process.send_signal(number)
        async with asyncio.timeout(30):
            assert await server.process.wait() == 0
        await gone(pid)


async def test_screens_do_not_outlive_a_server_that_was_killed(api: Api, achieng: Staff) -> None:
    async with started("--server", api.url) as server, at_the_desk(server, achieng) as (_, pid):
        server.process.kill()
        await gone(pid)


async def test_it_serves_this_machines_database(api: Api, home: TestHome, achieng: Staff, tmp_path: Path) -> None:
    assert home.urls.owner is not None
    here = {
        "PP_DATABASE_URL": home.urls.app,
        "PP_DATABASE_WORKER_URL": home.urls.worker,
        "PP_DATABASE_OWNER_URL": home.urls.owner,
        "PP_SECRET_KEY": home.settings.secret_key,
        "PP_DATA_DIR": str(tmp_path),
        "PP_CONFIG_DIR": str(tmp_path),
    }
    async with started("--local", **here) as server, at_the_desk(server, achieng) as (_, pid):
        server.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await server.process.wait() == 0
        await gone(pid)


async def test_the_cap_is_a_setting(api: Api, achieng: Staff) -> None:
    async with (
        started("--server", api.url, PP_SCREENS="1") as server,
        at_the_desk(server, achieng) as (browser, _),
        browser.opened() as screen,
    ):
        assert await screen.code() == 4002


async def test_others_on_the_network_are_warned_of(api: Api) -> None:
    async with started("--server", api.url, "--host", "0.0.0.0") as server:
        assert server.process.stderr is not None
        warned = (await asyncio.wait_for(server.process.stderr.readline(), 30)).decode()
        assert "others on the network can read what is sent to 0.0.0.0" in warned
    async with started("--server", api.url, "--url", "http://desk.example/", "--host", "127.0.0.1") as server:
        assert server.origin == "http://desk.example"


async def test_an_address_in_use_is_told(api: Api) -> None:
    async with started("--server", api.url) as server:
        port = server.origin.rpartition(":")[2]
        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pp_cli", "--lang", "sw", "tui", "--serve", "--port", port, "--server", api.url),
            stderr=asyncio.subprocess.PIPE,
        )
        said = (await asyncio.wait_for(second.communicate(), 30))[1].decode()
        assert second.returncode == 5
        assert f"127.0.0.1 bandari {port} haiwezi kutumika" in said


async def test_an_address_for_browsers_that_is_none_is_told() -> None:
    refused = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pp_cli", "--lang", "en", "tui", "--serve", "--url", "desk.example/screen"),
        stderr=asyncio.subprocess.PIPE,
    )
    said = (await asyncio.wait_for(refused.communicate(), 30))[1].decode()
    assert refused.returncode not in (0, None)
    assert "--url desk.example/screen cannot be used" in said
