"""Programs that misbehave, to be run confined."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any


def work(
    content: bytes,
    argument: Mapping[str, Any],
    answer: Callable[..., None],
    piece: Callable[[], AbstractContextManager[None]],
) -> None:
    """Do what `argument["do"]` says."""
    _DEEDS[argument["do"]](content, answer, piece)


def _echo(content: bytes, answer: Any, piece: Any) -> None:
    answer({"size": len(content), "environment": sorted(os.environ), "directory": str(Path.cwd())}, content, b"")


def _sleep(content: bytes, answer: Any, piece: Any) -> None:
    answer({"asleep": True})
    time.sleep(600)


def _spin(content: bytes, answer: Any, piece: Any) -> None:
    while True:
        try:
            pow(3, 10**6)
        except Exception:  # a library that takes every exception for its own
            continue


def _spin_once(content: bytes, answer: Any, piece: Any) -> None:
    with piece():
        _spin(content, answer, piece)
    with piece():
        answer({"after": True})


def _hoard(content: bytes, answer: Any, piece: Any) -> None:
    with piece():
        hoard = []
        while True:
            hoard.append(bytes(8 * 1024 * 1024))
    with piece():
        answer({"after": True})


def _write(content: bytes, answer: Any, piece: Any) -> None:
    try:
        Path(content.decode()).write_bytes(b"x")
    except OSError:
        answer({"wrote": False})
    else:
        answer({"wrote": True})


def _break(content: bytes, answer: Any, piece: Any) -> None:
    raise RuntimeError("a fault of ours")


def _die(content: bytes, answer: Any, piece: Any) -> None:
    answer({"before": True})
    os._exit(7)


_DEEDS = {
    "echo": _echo, "sleep": _sleep, "spin": _spin_once, "hoard": _hoard, "write": _write, "break": _break, "die": _die,
}  # fmt: skip
