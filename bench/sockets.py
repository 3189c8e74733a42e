"""A WebSocket client that costs little: prepared frames out, whole frames in, nothing in between. RFC 6455, section 5."""

import asyncio
import base64
import os
from collections.abc import Callable
from struct import pack, unpack_from
from typing import Self, cast

TEXT = 0x81
_NO_MASK = bytes(4)
"""A mask of zeros is a mask, and leaves the payload as it is."""


def frame(payload: bytes) -> bytes:
    """A masked text frame."""
    size = len(payload)
    if size < 126:
        return bytes((TEXT, 0x80 | size)) + _NO_MASK + payload
    return bytes((TEXT, 0xFE)) + pack("!H", size) + _NO_MASK + payload


class Socket(asyncio.Protocol):
    """One connection; `hears` is called with each text that comes in."""

    def __init__(self) -> None:
        self.hears: Callable[[bytes], None] = self._keep
        self.spoken = asyncio.Event()
        self.early: list[bytes] = []
        """What came before anybody set `hears`: a server may speak with its handshake's last byte."""
        self.lost: str | None = None
        self._open = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    @classmethod
    async def connect(cls, port: int, path: str, token: str | None = None) -> Self:
        """Connect and shake hands."""
        made = cls()
        await asyncio.get_running_loop().create_connection(lambda: made, "127.0.0.1", port)
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: bench",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        ]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        made.write("\r\n".join([*lines, "", ""]).encode())
        await made._open
        return made

    def _keep(self, text: bytes) -> None:
        self.early.append(text)
        self.spoken.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none of asyncio's classes

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self.lost = self.lost or repr(exc)
        if not self._open.done():
            self._open.set_exception(ConnectionError(self.lost))

    def data_received(self, data: bytes) -> None:
        """Hand on every frame that is whole."""
        buffer = self._buffer + data if self._buffer else data
        if not self._open.done():
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            if b" 101 " not in head[:20]:
                self._open.set_exception(ConnectionError(head.decode()))
                return
            self._open.set_result(None)
        at = 0
        while len(buffer) - at >= 2:
            size, begin = buffer[at + 1], at + 2
            if size == 126:
                if len(buffer) - at < 4:
                    break
                size, begin = unpack_from("!H", buffer, at + 2)[0], at + 4
            if len(buffer) < begin + size:
                break
            if buffer[at] == TEXT:
                self.hears(buffer[begin : begin + size])
            elif buffer[at] == 0x88:
                self.lost = f"closed: {buffer[begin : begin + size]!r}"
            elif buffer[at] == 0x89:  # a ping: the pong has what it had
                self.write(bytes((0x8A, 0x80 | size)) + _NO_MASK + buffer[begin : begin + size])
            at = begin + size
        self._buffer = buffer[at:]

    def write(self, data: bytes) -> None:
        """Send bytes that are frames."""
        assert self._transport is not None
        self._transport.write(data)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()
