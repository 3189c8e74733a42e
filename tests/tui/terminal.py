"""A terminal for what draws on one: a command in a pseudo-terminal, the screen that it draws, and when it drew what.

Tests and figures share it. Keys go in as a terminal sends them, and what the command writes is understood by `pyte`. Each
piece of its output is stamped when it is read, so that a figure does not count how long this side takes to understand it.
"""

import asyncio
import codecs
import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyte

Lines = list[str]
Sight = str | Callable[[Lines], bool]
"""A text that stands on one line of the screen, or a question about all of its lines."""

WAIT_SECONDS = 20.0
_KEYS = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "backspace": "\x7f",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "insert": "\x1b[2~",
    "delete": "\x1b[3~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    **dict(zip(("f1", "f2", "f3", "f4"), ("\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS"), strict=True)),
    **{f"f{number}": f"\x1b[{code}~" for number, code in zip(range(5, 11), (15, 17, 18, 19, 20, 21), strict=True)},
    "f11": "\x1b[23~",
    "f12": "\x1b[24~",
}
_LEFT_OUT = re.compile(r"\x1b\[[0-9;:]*m|\x1b\[[<=>][0-9;]*[@-~]|\x1b[P_^X].*?\x1b\\", re.DOTALL)
"""Colours, which nobody asks for here and which are most of what is written; and what `pyte` takes for text or for
something else: the keyboard protocol, strings for devices."""
_UNFINISHED = re.compile(r"\x1b(\[[0-9;:<=>?$ ]*|\][^\x07\x1b]*\x1b?|[P_^X][^\x1b]*\x1b?|[()#%])?$", re.DOTALL)
_SYNC_QUESTION = "\x1b[?2026$p"
_SYNC_ANSWER = "\x1b[?2026;2$y"
_SYNC_BEGIN, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"


def key_bytes(key: str) -> bytes:
    """What a terminal sends for `key`, named as Textual names it: `f2`, `enter`, `ctrl+q`, `alt+x`, `a`."""
    if key in _KEYS:
        return _KEYS[key].encode()
    if key.startswith("ctrl+") and len(key) == 6:
        return bytes([ord(key[-1].upper()) & 31])
    if key.startswith("alt+"):
        return b"\x1b" + key_bytes(key.removeprefix("alt+"))
    assert len(key) == 1, f"no terminal sends {key!r}"
    return key.encode()


