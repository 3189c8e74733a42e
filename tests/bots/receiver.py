"""A small real server that receives a gateway's callbacks."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class CallbackReceiver:
    """Keeps every form posted to `/incoming`, `/report`, `/opt-out`, `/ussd` and `/ended`, or where our server has them.

    `statuses` are answered first, then 200; what `/ussd` says comes from `menu`.
    """

    def __init__(self, *, port: int = 0, statuses: list[int] | None = None) -> None:
        self.port = port
        self.statuses = statuses or []
        self.received: list[tuple[str, dict[str, str]]] = []
        self.hook: Callable[[str, dict[str, str]], Any] | None = None
        self.menu: Callable[[dict[str, str], Mapping[str, str]], Awaitable[Response]] | None = None
        self._changed = asyncio.Condition()
        paths = ("/{name:str}", "/hooks/{name:str}/{token}", "/hooks/{channel}/{token}/{name:str}")
        routes = [Route(path, self._take, methods=["POST"]) for path in paths]
        self._app = Starlette(routes=routes)

    def reset(self) -> None:
        self.statuses, self.hook, self.menu = [], None, None
        self.received.clear()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def forms(self, name: str) -> list[dict[str, str]]:
        return [form for path, form in self.received if path == name]

    async def wait(self, name: str, count: int) -> list[dict[str, str]]:
        """Wait until `count` forms came to `name`."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: len(self.forms(name)) >= count)
        return self.forms(name)

    async def __aenter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._server = _Server(uvicorn.Config(self._app, log_level="critical", timeout_graceful_shutdown=1))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._serving

    async def _take(self, request: Request) -> Response:
        name = request.path_params["name"]
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        form = {key: str(value) for key, value in (await request.form()).items()}
        if self.hook is not None:
            self.hook(name, form)
        status = self.statuses.pop(0) if self.statuses else 200
        async with self._changed:
            self.received.append((name, form))
            self._changed.notify_all()
        if name == "ussd" and self.menu is not None:
            return await self.menu(form, request.headers)
        return PlainTextResponse("", status)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
