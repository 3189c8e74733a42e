"""The screen's server on a real socket, people who sign in to it, and a browser's end of a screen."""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from pp_core.client.local import LocalClient
from pp_core.client.protocol import Client
from pp_core.client.signing_in import Reached
from pp_core.kernel.policy import Door, Role
from pp_tui.serve.server import configured
from pp_tui.serve.site import Plan, create
from tests.conftest import Gym
from tests.staff import PASSWORD, Staff, hire

TINY = (sys.executable, "-m", "tests.tui.serve.tiny")
ESCAPES = re.compile(r"\x1b(\[[0-9;?<>=$]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][A-Z0-9]|[=>])")


@dataclass
class Shown:
    """A browser's end of one screen. `text` is all that was painted, without colours and places."""

    socket: ClientConnection
    text: str = ""
    told: list[Any] = field(default_factory=list)

    async def until(self, pattern: str) -> re.Match[str]:
        """Read on until `pattern` stands in what came since the last match."""
        async with asyncio.timeout(30):
            while (found := re.search(pattern, self.text)) is None:
                received = await self.socket.recv()
                if isinstance(received, bytes):
                    self.text += ESCAPES.sub("", received.decode())
                else:
                    self.told.append(json.loads(received))
        self.text = self.text[found.end() :]
        return found

    async def told_next(self) -> Any:
        """What the browser is next asked to do."""
        async with asyncio.timeout(30):
            while True:
                if isinstance(received := await self.socket.recv(), str):
                    return json.loads(received)

    async def type(self, text: str) -> None:
        await self.socket.send(json.dumps(["stdin", text]))

    async def code(self) -> int | None:
        """The code with which the server closes it."""
        async with asyncio.timeout(30):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd is not None else None


@dataclass
class Browser:
    """A browser without a screen of its own: holds cookies and says where a request came from."""

    origin: str
    http: httpx.AsyncClient

    async def post(self, path: str, origin: str | None = None, **fields: str) -> httpx.Response:
        return await self.http.post(path, data=fields, headers={"Origin": origin or self.origin})

    async def sign_in(self, login: str, password: str = PASSWORD, lang: str = "en") -> httpx.Response:
        return await self.post(f"/sign-in?lang={lang}", identifier=login, password=password)

    @property
    def cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    @asynccontextmanager
    async def opened(
        self, origin: str | None = None, size: tuple[int, int] = (100, 30), look: str = "dark"
    ) -> AsyncIterator[Shown]:
        address = self.origin.replace("http", "ws") + f"/socket/{look}?width={size[0]}&height={size[1]}"
        headers = {"Cookie": self.cookies} if self.cookies else {}
        async with connect(
            address, origin=self.origin if origin is None else origin, additional_headers=headers, proxy=None
        ) as socket:  # type: ignore[arg-type]
            yield Shown(socket)


@dataclass
class Served:
    """A running server of screens."""

    origin: str
    app: Any

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        async with httpx.AsyncClient(base_url=self.origin, timeout=30, trust_env=False) as http:
            yield Browser(self.origin, http)

    @asynccontextmanager
    async def signed_in(self, staff: Staff, lang: str = "en") -> AsyncIterator[Browser]:
        async with self.browser() as browser:
            answer = await browser.sign_in(staff.phone, lang=lang)
            assert (answer.status_code, answer.headers.get("location")) == (303, "/"), answer.text
            yield browser


@asynccontextmanager
async def serving(
    nobody: Client,
    *,
    url: str | None = None,
    now: Callable[[], float] = time.monotonic,
    command: Sequence[str] = TINY,
    **plan: Any,
) -> AsyncIterator[Served]:
    """Serve screens for whoever signs in to the core of `nobody`."""
    app = create(Plan(command=command, **plan), Reached(nobody, url), now)
    config = configured(app)
    config.port = 0
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.005)
        assert not running.done(), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(f"http://127.0.0.1:{port}", app)
    finally:
        server.should_exit = True
        await running


@pytest.fixture
def nobody(gym: Gym) -> LocalClient:
    """A client for signing in."""
    return LocalClient(gym.runtime.pulse, Door.TUI)


@pytest.fixture
async def reception(gym: Gym) -> Staff:
    """Somebody at the desk."""
    return await hire(gym, Role.RECEPTION)


@pytest.fixture
async def served(nobody: LocalClient) -> AsyncIterator[Served]:
    """A server of tiny screens."""
    async with serving(nobody) as running:
        yield running