class Terminal:
    """A command in a terminal of its own; an async context manager, which ends the command. Times are `time.monotonic`'s."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        columns: int = 80,
        lines: int = 24,
    ) -> None:
        self._command = list(command)
        self._environment = _environment(environment)
        self._display = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self._display)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._begun = ""  # a sequence whose end has not come
        self._lines: Lines = [""] * lines
        self._watched: list[tuple[Callable[[Lines], bool], asyncio.Future[float]]] = []
        self._in_sync = False
        self.started = 0.0
        """When the command was started."""
        self.painted = 0.0
        """When the last of its output arrived."""
        self.written = 0
        """Bytes that it wrote."""

    async def __aenter__(self) -> "Terminal":
        """Start the command."""
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._master, slave = os.openpty()
        self._set_size()
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_own_terminal,  # noqa: PLW1509 - one system call, which takes no lock
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the command if it has not ended."""
        await self.close()

    @property
    def pid(self) -> int:
        """The command's process."""
        return self._process.pid

    def type(self, text: str) -> float:
        """Send text as if it was typed; returns when."""
        return self._send(text.encode())

    def press(self, *keys: str) -> float:
        """Send keys, such as `f2`, `enter`, `ctrl+q`; returns when."""
        return self._send(b"".join(map(key_bytes, keys)))

    def screen(self) -> Lines:
        """The lines as they stand, without blanks at their ends."""
        return list(self._lines)

    def shows(self, text: str) -> bool:
        """Whether the text stands on one line of the screen."""
        return any(text in line for line in self._lines)

    def watch(self, sight: Sight) -> "asyncio.Future[float]":
        """When the next painting that shows `sight` arrived. Ask before what causes it: what stands already is not painting."""
        found: asyncio.Future[float] = self._loop.create_future()
        self._watched.append((_question(sight), found))
        return found

    async def wait_for(self, sight: Sight, seconds: float = WAIT_SECONDS) -> float:
        """When the painting that shows `sight` arrived; of one that stands already, when the last one did.

        AssertionError with the whole screen when it does not come within `seconds`, or the command ends.
        """
        if _question(sight)(self._lines):
            return self.painted
        return await self.seen(self.watch(sight), sight, seconds)

    async def seen(self, watched: "asyncio.Future[float]", sight: object, seconds: float = WAIT_SECONDS) -> float:
        """What `watch` gave, waited for as `wait_for` does; `sight` is what the AssertionError names."""
        either: set[asyncio.Future[Any]] = {watched, self._ended}
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if watched.done():
            return watched.result()
        self._watched = [each for each in self._watched if each[1] is not watched]
        state = "the command ended" if self._ended.done() else f"{seconds:g} seconds passed"
        raise AssertionError(f"{state} without {sight!r} on this screen:\n{self.picture()}")

    async def exited(self, seconds: float = WAIT_SECONDS) -> int:
        """The command's exit code; TimeoutError when it goes on."""
        async with asyncio.timeout(seconds):
            return await asyncio.to_thread(self._process.wait)

    def picture(self) -> str:
        """The screen as text in a frame, to be read by a person."""
        rule = "+" + "-" * self._display.columns + "+"
        return "\n".join([rule, *(f"|{line:<{self._display.columns}}|" for line in self._lines), rule])

    def resize(self, columns: int, lines: int) -> None:
        """Change the terminal's size; the command is told as terminals tell."""
        self._display.resize(lines, columns)
        self._display.dirty.update(range(lines))
        self._lines = self._lines[:lines] + [""] * (lines - len(self._lines))
        self._set_size()

    async def close(self) -> None:
        """End the command, kill it when it will not, and read what it wrote last."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                await self.exited(5)
            except TimeoutError:
                self._process.kill()
                await self.exited()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._ended), 5)
        self._reader.join(5)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def kill(self) -> None:
        """End the command as a power cut would."""
        self._process.send_signal(signal.SIGKILL)

    def _set_size(self) -> None:
        size = struct.pack("HHHH", self._display.lines, self._display.columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def _send(self, data: bytes) -> float:
        at = time.monotonic()
        os.write(self._master, data)
        return at

    def _read(self) -> None:
        """Read until the command's side is closed, in a thread: nothing delays the stamps."""
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # EIO: nobody holds the other side any more
                data = b""
            at = time.monotonic()
            with suppress(RuntimeError):  # the loop is gone, and nobody looks
                self._loop.call_soon_threadsafe(self._arrived, data, at)
            if not data:
                return

    def _arrived(self, data: bytes, at: float) -> None:
        if not data:
            if not self._ended.done():
                self._ended.set_result(None)
            return
        self.written += len(data)
        text = self._begun + self._decode(data)
        cut = _UNFINISHED.search(text)
        text, self._begun = (text[: cut.start()], text[cut.start() :]) if cut else (text, "")
        for _ in range(text.count(_SYNC_QUESTION)):
            self._send(_SYNC_ANSWER.encode())
        for piece in re.split(f"({re.escape(_SYNC_BEGIN)}|{re.escape(_SYNC_END)})", text):
            if piece in (_SYNC_BEGIN, _SYNC_END):
                self._in_sync = piece == _SYNC_BEGIN
            else:
                self._stream.feed(_LEFT_OUT.sub("", piece))
            if not self._in_sync:
                self._painted(at)

    def _painted(self, at: float) -> None:
        """What stands now is a whole painting: tell who watches for it."""
        if not self._display.dirty:
            return
        for row in self._display.dirty:
            if row < self._display.lines:
                self._lines[row] = self._line(row)
        self._display.dirty.clear()
        self.painted = at
        waiting = []
        for question, found in self._watched:
            if found.done():
                continue
            if question(self._lines):
                found.set_result(at)
            else:
                waiting.append((question, found))
        self._watched = waiting

    def _line(self, row: int) -> str:
        cells = self._display.buffer[row]
        return "".join(cells[column].data for column in range(self._display.columns)).rstrip()


def _environment(given: Mapping[str, str] | None) -> dict[str, str]:
    """The given environment in a terminal of many colours; sizes that were another terminal's are left out."""
    kept = {
        name: value
        for name, value in (os.environ if given is None else given).items()
        if name not in ("COLUMNS", "LINES", "NO_COLOR", "TERM_PROGRAM") and not name.startswith("TEXTUAL")
    }
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONUTF8": "1"}


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _question(sight: Sight) -> Callable[[Lines], bool]:
    if isinstance(sight, str):
        wanted = sight
        return lambda lines: any(wanted in line for line in lines)
    return sight
