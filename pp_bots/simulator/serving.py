"""What every simulator's server has in common: a port of its own, and `/sim` requests that are read with care."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

LONGEST_WAIT = 60.0
"""Seconds a `/sim` reader may be held."""
IDLE_SECONDS = 75
"""Seconds an idle connection stays open, as at a real gateway: longer than clients keep theirs (httpx: 5), or a request would
meet a connection just closed and end with its outcome unknown."""


class Server(uvicorn.Server):
    """A server that answers those who wait before it closes.

    With `guest` it runs inside somebody else's event loop, which keeps its own signal handlers.
    """

    def __init__(
        self, config: uvicorn.Config, before_shutdown: Callable[[], Awaitable[None]], *, guest: bool = False
    ) -> None:
        super().__init__(config)
        self._before_shutdown = before_shutdown
        self._guest = guest

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let those who wait go first."""
        await self._before_shutdown()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the host when a guest."""
        with contextlib.nullcontext() if self._guest else super().capture_signals():
            yield


class Served:
    """An ASGI app (`app`) as an async context manager that serves it on a port; port 0 takes a free one.

    `url` is known once entered. What extends it sets `app` and overrides `stop_waiting`.
    """

    app: Starlette

    def __init__(self, *, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._closing = asyncio.Event()
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The base URL, such as `http://127.0.0.1:8701`."""
        return f"http://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        listener = socket.create_server((self._host, self._port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self.app,
            log_level="critical",
            access_log=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=2,
        )
        self._server = Server(config, self.stop_waiting, guest=True)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._serving.done():
                await self._serving
                raise RuntimeError("the simulator stopped while starting")
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        assert self._serving is not None
        self._server.should_exit = True
        await self._serving

    async def run(self) -> None:
        """Serve until SIGINT or SIGTERM, which take their usual course once it has ended cleanly."""
        config = uvicorn.Config(
            self.app,
            host=self._host,
            port=self._port,
            log_level="warning",
            access_log=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=2,
        )
        await Server(config, self.stop_waiting).serve()

    async def stop_waiting(self) -> None:
        """Answer everybody who is held, and hold nobody from now on: the server is about to close."""
        self._closing.set()

    async def pause(self, seconds: float) -> None:
        """Hang for `seconds`, or until the server closes."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)


class BadRequestError(Exception):
    """A `/sim` request that makes no sense."""


async def bad_request(_: Request, error: Exception) -> Response:
    """Say what made no sense."""
    return JSONResponse({"error": str(error)}, 400)


async def half(body: bytes) -> AsyncIterator[bytes]:
    """Break off in the middle."""
    yield body[: len(body) // 2]


async def json_object(request: Request) -> dict[str, Any]:
    """Read the body; raises BadRequestError unless it is a JSON object."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise BadRequestError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadRequestError("the body is not a JSON object")
    return body


def text_of(body: dict[str, Any], name: str, *, default: str | None = None, blank: bool = False) -> str:
    """Take a text; raises BadRequestError when it is missing, blank without `blank`, or no text."""
    value = body.get(name)
    if value is None:
        value = default
    if not isinstance(value, str) or not (value or blank or value == default):
        raise BadRequestError(f"{name} must be a text")
    return value


def number_of(value: object, name: str) -> float:
    """Take a number, zero or more; raises BadRequestError for anything else."""
    try:
        number = float(str(value))
    except ValueError:
        raise BadRequestError(f"{name} must be a number") from None
    if not 0 <= number < float("inf"):
        raise BadRequestError(f"{name} must be zero or more")
    return number


def after_of(request: Request) -> int:
    """Take the query's `after`, 0 unless given."""
    return int(number_of(request.query_params.get("after", "0"), "after"))
