"""What one connection may take of the server before anybody has signed in: time, memory, and a place among the others.

uvicorn waits for ever for a request that was begun, and keeps a head of any size. A proxy would mind that, and there may be none.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

REQUEST_SECONDS = 20.0
"""For a request to arrive whole."""
ANSWER_SECONDS = 300.0
"""For its answer to be made and taken: the longest is a file over a slow line."""
CLOSING_SECONDS = 10.0
"""For a browser to take the rest of what a screen painted."""
LARGEST_HEAD = 32 * 1024
"""Of a request: its line and headers."""
MOST_WAITING = 4
"""Requests sent ahead on one connection. Browsers send none."""
MOST_CONNECTIONS = 400
"""That have no screen: when another comes, the one that began first goes, so that nobody keeps all others out."""


class Connection(HttpToolsProtocol):
    """A connection that asks for pages, and may become a screen's."""

    _since = 0.0
    _deadline: asyncio.TimerHandle | None = None
    _head: int | None = 0  # bytes of a head that arrived; None while a body does

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place, and wait for a request."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._within(REQUEST_SECONDS)
        without_screen = [each for each in cast("set[Any]", self.connections) if isinstance(each, Connection)]
        if len(without_screen) > MOST_CONNECTIONS:
            first = min(without_screen, key=lambda each: each._since)
            self.connections.discard(first)  # at once: it is told of its end later, and more may come before
            first.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._within(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless it is more than any browser of ours would say."""
        if self._deadline is None:  # the first of another request
            self._within(REQUEST_SECONDS)
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("Headers too large.")

    def on_message_begin(self) -> None:
        """A request begins; raising refuses the connection."""
        if len(self.pipeline) >= MOST_WAITING:
            raise ValueError("too many requests sent ahead")
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is read."""
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is read."""
        self._head = 0
        self._within(ANSWER_SECONDS)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer was taken; what follows has uvicorn's own limit."""
        if not self.pipeline:
            self._within(None)
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        """It is a screen's from here on."""
        self._within(None)
        super().handle_websocket_upgrade()

    def _within(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


class ScreenConnection(WebSocketsSansIOProtocol):
    """A screen's connection. One whose browser takes nothing any more does not wait for it to do so."""

    async def run_asgi(self) -> None:
        """Show the screen, then let the connection go."""
        try:
            await super().run_asgi()
        finally:
            self.loop.call_later(CLOSING_SECONDS, self.transport.abort)
