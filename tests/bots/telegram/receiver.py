"""A bot's webhook: a small real server that takes updates."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pp_bots.simulator.serving import Served

SECRET = "webhook-secret_1"


class UpdateReceiver(Served):
    """Keeps every update posted to it; answers `answers` first, then 200. `hook` sees an update before it is answered."""

    def __init__(self) -> None:
        super().__init__(host="127.0.0.1", port=0)
        self.answers: list[Response] = []
        self.updates: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.hook: Callable[[dict[str, Any]], Any] | None = None
        self.busy = self.most_busy = 0
        self._changed = asyncio.Condition()
        self.app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])

    @property
    def hook_url(self) -> str:
        return f"{self.url}/hook"

    @property
    def ids(self) -> list[int]:
        return [update["update_id"] for update in self.updates]

    async def wait(self, count: int) -> list[dict[str, Any]]:
        """Wait until `count` updates came."""
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(lambda: len(self.updates) >= count)
        return self.updates

    async def _take(self, request: Request) -> Response:
        update = await request.json()
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            if self.hook is not None:
                await self.hook(update)
        finally:
            self.busy -= 1
        async with self._changed:
            self.updates.append(update)
            self.headers.append(dict(request.headers))
            self._changed.notify_all()
        return self.answers.pop(0) if self.answers else JSONResponse({})
