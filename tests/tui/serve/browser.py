"""A real Chromium, driven over its DevTools protocol: pages, keys, what was asked of the network, and what was painted."""

import asyncio
import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyte
from websockets.asyncio.client import ClientConnection, connect

SECONDS = 30.0
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # a request elsewhere is seen, and goes nowhere
)  # fmt: skip
UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[?=<>][0-9;]*(?:\$p|[uq])|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)")
KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), "F2": (113, ""), "F4": (115, ""), "F9": (120, "")}


def program() -> str | None:
    """Where Chromium is installed, if it is."""
    return os.environ.get("PP_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Page:
    """One page. `requests` are the addresses it asked for, sockets too; `terminal` is what its screen was sent."""

    _send: Callable[..., Any]
    requests: list[str] = field(default_factory=list)
    terminal: pyte.Screen = field(default_factory=lambda: pyte.Screen(200, 60))
    typed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._stream = pyte.Stream(self.terminal)

    async def go(self, address: str) -> None:
        await self._send("Page.navigate", url=address)

    async def ask(self, expression: str) -> Any:
        """What a JavaScript expression gives in the page; a promise is awaited."""
        answer = await self._send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def insert(self, text: str) -> None:
        """Put a text into the field that has the focus."""
        await self._send("Input.insertText", text=text)

    async def press(self, *keys: str) -> None:
        """Press keys: letters, or names such as Enter."""
        for key in keys:
            code, text = KEYS.get(key, (ord(key.upper()[0]), key))
            told = {"key": key, "windowsVirtualKeyCode": code, "text": text}
            await self._send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **told)
            await self._send("Input.dispatchKeyEvent", type="keyUp", **told)

    async def size(self, width: int, height: int) -> None:
        told = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self._send("Emulation.setDeviceMetricsOverride", **told)

    async def downloads(self, directory: Path) -> None:
        """Keep files that the page gives away under `directory`."""
        await self._send("Page.setDownloadBehavior", behavior="allow", downloadPath=str(directory))

    async def look(self, look: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": look}]
        await self._send("Emulation.setEmulatedMedia", features=features)

    async def picture(self, path: Path | None = None) -> str:
        """A PNG of the page in base64."""
        taken: str = (await self._send("Page.captureScreenshot", format="png"))["data"]
        if path is not None:
            path.write_bytes(base64.b64decode(taken))
        return taken

    async def colours(self, picture: str) -> int:
        """How many colours a picture has."""
        return int(
            await self.ask(
                "(async () => { const i = new Image(); i.src = 'data:image/png;base64,' + "
                + json.dumps(picture)
                + "; await i.decode(); const c = document.createElement('canvas'); c.width = i.width; c.height = i.height;"
                "const x = c.getContext('2d'); x.drawImage(i, 0, 0);"
                "return new Set(new Uint32Array(x.getImageData(0, 0, i.width, i.height).data.buffer)).size; })()"
            )
        )

    async def until(self, holds: Callable[[], Any], what: str = "") -> None:
        """Wait until `holds()`; it is asked again whenever the browser tells something."""
        try:
            async with asyncio.timeout(SECONDS):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"never {what}; terminal:\n{self.text}\nrequests: {self.requests}") from None

    async def shows(self, selector: str) -> None:
        """Wait until an element is in the page and can be seen."""
        seen = f"(e => !!e && e.checkVisibility())(document.querySelector({json.dumps(selector)}))"
        async with asyncio.timeout(SECONDS):
            while not await self._maybe(seen):
                await asyncio.sleep(0.05)

    async def sees(self, *texts: str) -> None:
        """Wait until all of `texts` stand on the terminal."""
        await self.until(lambda: all(text in self.text for text in texts), f"showed {texts}")

    async def sign_in(self, login: str, password: str) -> None:
        """Fill in the form by keys alone."""
        await self.shows("#identifier:focus")
        await self.insert(login)
        await self.press("Tab")
        await self.insert(password)
        await self.press("Enter")
        await self.shows("#terminal")

    @property
    def text(self) -> str:
        """What stands on the terminal."""
        return "\n".join(line.rstrip() for line in self.terminal.display).rstrip()

    def strangers(self, origin: str) -> list[str]:
        """The requests that left for another origin than `origin`; what the page holds in itself is no request."""
        own = urlsplit(origin).netloc
        parts = [(urlsplit(each), each) for each in self.requests]
        return [each for at, each in parts if at.scheme not in ("data", "about", "blob") and at.netloc != own]

    async def _maybe(self, expression: str) -> Any:
        with suppress(AssertionError, CommandRefusedError):  # between two pages
            return await self.ask(expression)
        return None

    def _told(self, method: str, told: dict[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(told["url"])
                size = dict(part.split("=") for part in urlsplit(told["url"]).query.split("&"))
                self.terminal.reset()
                self.terminal.resize(int(size["height"]), int(size["width"]))
            case "Network.webSocketFrameReceived" if told["response"]["opcode"] == 2:
                painted = base64.b64decode(told["response"]["payloadData"]).decode("utf-8", "replace")
                self._stream.feed(UNKNOWN_TO_PYTE.sub("", painted))
            case "Network.webSocketFrameSent" if told["response"]["opcode"] == 1:
                said = json.loads(told["response"]["payloadData"])
                if said[0] == "resize":
                    self.terminal.resize(said[1]["height"], said[1]["width"])
                elif said[0] == "stdin" and not said[1].startswith("\x1b[?"):  # which are answers about the terminal
                    self.typed.append(said[1])
            case "Runtime.exceptionThrown":
                self.errors.append(json.dumps(told))
            case "Log.entryAdded" if told["entry"]["level"] == "error":
                self.errors.append(json.dumps(told))
        self._changed.set()


class CommandRefusedError(Exception):
    """The browser refused a command."""


class _Line:
    """The line to the browser: commands, their answers, and what happens in the page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self.session: str | None = None
        self.page: Page | None = None

    async def send(self, method: str, **params: Any) -> Any:
        self._number += 1
        answer = self._waiting[self._number] = asyncio.get_running_loop().create_future()
        message = {"id": self._number, "method": method, "params": params}
        await self._socket.send(json.dumps(message | ({"sessionId": self.session} if self.session else {})))
        return await asyncio.wait_for(answer, SECONDS)

    async def listen(self) -> None:
        async for message in self._socket:
            told = json.loads(message)
            waiting = self._waiting.pop(told.get("id", 0), None)
            if waiting is not None and not waiting.done():
                if "error" in told:
                    waiting.set_exception(CommandRefusedError(told["error"]["message"]))
                else:
                    waiting.set_result(told["result"])
            elif self.page is not None and "method" in told:
                self.page._told(told["method"], told["params"])


@asynccontextmanager
async def chromium(directory: Path, width: int = 1100, height: int = 640) -> AsyncIterator[Page]:
    """A browser of its own with one page; its profile is kept under `directory`."""
    name = program()
    assert name is not None
    process = subprocess.Popen(
        [name, *QUIET, f"--user-data-dir={directory / 'profile'}", f"--window-size={width},{height}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port, path = await _door(process, directory / "profile" / "DevToolsActivePort")
        async with connect(f"ws://127.0.0.1:{port}{path}", max_size=None, proxy=None) as socket:
            line = _Line(socket)
            listening = asyncio.create_task(line.listen())
            target = await line.send("Target.createTarget", url="about:blank")
            attached = await line.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
            line.session = attached["sessionId"]
            line.page = Page(line.send)
            for domain in ("Page", "Network", "Runtime", "Log"):
                await line.send(f"{domain}.enable")
            await line.page.size(width, height)
            yield line.page
            listening.cancel()
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _door(process: "subprocess.Popen[bytes]", told: Path) -> tuple[str, str]:
    async with asyncio.timeout(SECONDS):
        while True:
            assert process.poll() is None, "the browser did not start"
            with suppress(OSError, ValueError):
                port, path = told.read_text().split()
                return port, path
            await asyncio.sleep(0.05)
