"""What a screen's process writes to its server."""

import os
import threading

import pytest
from textual.app import App
from textual.drivers import web_driver

from pp_tui.serve.driver import ServedDriver

LARGE = 300_000
ROUNDS = 20


async def test_packets_of_two_threads_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe takes a large packet in parts, and a file is given away beside what is painted."""
    monkeypatch.setattr(web_driver, "InputReader", lambda: None)  # nothing is typed here
    reading, writing = os.pipe()
    driver = ServedDriver(App())
    driver.fileno = writing
    threads = [
        threading.Thread(target=lambda letter=letter: [driver.write(letter * LARGE) for _ in range(ROUNDS)])
        for letter in "ab"
    ]
    for thread in threads:
        thread.start()
    with os.fdopen(reading, "rb") as packets:
        for _ in range(2 * ROUNDS):
            assert packets.read(1) == b"D"
            size = int.from_bytes(packets.read(4), "big")
            assert size == LARGE
            assert set(packets.read(size)) in ({ord("a")}, {ord("b")})
    for thread in threads:
        thread.join()
    os.close(writing)
