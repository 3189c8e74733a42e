"""The HTTP face of the simulated server: `/bot<token>/<method>` and `/file/bot<token>/<path>` as the Bot API has them.

Source: Bot API, "Making requests". Beside it stands `/sim/...`, see `control`.
"""

import contextlib
import re
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from pp_bots.simulator.serving import BadRequestError, Served, bad_request, half
from pp_bots.simulator.telegram.control import Control
from pp_bots.simulator.telegram.faults import Fault, FaultKind
from pp_bots.simulator.telegram.methods import METHODS, answer_of
from pp_bots.simulator.telegram.parameters import ApiError, Parameters
from pp_bots.simulator.telegram.state import SimulatorSettings, State
from pp_bots.simulator.telegram.world import World

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class TelegramSimulator(Served):
    """The Bot API server as an ASGI app (`app`), and as an async context manager that serves it on a port.

    Port 0 takes a free one; `url` is known once entered. A bot uses `base_url` and `base_file_url`.
    """

    def __init__(self, settings: SimulatorSettings | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host=host, port=port)
        self.settings = settings or SimulatorSettings()
        self.world = World(self.settings, call=self._carry_out, closing=self._closing)
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._file, methods=["GET"]),
                *Control(self.world, self._closing).routes(),
            ],
            lifespan=self._lifespan,
            exception_handlers={BadRequestError: bad_request, ApiError: _refused},
        )

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as `base_url`: the token follows it."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot takes as `base_file_url`: the token follows it."""
        return f"{self.url}/file/bot"

    @property
    def state(self) -> State:
        """What the server knows."""
        return self.world.state

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self.world.close()

    async def stop_waiting(self) -> None:
        """Answer everybody who is held, and hold nobody from now on: the server is about to close."""
        await super().stop_waiting()
        await self.state.wake()

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        self._check_token(request)
        given = await Parameters.of(request)
        fault = self.world.faults.take_for_call(method)
        match fault:
            case Fault(kind=FaultKind.RATE):
                raise ApiError(
                    429, f"Too Many Requests: retry after {fault.retry_after}", retry_after=fault.retry_after
                )
            case Fault(kind=FaultKind.HTTP, taken=False):
                raise _broken(fault)
            case Fault(kind=FaultKind.TIMEOUT_BEFORE):
                await self.pause(fault.seconds)
                return HTMLResponse("<html><body>504 Gateway Time-out</body></html>", 504)
        answer = JSONResponse(answer_of(await self._carry_out(method, given, fault)))
        match fault:
            case Fault(kind=FaultKind.TIMEOUT_AFTER):
                await self.pause(fault.seconds)
            case Fault(kind=FaultKind.HTTP):
                raise _broken(fault)
            case Fault(kind=FaultKind.NOT_JSON):
                return HTMLResponse("<html><body>OK</body></html>")
            case Fault(kind=FaultKind.CUT):
                headers = {"content-length": str(len(answer.body))}
                return StreamingResponse(half(bytes(answer.body)), 200, headers, "application/json")
        return answer

    async def _carry_out(self, method: str, given: Parameters, fault: Fault | None = None) -> object:
        call: dict[str, Any] = {
            "method": method,
            "parameters": dict(given.values),
            "files": sorted(given.files),
            "at": datetime.now(UTC).isoformat(),
            "error": None,
        }
        self.state.calls.append(call)
        known = METHODS.get(method.lower())
        try:
            if known is None:
                raise ApiError(404, "Not Found")
            return await known(self.world, given, fault)
        except ApiError as error:
            call["error"] = error.description
            raise

    async def _file(self, request: Request) -> Response:
        self._check_token(request)
        path = request.path_params["path"]
        kept = next((each for each in self.state.files.values() if each.path == path), None)
        if kept is None:
            raise ApiError(404, "Not Found")
        return Response(kept.content, media_type=kept.mime)

    def _check_token(self, request: Request) -> None:
        token = request.path_params["token"]
        if not _TOKEN.fullmatch(token):
            raise ApiError(404, "Not Found")
        if not secrets.compare_digest(token.encode(), self.settings.token.encode()):
            raise ApiError(401, "Unauthorized")


async def serve(host: str = "127.0.0.1", port: int = 8702, settings: SimulatorSettings | None = None) -> None:
    """Run the simulator until SIGINT or SIGTERM, which take their usual course once it has ended cleanly."""
    await TelegramSimulator(settings, host=host, port=port).run()


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return JSONResponse(error.as_json(), error.code)


def _broken(fault: Fault) -> ApiError:
    return ApiError(fault.http_status, _REASONS.get(fault.http_status, f"Error {fault.http_status}"))
