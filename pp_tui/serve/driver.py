"""How a screen's process speaks to its server: textual's web driver, held to what a browser may say."""

import os
from functools import partial
from threading import Lock

from textual.app import App
from textual.drivers.web_driver import WebDriver
from textual.events import Resize
from textual.message import Message
from textual.messages import InBandWindowResize


class ServedDriver(WebDriver):
    """Takes its size from the server alone, and writes packets whole."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._writing = Lock()
        self._write = partial(self._write_whole)

    def process_message(self, message: Message) -> None:
        """What was typed. A terminal's own sequences may tell a size as well, of any number of cells: those are dropped."""
        if not isinstance(message, Resize | InBandWindowResize):
            super().process_message(message)

    def _write_whole(self, packet: bytes) -> int:
        """Write all of a packet before the next: what is painted and files come from two threads, and a pipe takes parts."""
        with self._writing:
            left = memoryview(packet)
            while left:
                left = left[os.write(self.fileno, left) :]
        return len(packet)
