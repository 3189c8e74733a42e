"""One browser's screen: a process of its own, joined to a WebSocket by the protocol of textual-serve."""

import asyncio
import json
import shlex
import socket
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from enum import IntEnum
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect
from textual_serve.app_service import AppService

from pp_core.identity.operations import SignedIn
from pp_core.kernel.errors import SessionEnded
from pp_core.kernel.logging import logger

from . import handover
from .logins import Login, Logins

_log = logger(__name__)

QUIT_SECONDS = 3.0
TAKING_SECONDS = 30.0
"""For a browser to take what was painted, and for a process to take what was typed; then it is gone, or hangs."""
LARGEST_PACKET = 16 * 1024 * 1024
MOST_CELLS = 1000
DRIVER = "pp_tui.serve.driver:ServedDriver"
_PRELUDE = b"__GANGLION__\n"
_LINES_BEFORE = 10


class Ending(IntEnum):
    """Why a screen ended, as the WebSocket's closing code; the page words it."""

    QUIT = 1000
    SIGNED_OUT = 4001
    ALL_IN_USE = 4002
    DIED = 4003
    UNREACHABLE = 4004


class Screen(AppService):
    """A screen for `login` in the process that `command` starts, shown at `websocket`."""

    def __init__(
        self, command: Sequence[str], login: Login, logins: Logins, websocket: WebSocket, lock_minutes: float
    ) -> None:
        super().__init__(
            shlex.join(command),
            write_bytes=self._paint,
            write_str=self._tell,
            close=self._quit,
            download_manager=login.downloads,
        )
        self.login = login
        self._argv = list(command)
        self._logins = logins
        self._websocket = websocket
        self._lock_minutes = lock_minutes
        self._look = "dark"
        self._signed_in: SignedIn | None = None
        self._giving: asyncio.Task[None] | None = None
        self._closed = False
        self._left = asyncio.Event()
        self._has_quit = False

    async def show(self, signed_in: SignedIn, look: str, width: int, height: int) -> None:
        """Start the screen and show it until it ends or its browser goes; then it is to be stopped."""
        self._signed_in = signed_in
        self._look = look
        self.login.screens.add(self)
        try:
            if self.login.ended:  # while its token was made fresh
                await self.leave()
                return
            await self.start(width, height)
            waiting = [asyncio.ensure_future(wanted) for wanted in (self._listen(), self._left.wait())]
            try:
                # A browser that takes nothing never says that it has gone.
                for task in (await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED))[0]:
                    task.result()
            finally:
                for task in waiting:
                    task.cancel()
        finally:
            self._closed = True
            self.login.screens.discard(self)

    async def leave(self, ending: Ending = Ending.SIGNED_OUT) -> None:
        """Close the browser's side; the process ends with it."""
        if not self._closed:
            self._closed = True
            try:
                with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
                    async with asyncio.timeout(QUIT_SECONDS):
                        await self._websocket.close(ending)
            finally:
                self._left.set()

    async def run(self) -> None:
        """Pass on what the process paints until it ends; the browser is told whatever happens here."""
        ending = Ending.DIED
        try:
            ending = await self._pass_on()
        finally:
            await self.leave(ending)

    async def stop(self) -> None:
        """Ask the process to end, and make sure that it is gone."""
        task, self._task = self._task, None
        process = self._process
        if task is None or process is None:
            return
        await self._download_manager.cancel_app_downloads(self.app_service_id)
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIT_SECONDS):
                await self.send_meta({"type": "quit"})
                await process.wait()
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.wait([task], timeout=QUIT_SECONDS)
        task.cancel()  # if it still writes to a browser that does not read
        if self._giving is not None:
            self._giving.cancel()

    async def send_bytes(self, data: bytes) -> bool:
        """Hand on what was typed; a process that does not take it hangs, and is ended."""
        try:
            async with asyncio.timeout(TAKING_SECONDS):
                return await super().send_bytes(data)
        except TimeoutError:
            assert self._process is not None
            with suppress(ProcessLookupError):
                self._process.kill()
            return False

    async def on_meta(self, data: bytes) -> None:
        """What the process says beside painting. Addresses are not opened: nothing that is shown leads outside."""
        if json.loads(data).get("type") != "open_url":
            await super().on_meta(data)

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment = super()._build_environment(width, height)
        if self.login.core.url is not None:  # then our own settings, with the secrets among them, are not for screens
            environment = {name: value for name, value in environment.items() if not name.startswith("PP_")}
        return environment | {"TEXTUAL_DRIVER": DRIVER}

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        assert self._signed_in is not None
        ours, theirs = socket.socketpair()
        with theirs:
            environment = self._build_environment(width, height) | {handover.VARIABLE: str(theirs.fileno())}
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._argv,
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=PIPE,
                    env=environment,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # a Ctrl-C in the terminal is for us, who end the screens
                )
            except BaseException:
                ours.close()
                raise
        self._process = process
        self._stdin = process.stdin
        given = handover.Given(
            server=self.login.core.url,
            identifier=self.login.identifier,
            language=self.login.language,
            look=self._look,
            lock_minutes=self._lock_minutes,
            locked=self.login.locked,
            signed_in=handover.without_refresh(self._signed_in),
        )
        self._giving = asyncio.create_task(handover.give(ours, given, self._answer))
        return process

    async def _pass_on(self) -> Ending:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        complaint = asyncio.create_task(_last_line(process.stderr))
        try:
            await self._packets(process.stdout)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except ValueError as error:
            _log.error("a screen wrote what is no packet", problem=str(error))
            with suppress(ProcessLookupError):
                process.kill()
            while await process.stdout.read(LARGEST_PACKET):
                pass  # a process counts as ended when all it wrote was read
        code = await process.wait()
        said = await complaint
        if self._has_quit and code == 0:
            return Ending.QUIT
        if not self._closed:
            _log.error("a screen ended by itself", code=code, said=said)
        return Ending.DIED

    async def _answer(self, question: handover.Question) -> SignedIn | None:
        match question.ask:
            case "renew":
                try:
                    return handover.without_refresh(await self.login.renewed(question.instead_of))
                except SessionEnded:
                    self._logins.end(self.login)
                    raise
            case "locked" | "unlocked":
                self.login.locked = question.ask == "locked"
            case "sign_out":
                self._logins.end(self.login)
        return None

    async def _packets(self, stdout: asyncio.StreamReader) -> None:
        for _ in range(_LINES_BEFORE):
            line = await stdout.readline()
            if line == _PRELUDE:
                break
            if not line:
                return
        else:
            raise ValueError("no greeting")
        handlers = {b"D": self.on_data, b"M": self.on_meta, b"P": self.on_packed}
        while True:
            kind = await stdout.readexactly(1)
            size = int.from_bytes(await stdout.readexactly(4), "big")
            if kind not in handlers or size > LARGEST_PACKET:
                raise ValueError(f"{kind!r} of {size} bytes")
            await handlers[kind](await stdout.readexactly(size))

    async def _listen(self) -> None:
        """Hand on what the browser says until it goes. What is no message of the protocol is passed over."""
        while True:
            received = await self._websocket.receive()
            if received["type"] == "websocket.disconnect":
                return
            try:
                envelope = json.loads(received.get("text") or "null")
            except (ValueError, RecursionError):
                continue
            match envelope:
                case ["stdin", str(typed)]:
                    self.login.touch()
                    await self.send_bytes(typed.encode("utf-8", "replace"))
                case ["resize", {"width": int(width), "height": int(height)}]:
                    await self.set_terminal_size(cells(width), cells(height))
                case ["ping", str(sent)]:
                    await self._tell(json.dumps(["pong", sent[:40]]))
                case ["focus", *_]:
                    await self.focus()
                case ["blur", *_]:
                    await self.blur()

    async def _quit(self) -> None:
        self._has_quit = True

    async def _paint(self, painted: bytes) -> None:
        await self._send({"type": "websocket.send", "bytes": painted})

    async def _tell(self, message: str) -> None:
        await self._send({"type": "websocket.send", "text": message})

    async def _send(self, message: dict[str, Any]) -> None:
        if self._closed:
            return  # the process is read to its end all the same: one that cannot write cannot quit
        try:
            async with asyncio.timeout(TAKING_SECONDS):
                await self._websocket.send(message)
        except (RuntimeError, WebSocketDisconnect, OSError):  # or a timeout, which is an OSError
            self._closed = True
            self._left.set()


def cells(number: int) -> int:
    """A terminal's width or height within what can be painted."""
    return max(1, min(MOST_CELLS, number))


async def _last_line(stderr: asyncio.StreamReader) -> str:
    """The last line of what a process complained of. The rest is a traceback, whose values are people's."""
    kept = b""
    while read := await stderr.read(4096):
        kept = (kept + read)[-4096:]
    lines = [line.strip() for line in kept.decode("utf-8", "replace").splitlines() if line.strip(" ─│╭╰╮╯")]
    return lines[-1][:200] if lines else ""
